package kinematics

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

var allSix = [6]float64{1, 1, 1, 1, 1, 1}

func TestVelocityGivesTheTwistThatWasAskedFor(t *testing.T) {
	for _, m := range machines {
		t.Run(m.name, func(t *testing.T) {
			c := m.make(t)
			qd := make([]float64, c.Joints())
			rapid.Check(t, func(t *rapid.T) {
				q, want := joints(t, c, "q"), joints(t, c, "qd")
				var j Jacobian
				c.Jacobian(q, &j)
				twist := j.Mul(want) // one that the chain can do
				if err := c.Velocity(q, twist, allSix, 1e-6, qd); err != nil {
					t.Fatal(err)
				}
				got := j.Mul(qd)
				for i := range got {
					within(t, "twist", got[i], twist[i], 1e-4)
				}
			})
		})
	}
}

func TestVelocityMinimisesItsCost(t *testing.T) {
	c := arm5(t)
	rapid.Check(t, func(t *rapid.T) {
		q := joints(t, c, "q")
		v, w := drawVec(t, 1, "v"), drawVec(t, 1, "w")
		twist := Twist{v[0], v[1], v[2], w[0], w[1], w[2]}
		weights := [6]float64{1, 1, 1, 0.1, 0.1, 0}
		const damping = 0.05
		var j Jacobian
		c.Jacobian(q, &j)
		cost := func(qd []float64) float64 {
			got, sum := j.Mul(qd), 0.0
			for i := range got {
				sum += weights[i] * (got[i] - twist[i]) * (got[i] - twist[i])
			}
			for _, x := range qd {
				sum += damping * damping * x * x
			}
			return sum
		}
		qd := make([]float64, 5)
		if err := c.Velocity(q, twist, weights, damping, qd); err != nil {
			t.Fatal(err)
		}
		least := cost(qd)
		for i := range qd {
			for _, h := range []float64{-1e-3, 1e-3} {
				qd[i] += h
				if cost(qd) < least {
					t.Fatalf("joint %d by %v costs %v, less than %v", i+1, h, cost(qd), least)
				}
				qd[i] -= h
			}
		}
	})
}

func TestDampingBoundsTheSpeedAtASingularity(t *testing.T) {
	c := ur5(t)
	q := []float64{0.4, -1, 0, 0.3, 0, 0.2} // elbow stretched, wrist aligned
	qd := make([]float64, 6)
	twist := Twist{1, 1, 1, 1, 1, 1}
	if err := c.Velocity(q, twist, allSix, 0, qd); !errors.Is(err, ErrSingular) {
		t.Errorf("undamped: %v, %v", err, qd)
	}
	if err := c.Velocity(q, twist, allSix, 0.1, qd); err != nil {
		t.Fatal(err)
	}
	norm := 0.0
	for _, v := range qd {
		norm += v * v
	}
	// |qd| <= |twist| / (2 damping), whatever the Jacobian.
	if most := math.Sqrt(6) / 0.2; math.Sqrt(norm) > most {
		t.Errorf("|qd| is %v, above %v", math.Sqrt(norm), most)
	}
}

func TestARedundantChainNeedsNoDampingForAFreeComponent(t *testing.T) {
	c := arm7(t)
	qd := make([]float64, 7)
	weights := allSix
	weights[5] = 0
	q := []float64{0.1, 0.5, -0.2, 1, 0.3, 0.7, 0}
	if err := c.Velocity(q, Twist{0.1, 0.2, 0.3, 0.1, 0, 9}, weights, 0, qd); err != nil {
		t.Fatal(err)
	}
	var j Jacobian
	c.Jacobian(q, &j)
	got := j.Mul(qd)
	for i, want := range []float64{0.1, 0.2, 0.3, 0.1, 0} {
		within(t, "twist", got[i], want, 1e-12)
	}
}

func TestVelocityRefusesWhatIsNotANumber(t *testing.T) {
	c := arm5(t)
	q := []float64{0.1, -0.9, 1, 0.3, 0}
	for name, f := range map[string]func(qd []float64) error{
		"twist":    func(qd []float64) error { return c.Velocity(q, Twist{math.NaN()}, allSix, 0.1, qd) },
		"weight":   func(qd []float64) error { return c.Velocity(q, Twist{}, [6]float64{-1}, 0.1, qd) },
		"damping":  func(qd []float64) error { return c.Velocity(q, Twist{}, allSix, math.Inf(1), qd) },
		"position": func(qd []float64) error { return c.Velocity([]float64{0, 0, 0, 0, math.NaN()}, Twist{}, allSix, 1, qd) },
	} {
		qd := []float64{1, 1, 1, 1, 1}
		if err := f(qd); !errors.Is(err, ErrVelocity) || qd[0] != 0 {
			t.Errorf("%s: error %v, qd %v", name, err, qd)
		}
	}
}
