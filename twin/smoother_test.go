package twin

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics/machine"
	"linetwin.dev/twin/device"
)

func someAxes() []device.MillAxis {
	return []device.MillAxis{
		{Name: "x", Limit: machine.Limit{Speed: 0.5, Accel: 5, Jerk: 100}},
		{Name: "a", Limit: machine.Limit{Speed: 2, Accel: 20, Jerk: 200}},
	}
}

// Whatever is asked for, a correction takes no more than its share of each axis' limits.
func TestCorrectionsStayWithinTheirShareOfTheLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const cycle = 1e-3
		share := rapid.Float64Range(0.01, 0.5).Draw(t, "share")
		axes := someAxes()
		s, err := newSmoother(rapid.Float64Range(1e-3, 60e-3).Draw(t, "time"), cycle, share, axes)
		if err != nil {
			t.Fatal(err)
		}
		var last [4][2]float64 // with rest before
		for n := range 600 {
			x := []float64{0, 0}
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0: // from one end to the other
				x[0], x[1] = 1-2*float64(n%2), 1-2*float64(n/7%2)
			case 1:
				x[0], x[1] = rapid.Float64Range(-1, 1).Draw(t, "x"), rapid.Float64Range(-1e-4, 1e-4).Draw(t, "a")
			case 2:
				x[0], x[1] = 1e-4*math.Sin(float64(n)/9), 1e-3*math.Cos(float64(n)/5)
			}
			s.step(x)
			copy(last[:], last[1:])
			last[3] = [2]float64(x)
			for i, a := range axes {
				p := [4]float64{last[0][i], last[1][i], last[2][i], last[3][i]}
				v := (p[3] - p[2]) / cycle
				acc := (p[3] - 2*p[2] + p[1]) / (cycle * cycle)
				j := (p[3] - 3*p[2] + 3*p[1] - p[0]) / (cycle * cycle * cycle)
				if math.Abs(v) > share*a.Limit.Speed*(1+1e-9) || math.Abs(acc) > share*a.Limit.Accel*(1+1e-6) || math.Abs(j) > share*a.Limit.Jerk*(1+1e-4) {
					t.Fatalf("cycle %d, axis %s: %g, %g, %g of limits %+v, share %v", n, a.Name, v, acc, j, a.Limit, share)
				}
			}
		}
	})
}

func TestASlowCorrectionComesInTimeForDelayedSetpoints(t *testing.T) {
	s, err := newSmoother(15e-3, 1e-3, 0.1, someAxes())
	if err != nil {
		t.Fatal(err)
	}
	if s.n != 15 || s.delay != 21 {
		t.Errorf("means of %d cycles delay by %d", s.n, s.delay)
	}
	at := func(n int) float64 { return 1e-8 * float64(n) }
	for n := range 500 {
		x := []float64{at(n), -at(n)}
		s.step(x)
		if want := at(n - s.delay); n > 60 && (math.Abs(x[0]-want) > 1e-15 || math.Abs(x[1]+want) > 1e-15) {
			t.Fatalf("cycle %d: %g, want %g", n, x[0], want)
		}
	}
	s.reset()
	x := []float64{0, 0}
	if s.step(x); x[0] != 0 || x[1] != 0 {
		t.Errorf("after a reset it goes on from %v", x)
	}
	if _, err := newSmoother(1, 1e-3, 0.1, someAxes()); err == nil {
		t.Error("a mean over a second is taken")
	}
}
