package render_test

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
)

var (
	sky  = render.RGB{R: 10, G: 20, B: 30}
	lamp = render.Light{Toward: [3]float64{0, 0, -1}, Lamp: 0, Ambient: 1.25} // 1.25 x 0.8 = 1 for level normals
)

// view is a camera at the origin of the scene, looking along +z.
func view(w, h int, f float64) render.Camera {
	return render.Camera{W: w, H: h, FX: f, FY: f, CX: float64(w-1) / 2, CY: float64(h-1) / 2, Pose: kinematics.Identity()}
}

func target(c render.Camera) *render.Target {
	return &render.Target{W: c.W, H: c.H, Color: make([]byte, 3*c.W*c.H), Depth: make([]float32, c.W*c.H)}
}

// sheet is a quadrilateral p0, p1, p2, p3, clockwise in the image, facing the camera.
func sheet(t testing.TB, p [4][3]float64) *render.Mesh {
	uv := [4][2]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}}
	v := make([]render.Vertex, 4)
	for i := range v {
		v[i] = render.Vertex{P: p[i], N: [3]float64{0, -1, 0}, U: uv[i][0], V: uv[i][1]}
	}
	return mesh(t, v, []uint32{0, 2, 1, 0, 3, 2})
}

func mesh(t testing.TB, v []render.Vertex, index []uint32) *render.Mesh {
	m, err := render.NewMesh(v, render.Group{Index: index})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func square(t testing.TB, half, z float64) *render.Mesh {
	return sheet(t, [4][3]float64{{-half, -half, z}, {half, -half, z}, {half, half, z}, {-half, half, z}})
}

func item(m *render.Mesh, mat *render.Material) render.Item {
	return render.Item{Mesh: m, Pose: kinematics.Identity(), Materials: []*render.Material{mat}}
}

func draw(t testing.TB, c render.Camera, items ...render.Item) *render.Target {
	out := target(c)
	if err := new(render.Raster).Render(&render.Scene{Items: items, Light: lamp, Sky: sky}, c, out); err != nil {
		t.Fatal(err)
	}
	return out
}

var grey = &render.Material{Color: render.RGB{R: 200, G: 200, B: 200}}

func TestDepthOfAPlaneIsRightEverywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// n . p = d, through a point before the camera.
		z0 := rapid.Float64Range(0.2, 3).Draw(t, "z0")
		a := rapid.Float64Range(-1.2, 1.2).Draw(t, "a")
		b := rapid.Float64Range(-1.2, 1.2).Draw(t, "b")
		plane := func(x, y float64) [3]float64 { return [3]float64{x, y, z0 + a*x + b*y} }
		const r = 0.1
		c := view(320, 240, 300)
		v := make([]render.Vertex, 4)
		for i, p := range [4][2]float64{{-r, -r}, {r, -r}, {r, r}, {-r, r}} {
			v[i] = render.Vertex{P: plane(p[0]*z0, p[1]*z0), N: [3]float64{0, 0, -1}}
		}
		m, err := render.NewMesh(v, render.Group{Index: []uint32{0, 2, 1, 0, 3, 2}})
		if err != nil {
			t.Fatal(err)
		}
		out := target(c)
		if err := new(render.Raster).Render(&render.Scene{Items: []render.Item{item(m, grey)}, Light: lamp}, c, out); err != nil {
			t.Fatal(err)
		}
		seen := 0
		for i, got := range out.Depth {
			if got == 0 {
				continue
			}
			seen++
			x, y := (float64(i%c.W)-c.CX)/c.FX, (float64(i/c.W)-c.CY)/c.FY
			want := 1000 * z0 / (1 - a*x - b*y)
			if math.Abs(float64(got)-want) > 0.002 {
				t.Fatalf("depth at %d, %d is %g mm, want %g", i%c.W, i/c.W, got, want)
			}
		}
		if seen == 0 {
			t.Fatal("nothing of the plane is seen")
		}
	})
}

