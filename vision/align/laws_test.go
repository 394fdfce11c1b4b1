package align

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"sync"
	"testing"

	"linetwin.dev/kinematics"
	"pgregory.net/rapid"
)

func smallPose(t *rapid.T) kinematics.Pose {
	d := func(n string, v float64) float64 { return rapid.Float64Range(-v, v).Draw(t, n) }
	return kinematics.FromRPY([3]float64{d("x", 0.06), d("y", 0.06), d("z", 0.02)}, [3]float64{d("roll", 0.2), d("pitch", 0.2), d("yaw", 0.5)})
}

func TestRayUndoesProjectWithinTheLens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, err := someCamera(t, "camera", 640, 480).Lens()
		if err != nil {
			t.Fatal(err)
		}
		r := rapid.Float64Range(0, 0.8).Draw(t, "r") * l.Domain()
		a := rapid.Float64Range(0, 2*math.Pi).Draw(t, "angle")
		// Tangential distortion is meant for rays that a real lens lets through.
		r = min(r, 0.7)
		x, y := r*math.Cos(a), r*math.Sin(a)
		u, v, ok := l.Project(3*x, 3*y, 3)
		gx, gy, back := l.Ray(u, v)
		if !ok || !back || math.Abs(gx-x)+math.Abs(gy-y) > 1e-7 {
			t.Fatalf("(%v, %v) is seen at (%v, %v), %t, which looks to (%v, %v), %t", x, y, u, v, ok, gx, gy, back)
		}
	})
}

func TestALensThatFoldsBackIsLeftAlone(t *testing.T) {
	// u = x (1 - 0.5 x^2) turns back at x = 0.816.
	l, err := Camera{W: 640, H: 480, FX: 500, FY: 500, CX: 320, CY: 240, K1: -0.5}.Lens()
	if err != nil || math.Abs(l.Domain()-math.Sqrt(2.0/3)) > 0.01 {
		t.Fatalf("the domain is %v, %v", l.Domain(), err)
	}
	if _, _, ok := l.Project(1, 0, 1); ok {
		t.Error("a point beyond the domain is seen")
	}
	if _, _, ok := l.Project(0, 0, -1); ok {
		t.Error("a point behind the camera is seen")
	}
	if _, _, ok := l.Project(math.NaN(), 0, 1); ok {
		t.Error("no point is seen")
	}
	if _, _, ok := l.Ray(640, 480); ok {
		t.Error("a corner that the lens does not reach looks somewhere")
	}
	// Such depth pixels, and points that go there, are left out.
	cfg := Config{Depth: l.c, Color: l.c, DepthInColor: kinematics.Identity()}
	a := mustNew(t, cfg)
	src := Depth{640, 480, make([]float32, 640*480)}
	for i := range src.Z {
		src.Z[i] = 700
	}
	out := mustAlign(t, a, src)
	if out.Marks[0] != None || out.Z[240*640+320] != 700 {
		t.Errorf("corner %v, middle %v", out.Marks[0], out.Z[240*640+320])
	}
}

func TestOneCameraAlignedWithItselfKeepsItsDepth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := someCamera(t, "camera", 60, 40)
		c.FX = max(c.FX, 60)
		c.FY = c.FX
		a, err := New(Config{Depth: c, Color: c, DepthInColor: kinematics.Identity()})
		if err != nil {
			t.Fatal(err)
		}
		z := rapid.Float64Range(200, 3000).Draw(t, "z")
		slope := rapid.Float64Range(-1, 1).Draw(t, "slope")
		src := Depth{60, 40, make([]float32, 2400)}
		for i := range src.Z {
			src.Z[i] = float32(z + slope*float64(i%60))
		}
		out := aligned(60, 40)
		if err := a.ToColor(out, src); err != nil {
			t.Fatal(err)
		}
		for y := 1; y < 39; y++ {
			for x := 1; x < 59; x++ {
				if i := y*60 + x; math.Abs(float64(out.Z[i]-src.Z[i])) > 0.01 {
					t.Fatalf("pixel %d, %d has %v, want %v", x, y, out.Z[i], src.Z[i])
				}
			}
		}
	})
}

