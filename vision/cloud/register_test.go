package cloud

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"linetwin.dev/kinematics"
)

func template(t testing.TB, c *Cloud) *Template {
	t.Helper()
	tm, err := NewTemplate(c, 0)
	if err != nil {
		t.Fatal(err)
	}
	return tm
}

func register(t testing.TB, tm *Template, c *Cloud, s Start) Registration {
	t.Helper()
	r, err := tm.Register(c, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// anywhere is a motion by up to 30 mm, with any yaw and a tilt of up to 10 degrees.
func anywhere(rng *rand.Rand) kinematics.Pose {
	part := func(most float64) float64 { return most * (2*rng.Float64() - 1) }
	return about([3]float64{part(30), part(30), part(30)}, [3]float64{part(0.17), part(0.17), part(math.Pi)})
}

func TestRigidMotionsAreRecovered(t *testing.T) {
	for _, c := range []struct {
		sigma, mm, deg, rms float64
	}{
		{0, 0.1, 0.01, 0.05},
		{0.5, 0.1, 0.1, 0.6}, // a Femto Bolt at half a metre, mean of ten
		{2, 0.4, 0.4, 2.2},   // one frame
	} {
		rng := rand.New(rand.NewPCG(11, 12))
		tm := template(t, points(part, 8000, c.sigma/4, 1))
		var worst, turned float64
		for k := range 5 {
			truth := anywhere(rng)
			r := register(t, tm, moved(points(part, 8000, c.sigma, 100+uint64(k)), truth.Inverse()), Start{Turns: 12})
			mm, deg := off(r.Pose, truth)
			worst, turned = max(worst, mm), max(turned, deg)
			if !r.Converged || r.Ambiguous() || r.Inliers < 0.95 || r.RMS > c.rms {
				t.Errorf("noise %g mm, motion %d: %+v", c.sigma, k, r)
			}
		}
		t.Logf("noise %g mm: off by at most %.4f mm and %.4f degrees", c.sigma, worst, turned)
		if worst > c.mm || turned > c.deg {
			t.Errorf("noise %g mm: off by up to %g mm and %g degrees", c.sigma, worst, turned)
		}
	}
}

func TestAPoseIsFoundInSpiteOfWhatDoesNotBelongToThePart(t *testing.T) {
	tm := template(t, points(part, 8000, 0, 1))
	truth := about([3]float64{10, -6, 4}, [3]float64{0.05, -0.04, 0.3})
	c := points(part, 8000, 0.2, 2)
	// A third of the part is not seen, and a box stands in another corner.
	n := 0
	for i := range c.X {
		if c.X[i] < -20 && c.Y[i] > 0 {
			continue
		}
		c.X[n], c.Y[n], c.Z[n] = c.X[i], c.Y[i], c.Z[i]
		if c.X[n] > 20 && math.Abs(float64(c.Y[n])) < 15 {
			c.Z[n] = 440
		}
		n++
	}
	c.cut(n)
	r := register(t, tm, moved(c, truth.Inverse()), Start{})
	mm, deg := off(r.Pose, truth)
	if mm > 0.1 || deg > 0.1 || !r.Converged || r.Inliers < 0.8 || r.Inliers > 0.95 {
		t.Errorf("off by %g mm and %g degrees: %+v", mm, deg, r)
	}
}

func TestWhatAShapeLeavesFreeIsTold(t *testing.T) {
	for _, sigma := range []float64{0, 0.5} {
		for _, c := range []struct {
			name string
			s    surface
			want []string
		}{
			{"a plane", flat, []string{"slide", "slide", "turn"}},
			{"a sphere", dome, []string{"turn", "turn", "turn"}},
			{"a cylinder", gutter, []string{"slide", "turn"}},
			{"a part", part, nil},
		} {
			tm := template(t, points(c.s, 6000, sigma/4, 3))
			r := register(t, tm, moved(points(c.s, 6000, sigma, 4), about([3]float64{1, 2, 3}, [3]float64{0.02, 0.01, 0.03})), Start{Poses: []kinematics.Pose{kinematics.Identity()}})
			var got []string
			for _, f := range r.Free {
				got = append(got, strings.Fields(strings.ReplaceAll(f.String(), "s ", " "))[0])
			}
			if !slices.Equal(got, c.want) || r.Ambiguous() != (c.want != nil) {
				t.Errorf("%s, noise %g mm: free is %v, want %v", c.name, sigma, r.Free, c.want)
			}
			if !r.Converged || r.RMS > 1.2*sigma+0.05 {
				t.Errorf("%s, noise %g mm: %+v", c.name, sigma, r)
			}
			if c.name == "a cylinder" {
				f := r.Free[1]
				if math.Abs(f.Axis[0]) < 0.999 || math.Abs(f.Through[1]) > 1 || math.Abs(f.Through[2]-500) > 1 {
					t.Errorf("a cylinder about x through (0, 0, 500) %v", f)
				}
			}
		}
	}
}

func TestAShapeThatLooksTheSameElsewhereHasRivals(t *testing.T) {
	tm := template(t, points(four, 8000, 0, 5))
	r := register(t, tm, points(four, 8000, 0.2, 6), Start{Turns: 12})
	if len(r.Rivals) != 3 || !r.Ambiguous() || len(r.Free) != 0 {
		t.Errorf("%d rivals, free %v", len(r.Rivals), r.Free)
	}
	if r = register(t, template(t, points(part, 8000, 0, 5)), points(part, 8000, 0.2, 6), Start{Turns: 12}); r.Ambiguous() {
		t.Errorf("a part with one place: %+v", r)
	}
}

func TestAnotherShapeIsNotTakenForThePart(t *testing.T) {
	r := register(t, template(t, points(part, 8000, 0, 5)), points(func(x, y float64) float64 { return 30 * math.Sin(x/12) * math.Cos(y/9) }, 8000, 0, 6), Start{Turns: 12})
	if r.Inliers > 0.6 && r.RMS < 1 {
		t.Errorf("%+v", r)
	}
}

func TestTheOrderOfPointsDoesNotCount(t *testing.T) {
	a, tc := points(part, 4000, 0.3, 7), points(part, 4000, 0.1, 8)
	b, tb := shuffled(a, 1), shuffled(tc, 2)
	ra := register(t, template(t, tc), a, Start{Points: 1500})
	rb := register(t, template(t, tb), b, Start{Points: 1500})
	if mm, deg := off(ra.Pose, rb.Pose); mm > 1e-3 || deg > 1e-3 || math.Abs(ra.RMS-rb.RMS) > 1e-4 {
		t.Errorf("apart by %g mm and %g degrees", mm, deg)
	}
	again := register(t, template(t, tc), a, Start{Points: 1500})
	if again.Pose != ra.Pose || again.RMS != ra.RMS {
		t.Error("equal arguments gave another pose")
	}
}

func shuffled(c *Cloud, seed uint64) *Cloud {
	out := moved(c, kinematics.Identity())
	copy(out.X, c.X)
	copy(out.Y, c.Y)
	copy(out.Z, c.Z)
	out.Color = slices.Clone(c.Color)
	out.NX, out.NY, out.NZ = slices.Clone(c.NX), slices.Clone(c.NY), slices.Clone(c.NZ)
	out.Deviation = slices.Clone(c.Deviation)
	rand.New(rand.NewPCG(seed, 9)).Shuffle(c.Len(), func(i, j int) {
		for _, s := range [][]float32{out.X, out.Y, out.Z, out.NX, out.NY, out.NZ, out.Deviation} {
			if s != nil {
				s[i], s[j] = s[j], s[i]
			}
		}
		for k := range 3 {
			if out.Color != nil {
				out.Color[3*i+k], out.Color[3*j+k] = out.Color[3*j+k], out.Color[3*i+k]
			}
		}
	})
	return out
}

func TestAStartThatIsNoneIsRefused(t *testing.T) {
	c := points(part, 200, 0, 1)
	tm := template(t, c)
	for want, s := range map[string]Start{
		"cloud: -1 turns and 0 poses to start from; from 1 to 500 are right":                                                                     {Turns: -1},
		"cloud: a start with a reach of -1 mm, 5000 points, and the axis [0 0 1]; a positive reach, 30 points or more and a direction are right": {Reach: -1},
		"cloud: pose 0 to start from: rotation is all zero; start from kinematics.Identity()":                                                    {Poses: make([]kinematics.Pose, 1)},
		"cloud: a start with a reach of 1 mm, 5 points, and the axis [0 0 1]; a positive reach, 30 points or more and a direction are right":     {Reach: 1, Points: 5},
	} {
		if _, err := tm.Register(c, s); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := tm.Register(points(part, 20, 0, 1), Start{}); err == nil {
		t.Error("20 points were looked for")
	}
	for want, make := range map[string]func() (*Template, error){
		"cloud: a template of 20 points; 48 or more are right":                       func() (*Template, error) { return NewTemplate(points(part, 20, 0, 1), 0) },
		"cloud: a template with 3 neighbours of each point; from 5 to 200 are right": func() (*Template, error) { return NewTemplate(c, 3) },
		"cloud: a template whose 100 points lie on each other": func() (*Template, error) {
			return NewTemplate(&Cloud{X: make([]float32, 100), Y: make([]float32, 100), Z: make([]float32, 100)}, 0)
		},
		"cloud: point 3 is (NaN, 0, 0); coordinates are finite": func() (*Template, error) {
			return NewTemplate(&Cloud{X: []float32{0, 0, 0, float32(math.NaN())}, Y: make([]float32, 4), Z: make([]float32, 4)}, 0)
		},
		"cloud: 3 values of Y for 4 points": func() (*Template, error) {
			return NewTemplate(&Cloud{X: make([]float32, 4), Y: make([]float32, 3), Z: make([]float32, 4)}, 0)
		},
	} {
		if _, err := make(); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestDeviationsAreSignedAndTakenAlongTheNormal(t *testing.T) {
	tm := template(t, points(part, 20000, 0, 1))
	truth := about([3]float64{5, 5, 5}, [3]float64{0.1, 0, 1})
	c := points(part, 3000, 0, 2)
	for i := range c.Z {
		switch {
		case math.Hypot(float64(c.X[i]), float64(c.Y[i])) < 10:
			c.Z[i] -= 3 // a bump
		case c.X[i] > 40 && c.Y[i] < -40:
			c.Z[i] += 2 // a dent
		}
	}
	far := *moved(c, kinematics.Identity())
	c.Move(truth.Inverse())
	if err := tm.Deviations(c, truth); err != nil {
		t.Fatal(err)
	}
	for i, d := range c.Deviation {
		x, y := float64(far.X[i]), float64(far.Y[i])
		want, most := 0.0, 0.25
		switch r := math.Hypot(x, y); {
		case r < 9:
			want, most = 3*cosine(x, y), 0.25
		case x > 42 && y < -42:
			want, most = -2*cosine(x, y), 0.25
		case r < 11 || x > 38 && y < -38 || max(math.Abs(x), math.Abs(y)) > 57:
			continue
		}
		if math.Abs(float64(d)-want) > most {
			t.Errorf("at (%.1f, %.1f) mm it is %.3f, want %g", x, y, d, want)
		}
	}
	away := &Cloud{X: []float32{1000, 0}, Y: []float32{0, 0}, Z: []float32{500, 300}}
	if err := tm.Deviations(away, kinematics.Identity()); err != nil {
		t.Fatal(err)
	}
	if d := away.Deviation; math.Abs(float64(d[0])) < 900 || d[1] < 160 || d[1] > 201 {
		t.Errorf("far points are %v mm away", d)
	}
	if n := testing.AllocsPerRun(3, func() { _ = tm.Deviations(c, truth) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

// cosine of the slope of the part.
func cosine(x, y float64) float64 {
	const h = 1e-3
	return 1 / math.Sqrt(1+math.Pow((part(x+h, y)-part(x-h, y))/(2*h), 2)+math.Pow((part(x, y+h)-part(x, y-h))/(2*h), 2))
}

func TestNearestNeighboursAreThoseThatALookAtAllPointsFinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for _, n := range []int{1, 7, 8, 9, 17, 1000} {
		c := points(part, n, 1, uint64(n))
		for i := range n / 3 { // some lie on each other
			c.X[i], c.Y[i], c.Z[i] = c.X[0], c.Y[0], c.Z[0]
		}
		tr := newTree(c)
		s := search{t: tr}
		for range 200 {
			p := [3]float32{float32(160*rng.Float64() - 80), float32(160*rng.Float64() - 80), float32(440 + 80*rng.Float64())}
			s.nearest(p, 5, float32(math.Inf(1)))
			var all []float32
			for i := range n {
				all = append(all, s.distance(int32(i)))
			}
			slices.Sort(all)
			if !slices.Equal(s.squared[:s.n], all[:min(5, n)]) {
				t.Fatalf("%d points: %v, want %v", n, s.squared[:s.n], all[:min(5, n)])
			}
			for k, i := range s.at[:s.n] {
				if s.distance(i) != s.squared[k] || tr.x[i] != c.X[tr.from[i]] {
					t.Fatalf("%d points: another point", n)
				}
			}
		}
	}
}

// Every point lies on one of the template's to the last bit.
func TestACloudIsFoundWhereItIsInItself(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	c := &Cloud{}
	for y := range 80 {
		for x := range 100 {
			z := 600 + 0.5*rng.NormFloat64()
			if x > 20 && x < 60 && y > 15 && y < 30 {
				z -= 8
			}
			if x > 70 && x < 80 && y > 50 && y < 60 {
				z -= 15
			}
			c.X, c.Y, c.Z = append(c.X, float32(x)*2), append(c.Y, float32(y)*2), append(c.Z, float32(z))
		}
	}
	tp, err := NewTemplate(c, 0)
	if err != nil {
		t.Fatal(err)
	}
	r, err := tp.Register(c, Start{Turns: 12})
	if err != nil {
		t.Fatal(err)
	}
	d := kinematics.LogSO3(r.Pose.R)
	if turned := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2]); turned > 1e-3 || math.Hypot(r.Pose.P[0], r.Pose.P[1]) > 1e-3 || r.Inliers < 0.9 {
		t.Errorf("found at %v m, turned by %v, with %.1f %% on it", r.Pose.P, d, 100*r.Inliers)
	}
}
