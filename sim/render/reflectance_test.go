package render_test

import (
	"math"
	"strings"
	"testing"

	"linetwin.dev/sim/render"
)

func TestReflectanceTellsOfSurfacesAndNotOfTheLight(t *testing.T) {
	c := view(64, 48, 60)
	shiny := &render.Material{Color: render.RGB{R: 100, G: 200, B: 60}, Gloss: 0.4, Shine: 30}
	left := sheet(t, [4][3]float64{{-3, -3, 2}, {0, -3, 2}, {0, 3, 2}, {-3, 3, 2}})
	out := target(c)
	out.Reflectance = true
	out.Inverse, out.Facing = make([]float32, c.W*c.H), make([]float32, c.W*c.H)
	for _, light := range []render.Light{lamp, {Toward: [3]float64{0, 0, -1}, Lamp: 3}, {}} {
		err := new(render.Raster).Render(&render.Scene{Items: []render.Item{item(left, shiny)}, Light: light, Sky: sky}, c, out)
		if err != nil {
			t.Fatal(err)
		}
		in, off := 24*64+10, 24*64+50
		if got := [3]byte(out.Color[3*in : 3*in+3]); got != [3]byte{140, 102, 30} {
			t.Errorf("surface is %v, want its mean 140, its gloss 102 and its shine 30", got)
		}
		if got := [3]byte(out.Color[3*off : 3*off+3]); got != [3]byte{} || out.Inverse[off] != 0 {
			t.Errorf("sky gives back %v from a depth of 1/%g", got, out.Inverse[off])
		}
		if math.Abs(float64(out.Inverse[in])-0.5) > 1e-6 || math.Abs(float64(out.Facing[in])-2) > 1e-6 {
			t.Errorf("plane at 2 m has 1/depth %g and is %g m away", out.Inverse[in], out.Facing[in])
		}
	}
}

func TestFacingGivesTheAngleAtWhichARayMeetsASurface(t *testing.T) {
	// The plane z = 1 + x/2: its normal leans by atan(1/2).
	c := view(80, 60, 100)
	v := [4][3]float64{{-1, -1, 0.5}, {1, -1, 1.5}, {1, 1, 1.5}, {-1, 1, 0.5}}
	out := target(c)
	out.Reflectance, out.Facing, out.Inverse = true, make([]float32, c.W*c.H), make([]float32, c.W*c.H)
	if err := new(render.Raster).Render(&render.Scene{Items: []render.Item{item(sheet(t, v), grey)}}, c, out); err != nil {
		t.Fatal(err)
	}
	n := [3]float64{-0.5 / math.Sqrt(1.25), 0, 1 / math.Sqrt(1.25)}
	for _, p := range [][2]int{{5, 5}, {40, 30}, {75, 50}} {
		i := p[1]*c.W + p[0]
		x, y := (float64(p[0])-c.CX)/c.FX, (float64(p[1])-c.CY)/c.FY
		length := math.Sqrt(x*x + y*y + 1)
		want := (n[0]*x + n[2]) / length
		if got := float64(out.Facing[i]*out.Inverse[i]) / length; math.Abs(got-want) > 1e-6 {
			t.Errorf("at %v the cosine is %.6f, want %.6f", p, got, want)
		}
	}
}

func TestFacingNeedsReflectance(t *testing.T) {
	c := view(8, 8, 8)
	out := target(c)
	out.Facing = make([]float32, 64)
	err := new(render.Raster).Render(&render.Scene{}, c, out)
	if err == nil || !strings.Contains(err.Error(), "with reflectance") {
		t.Errorf("error %v", err)
	}
}

func TestWhatMovesIsWhereItIsWhenItsOwnRowIsExposed(t *testing.T) {
	c := view(200, 200, 200)
	const row = 1e-3 // s
	c.Delay = func(_, y float64) float64 { return row * y * c.FY }
	border := func(speed float64, out *render.Target, y int) float64 {
		it := item(sheet(t, [4][3]float64{{-2, -1, 1}, {0, -1, 1}, {0, 1, 1}, {-2, 1, 1}}), grey)
		it.Velocity[0] = speed
		if err := new(render.Raster).Render(&render.Scene{Items: []render.Item{it}, Light: lamp}, c, out); err != nil {
			t.Fatal(err)
		}
		x := 0.0
		for u := range c.W {
			x += float64(out.Color[3*(y*c.W+u)]) / 200
		}
		return x
	}
	for _, y := range []int{20, 100, 180} {
		got := border(0.3, target(c), y) - border(0, target(c), y)
		want := 0.3 * row * (float64(y) - c.CY) * c.FX
		if math.Abs(got-want) > 0.3 { // borders are smoothed in quarters of a pixel
			t.Errorf("row %d is %+.2f px along, want %+.2f", y, got, want)
		}
	}
}
