package kinematics

import (
	"errors"
	"math"
	"os"
	"testing"
)

// cases is how many random poses a run tries; LINETWIN_SOAK=1 tries as many as the
// figures of the README are about.
func cases() int {
	if os.Getenv("LINETWIN_SOAK") != "" {
		return 100_000
	}
	return 3000
}

func TestClosedFormsAreRecognised(t *testing.T) {
	for _, m := range closedForms {
		if f := m.make(t).Form(); f != m.form {
			t.Errorf("%s is taken for %v", m.name, f)
		}
	}
	if f := general6(t).Form(); f != Iterative {
		t.Errorf("an arm without structure is taken for %v", f)
	}
	if f := arm7(t).Form(); f != Iterative {
		t.Errorf("seven joints are taken for %v", f)
	}
}

func TestSolutionsAreExactAndContainTheJointsThatThePoseCameFrom(t *testing.T) {
	for _, m := range closedForms {
		t.Run(m.name, func(t *testing.T) {
			c := m.make(t)
			n := c.Joints()
			q := make([]float64, n)
			u := uniform(1)
			var s Solutions
			var j Jacobian
			lost, total, ill := 0, 0, 0
			for range cases() {
				u.joints(c, q)
				target := c.Forward(q)
				if err := c.Solutions(target, q, IKOptions{}, &s); err != nil {
					t.Fatalf("joints %v: %v", q, err)
				}
				for i := range s.N {
					p := s.All[i].Q[:n]
					reached(t, c, p, target, 1.1e-9)
					if s.All[i].Way < s.All[max(i-1, 0)].Way {
						t.Fatalf("solutions are not in order: %v", s.All[:s.N])
					}
					for k := range i {
						if apart(c, p, s.All[k].Q[:n]) < 1e-9 {
							t.Fatalf("solutions %d and %d of %v are the same", k, i, q)
						}
					}
				}
				total += s.N
				// Next to a singularity the joints are what they are only to within
				// the tolerance of the pose divided by the distance to it.
				c.Jacobian(q, &j)
				if j.Manipulability([6]bool{true, true, true, true, true, true}) < 1e-5 && n == 6 {
					ill++
					continue
				}
				if apart(c, s.All[0].Q[:n], q) > 1e-6 {
					lost++
				}
			}
			t.Logf("%.2f solutions on average; %d poses next to a singularity", float64(total)/float64(cases()), ill)
			if lost > 0 {
				t.Errorf("%d of %d poses lack the solution that they came from", lost, cases())
			}
			if ill > cases()/20 {
				t.Errorf("%d of %d poses count as singular", ill, cases())
			}
		})
	}
}

// apart is the largest difference of two joint positions, with whole turns left out.
func apart(c *Chain, a, b []float64) float64 {
	most := 0.0
	for i := range a {
		d := a[i] - b[i]
		if !c.links[i].prismatic {
			d = math.Remainder(d, 2*math.Pi)
		}
		most = max(most, math.Abs(d))
	}
	return most
}

// What the closed forms find, and what a search from many starts does, must be the same.
func TestSearchesFindNoSolutionThatAClosedFormLacks(t *testing.T) {
	for _, m := range closedForms {
		t.Run(m.name, func(t *testing.T) {
			c := m.make(t)
			n := c.Joints()
			q := make([]float64, n)
			u := uniform(11)
			var closed, found Solutions
			missing := 0
			for range 25 {
				u.joints(c, q)
				target := c.Forward(q)
				if err := c.Solutions(target, q, IKOptions{}, &closed); err != nil {
					t.Fatal(err)
				}
				if err := c.Solutions(target, q, IKOptions{Search: true}, &found); err != nil {
					t.Fatal(err)
				}
				for i := range found.N {
					nearest := math.Inf(1)
					for k := range closed.N {
						nearest = min(nearest, apart(c, found.All[i].Q[:n], closed.All[k].Q[:n]))
					}
					if nearest > 1e-5 {
						t.Fatalf("pose of %v: %v is not among %v", q, found.All[i].Q[:n], closed.All[:closed.N])
					}
				}
				missing += closed.N - found.N
			}
			t.Logf("the searches lack %d", missing)
		})
	}
}

