package align

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// scenes of a table, parts on it, and what stands before them.
var scenes = map[string]scene{
	"a wall":            {wall(vec{0, 0, 1}, 800)},
	"a leaning wall":    {wall(vec{0.5, -0.3, 1}, 700)},
	"steps":             {wall(vec{0, 0, 1}, 900), plate{vec{0, 0, 1}, 600, [2]float64{-50, 20}, [2]float64{90, 70}}, plate{vec{0, 0, 1}, 750, [2]float64{180, -60}, [2]float64{40, 80}}},
	"a leaning plate":   {wall(vec{0, 0.2, 1}, 900), plate{vec{0.4, 0.2, 1}, 600, [2]float64{20, 20}, [2]float64{120, 60}}},
	"spheres on a wall": {wall(vec{0, 0, 1}, 1000), sphere{vec{-100, 30, 700}, 80}, sphere{vec{150, -60, 800}, 50}},
}

func TestAlignedDepthIsWhatTheColorCameraSees(t *testing.T) {
	for name, s := range scenes {
		for _, c := range []struct {
			name string
			cfg  Config
		}{{"wide", bolt(512, 512, 1)}, {"narrow", bolt(640, 576, 2)}} {
			if c.name == "narrow" && name != "steps" && name != "spheres on a wall" {
				continue
			}
			t.Run(name+"/"+c.name, func(t *testing.T) {
				cfg := c.cfg
				if c.name == "wide" {
					cfg.Depth.FX, cfg.Depth.FY = 252, 252
				}
				a := mustNew(t, cfg)
				out := mustAlign(t, a, s.depthImage(cfg.Depth))
				r := judge(s, cfg, out)
				t.Logf("%d colour pixels, %d seen by both cameras, %.3f %% of them covered; error %.3f px rms, %.3f px at most; %d of %d hidden ones marked, %d filled; %d flying",
					len(out.Z), r.both, 100*r.covered(), r.rms(), r.worst, r.marked, r.hidden, r.filled, r.flying)
				if r.both < len(out.Z)/4 || r.covered() < 0.99 {
					t.Errorf("%.3f %% of %d pixels are covered", 100*r.covered(), r.both)
				}
				if r.worst > 0.5 {
					t.Errorf("alignment is off by %.3f px", r.worst)
				}
				if r.flying > 0 {
					t.Errorf("%d pixels lie on no surface", r.flying)
				}
				if r.hidden > 500 && float64(r.marked) < 0.8*float64(r.hidden) {
					t.Errorf("%d of %d hidden pixels are marked", r.marked, r.hidden)
				}
			})
		}
	}
}

type judgement struct {
	both, seen               int
	hidden, marked, filled   int
	flying                   int
	squares, worst, measured float64
}

func (j *judgement) covered() float64 { return float64(j.seen) / float64(j.both) }
func (j *judgement) rms() float64     { return math.Sqrt(j.squares / max(j.measured, 1)) }

