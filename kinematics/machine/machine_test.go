package machine

import (
	"math"
	"testing"

	"linetwin.dev/kinematics"
)

func TestAMachineTellsTheToolAndTheWorkpieceThatItWasGiven(t *testing.T) {
	tool, work := [3]float64{0.001, 0, 0.12}, kinematics.Translation(0.3, -0.1, 0.02)
	for _, m := range every(t) {
		before := m.Tool()
		with := m.WithTool(tool).WithWork(work)
		if with.Tool() != tool || with.Work() != work {
			t.Errorf("%s has %v and %v", m.Name(), with.Tool(), with.Work())
		}
		if m.Tool() != before {
			t.Errorf("%s itself has changed", m.Name())
		}
	}
}

func TestSidesHaveNames(t *testing.T) {
	for side, want := range map[Side]string{Table: "table", Head: "head", math.MaxUint8: "Side(255)"} {
		if got := side.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
