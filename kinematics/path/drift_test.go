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

// Orders that change nothing, in the midst of a long way, leave the machine where it belongs:
// the last cycle before it rests needs no step to get there.
func TestOrdersDoNotAddUpToAnError(t *testing.T) {
	p, r, err := New(Config{Axes: axes(1), Cycle: 1e-3})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Add(Move{To: [MaxAxes]float64{300}, Feed: 0.3}); err != nil {
		t.Fatal(err)
	}
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	var s, before Sample
	for n := 1; r.Next(&s); n++ {
		if n%1000 == 0 {
			r.Override(1, 1)
		}
		before = s
	}
	if step := s.Joints[0] - before.Joints[0]; math.Abs(step) > 2*numeric.ULP(300) {
		t.Errorf("the machine comes to rest with a step of %g m", step)
	}
}