// judge compares an aligned image with what is true.
func judge(s scene, cfg Config, out Aligned) (j judgement) {
	truth := s.truth(cfg)
	inDepth := cfg.DepthInColor.Inverse()
	o := vec{1000 * inDepth.P[0], 1000 * inDepth.P[1], 1000 * inDepth.P[2]}
	w := out.W
	lens, _ := cfg.Color.Lens()
	at := func(x, y int) *view { return &truth[y*w+x] }
	for y := 1; y < out.H-1; y++ {
		for x := 1; x < w-1; x++ {
			v, i := at(x, y), y*w+x
			z := float64(out.Z[i])
			if (z > 0) != (out.Marks[i] == Seen) {
				j.flying++
			}
			if v.z == 0 || v.out {
				continue
			}
			if z > 0 {
				// Does it lie on any surface, seen along the pixel's ray or beside it?
				rx, ry, _ := lens.Ray(float64(x), float64(y))
				along := inDepth.Rotate(vec{rx, ry, 1})
				on := false
				for _, b := range s {
					t := b.meet(o, along)
					on = on || t > 0 && math.Abs(t-z) < 2
					if p, ok := b.(plate); ok { // the plane goes on behind its border
						t := wall(p.n, p.d).meet(o, along)
						on = on || t > 0 && math.Abs(t-z) < 2
					}
					if q, ok := b.(sphere); ok { // beside the silhouette it is at its rim
						on = on || math.Abs(z-inZ(cfg, q.c)) < q.r
					}
				}
				if !on {
					j.flying++
				}
			}
			if !v.both {
				j.hidden++
				switch out.Marks[i] {
				case Occluded:
					j.marked++
				case Seen:
					j.filled++
				}
				continue
			}
			j.both++
			if z == 0 {
				continue
			}
			j.seen++
			// Off edges, how far the surface that was found is from the true one, across the image: the
			// error in z over the slope of z, where there is one.
			l, r, a, b := at(x-1, y), at(x+1, y), at(x, y-1), at(x, y+1)
			if l.which != v.which || r.which != v.which || a.which != v.which || b.which != v.which || !l.both || !r.both || !a.both || !b.both {
				continue
			}
			if edgeNear(truth, x, y, w, out.H, 9) {
				continue
			}
			slope := math.Hypot(r.z-l.z, b.z-a.z) / 2
			// A surface that is nearly square to the ray shows no error across.
			e := math.Abs(z-v.z) / max(slope, 0.1*v.z/cfg.Color.FX)
			j.measured++
			j.squares += e * e
			j.worst = max(j.worst, e)
		}
	}
	return j
}

// inZ is the z of a point in the colour frame.
func inZ(cfg Config, p vec) float64 {
	return 1000 * cfg.DepthInColor.Apply(vec{p[0] / 1000, p[1] / 1000, p[2] / 1000})[2]
}

// edgeNear tells whether another surface, or none, is within n pixels.
func edgeNear(truth []view, x, y, w, h, n int) bool {
	which := truth[y*w+x].which
	for _, d := range [][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}} {
		u, v := x+n*d[0], y+n*d[1]
		if u < 0 || v < 0 || u >= w || v >= h || truth[v*w+u].which != which {
			return true
		}
	}
	return false
}

func TestSilhouettesAreWhereTheColorCameraSeesThem(t *testing.T) {
	cfg := bolt(640, 576, 2)
	s := scene{wall(vec{0, 0, 1}, 1000), sphere{vec{-100, 30, 700}, 80}, sphere{vec{150, -60, 800}, 50}, sphere{vec{20, 120, 500}, 30}}
	out := mustAlign(t, mustNew(t, cfg), s.depthImage(cfg.Depth))
	truth := s.truth(cfg)
	lens, _ := cfg.Color.Lens()
	for b := 1; b < len(s); b++ {
		q := s[b].(sphere)
		var n, x, y, tn, tx, ty float64
		u, w, _ := lens.Project(vecIn(cfg, q.c))
		far := inZ(cfg, q.c) + 1.5*q.r
		for i, v := range truth {
			px, py := float64(i%out.W), float64(i/out.W)
			if v.which == b {
				tn, tx, ty = tn+1, tx+px, ty+py
			}
			// The pixels about the sphere that are nearer than what is behind it.
			if z := float64(out.Z[i]); z > 0 && z < far && math.Hypot(px-u, py-w) < 1.5*q.r/inZ(cfg, q.c)*cfg.Color.FX {
				n, x, y = n+1, x+px, y+py
			}
		}
		off, size := math.Hypot(x/n-tx/tn, y/n-ty/tn), math.Sqrt(n/tn)
		t.Logf("sphere %d: %.0f pixels, its middle is off by %.3f px, its size by %.2f %%", b, tn, off, 100*(size-1))
		if off > 0.5 || math.Abs(size-1) > 0.02 {
			t.Errorf("sphere %d is off by %.2f px and %.2f times as large", b, off, size)
		}
	}
}