func TestSolutionsOfAChainWithoutClosedFormAreSearchedFor(t *testing.T) {
	c := general6(t)
	q := make([]float64, 6)
	u := uniform(3)
	var s Solutions
	several := 0
	for range 30 {
		u.joints(c, q)
		target := c.Forward(q)
		if err := c.Solutions(target, q, IKOptions{}, &s); err != nil {
			t.Fatal(err)
		}
		for i := range s.N {
			reached(t, c, s.All[i].Q[:6], target, 1.1e-9)
		}
		if d := apart(c, s.All[0].Q[:6], q); d > 1e-5 {
			t.Errorf("seeded with the answer, it is %v off", d)
		}
		if s.N > 1 {
			several++
		}
	}
	if several < 20 {
		t.Errorf("only %d of 30 poses have more than one solution", several)
	}
}

// The joints follow a random smooth path. As long as no other solution comes near, what the
// chain makes of the tool's poses, each answer the seed of the next, must be that path.
func TestAlongASmoothPathTheChoiceOfSolutionDoesNotJump(t *testing.T) {
	for _, m := range closedForms {
		t.Run(m.name, func(t *testing.T) {
			c := m.make(t)
			n := c.Joints()
			q, near := make([]float64, n), make([]float64, n)
			var s Solutions
			u := uniform(21)
			whole, steps := 0, 0
			for range 40 {
				var from, way [MaxJoints]float64
				u.joints(c, from[:n])
				u.joints(c, way[:n])
				phase := u.next(0, 6)
				at := func(s float64) {
					for i := range q {
						lo, hi := c.searchRange(i)
						x := from[i] + 0.2*(way[i]-from[i])*math.Sin(s*(1+0.2*float64(i))+phase)
						q[i] = clamp(x, lo+0.01, hi-0.01)
					}
				}
				at(0)
				copy(near, q)
				const last = 400
				for k := 1; k <= last; k++ {
					at(3 * float64(k) / last)
					target := c.Forward(q)
					if err := c.Solutions(target, q, IKOptions{}, &s); err != nil {
						t.Fatal(err)
					}
					if s.N > 1 && s.All[1].Way < 0.4 || s.All[0].Free {
						break // another branch touches this one here
					}
					if _, err := c.Inverse(target, near, IKOptions{}, near); err != nil {
						t.Fatal(err)
					}
					for i := range near {
						within(t, "joint", near[i], q[i], 1e-6)
					}
					steps++
					if k == last {
						whole++
					}
				}
			}
			t.Logf("%d of 40 paths went to their end, %d steps in all", whole, steps)
			if steps < 4000 {
				t.Errorf("only %d steps", steps)
			}
		})
	}
}

func TestAtASingularityTheFreeJointsStayAndItIsSaid(t *testing.T) {
	six := offset6(t)
	q := []float64{0.3, -0.9, 0.4, 1.1, 0, -0.7} // axes 4 and 6 in one line
	dst := make([]float64, 6)
	var s Solutions
	sol, err := six.Inverse(six.Forward(q), q, IKOptions{}, dst)
	if err != nil || !sol.Singular || apart(six, dst, q) > 1e-9 {
		t.Errorf("%+v, %v, joints %v", sol, err, dst)
	}
	// Asked to turn by 0.2 about that line, both axes go halfway.
	turned := append([]float64(nil), q...)
	turned[5] += 0.2
	target := six.Forward(turned)
	if err := six.Solutions(target, q, IKOptions{}, &s); err != nil || !s.All[0].Free {
		t.Fatalf("%v, %+v", err, s.All[0])
	}
	within(t, "joint 4", s.All[0].Q[3], q[3]+0.1, 1e-9)
	within(t, "joint 6", s.All[0].Q[5], q[5]+0.1, 1e-9)

	five := arm5(t)
	// The tool upright over axis 1: joints 1 and 5 turn about one line.
	up := []float64{0.5, -110 * deg, 0, 0, 0.3}
	up[2] = -math.Acos(-0.42*math.Cos(up[1])/0.38) - up[1]
	up[3] = -math.Pi - up[1] - up[2]
	target = five.Forward(up)
	if err := five.Solutions(target, up, IKOptions{}, &s); err != nil || !s.All[0].Free || apart(five, s.All[0].Q[:5], up) > 1e-6 {
		t.Errorf("%v, %+v", err, s.All[0])
	}
	regular := []float64{0.5, -1, 1.2, -0.3, 0.3}
	if sol, err := five.Inverse(five.Forward(regular), up, IKOptions{}, dst[:5]); err != nil || sol.Singular {
		t.Errorf("away from singularities: %+v, %v", sol, err)
	}

	u := ur5(t)
	for name, q := range map[string][]float64{
		"wrist":    {0.4, -1, 1, 0.3, 0, 0.2},
		"elbow":    {0.4, -1, 0, 0.3, 1, 0.2},
		"shoulder": shoulder(t, u),
	} {
		sol, err := u.Inverse(u.Forward(q), q, IKOptions{}, dst)
		if err != nil || !sol.Singular {
			t.Errorf("%s: %+v, %v", name, sol, err)
		}
		reached(t, u, dst, u.Forward(q), 1.1e-9)
		sol, err = u.Inverse(u.Forward(q), q, IKOptions{Search: true}, dst)
		if err != nil || !sol.Singular {
			t.Errorf("%s, by search: %+v, %v", name, sol, err)
		}
	}
}

