package depth

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// flat is a wall at z with noise of sigma.
func flat(seed uint64, w, h int, z, sigma float64) Map {
	rng := rand.New(rand.NewPCG(seed, 3))
	m := NewMap(w, h)
	for i := range m.Z {
		m.Z[i] = float32(z + sigma*rng.NormFloat64())
	}
	return m
}

// spreadOf is the standard deviation about z, of the pixels off the border.
func spreadOf(m Map, z float64) float64 {
	var sum, n float64
	for y := 9; y < m.H-9; y++ {
		for _, v := range m.Row(y)[9 : m.W-9] {
			sum += (float64(v) - z) * (float64(v) - z)
			n++
		}
	}
	return math.Sqrt(sum / n)
}

func TestAverageInTimeLeavesTheStatedNoise(t *testing.T) {
	for _, n := range []int{1, 3, 4, 9, 16} {
		for _, median := range []bool{false, true} {
			f, err := NewTemporal(120, 100, n, 1, median)
			if err != nil {
				t.Fatal(err)
			}
			out := NewMap(120, 100)
			for i := range n + 2 {
				if err := f.Add(out, flat(uint64(i), 120, 100, 800, 2)); err != nil {
					t.Fatal(err)
				}
			}
			want := 2 / math.Sqrt(float64(n))
			if median && n > 2 {
				want *= 1.25
			}
			if got := spreadOf(out, 800); got > want*1.05 || got < want*0.8 {
				t.Errorf("%d frames, median %t: noise %.3f, want %.3f", n, median, got, want)
			}
		}
	}
}

func TestPixelsInTimeCountOnlyWhereTheyHaveDepth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, MostFrames).Draw(t, "n")
		least := rapid.IntRange(1, n).Draw(t, "least")
		median := rapid.Bool().Draw(t, "median")
		f, _ := NewTemporal(1, 1, n, least, median)
		var all []float64
		for i := range rapid.IntRange(1, 40).Draw(t, "frames") {
			z := bad[i%len(bad)]
			if rapid.Bool().Draw(t, "depth") {
				z = float32(rapid.IntRange(100, 9000).Draw(t, "z"))
			}
			all = append(all, float64(z))
			out := NewMap(1, 1)
			if err := f.Add(out, Map{W: 1, H: 1, Z: []float32{z}}); err != nil {
				t.Fatal(err)
			}
			last := all[max(len(all)-n, 0):]
			var have []float64
			sum := 0.0
			for _, v := range last {
				if Valid(float32(v)) {
					have, sum = append(have, v), sum+v
				}
			}
			want := 0.0
			if k := len(have); k >= min(least, len(last)) && k > 0 {
				slices.Sort(have)
				want = sum / float64(k)
				if median {
					want = (have[(k-1)/2] + have[k/2]) / 2
				}
			}
			if out.Z[0] != float32(want) {
				t.Fatalf("%v gives %v, want %v", last, out.Z[0], want)
			}
		}
		f.Reset()
		out := NewMap(1, 1)
		if f.Add(out, Map{W: 1, H: 1, Z: []float32{77}}) != nil || out.Z[0] != 77 {
			t.Fatalf("after a reset %v", out.Z[0])
		}
	})
}

func TestSmoothingLeavesTheStatedNoiseAndSharpEdges(t *testing.T) {
	for radius, want := range map[int]float64{1: 2.0 / 3, 2: 2.0 / 5} {
		s := Smoother{Radius: radius, Range: 8}
		in := flat(1, 200, 100, 800, 2)
		for y := range in.H {
			for x := 100; x < 200; x++ {
				in.Row(y)[x] += 50
			}
		}
		out := NewMap(200, 100)
		if err := s.Smooth(out, in); err != nil {
			t.Fatal(err)
		}
		left := Map{W: 99, H: 100, Stride: 200, Z: out.Z}
		if got := spreadOf(left, 800); got > 1.1*want || got < 0.9*want {
			t.Errorf("radius %d: noise %.3f, want %.3f", radius, got, want)
		}
		for y := range out.H {
			if a, b := out.Row(y)[99], out.Row(y)[100]; a > 810 || b < 840 {
				t.Fatalf("radius %d: the edge went soft: %v, %v", radius, a, b)
			}
		}
		if err := s.Smooth(in, in); err != nil || !slices.Equal(in.Z, out.Z) {
			t.Errorf("radius %d: smoothing in place differs, %v", radius, err)
		}
	}
}

