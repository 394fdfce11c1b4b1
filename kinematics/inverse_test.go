package kinematics

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// reached fails unless dst is within the limits and brings the tool to target.
func reached(t rapid.TB, c *Chain, dst []float64, target Pose, tol float64) {
	t.Helper()
	near(t, "tool", c.Forward(dst), target, tol)
	for i, v := range dst {
		if l := c.Link(i); v < l.Min || v > l.Max {
			t.Fatalf("joint %d at %v, outside of [%v, %v]", i+1, v, l.Min, l.Max)
		}
	}
}

func TestInverseUndoesForwardFromAnySeed(t *testing.T) {
	for _, m := range machines {
		for name, o := range map[string]IKOptions{"": {}, " by search": {Search: true}} {
			t.Run(m.name+name, func(t *testing.T) {
				c := m.make(t)
				n := c.Joints()
				q, seed, dst := make([]float64, n), make([]float64, n), make([]float64, n)
				u := uniform(1)
				missed := 0
				for range cases() {
					u.joints(c, q)
					u.joints(c, seed)
					target := c.Forward(q)
					sol, err := c.Inverse(target, seed, o, dst)
					if err != nil {
						missed++
						continue
					}
					if o.Search && sol.Iterations == 0 {
						t.Fatal("no search")
					}
					reached(t, c, dst, target, 1.1e-9)
				}
				t.Logf("%d of %d missed", missed, cases())
				if missed > cases()/1000 {
					t.Errorf("missed %d of %d reachable poses", missed, cases())
				}
				if c.Form() != Iterative && !o.Search && missed > 0 {
					t.Errorf("a closed form missed %d of %d", missed, cases())
				}
			})
		}
	}
}

func TestInverseFollowsAPathWithoutAJump(t *testing.T) {
	for _, m := range machines {
		t.Run(m.name, func(t *testing.T) {
			c := m.make(t)
			n := c.Joints()
			q, seed, dst := make([]float64, n), make([]float64, n), make([]float64, n)
			u := uniform(7)
			restarts := 0
			for range 2000 {
				u.joints(c, q)
				for i := range q {
					seed[i] = clamp(q[i]+u.next(-0.05, 0.05), c.min[i], c.max[i])
				}
				target := c.Forward(q)
				sol, err := c.Inverse(target, seed, IKOptions{}, dst)
				if err != nil {
					t.Fatal(err)
				}
				restarts += sol.Restarts
				reached(t, c, dst, target, 1.1e-9)
			}
			if restarts > 4 {
				t.Errorf("%d restarts although every seed was near", restarts)
			}
		})
	}
}

func TestAFreeRotationReachesWhatFiveJointsOtherwiseCannot(t *testing.T) {
	c := arm5(t)
	dst := make([]float64, 5)
	u := uniform(3)
	q := make([]float64, 5)
	missed := 0
	for range 500 {
		u.joints(c, q)
		pose := c.Forward(q)
		turn := u.next(-1, 1)

		// Free about the tool's axis: any turn about it changes nothing.
		target := pose.Mul(Pose{R: ExpSO3([3]float64{0, 0, turn})})
		o := IKOptions{Free: [6]bool{5: true}}
		sol, err := c.Inverse(target, nil, o, dst)
		if err != nil {
			t.Fatal(err)
		}
		if sol.Position > 1e-9 || sol.Rotation > 1e-9 {
			t.Fatalf("solution claims %v", sol)
		}
		got := c.Forward(dst)
		within(t, "angle between tool axes", got.Rotate([3]float64{0, 0, 1})[2], pose.R[8], 1e-8)
		d, _ := Distance(got, target)
		within(t, "distance", d, 0, 1.1e-9)

		// Free tilt out of the arm's plane: about the horizontal line from the first
		// axis to the tool.
		out := sub(target.P, c.Base().P)
		out[2] = 0
		x, ok := unit(out)
		if !ok {
			continue
		}
		target = Pose{R: ExpSO3([3]float64{x[0] * turn, x[1] * turn, 0})}.Mul(Pose{R: pose.R})
		target.P = pose.P
		z := [3]float64{0, 0, 1}
		y := cross(z, x)
		outer := [9]float64{x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]}
		o = IKOptions{Free: [6]bool{3: true}}
		rt := transpose(&target.R)
		mulMat(&o.Task, &rt, &outer)
		if _, err := c.Inverse(target, nil, o, dst); err != nil {
			missed++ // poses drawn next to a limit may have a single, narrow way in
			continue
		}
		got = c.Forward(dst)
		d, _ = Distance(got, target)
		within(t, "distance", d, 0, 1.1e-9)
		// The turn from target to tool has x for its axis.
		w := LogSO3(got.Mul(Pose{R: rt}).R)
		within(t, "turn out of plane", math.Sqrt(math.Max(0, dot(w, w)-dot(w, x)*dot(w, x))), 0, 1e-7)
	}
	if missed > 2 {
		t.Errorf("missed %d of 500 poses tilted out of the plane", missed)
	}
}

