package twin

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics/machine"
	"linetwin.dev/twin/device"
)

// smoother shapes corrections so that whatever they are, they add no more than a share of each
// axis' limits of speed, acceleration and jerk to its motion, which is what planning leaves them.
//
// A correction may change by a rate R at the most. Three means over a time T each make of it one
// whose derivatives are at most
//
//	R,  2 R / T  and  4 R / T^2
//
// (each mean of a difference is a difference of means: f' of the mean is (f(t) - f(t-T)) / T), so
// that R is the least of V, A T / 2 and J T^2 / 4 for the shares V, A and J. The three delay what
// they smooth by 1.5 T: setpoints are delayed as much, so that corrections come in time.
type smoother struct {
	n     int // samples of a mean
	delay int // of setpoints, in cycles
	rate  [machine.MaxAxes]float64
	last  [machine.MaxAxes]float64

	// The last n inputs of the three means, in rings.
	past [3][maxMean][machine.MaxAxes]float64
	at   int
}

// maxMean is the most cycles of a mean.
const maxMean = 255

func newSmoother(time, cycle, share float64, axes []device.MillAxis) (*smoother, error) {
	n := int(math.Round(time / cycle))
	n += 1 - n%2 // an odd number delays by whole cycles
	if n > maxMean {
		return nil, fmt.Errorf("compensation.smoothing: %d cycles are more than the %d that there may be; write less", n, maxMean)
	}
	s := &smoother{n: n, delay: 3 * (n - 1) / 2}
	t := float64(n) * cycle
	for i, a := range axes {
		s.rate[i] = share * min(a.Limit.Speed, a.Limit.Accel*t/2, a.Limit.Jerk*t*t/4) * cycle
	}
	return s, nil
}

// step takes the corrections that are wanted to those that are made. Before the first step
// there were none.
func (s *smoother) step(x []float64) {
	s.at++
	if s.at >= s.n {
		s.at = 0
	}
	for i := range x {
		s.last[i] += min(max(x[i]-s.last[i], -s.rate[i]), s.rate[i])
		v := s.last[i]
		for stage := range s.past {
			ring := &s.past[stage]
			ring[s.at][i] = v
			sum := 0.0
			for k := range s.n {
				sum += ring[k][i]
			}
			v = sum / float64(s.n)
		}
		x[i] = v
	}
}

// reset forgets the corrections, for a machine that stands and takes its setpoints anew.
func (s *smoother) reset() {
	*s = smoother{n: s.n, delay: s.delay, rate: s.rate}
}
