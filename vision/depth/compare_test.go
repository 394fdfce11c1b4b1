package depth

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// oneIn tells whether a pixel out of n is drawn; none for 0.
func oneIn(rng *rand.Rand, n int) bool { return n > 0 && rng.IntN(n) == 0 }

// bad are the values of pixels without depth.
var bad = []float32{0, -1, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.Copysign(0, -1))}

// noisy is a tilted surface with noise, of whose pixels one in gaps has no depth.
func noisy(seed uint64, w, h, stride, gaps int) Map {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := Map{W: w, H: h, Stride: stride, Z: make([]float32, max(stride, w)*h)}
	for i := range m.Z {
		m.Z[i] = float32(math.NaN()) // also between the rows
	}
	for y := range h {
		row := m.Row(y)
		for x := range row {
			row[x] = float32(800 + 0.05*float64(x) - 0.03*float64(y) + rng.NormFloat64())
			if oneIn(rng, gaps) {
				row[x] = bad[rng.IntN(len(bad))]
			}
		}
	}
	return m
}

// plainly is the comparison as its definition reads, in float64 and one pixel after the other.
func plainly(got, want Map, mask []byte, near, far func(i int) float32, fx, fy float64) (r Result, out []byte) {
	r.X, r.Y = -1, -1
	out = make([]byte, got.W*got.H)
	var n, sum, squares, largest float64 = 0, 0, 0, -1
	var xs, ys, ds []float64
	for y := range got.H {
		for x := range got.W {
			i := y*got.W + x
			g, w := got.Row(y)[x], want.Row(y)[x]
			if !Valid(w) || mask != nil && mask[i] == 0 {
				continue
			}
			r.Expected++
			if !Valid(g) {
				r.Missing++
				continue
			}
			r.Compared++
			dev := g - w
			d := float64(dev)
			n, sum, squares = n+1, sum+d, squares+d*d
			xs, ys, ds = append(xs, float64(x)), append(ys, float64(y)), append(ds, d)
			r.Nearest, r.Furthest = min(r.Nearest, dev), max(r.Furthest, dev)
			if math.Abs(d) > largest {
				largest, r.X, r.Y = math.Abs(d), x, y
			}
			if dev < -near(i) || dev > far(i) {
				r.Out++
				out[i] = 255
				a := float64(w) * float64(w) / (fx * fy)
				r.Area += a
				if d < 0 {
					r.VolumeNear -= a * d
				} else {
					r.VolumeFar += a * d
				}
			}
		}
	}
	if n > 0 {
		r.Mean, r.RMS = sum/n, math.Sqrt(squares/n)
	}
	r.Plane = planeOf(xs, ys, ds)
	return r, out
}

// planeOf fits a plane about the middle, in two passes.
func planeOf(xs, ys, ds []float64) (p Plane) {
	if len(xs) < 3 {
		return p
	}
	mean := func(v []float64) (m float64) {
		for _, e := range v {
			m += e
		}
		return m / float64(len(v))
	}
	mx, my, md := mean(xs), mean(ys), mean(ds)
	var xx, xy, yy, xd, yd float64
	for i := range xs {
		x, y, d := xs[i]-mx, ys[i]-my, ds[i]-md
		xx, xy, yy, xd, yd = xx+x*x, xy+x*y, yy+y*y, xd+x*d, yd+y*d
	}
	det := xx*yy - xy*xy
	if !(det > 1e-12*xx*yy) {
		return p
	}
	p.OK = true
	p.SlopeX, p.SlopeY = (xd*yy-yd*xy)/det, (yd*xx-xd*xy)/det
	p.Offset = md - p.SlopeX*mx - p.SlopeY*my
	var left float64
	for i := range xs {
		e := ds[i] - p.At(xs[i], ys[i])
		left += e * e
	}
	p.Flatness = math.Sqrt(left / float64(len(xs)))
	return p
}

