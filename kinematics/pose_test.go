package kinematics

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPosesFormAGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawPose(t, "a"), drawPose(t, "b"), drawPose(t, "c")
		near(t, "a inverse(a)", a.Mul(a.Inverse()), Identity(), 1e-13)
		near(t, "inverse(a) a", a.Inverse().Mul(a), Identity(), 1e-13)
		near(t, "(a b) c = a (b c)", a.Mul(b).Mul(c), a.Mul(b.Mul(c)), 1e-13)
		x := drawVec(t, 2, "x")
		p, q := a.Mul(b).Apply(x), a.Apply(b.Apply(x))
		for i := range p {
			within(t, "a(b(x))", p[i], q[i], 1e-13)
		}
	})
}

func TestRPYComesBackAlsoAtGimbalLock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rpy := drawVec(t, 7, "rpy")
		if rapid.Bool().Draw(t, "locked") {
			rpy[1] = math.Copysign(math.Pi/2, rpy[1]) + rapid.Float64Range(-1e-7, 1e-7).Draw(t, "off")
		}
		p := FromRPY([3]float64{}, rpy)
		got := p.RPY()
		near(t, "FromRPY(RPY)", FromRPY([3]float64{}, got), p, 1e-14*10)
		if math.Abs(got[1]) > math.Pi/2 {
			t.Fatalf("pitch is %v", got[1])
		}
	})
}

func TestFromRPYTurnsAboutFixedAxes(t *testing.T) {
	r := func(axis int, angle float64) Pose {
		var w [3]float64
		w[axis] = angle
		return Pose{R: ExpSO3(w)}
	}
	near(t, "pose", FromRPY([3]float64{}, [3]float64{0.3, -0.7, 2}), r(2, 2).Mul(r(1, -0.7)).Mul(r(0, 0.3)), 1e-15)
}

func TestLookAtPointsZAtTheTargetAndYDown(t *testing.T) {
	cases := []struct {
		name             string
		eye, target, up  [3]float64
		right, down, fwd [3]float64
	}{
		{"along x", [3]float64{0, 0, 1}, [3]float64{5, 0, 1}, [3]float64{0, 0, 1}, [3]float64{0, -1, 0}, [3]float64{0, 0, -1}, [3]float64{1, 0, 0}},
		{"straight down, up along the belt", [3]float64{0, 0, 2}, [3]float64{0, 0, 0}, [3]float64{1, 0, 0}, [3]float64{0, -1, 0}, [3]float64{-1, 0, 0}, [3]float64{0, 0, -1}},
		{"straight down, up undefined", [3]float64{0, 0, 2}, [3]float64{0, 0, 0}, [3]float64{0, 0, 1}, [3]float64{1, 0, 0}, [3]float64{0, -1, 0}, [3]float64{0, 0, -1}},
		{"along y, up undefined", [3]float64{}, [3]float64{0, 1, 0}, [3]float64{0, 3, 0}, [3]float64{1, 0, 0}, [3]float64{0, 0, -1}, [3]float64{0, 1, 0}},
		{"nowhere", [3]float64{1, 2, 3}, [3]float64{1, 2, 3}, [3]float64{0, 0, 1}, [3]float64{1, 0, 0}, [3]float64{0, 1, 0}, [3]float64{0, 0, 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := LookAt(c.eye, c.target, c.up)
			want := Pose{P: c.eye, R: [9]float64{
				c.right[0], c.down[0], c.fwd[0], c.right[1], c.down[1], c.fwd[1], c.right[2], c.down[2], c.fwd[2]}}
			near(t, "pose", p, want, 1e-15)
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		eye, target, up := drawVec(t, 2, "eye"), drawVec(t, 2, "target"), drawVec(t, 1, "up")
		p := LookAt(eye, target, up)
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		seen := p.Inverse().Apply(target)
		within(t, "target's x", seen[0], 0, 1e-13)
		within(t, "target's y", seen[1], 0, 1e-13)
		if seen[2] < 0 {
			t.Fatalf("target is behind the camera: %v", seen)
		}
		if u := p.Inverse().Rotate(up); u[1] > 1e-8 {
			t.Fatalf("up points down in the image: %v", u)
		}
	})
}

func TestCheckSaysWhatIsWrongWithAPose(t *testing.T) {
	nan := Identity()
	nan.R[4] = math.NaN()
	mirror := Identity()
	mirror.R[8] = -1
	for want, p := range map[string]Pose{
		"Identity":     {},
		"finite":       Translation(0, math.Inf(1), 0),
		"orthonormal":  nan,
		"right-handed": mirror,
	} {
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v does not say %q", p, err, want)
		}
		if p.rigid() {
			t.Errorf("%v passes for rigid", p)
		}
	}
	if p := FromRPY([3]float64{1, 2, 3}, [3]float64{4, 5, 6}); p.Check() != nil || !p.rigid() {
		t.Error("a good pose is refused")
	}
}