func TestFloorIsSeenRightUpToTheCamerasFeet(t *testing.T) {
	// The floor y = 1 reaches behind the camera: the near plane cuts it.
	c := view(200, 200, 100)
	floor := sheet(t, [4][3]float64{{-50, 1, 50}, {50, 1, 50}, {50, 1, -50}, {-50, 1, -50}})
	out := draw(t, c, item(floor, grey))
	for y := range c.H {
		for x := range c.W {
			got := float64(out.Depth[y*c.W+x])
			dy := (float64(y) - c.CY) / c.FY
			if dy <= 0.021 { // above the horizon, or beyond the floor's end
				if got != 0 && dy < 0.019 {
					t.Fatalf("depth %g mm at %d, %d, above the horizon", got, x, y)
				}
				continue
			}
			if want := 1000 / dy; math.Abs(got-want) > want*1e-6 {
				t.Fatalf("depth at %d, %d is %g mm, want %g", x, y, got, want)
			}
		}
	}
}

func TestTrianglesThatShareEdgesLeaveNoGaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		rnd := rand.New(rand.NewPCG(seed, 1))
		const n = 12
		var v []render.Vertex
		for j := range n + 1 {
			for i := range n + 1 {
				x, y := float64(i)/n-0.5, float64(j)/n-0.5
				if i > 0 && j > 0 && i < n && j < n {
					x += (rnd.Float64() - 0.5) * 0.7 / n
					y += (rnd.Float64() - 0.5) * 0.7 / n
				}
				v = append(v, render.Vertex{P: [3]float64{x, y, 1}, N: [3]float64{0, -1, 0}})
			}
		}
		var index []uint32
		for j := range uint32(n) {
			for i := range uint32(n) {
				a := j*(n+1) + i
				index = append(index, a, a+n+1, a+n+2, a, a+n+2, a+1)
			}
		}
		m, err := render.NewMesh(v, render.Group{Index: index})
		if err != nil {
			t.Fatal(err)
		}
		c := view(128, 128, 140)
		out := target(c)
		if err := new(render.Raster).Render(&render.Scene{Items: []render.Item{item(m, grey)}, Light: lamp, Sky: sky}, c, out); err != nil {
			t.Fatal(err)
		}
		for i, z := range out.Depth {
			if z == 0 {
				t.Fatalf("hole at %d, %d", i%c.W, i/c.W)
			}
		}
	})
}

func TestBordersAreSmoothAndWhereTheyShouldBe(t *testing.T) {
	// A square turned by some degrees: the sum of coverage is its area.
	c := view(256, 256, 256)
	white := &render.Material{Color: render.RGB{R: 255, G: 255, B: 255}}
	for _, angle := range []float64{0, 1, 7, 30, 45} {
		p := [4][3]float64{}
		for k := range p {
			s, co := math.Sincos((angle + 90*float64(k) - 135) * math.Pi / 180)
			p[k] = [3]float64{0.4001 * co, 0.4001 * s, 1}
		}
		out := target(c)
		scene := render.Scene{Items: []render.Item{item(sheet(t, p), white)}, Light: lamp}
		if err := new(render.Raster).Render(&scene, c, out); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i := 0; i < len(out.Color); i += 3 {
			sum += float64(out.Color[i]) / 255
		}
		side := 0.4001 * math.Sqrt2 * c.FX
		// The error of the area, spread over the four sides, is the error of their place.
		if off := (sum - side*side) / (4 * side); math.Abs(off) > 0.13 {
			t.Errorf("at %g deg the borders are %+.3f px out of place", angle, off)
		} else if angle != 0 && angle != 45 && math.Abs(off) > 0.03 {
			t.Errorf("at %g deg the borders are %+.3f px out of place on average", angle, off)
		}
	}
}

func TestTextureEdgesAreWithinATenthOfAPixel(t *testing.T) {
	// Left half black, right half white; the border is at x = 0 in the scene.
	const n = 64
	pix := make([]byte, 3*n*n)
	for i := range n * n {
		if i%n >= n/2 {
			pix[3*i], pix[3*i+1], pix[3*i+2] = 255, 255, 255
		}
	}
	tex, err := render.NewTexture(n, n, pix, false)
	if err != nil {
		t.Fatal(err)
	}
	mat := &render.Material{Texture: tex}
	for _, f := range []float64{55, 60, 75, 150, 333, 900} { // from three texels a pixel to four pixels a texel
		c := view(301, 101, f)
		for _, shift := range []float64{0, 0.21, 0.5, 0.77} {
			// Turned away from the camera to the right: perspective must be right too.
			q := sheet(t, [4][3]float64{{-0.2, -0.2, 0.9}, {0.2, -0.2, 1.1}, {0.2, 0.2, 1.1}, {-0.2, 0.2, 0.9}})
			it := item(q, mat)
			it.Pose.P[0] = shift / f
			out := draw(t, c, it)
			row := out.Color[3*50*c.W : 3*51*c.W]
			want := c.CX + shift
			lo, hi := int(want)-min(8, int(0.15*f)), int(want)+min(8, int(0.15*f))
			dark := 0.0
			for x := lo; x <= hi; x++ {
				dark += 1 - float64(row[3*x])/255
			}
			if got := float64(lo) - 0.5 + dark; math.Abs(got-want) > 0.09 {
				t.Errorf("focal length %g px: edge seen at %.3f, is at %.3f", f, got, want)
			}
		}
	}
}