func vecIn(cfg Config, p vec) (x, y, z float64) {
	q := cfg.DepthInColor.Apply(vec{p[0] / 1000, p[1] / 1000, p[2] / 1000})
	return q[0], q[1], q[2]
}

// someCamera draws a camera with mild distortion.
func someCamera(t *rapid.T, name string, w, h int) Camera {
	f := rapid.Float64Range(0.5, 1.5).Draw(t, name+" f") * float64(max(w, h, 3))
	d := func(n string, v float64) float64 { return rapid.Float64Range(-v, v).Draw(t, name+n) }
	return Camera{W: w, H: h, FX: f, FY: f * 1.01, CX: float64(w)/2 + d(" cx", 3), CY: float64(h)/2 + d(" cy", 3),
		K1: d(" k1", 0.2), K2: d(" k2", 0.1), K3: d(" k3", 0.02), K4: d(" k4", 0.1), K5: d(" k5", 0.05), K6: d(" k6", 0.01), P1: d(" p1", 1e-3), P2: d(" p2", 1e-3)}
}

func TestKernelsAndNumbersOfGoroutinesGiveTheSameBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := func(n string, most int) int { return rapid.IntRange(1, most).Draw(t, n) }
		cfg := Config{
			Depth: someCamera(t, "depth", size("w", 80), size("h", 60)),
			Color: someCamera(t, "color", size("cw", 150), size("ch", 100)),
		}
		cfg.DepthInColor = smallPose(t)
		cfg.Workers = 1
		one, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		one.vector = false
		cfg.Workers = rapid.IntRange(2, 5).Draw(t, "workers")
		many, _ := New(cfg)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		src := Depth{cfg.Depth.W, cfg.Depth.H, make([]float32, cfg.Depth.W*cfg.Depth.H)}
		color := Image{cfg.Color.W, cfg.Color.H, make([]byte, 3*cfg.Color.W*cfg.Color.H)}
		for i := range color.Pix {
			color.Pix[i] = byte(rng.Uint32())
		}
		for range 2 { // what a frame leaves behind does not show in the next
			base := 150 + 1000*rng.Float64()
			for i := range src.Z {
				z := base + 0.3*float64(i%src.W) + 3*rng.NormFloat64()
				switch rng.IntN(30) {
				case 0:
					z = []float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1), 1e30, 99}[rng.IntN(7)]
				case 1:
					z += 200
				}
				src.Z[i] = float32(z)
			}
			a, b := aligned(color.W, color.H), aligned(color.W, color.H)
			if one.ToColor(a, src) != nil || many.ToColor(b, src) != nil {
				t.Fatal("not aligned")
			}
			for i := range a.Z {
				if math.Float32bits(a.Z[i]) != math.Float32bits(b.Z[i]) || a.Marks[i] != b.Marks[i] {
					t.Fatalf("pixel %d, %d: %v %v in plain Go, %v %v on %d goroutines", i%a.W, i/a.W, a.Z[i], a.Marks[i], b.Z[i], b.Marks[i], cfg.Workers)
				}
				if (a.Z[i] > 0) != (a.Marks[i] == Seen) || a.Z[i] != a.Z[i] || a.Z[i] < 0 || a.Z[i] == inf {
					t.Fatalf("pixel %d: %v marked %v", i, a.Z[i], a.Marks[i])
				}
			}
			p, q := coloured(src.W, src.H), coloured(src.W, src.H)
			if one.ToDepth(p, color, src) != nil || many.ToDepth(q, color, src) != nil {
				t.Fatal("not coloured")
			}
			if string(p.Pix) != string(q.Pix) {
				t.Fatal("colours differ")
			}
			for i, m := range p.Marks {
				if m != q.Marks[i] {
					t.Fatal("marks of colours differ")
				}
			}
		}
	})
}

func coloured(w, h int) Colored {
	return Colored{Image{w, h, make([]byte, 3*w*h)}, make([]Mark, w*h)}
}
