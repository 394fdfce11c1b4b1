package kinematics

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// drawRotation draws a rotation vector of any size up to pi, with the hard ones often.
func drawRotation(t *rapid.T) [3]float64 {
	axis, ok := unit(drawVec(t, 1, "axis"))
	if !ok {
		axis = [3]float64{0, 0, 1}
	}
	if rapid.Bool().Draw(t, "main axis") {
		axis = [3]float64{}
		axis[rapid.IntRange(0, 2).Draw(t, "which")] = 1
	}
	angle := rapid.OneOf(
		rapid.Float64Range(0, math.Pi),
		rapid.Just(0.0), rapid.Just(math.Pi),
		rapid.Map(rapid.Float64Range(-300, 0), func(e float64) float64 { return math.Pow(10, e) }),
		rapid.Map(rapid.Float64Range(-16, -1), func(e float64) float64 { return math.Pi - math.Pow(10, e) }),
		rapid.Float64Range(0.09, 0.11), // where the series hand over to the closed forms
	).Draw(t, "angle")
	return [3]float64{axis[0] * angle, axis[1] * angle, axis[2] * angle}
}

func TestLogUndoesExpAtEveryAngle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawRotation(t)
		v := drawVec(t, 2, "v")
		in := Twist{v[0], v[1], v[2], w[0], w[1], w[2]}
		p := Exp(in)
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		out := p.Log()
		near(t, "exp(log(p))", Exp(out), p, 1e-14*5)
		if angle := math.Sqrt(dot(w, w)); angle > math.Pi-1e-7 {
			return // the opposite vector is as good
		} else if angle > 0 {
			n := LogSO3(p.R)
			within(t, "relative error of the angle", math.Sqrt(dot(n, n))/angle, 1, 1e-9+1e-14/(math.Pi-angle))
		}
		for i := range in {
			within(t, "log(exp(t))", out[i], in[i], 1e-12)
		}
	})
}

func TestLogKeepsTheDigitsOfTinyRotations(t *testing.T) {
	for _, x := range []float64{1e-300, 1e-200, 1e-160, 1e-20, 1e-9, 1e-8, 1e-5} {
		got := LogSO3(ExpSO3([3]float64{x, -2 * x, 0}))
		if math.Abs(got[0]/x-1) > 1e-12 || math.Abs(got[1]/x+2) > 1e-12 || got[2] != 0 {
			t.Errorf("log(exp(%v)) = %v", x, got)
		}
	}
}

func TestExpFollowsTheTwist(t *testing.T) {
	// Many small steps along a constant twist end where one exponential does.
	tw := Twist{0.3, -0.2, 0.5, 1.1, -0.4, 0.9}
	p := Identity()
	step := Exp(tw.Scale(1. / 4096))
	for range 4096 {
		p = p.Mul(step)
	}
	near(t, "steps", p, Exp(tw), 1e-12)
}

func TestSeriesAndClosedFormsMeet(t *testing.T) {
	// The coefficients on both sides of the hand-over, by their defining series.
	for _, xx := range []float64{1e-6, 0.0099999, 0.01, 0.0100001, 0.25, 1, 9.8} {
		a, b, c := expCoefficients(xx)
		var sa, sb, sc float64
		term := 1.0 // xx^k / (2k)!
		for k := 0; k < 20; k++ {
			n := float64(2 * k)
			sa += term / (n + 1)
			sb += term / ((n + 1) * (n + 2))
			sc += term / ((n + 1) * (n + 2) * (n + 3))
			term *= -xx / ((n + 1) * (n + 2))
		}
		within(t, "sin(x)/x", a, sa, 4e-16)
		within(t, "(1-cos x)/x^2", b, sb, 4e-16)
		// In the exponential the last one is multiplied by x^2.
		within(t, "(x-sin x)/x^3", c*xx, sc*xx, 4e-16)
		within(t, "log coefficient", logCoefficient(xx)*xx, 1-a/(2*b), 1e-15)
	}
}

func TestAdjointMovesATwistWithItsBody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPose(t, "p")
		v, w := drawVec(t, 1, "v"), drawVec(t, 1, "w")
		tw := Twist{v[0], v[1], v[2], w[0], w[1], w[2]}
		// The defining property: p exp(t) = exp(Ad t) p.
		near(t, "p exp(t)", p.Mul(Exp(tw)), Exp(p.Adjoint(tw)).Mul(p), 1e-12)
		back := p.Inverse().Adjoint(p.Adjoint(tw))
		for i := range tw {
			within(t, "there and back", back[i], tw[i], 1e-12)
		}
		r := p.RotateTwist(tw)
		lin := p.Rotate(v)
		within(t, "linear part", r[0], lin[0], 1e-15)
		within(t, "angular part", dot(r.Angular(), r.Angular()), dot(w, w), 1e-12)
	})
}

func TestUntwistLeavesASwingWithoutTheAxis(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := ExpSO3(drawRotation(t))
		k := rapid.IntRange(0, 2).Draw(t, "k")
		angle, swing := matQuat(&r).untwist(k)
		var w [3]float64
		w[k] = angle
		s := swing.log()
		within(t, "swing about the axis", s[k], 0, 1e-10)
		near(t, "twist swing", Pose{R: ExpSO3(w)}.Mul(Pose{R: ExpSO3(s)}), Pose{R: r}, 1e-10)
	})
}