func TestBacksOfTrianglesAreNotSeen(t *testing.T) {
	back := sheet(t, [4][3]float64{{1, -1, 2}, {-1, -1, 2}, {-1, 1, 2}, {1, 1, 2}})
	out := draw(t, view(32, 32, 32), item(back, grey))
	for _, z := range out.Depth {
		if z != 0 {
			t.Fatal("the back of a sheet is seen")
		}
	}
}

func TestNearerThingsHideFartherOnesInAnyOrder(t *testing.T) {
	c := view(64, 64, 64)
	red := &render.Material{Color: render.RGB{R: 200}}
	near, far := item(square(t, 0.2, 1), red), item(square(t, 2, 2), grey)
	a, b := draw(t, c, near, far), draw(t, c, far, near)
	mid := 3 * (32*c.W + 32)
	if a.Color[mid] != 200 || a.Color[mid+1] != 0 || a.Depth[32*c.W+32] != 1000 {
		t.Errorf("middle shows %v at %g mm, want the red sheet at 1000", a.Color[mid:mid+3], a.Depth[32*c.W+32])
	}
	if string(a.Color) != string(b.Color) {
		t.Error("the image depends on the order of the items")
	}
}

// crowd is a scene of many overlapping triangles, some of them textured, some cut by
// the near plane or the image's borders.
func crowd(t testing.TB) render.Scene {
	rnd := rand.New(rand.NewPCG(3, 4))
	pix := make([]byte, 3*64*64)
	for i := range pix {
		pix[i] = byte(rnd.Uint32())
	}
	tex, err := render.NewTexture(64, 64, pix, true)
	if err != nil {
		t.Fatal(err)
	}
	s := render.Scene{Light: render.Light{Toward: [3]float64{0, 0, -1}, Lamp: 0.7, Ambient: 0.4}, Sky: sky}
	for k := range 60 {
		v := make([]render.Vertex, 30)
		for i := range v {
			v[i] = render.Vertex{
				P: [3]float64{rnd.NormFloat64(), rnd.NormFloat64() * 0.6, rnd.Float64()*3 - 0.2},
				N: [3]float64{0.6 * (rnd.Float64() - 0.5), 0, -0.9}, U: rnd.Float64() * 3, V: rnd.Float64() * 3,
			}
		}
		index := make([]uint32, 30)
		for i := range index {
			index[i] = uint32(i)
		}
		mat := &render.Material{Color: render.RGB{R: byte(k * 4), G: 99, B: 180}, Gloss: 0.2, Shine: 10}
		if k%2 == 0 {
			mat.Texture = tex
		}
		s.Items = append(s.Items, item(mesh(t, v, index), mat))
	}
	return s
}

func TestImageDoesNotDependOnTheNumberOfWorkers(t *testing.T) {
	s := crowd(t)
	c := view(333, 211, 200)
	var want uint64
	for workers := 1; workers <= 5; workers++ {
		out := target(c)
		r := &render.Raster{Workers: workers}
		for range 2 { // the second time with used buffers
			if err := r.Render(&s, c, out); err != nil {
				t.Fatal(err)
			}
			h := fnv.New64a()
			h.Write(out.Color)
			for _, z := range out.Depth {
				b := math.Float32bits(z)
				h.Write([]byte{byte(b), byte(b >> 8), byte(b >> 16), byte(b >> 24)})
			}
			if want == 0 {
				want = h.Sum64()
			} else if h.Sum64() != want {
				t.Fatalf("%d workers give another image than one", workers)
			}
		}
	}
}