func TestAPlanarArmReachesPointsWithEverythingElseFree(t *testing.T) {
	c := mustChain(t, Identity(), []Link{{A: 1, Min: -3, Max: 3}, {A: 1, Min: -3, Max: 3}}, Identity())
	dst := make([]float64, 2)
	free := [6]bool{2: true, 3: true, 4: true, 5: true}
	// The seed is stretched: a singularity, from which the first step has no direction
	// but outwards.
	for _, p := range [][2]float64{{1, 1}, {0.3, -0.2}, {-1.5, 0.4}, {2, 0}, {0, 2}} {
		target := FromRPY([3]float64{p[0], p[1], 5}, [3]float64{1, 2, 3})
		o := IKOptions{Free: free, Task: target.Inverse().R} // task axes along the base's
		if _, err := c.Inverse(target, []float64{0, 0}, o, dst); err != nil {
			t.Fatalf("%v: %v", p, err)
		}
		got := c.Forward(dst)
		within(t, "x", got.P[0], p[0], 1e-9)
		within(t, "y", got.P[1], p[1], 1e-9)
	}
}

func TestInverseSaysHowFarOffAnUnreachablePoseIs(t *testing.T) {
	c := arm5(t)
	dst := make([]float64, 5)
	far := c.Base().Mul(Translation(2, 0, 0.4))
	_, err := c.Inverse(far, nil, IKOptions{Free: [6]bool{3: true, 4: true, 5: true}}, dst)
	var u *UnreachableError
	if !errors.Is(err, ErrUnreachable) || !errors.As(err, &u) {
		t.Fatalf("error is %v", err)
	}
	// The arm at its longest points straight at the target.
	long := math.Hypot(0.42+0.38, 0) + 0.17
	if u.Position < 2-long-1e-6 || u.Position > 2-long+0.05 {
		t.Errorf("off by %v m; the arm is %v m long and the target 2 m away", u.Position, long)
	}
	d, _ := Distance(c.Forward(dst), far)
	within(t, "distance of what was returned", d, u.Position, 1e-12)
	if !strings.Contains(err.Error(), "m and") {
		t.Errorf("message: %v", err)
	}

	lifted := mustChain(t, Identity(), []Link{{A: 1, Min: 0, Max: 1}}, Identity())
	one := make([]float64, 1)
	_, err = lifted.Inverse(lifted.Forward([]float64{2}), nil, IKOptions{}, one)
	if !errors.As(err, &u) || u.Limited != 1 || !strings.Contains(err.Error(), "joint 1 on its limit") {
		t.Errorf("error is %v", err)
	}
	within(t, "joint on its limit", one[0], 1, 0)
}

func TestInverseGivesTheSameBitsTwice(t *testing.T) {
	c := ur5(t)
	a, b := make([]float64, 6), make([]float64, 6)
	rapid.Check(t, func(t *rapid.T) {
		target, seed := c.Forward(joints(t, c, "q")), joints(t, c, "seed")
		sa, ea := c.Inverse(target, seed, IKOptions{}, a)
		sb, eb := c.Inverse(target, seed, IKOptions{}, b)
		if sa != sb || (ea == nil) != (eb == nil) {
			t.Fatalf("%v %v, then %v %v", sa, ea, sb, eb)
		}
		for i := range a {
			if a[i] != b[i] {
				t.Fatalf("joint %d: %v, then %v", i+1, a[i], b[i])
			}
		}
	})
}

func TestInverseEndsWithinHalfATurnOfTheSeedWhereTheLimitsAllow(t *testing.T) {
	c := gantry(t) // its last joint turns for ever
	q := []float64{0.3, 0.2, -0.1, 0.5, 0.6, 40}
	dst := make([]float64, 6)
	seed := []float64{0.3, 0.2, -0.1, 0.5, 0.6, 40.5}
	if _, err := c.Inverse(c.Forward(q), seed, IKOptions{}, dst); err != nil {
		t.Fatal(err)
	}
	if math.Abs(dst[5]-40.5) > math.Pi+1e-9 {
		t.Errorf("last joint went from 40.5 to %v", dst[5])
	}
	reached(t, c, dst, c.Forward(q), 1.1e-9)
}

func TestInverseRefusesArgumentsThatMakeNoSense(t *testing.T) {
	c := arm5(t)
	good := c.Forward(make([]float64, 5))
	nan := good
	nan.P[0] = math.NaN()
	skew := IKOptions{Task: [9]float64{1, 1, 0, 0, 1, 0, 0, 0, 1}}
	for want, f := range map[string]func(dst []float64) error{
		"not a rigid": func(d []float64) error { _, err := c.Inverse(nan, nil, IKOptions{}, d); return err },
		"seed of joint 3 is NaN": func(d []float64) error {
			_, err := c.Inverse(good, []float64{0, 0, math.NaN(), 0, 0}, IKOptions{}, d)
			return err
		},
		"none may be negative": func(d []float64) error { _, err := c.Inverse(good, nil, IKOptions{Position: -1}, d); return err },
		"task rotation":        func(d []float64) error { _, err := c.Inverse(good, nil, skew, d); return err },
	} {
		dst := []float64{9, 9, 9, 9, 9}
		err := f(dst)
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, ErrUnreachable) {
			t.Errorf("error %v does not say %q", err, want)
		}
		if dst[0] != 9 {
			t.Error("dst was written")
		}
	}
}