// shoulder is a posture of the UR5 in which the axes of joints 5 and 6 meet at the height of
// axis 1: bisected in joint 2.
func shoulder(t testing.TB, c *Chain) []float64 {
	q := []float64{0.4, 0, 1.2, 0.3, 1, 0.2}
	det := func(x float64) float64 {
		q[1] = x
		f := make([]Pose, 6)
		c.Frames(q, f)
		// Joint 1 does not change the offset of frame 5 if that lies in the plane of axis 1
		// and axis 2.
		p := f[4].P
		return p[0]*math.Cos(q[0]) + p[1]*math.Sin(q[0])
	}
	lo, hi := -3.0, 0.0
	if det(lo)*det(hi) > 0 {
		t.Fatal("no change of sign")
	}
	for range 100 {
		mid := (lo + hi) / 2
		if det(lo)*det(mid) <= 0 {
			hi = mid
		} else {
			lo = mid
		}
	}
	q[1] = lo
	return q
}

func TestSolutionsKeepToTheLimits(t *testing.T) {
	c := ur5(t)
	l := make([]Link, 6)
	for i := range l {
		l[i] = c.Link(i)
		l[i].Min, l[i].Max = -1.5, 2.5
	}
	tight := mustChain(t, Identity(), l, Identity())
	q := make([]float64, 6)
	u := uniform(9)
	var some, every Solutions
	fewer := 0
	for range 500 {
		u.joints(tight, q)
		target := tight.Forward(q)
		if err := tight.Solutions(target, q, IKOptions{}, &some); err != nil {
			t.Fatal(err)
		}
		if err := c.Solutions(target, q, IKOptions{}, &every); err != nil {
			t.Fatal(err)
		}
		for i := range some.N {
			reached(t, tight, some.All[i].Q[:6], target, 1.1e-9)
		}
		if some.N < every.N {
			fewer++
		}
	}
	if fewer < 400 {
		t.Errorf("limits made solutions fewer in only %d of 500 cases", fewer)
	}
}

func TestSolutionsSayThatThereAreNone(t *testing.T) {
	for _, m := range closedForms {
		c := m.make(t)
		var s Solutions
		s.N = 3
		err := c.Solutions(c.Base().Mul(Translation(5, 6, 7)), nil, IKOptions{Restarts: -1}, &s)
		if !errors.Is(err, ErrUnreachable) || s.N != 0 {
			t.Errorf("%s: %v, %d solutions", m.name, err, s.N)
		}
	}
	// Five joints cannot tilt the tool out of the arm's plane.
	c := arm5(t)
	target := c.Forward([]float64{0.2, -1, 1.2, -0.3, 0.1}).Mul(Pose{R: ExpSO3([3]float64{0.1, 0.2, 0})})
	var u *UnreachableError
	if _, err := c.Inverse(target, nil, IKOptions{Restarts: 5}, make([]float64, 5)); !errors.As(err, &u) || u.Rotation < 1e-3 {
		t.Errorf("%v", err)
	}
}