func TestFinishSeesEveryRowOnce(t *testing.T) {
	s := crowd(t)
	c := view(100, 77, 80)
	out := target(c)
	rows := make([]int32, c.H)
	out.Finish = func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			rows[y]++
		}
	}
	if err := (&render.Raster{Workers: 3}).Render(&s, c, out); err != nil {
		t.Fatal(err)
	}
	for y, n := range rows {
		if n != 1 {
			t.Fatalf("row %d was finished %d times", y, n)
		}
	}
}

func TestRenderSaysWhatIsWrong(t *testing.T) {
	c := view(8, 8, 8)
	good := target(c)
	m := square(t, 1, 1)
	for _, tt := range []struct {
		name   string
		scene  render.Scene
		camera render.Camera
		target render.Target
		want   string
	}{
		{"no pixels", render.Scene{}, render.Camera{FX: 1, FY: 1}, *good, "each side must be 1 to"},
		{"no focal length", render.Scene{}, render.Camera{W: 8, H: 8}, *good, "focal lengths"},
		{"NaN focal length", render.Scene{}, render.Camera{W: 8, H: 8, FX: math.NaN(), FY: 1}, *good, "focal lengths"},
		{"other size", render.Scene{}, view(9, 8, 8), *good, "for a camera of 9x8"},
		{"short colour", render.Scene{}, c, render.Target{W: 8, H: 8, Color: make([]byte, 5)}, "need 192"},
		{"short depth", render.Scene{}, c, render.Target{W: 8, H: 8, Color: good.Color, Depth: make([]float32, 3)}, "need 64, or nil"},
		{"no mesh", render.Scene{Items: []render.Item{{}}}, c, *good, "item 0 of the scene has no mesh"},
		{"no materials", render.Scene{Items: []render.Item{{Mesh: m, Pose: kinematics.Identity()}}}, c, *good, "0 materials for a mesh of 1 slots"},
		{"no material", render.Scene{Items: []render.Item{item(m, nil)}}, c, *good, "no material in slot 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := new(render.Raster).Render(&tt.scene, tt.camera, &tt.target)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestMeshesAndTexturesAreChecked(t *testing.T) {
	for name, err := range map[string]error{
		"multiple of 3":     second(render.NewMesh(make([]render.Vertex, 3), render.Group{Index: []uint32{0, 1}})),
		"names vertex 3":    second(render.NewMesh(make([]render.Vertex, 3), render.Group{Index: []uint32{0, 1, 3}})),
		"slots count from":  second(render.NewMesh(nil, render.Group{Slot: -1})),
		"vertex 0 of a":     second(render.NewMesh([]render.Vertex{{P: [3]float64{math.Inf(1), 0, 0}}})),
		"power of two":      second(render.NewTexture(3, 4, make([]byte, 36), false)),
		"needs 48 bytes":    second(render.NewTexture(4, 4, make([]byte, 36), false)),
		"of at most 4096":   second(render.NewTexture(8192, 1, make([]byte, 3*8192), false)),
		"each side must be": second(render.NewTexture(0, 4, nil, false)),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one with %q", err, name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func BenchmarkRender5000Triangles(b *testing.B) {
	// Five thousand triangles as a relief that fills the image, as llvmpipe was timed with.
	const n = 50
	var v []render.Vertex
	for j := range n + 1 {
		for i := range n + 1 {
			x, y := float64(i)/n-0.5, float64(j)/n-0.5
			v = append(v, render.Vertex{P: [3]float64{2 * x, 1.2 * y, 1 + 0.05*math.Sin(20*x)*math.Cos(20*y)}, N: [3]float64{math.Sin(9 * x), 0, -1}, U: x, V: y})
		}
	}
	var index []uint32
	for j := range uint32(n) {
		for i := range uint32(n) {
			a := j*(n+1) + i
			index = append(index, a, a+n+1, a+n+2, a, a+n+2, a+1)
		}
	}
	s := crowd(b)
	s.Items = []render.Item{item(mesh(b, v, index), s.Items[0].Materials[0])}
	c := view(1280, 720, 763)
	out := target(c)
	var r render.Raster
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Render(&s, c, out); err != nil {
			b.Fatal(err)
		}
	}
}