func TestColorComesFromWhereThePointIsSeen(t *testing.T) {
	cfg := bolt(320, 288, 1)
	s := scene{wall(vec{0, 0, 1}, 900), plate{vec{0, 0, 1}, 600, [2]float64{-20, 20}, [2]float64{90, 70}}}
	src := s.depthImage(cfg.Depth)
	// Colours that tell the place: a picture painted onto the surfaces as the colour camera sees them.
	color := Image{cfg.Color.W, cfg.Color.H, make([]byte, 3*cfg.Color.W*cfg.Color.H)}
	for i := range cfg.Color.W * cfg.Color.H {
		x, y := i%cfg.Color.W, i/cfg.Color.W
		color.Pix[3*i], color.Pix[3*i+1], color.Pix[3*i+2] = byte(x*255/cfg.Color.W), byte(y*255/cfg.Color.H), 200
	}
	a := mustNew(t, cfg)
	out := coloured(src.W, src.H)
	if err := a.ToDepth(out, color, src); err != nil {
		t.Fatal(err)
	}
	depth, _ := cfg.Depth.Lens()
	lens, _ := cfg.Color.Lens()
	inDepth := cfg.DepthInColor.Inverse()
	o := vec{1000 * inDepth.P[0], 1000 * inDepth.P[1], 1000 * inDepth.P[2]}
	var seen, hidden, wrong int
	for i, z := range src.Z {
		x, y := i%src.W, i/src.W
		rx, ry, _ := depth.Ray(float64(x), float64(y))
		p := vec{rx * float64(z), ry * float64(z), float64(z)}
		q := cfg.DepthInColor.Apply(vec{p[0] / 1000, p[1] / 1000, p[2] / 1000})
		u, v, ok := lens.Project(q[0], q[1], q[2])
		if !ok || u < 0 || v < 0 || u > float64(color.W-1) || v > float64(color.H-1) {
			if out.Marks[i] == Seen && (u < -0.51 || v < -0.51) {
				t.Fatalf("pixel %d, %d lies out of the colour image and is marked %v", x, y, out.Marks[i])
			}
			continue
		}
		t1, _ := s.first(o, vec{p[0] - o[0], p[1] - o[1], p[2] - o[2]})
		free := t1 > 0.999999
		switch {
		case free && out.Marks[i] == Seen:
			seen++
			if math.Abs(float64(out.Pix[3*i])-u*255/float64(color.W)) > 1.6 || math.Abs(float64(out.Pix[3*i+1])-v*255/float64(color.H)) > 1.6 || out.Pix[3*i+2] != 200 {
				t.Fatalf("pixel %d, %d has colour %v, its point is seen at %.1f, %.1f", x, y, out.Pix[3*i:3*i+3], u, v)
			}
		case !free && out.Marks[i] == Occluded && out.Pix[3*i+2] == 0:
			hidden++
		default:
			wrong++
		}
	}
	t.Logf("%d seen, %d hidden, %d judged the other way", seen, hidden, wrong)
	if seen < 50_000 || hidden < 500 || wrong > 300 {
		t.Errorf("%d seen, %d hidden, %d judged the other way", seen, hidden, wrong)
	}
}

func TestDepthThatIsNoneLeavesNothing(t *testing.T) {
	cfg := bolt(64, 64, 1)
	a := mustNew(t, cfg)
	src := Depth{64, 64, make([]float32, 64*64)}
	for _, z := range []float64{0, -5, math.NaN(), math.Inf(1), math.Inf(-1), 1e-30, 99.9, 20_001, math.MaxFloat32} {
		for i := range src.Z {
			src.Z[i] = float32(z)
		}
		for i, v := range mustAlign(t, a, src).Z {
			if v != 0 {
				t.Fatalf("depth %v gives %v at pixel %d", z, v, i)
			}
		}
	}
}

