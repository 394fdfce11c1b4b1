package path

import (
	"math"
	"testing"

	"linetwin.dev/kinematics/numeric"
)

// A machine at constant speed is where the elapsed time says, after any number of cycles:
// plain sums of 0.001 s and of the way in it would be 50 pm off at the end of this.
func TestCyclesDoNotAddUpToAnError(t *testing.T) {
	const speed, cycle, begin, cycles = 0.3, 1e-3, 1000, 150_000
	p, r, err := New(Config{Axes: axes(1), Cycle: cycle})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Add(Move{To: [MaxAxes]float64{100}, Feed: speed}); err != nil {
		t.Fatal(err)
	}
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	var s Sample
	var start float64
	for n := range cycles {
		r.Next(&s)
		if n == begin {
			start = s.Joints[0]
		}
		if n < begin {
			continue
		}
		want := start + float64(n-begin)*(speed*cycle)
		if d := math.Abs(s.Joints[0] - want); d > 2*numeric.ULP(want) {
			t.Fatalf("after %d cycles the machine is %g m off", n-begin, d)
		}
	}
}