func TestSmoothingKeepsSlopes(t *testing.T) {
	in, out := NewMap(50, 40), NewMap(50, 40)
	for y := range 40 {
		for x := range 50 {
			in.Row(y)[x] = float32(700 + x - y)
		}
	}
	s := Smoother{Radius: 2, Range: 5}
	if err := s.Smooth(out, in); err != nil {
		t.Fatal(err)
	}
	for y := 2; y < 38; y++ {
		for x := 2; x < 48; x++ {
			if math.Abs(float64(out.Row(y)[x]-in.Row(y)[x])) > 1e-3 {
				t.Fatalf("pixel %d, %d went from %v to %v", x, y, in.Row(y)[x], out.Row(y)[x])
			}
		}
	}
}

func TestFlyingPixelsGoAndSurfacesStay(t *testing.T) {
	in, out := NewMap(40, 30), NewMap(40, 30)
	for y := range 30 {
		for x := range 40 {
			in.Row(y)[x] = 900
			if x >= 10 && x < 25 && y >= 8 && y < 20 {
				in.Row(y)[x] = 600
			}
		}
	}
	in.Row(2)[2], in.Row(2)[3], in.Row(3)[2], in.Row(3)[3] = 500, 500, 500, 500 // a surface of 2 x 2
	want := append([]float32(nil), in.Z...)
	for y := 8; y < 20; y++ { // flying between near and far
		in.Row(y)[25], want[y*40+25] = 700+40*float32(y%5), 0
	}
	in.Row(25)[30], want[25*40+30] = 400, 0
	in.Row(26)[35], want[26*40+35] = float32(math.NaN()), 0
	if err := RemoveFlying(out, in, Step{}, 0); err != nil {
		t.Fatal(err)
	}
	if i := firstDifference(out.Z, want); i >= 0 {
		t.Errorf("pixel %d, %d is %v, want %v", i%40, i/40, out.Z[i], want[i])
	}
}

func firstDifference(a, b []float32) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}

func TestOnlySmallHolesWithinASurfaceAreFilled(t *testing.T) {
	in, out := NewMap(40, 30), NewMap(40, 30)
	for y := range 30 {
		for x := range 40 {
			in.Row(y)[x] = float32(800 + 2*x)
			if x >= 20 {
				in.Row(y)[x] += 100
			}
		}
	}
	want := append([]float32(nil), in.Z...)
	hole := func(x0, y0, w, h int, filled bool) {
		for y := y0; y < y0+h; y++ {
			for x := x0; x < x0+w; x++ {
				in.Row(y)[x] = bad[(x+y)%len(bad)]
				if !filled {
					want[y*40+x] = 0
				}
			}
		}
	}
	hole(5, 5, 3, 3, true)    // small
	hole(5, 15, 5, 5, false)  // large
	hole(25, 3, 1, 9, true)   // narrow
	hole(0, 25, 2, 5, false)  // at the border
	hole(19, 12, 2, 5, false) // across the edge
	if err := FillHoles(out, in, Step{}, 3); err != nil {
		t.Fatal(err)
	}
	for i, z := range out.Z {
		if math.Abs(float64(z-want[i])) > 1e-3 {
			t.Errorf("pixel %d, %d is %v, want %v", i%40, i/40, z, want[i])
		}
	}
	if err := FillHoles(out, in, Step{}, 0); err != nil || out.Row(6)[6] != 0 || out.Row(0)[0] != 800 {
		t.Errorf("nothing to fill: %v, %v, %v", err, out.Row(6)[6], out.Row(0)[0])
	}
}

func TestFiltersGiveDepthOrNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 20).Draw(t, "w"), rapid.IntRange(1, 20).Draw(t, "h")
		seed := rapid.Uint64().Draw(t, "seed")
		in := noisy(seed, w, h, w+rapid.IntRange(0, 3).Draw(t, "stride"), rapid.IntRange(0, 3).Draw(t, "gaps"))
		before := append([]float32(nil), in.Z...)
		pitch := w + rapid.IntRange(0, 3).Draw(t, "stride out")
		out := Map{W: w, H: h, Stride: pitch, Z: make([]float32, pitch*h)}
		for i := range out.Z {
			out.Z[i] = -7
		}
		tm, _ := NewTemporal(w, h, 3, 1, true)
		s := Smoother{Radius: 2, Range: 4}
		for name, f := range map[string]func() error{
			"temporal": func() error { return tm.Add(out, in) },
			"smooth":   func() error { return s.Smooth(out, in) },
			"flying":   func() error { return RemoveFlying(out, in, Step{}, 2) },
			"holes":    func() error { return FillHoles(out, in, Step{}, 4) },
		} {
			if err := f(); err != nil {
				t.Fatal(err)
			}
			for y := range h {
				for x, z := range out.Row(y) {
					had := Valid(in.Row(y)[x])
					if z != 0 && !Valid(z) || name != "holes" && z > 0 && !had || name != "flying" && z == 0 && had {
						t.Fatalf("%s: pixel %d, %d went from %v to %v", name, x, y, in.Row(y)[x], z)
					}
				}
				for _, z := range out.Z[y*pitch+w : (y+1)*pitch] {
					if z != -7 {
						t.Fatalf("%s: wrote between the rows", name)
					}
				}
			}
		}
		for i := range before {
			if math.Float32bits(before[i]) != math.Float32bits(in.Z[i]) {
				t.Fatal("a filter changed its input")
			}
		}
	})
}

func TestFiltersRefuseWhatDoesNotFit(t *testing.T) {
	a, b := NewMap(4, 3), NewMap(3, 4)
	tm, _ := NewTemporal(4, 3, 2, 1, false)
	made := func(w, h, n, least int) error { _, err := NewTemporal(w, h, n, least, true); return err }
	for name, err := range map[string]error{
		"temporal size":   tm.Add(a, b),
		"temporal output": tm.Add(b, a),
		"no frames":       made(4, 3, 0, 1),
		"many frames":     made(4, 3, MostFrames+1, 1),
		"least":           made(4, 3, 2, 3),
		"no image":        made(0, 3, 2, 1),
		"smooth size":     (&Smoother{Radius: 1, Range: 1}).Smooth(a, b),
		"no radius":       (&Smoother{Range: 1}).Smooth(a, a),
		"no range":        (&Smoother{Radius: 1, Range: float32(math.NaN())}).Smooth(a, a),
		"flying size":     RemoveFlying(a, b, Step{}, 3),
		"support":         RemoveFlying(a, NewMap(4, 3), Step{}, 9),
		"step":            RemoveFlying(a, NewMap(4, 3), Step{-1, 0}, 3),
		"holes size":      FillHoles(a, b, Step{}, 3),
		"negative gap":    FillHoles(a, NewMap(4, 3), Step{}, -1),
		"step no number":  FillHoles(a, NewMap(4, 3), Step{float32(math.NaN()), 0}, 1),
		"torn":            FillHoles(a, Map{W: 4, H: 3}, Step{}, 1),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFiltersAllocateNothing(t *testing.T) {
	in, out := noisy(1, 64, 48, 0, 5), NewMap(64, 48)
	tm, _ := NewTemporal(64, 48, 5, 2, true)
	s := Smoother{Radius: 2, Range: 4}
	all := func() {
		if tm.Add(out, in) != nil || s.Smooth(out, in) != nil || RemoveFlying(out, in, Step{}, 3) != nil || FillHoles(out, in, Step{}, 4) != nil {
			t.Fatal("not filtered")
		}
	}
	all()
	if n := testing.AllocsPerRun(10, all); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