func TestNothingIsInterpolatedOverAnEdge(t *testing.T) {
	// One camera that looks at itself: a step of 15 mm at 500 is a slope, one of 20 mm is an edge.
	c := Camera{W: 64, H: 64, FX: 30, FY: 30, CX: 31.5, CY: 31.5}
	big := Camera{W: 640, H: 640, FX: 300, FY: 300, CX: 319.5, CY: 319.5}
	a := mustNew(t, Config{Depth: c, Color: big, DepthInColor: kinematics.Identity()})
	for step, joined := range map[float32]bool{15: true, 20: false} {
		src := Depth{64, 64, make([]float32, 64*64)}
		for i := range src.Z {
			src.Z[i] = 500
			if i%64 >= 32 {
				src.Z[i] += step
			}
		}
		out := mustAlign(t, a, src)
		between := 0
		for _, z := range out.Z {
			if z > 500.5 && z < 500+step-0.5 {
				between++
			}
		}
		if joined == (between == 0) {
			t.Errorf("a step of %v mm has %d pixels between", step, between)
		}
	}
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	good := bolt(64, 48, 1)
	for name, spoil := range map[string]func(c *Config){
		"no size":            func(c *Config) { c.Depth.W = 0 },
		"negative size":      func(c *Config) { c.Color.H = -1 },
		"huge":               func(c *Config) { c.Color.W = 1 << 40 },
		"no focal length":    func(c *Config) { c.Depth.FX = 0 },
		"no number":          func(c *Config) { c.Color.K3 = math.NaN() },
		"endless":            func(c *Config) { c.Color.CX = math.Inf(1) },
		"no pose":            func(c *Config) { c.DepthInColor = kinematics.Pose{} },
		"stretching pose":    func(c *Config) { c.DepthInColor.R[0] = 2 },
		"negative edge":      func(c *Config) { c.Edge.Abs = -1 },
		"edge of no number":  func(c *Config) { c.Edge.Rel = math.NaN() },
		"range out of order": func(c *Config) { c.Nearest, c.Furthest = 500, 400 },
		"range of no number": func(c *Config) { c.Furthest = math.NaN() },
		"workers":            func(c *Config) { c.Workers = -1 },
	} {
		c := good
		spoil(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	a := mustNew(t, good)
	src := Depth{64, 48, make([]float32, 64*48)}
	color := Image{640, 360, make([]byte, 3*640*360)}
	for name, err := range map[string]error{
		"small source":    a.ToColor(aligned(640, 360), Depth{63, 48, make([]float32, 63*48)}),
		"torn source":     a.ToColor(aligned(640, 360), Depth{64, 48, make([]float32, 9)}),
		"nothing":         a.ToColor(Aligned{}, src),
		"other output":    a.ToColor(aligned(64, 48), src),
		"few marks":       a.ToColor(Aligned{aligned(640, 360).Depth, make([]Mark, 3)}, src),
		"torn colour":     a.ToDepth(coloured(64, 48), Image{640, 360, make([]byte, 640*360)}, src),
		"other image":     a.ToDepth(coloured(640, 360), color, src),
		"nothing to see":  a.ToDepth(coloured(64, 48), color, Depth{}),
		"few other marks": a.ToDepth(Colored{coloured(64, 48).Image, make([]Mark, 3)}, color, src),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	// Nobody has to ask for marks.
	if err := a.ToColor(Aligned{Depth: aligned(640, 360).Depth}, src); err != nil {
		t.Error(err)
	}
	if err := a.ToDepth(Colored{Image: coloured(64, 48).Image}, color, src); err != nil {
		t.Error(err)
	}
}

func TestAFrameAllocatesNothing(t *testing.T) {
	cfg := bolt(160, 144, 1)
	cfg.Workers = 4
	a := mustNew(t, cfg)
	src := measured(cfg)
	out, pic := aligned(640, 360), coloured(160, 144)
	color := Image{640, 360, make([]byte, 3*640*360)}
	frame := func() {
		if a.ToColor(out, src) != nil || a.ToDepth(pic, color, src) != nil {
			t.Fatal("not aligned")
		}
	}
	frame()
	// A goroutine that starts may take memory now and then, when the runtime has none to use again.
	if n := testing.AllocsPerRun(50, frame); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func TestAlignedDepthIsTheSameOnEveryRun(t *testing.T) {
	cfg := bolt(320, 288, 1)
	src := Depth{320, 288, make([]float32, 320*288)}
	for i := range src.Z {
		x, y := i%320, i/320
		src.Z[i] = float32(700 + x/2 + (x*y)%7 + 150*((x/40+y/40)%2))
		if i%97 == 0 {
			src.Z[i] = 0
		}
	}
	for _, vector := range []bool{vector, false} {
		a := mustNew(t, cfg)
		a.vector = vector
		out := mustAlign(t, a, src)
		h := sha256.New()
		for i, z := range out.Z {
			h.Write(append(binary.LittleEndian.AppendUint32(nil, math.Float32bits(z)), byte(out.Marks[i])))
		}
		const golden = "507172d5123f4a6a" // of amd64: elsewhere products and sums are fused
		if sum := hex.EncodeToString(h.Sum(nil))[:16]; sum != golden && fused() == 0 {
			t.Errorf("vector %t: %s", vector, sum)
		}
	}
}

var third float32 = 1.0 / 3

// fused is not 0 where the compiler fuses products with sums.
func fused() float32 { return third*third - float32(third*third) }

func FuzzAnyDepthIsAligned(f *testing.F) {
	f.Add([]byte("some bytes of depth"), uint8(7))
	f.Add(binary.LittleEndian.AppendUint32(nil, math.Float32bits(500)), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, width uint8) {
		w := int(width)%40 + 1
		h := len(data) / 4 / w
		if h == 0 || h > 40 {
			return
		}
		src := Depth{w, h, make([]float32, w*h)}
		for i := range src.Z {
			src.Z[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
		cfg := bolt(w, h, 1)
		cfg.Color.W, cfg.Color.H, cfg.Color.CX, cfg.Color.CY = 90, 50, 44, 24
		cfg.Color.FX, cfg.Color.FY, cfg.Nearest = 60, 60, 1e-3
		a := mustNew(t, cfg)
		quick := mustAlign(t, a, src)
		a.vector = false
		plain := mustAlign(t, a, src)
		for i := range quick.Z {
			if math.Float32bits(quick.Z[i]) != math.Float32bits(plain.Z[i]) || quick.Marks[i] != plain.Marks[i] {
				t.Fatalf("pixel %d: %v %v, in plain Go %v %v", i, quick.Z[i], quick.Marks[i], plain.Z[i], plain.Marks[i])
			}
		}
	})
}

func TestAClonesAlignAtTheSameTimeAndAlike(t *testing.T) {
	cfg := bolt(128, 128, 4)
	a := mustNew(t, cfg)
	src := scenes["steps"].depthImage(cfg.Depth)
	want := mustAlign(t, a, src)
	var wait sync.WaitGroup
	for range 3 {
		c := a.Clone()
		wait.Go(func() {
			got := aligned(cfg.Color.W, cfg.Color.H)
			for range 4 {
				if err := c.ToColor(got, src); err != nil {
					t.Error(err)
				}
			}
			if !slices.Equal(got.Z, want.Z) || !slices.Equal(got.Marks, want.Marks) {
				t.Error("a clone aligns otherwise")
			}
		})
	}
	wait.Wait()
}