// alike says how two results differ beyond rounding.
func alike(a, b Result) string {
	near := func(x, y, scale float64) bool { return math.Abs(x-y) <= 1e-9*(scale+math.Abs(x)+math.Abs(y)) }
	switch {
	case a.Expected != b.Expected || a.Compared != b.Compared || a.Missing != b.Missing || a.Out != b.Out:
		return "counts"
	case a.Nearest != b.Nearest || a.Furthest != b.Furthest || a.X != b.X || a.Y != b.Y:
		return "extremes"
	case !near(a.Mean, b.Mean, 1) || !near(a.RMS, b.RMS, 1):
		return "mean or RMS"
	case !near(a.Area, b.Area, 0) || !near(a.VolumeNear, b.VolumeNear, 0) || !near(a.VolumeFar, b.VolumeFar, 0):
		return "area or volume"
	case a.Plane.OK != b.Plane.OK:
		return "whether there is a plane"
	case !near(a.Plane.SlopeX, b.Plane.SlopeX, 1) || !near(a.Plane.SlopeY, b.Plane.SlopeY, 1) || !near(a.Plane.Offset, b.Plane.Offset, 10):
		return "plane"
	case math.Abs(a.Plane.Flatness-b.Plane.Flatness) > 1e-6*(1+a.RMS):
		return "flatness"
	}
	return ""
}

func TestComparisonFollowsItsDefinitionForEverySizeStrideAndGap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 70).Draw(t, "w"), rapid.IntRange(1, 9).Draw(t, "h")
		if rapid.IntRange(0, 15).Draw(t, "wide") == 0 {
			w += 1000
		}
		seed := rapid.Uint64().Draw(t, "seed")
		rng := rand.New(rand.NewPCG(seed, 2))
		got := noisy(seed, w, h, w+rapid.IntRange(0, 5).Draw(t, "stride"), rapid.IntRange(0, 4).Draw(t, "gaps"))
		want := noisy(seed+1, w, h, w+rapid.IntRange(0, 5).Draw(t, "stride of template"), rapid.IntRange(0, 9).Draw(t, "gaps in template"))
		var mask []byte
		if rapid.Bool().Draw(t, "masked") {
			mask = make([]byte, w*h)
			for i := range mask {
				mask[i] = byte(rng.IntN(2))
			}
		}
		values := func(name string) []float32 {
			v := make([]float32, 1)
			if rapid.Bool().Draw(t, name) {
				v = make([]float32, w*h)
			}
			for i := range v {
				v[i] = float32(rng.Float64() * 3)
				if oneIn(rng, 20) {
					v[i] = float32(math.Inf(1))
				}
			}
			return v
		}
		tol := Tolerance{values("near map"), values("far map")}
		tp, err := NewTemplate(want, mask, tol, 500, 400)
		if err != nil {
			t.Fatal(err)
		}
		of := func(v []float32) func(int) float32 {
			return func(i int) float32 {
				if len(v) == 1 {
					return v[0]
				}
				return v[i]
			}
		}
		wantResult, wantOut := plainly(got, want, mask, of(tol.Near), of(tol.Far), 500, 400)
		out := make([]byte, w*h)
		for i := range out {
			out[i] = 7
		}
		r, err := tp.Compare(got, out)
		if err != nil {
			t.Fatal(err)
		}
		if why := alike(r, wantResult); why != "" {
			t.Fatalf("%s:\n got %+v\nwant %+v", why, r, wantResult)
		}
		if string(out) != string(wantOut) {
			t.Fatal("masks differ")
		}
		// With the plain kernel, and without a mask, it is the same to the bit.
		again := make([]byte, w*h)
		if plain := tp.compare(got, again, false); plain != r || string(again) != string(out) {
			t.Fatalf("in plain Go:\n got %+v\nwant %+v", plain, r)
		}
		if unmasked, _ := tp.Compare(got, nil); unmasked != r {
			t.Fatalf("without a mask:\n got %+v\nwant %+v", unmasked, r)
		}
	})
}

