package verdicts

import (
	"linetwin.dev/sim/scenery"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// Rung is what a station made of bottles with a flaw of one severity.
type Rung struct {
	Severity float64
	Size     scenery.Size // of the flaw
	Judged   int
	Found    int // called bad
	Named    int // and by the right name
}

// Ladder judges n bottles with a kind of flaw at each of the severities, from 0 to 1.
func (s *Station) Ladder(seed uint64, kind device.Defect, severities []float64, n int) ([]Rung, error) {
	rungs := make([]Rung, len(severities))
	for k, severity := range severities {
		r := &rungs[k]
		r.Severity = severity
		for i := range n {
			shot, err := s.ShootFlaw(seed, k*n+i, scenery.Flaw{Kind: kind, Severity: severity})
			if err != nil {
				return nil, err
			}
			if sizes := shot.Part.Sizes(); len(sizes) > 0 {
				r.Size = sizes[0]
			}
			v := shot.Judge().Verdict
			shot.Release()
			r.Judged++
			if !v.Good() {
				r.Found++
			}
			finding := findings[kind]
			if kind&device.Harmless != 0 {
				finding = vision.NoQR
			}
			if v.Reason&finding != 0 {
				r.Named++
			}
		}
	}
	return rungs, nil
}
