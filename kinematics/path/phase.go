package path

import (
	"math"

	"linetwin.dev/kinematics/numeric"
)

// phase is a stretch of time with constant acceleration along the path.
type phase struct {
	duration, v, a float64 // s; m/s at its start; m/s2
}

// cursor reads phases one after the other.
type cursor struct {
	i       uint64
	elapsed numeric.Sum // s of phase i
}

// step is what a cursor goes past: the way, and the integral of the way over time.
type step struct{ way, integral float64 }

// go on for some time, at most to the end of the phase.
func (s *step) add(v, a, time float64) {
	s.integral += s.way*time + time*time*(v/2+a*time/6)
	s.way += time * (v + a*time/2)
}

// speed at the cursor, and acceleration.
func (p *phase) at(elapsed float64) (v, a float64) {
	return math.Max(p.v+p.a*elapsed, 0), p.a
}

// phasesPerZone is how many phases the Runner makes of a zone at most, without orders from
// outside: up, along, down.
const phasesPerZone = 4

// phases is how many phases a Runner remembers: more than a machine goes through in the
// smoothing time.
func (s *settings) phases() int {
	n := 4096
	for float64(n) < s.smooth*1e6 && n < 1<<18 {
		n *= 2
	}
	return n
}