func FuzzKernelsAgreeOnAnyBits(f *testing.F) {
	f.Add([]byte("twelve bytes"), uint8(3))
	f.Add(binary.LittleEndian.AppendUint32(nil, 0x7fc00000), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, width uint8) {
		words := make([]float32, len(data)/4)
		for i := range words {
			words[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
		w := int(width)
		if w == 0 || len(words) < 2*w {
			return
		}
		h := len(words) / 2 / w
		tp, err := NewTemplate(Map{W: w, H: h, Z: words[:w*h]}, nil, Uniform(1, 2), 300, 300)
		if err != nil {
			t.Fatal(err)
		}
		got := Map{W: w, H: h, Z: words[w*h:]}
		a, b := make([]byte, w*h), make([]byte, w*h)
		quick, plain := tp.compare(got, a, vector), tp.compare(got, b, false)
		if bits(quick) != bits(plain) || string(a) != string(b) {
			t.Fatalf("%d x %d:\nquick %+v\nplain %+v", w, h, quick, plain)
		}
	})
}

// bits of a result, in which one NaN equals another.
func bits(r Result) string {
	return fmt.Sprintf("%x", fmt.Sprintf("%v %b", r, []float64{r.Mean, r.RMS, r.Area, r.VolumeNear, r.VolumeFar, r.Plane.Offset, r.Plane.Tilt}))
}

func TestComparisonGivesTheSameBitsOnEveryMachine(t *testing.T) {
	got := noisy(1, 1023, 300, 0, 50)
	tp, err := NewTemplate(noisy(2, 1023, 300, 0, 70), nil, Uniform(2.5, 3), 505, 505)
	if err != nil {
		t.Fatal(err)
	}
	mask := make([]byte, 1023*300)
	for name, k := range map[string]bool{"quick": vector, "plain": false} {
		r := tp.compare(got, mask, k)
		h := sha256.New()
		fmt.Fprintf(h, "%d %d %d %x %x %d %d ", r.Compared, r.Missing, r.Out, r.Nearest, r.Furthest, r.X, r.Y)
		fmt.Fprintf(h, "%x %x %x %x %x ", r.Mean, r.RMS, r.Area, r.VolumeNear, r.VolumeFar)
		fmt.Fprintf(h, "%x %x %x %x", r.Plane.Offset, r.Plane.SlopeX, r.Plane.SlopeY, r.Plane.Flatness)
		h.Write(mask)
		if sum := hex.EncodeToString(h.Sum(nil))[:16]; sum != "67242c3ecffd9a74" {
			t.Errorf("%s: the result is %s, %+v", name, sum, r)
		}
	}
}

func TestABumpAndAHoleAreMeasured(t *testing.T) {
	want := NewMap(200, 100)
	for i := range want.Z {
		want.Z[i] = 500
	}
	got := Map{W: 200, H: 100, Z: append([]float32(nil), want.Z...)}
	// 20 x 10 pixels that stand out by 6 mm, 10 x 10 that are 4 mm too deep.
	for y := 30; y < 40; y++ {
		for x := 50; x < 70; x++ {
			got.Z[y*200+x] -= 6
		}
		for x := 100; x < 110; x++ {
			got.Z[y*200+x] += 4
		}
	}
	got.Z[0], got.Z[1] = 0, float32(math.NaN())
	tp, err := NewTemplate(want, nil, Uniform(2, 3), 400, 300)
	if err != nil {
		t.Fatal(err)
	}
	r, err := tp.Compare(got, nil)
	if err != nil {
		t.Fatal(err)
	}
	const px = 500.0 * 500 / (400 * 300)
	if r.Out != 300 || r.Missing != 2 || r.Compared != 19998 || r.Nearest != -6 || r.Furthest != 4 || r.X != 50 || r.Y != 30 || r.Height() != 6 {
		t.Errorf("counts and extremes: %+v", r)
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9*math.Abs(b) }
	if !near(r.Area, 300*px) || !near(r.VolumeNear, 200*6*px) || !near(r.VolumeFar, 100*4*px) {
		t.Errorf("area %v, volumes %v, %v; want %v, %v, %v", r.Area, r.VolumeNear, r.VolumeFar, 300*px, 1200*px, 400*px)
	}
	if !near(r.Mean, (-1200.0+400)/19998) || !near(r.Presence(), 19698.0/20000) || !near(tp.Area(), 20000*px) || tp.Expected() != 20000 {
		t.Errorf("mean %v, presence %v, area of the template %v", r.Mean, r.Presence(), tp.Area())
	}
}

func TestAPlateThatLeansIsTiltedByItsAngleAndStillFlat(t *testing.T) {
	const f, z0, angle = 500.0, 800.0, 0.02
	want, got := NewMap(400, 300), NewMap(400, 300)
	for y := range 300 {
		for x := range 400 {
			want.Row(y)[x] = z0
			// The plane z = z0 + tan(angle) X, with X = (x - 200) z / f.
			got.Row(y)[x] = float32(z0 / (1 - math.Tan(angle)*(float64(x)-200)/f))
		}
	}
	tp, _ := NewTemplate(want, nil, Uniform(1, 1), f, f)
	r, err := tp.Compare(got, nil)
	if err != nil || math.Abs(r.Plane.Tilt-angle) > 0.01*angle || r.Plane.Flatness > 0.03 || math.Abs(r.Plane.SlopeY) > 1e-6 {
		t.Errorf("%v, %+v", err, r.Plane)
	}
	// A bump of 2 mm on a tenth of the plate bends it by what it is.
	for y := range 30 {
		for x := range 400 {
			got.Row(y + 135)[x] -= 2
		}
	}
	if r, _ = tp.Compare(got, nil); math.Abs(r.Plane.Flatness-2*math.Sqrt(0.1*0.9)) > 0.01 {
		t.Errorf("flatness %v, want %v", r.Plane.Flatness, 2*math.Sqrt(0.09))
	}
}

func TestComparisonRefusesWhatDoesNotFit(t *testing.T) {
	good := noisy(1, 8, 4, 0, 0)
	nan := float32(math.NaN())
	for name, c := range map[string]func() error{
		"nothing": func() error { _, err := NewTemplate(Map{}, nil, Uniform(1, 1), 1, 1); return err },
		"torn":    func() error { _, err := NewTemplate(Map{W: 8, H: 5, Z: good.Z}, nil, Uniform(1, 1), 1, 1); return err },
		"negative size": func() error {
			_, err := NewTemplate(Map{W: -8, H: -4, Z: good.Z}, nil, Uniform(1, 1), 1, 1)
			return err
		},
		"huge": func() error { _, err := NewTemplate(Map{W: 1 << 40, H: 1 << 40}, nil, Uniform(1, 1), 1, 1); return err },
		"rows overlap": func() error {
			_, err := NewTemplate(Map{W: 8, H: 4, Stride: 7, Z: good.Z}, nil, Uniform(1, 1), 1, 1)
			return err
		},
		"short mask":         func() error { _, err := NewTemplate(good, make([]byte, 3), Uniform(1, 1), 1, 1); return err },
		"negative tolerance": func() error { _, err := NewTemplate(good, nil, Uniform(-1, 1), 1, 1); return err },
		"no number":          func() error { _, err := NewTemplate(good, nil, Uniform(1, nan), 1, 1); return err },
		"no tolerance":       func() error { _, err := NewTemplate(good, nil, Tolerance{}, 1, 1); return err },
		"short tolerance": func() error {
			_, err := NewTemplate(good, nil, Tolerance{make([]float32, 31), []float32{1}}, 1, 1)
			return err
		},
		"no focal length": func() error { _, err := NewTemplate(good, nil, Uniform(1, 1), 0, math.NaN()); return err },
	} {
		if c() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	tp, err := NewTemplate(good, nil, Uniform(1, 1), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tp.Compare(noisy(1, 4, 8, 0, 0), nil); err == nil {
		t.Error("another size is compared")
	}
	if _, err := tp.Compare(good, make([]byte, 31)); err == nil {
		t.Error("a short mask is written")
	}
	if r, err := tp.Compare(NewMap(8, 4), nil); err != nil || r.Compared != 0 || r.Missing != 32 || r.X != -1 || r.Plane.OK || r.Presence() != 0 {
		t.Errorf("an image without depth: %+v, %v", r, err)
	}
}

func TestComparisonAllocatesNothing(t *testing.T) {
	got, want := noisy(1, 300, 200, 0, 9), noisy(2, 300, 200, 0, 9)
	tp, _ := NewTemplate(want, nil, Uniform(1, 1), 500, 500)
	mask := make([]byte, 300*200)
	if n := testing.AllocsPerRun(10, func() {
		if _, err := tp.Compare(got, mask); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
