package control

// Band is how a loop of a certain delay is tuned.
type Band struct {
	// Closed is the time constant of the closed loop, as a multiple of the delay.
	Closed float64
	// Predict is the share of the delay's effect that a Smith predictor takes out of the
	// feedback: 0 none, 1 all of it.
	Predict float64
	// Lead is the time constant of the controller's phase lead, as a multiple of the delay.
	Lead float64
}

// The delays, in s, between which the bands lie: Short is in force below DelayShort, Medium
// between the two middle ones, and Long above DelayLong.
const (
	DelayShort     = 0.030
	DelayMedium    = 0.040 // to DelayMediumEnd
	DelayMediumEnd = 0.060
	DelayLong      = 0.070
)

// Schedule is the tuning by delay: constant within a band, and a straight line from one band to
// the next in the gaps of 10 ms between them, so that it has no jump, and needs no hysteresis.
type Schedule struct {
	Short, Medium, Long Band
}

// DefaultSchedule is the schedule of a SelfTuning without one. In a short delay nothing is
// predicted; in a long one most of the feedback comes from the prediction.
func DefaultSchedule() Schedule {
	return Schedule{
		Short:  Band{Closed: 1.2, Predict: 0, Lead: 1. / 3},
		Medium: Band{Closed: 0.9, Predict: 0.5, Lead: 1. / 6},
		Long:   Band{Closed: 0.7, Predict: 1, Lead: 0},
	}
}

func (s *Schedule) check() error {
	for _, b := range []struct {
		name string
		Band
	}{{"short", s.Short}, {"medium", s.Medium}, {"long", s.Long}} {
		if err := check("schedule: "+b.name, positive("closed-loop time constant", "delays", b.Closed),
			share("prediction", b.Predict), atLeast0("lead", "delays", b.Lead)); err != nil {
			return err
		}
	}
	return nil
}

// At is the tuning for a delay in s.
func (s *Schedule) At(delay float64) Band {
	if delay < DelayMedium {
		return s.Short.to(s.Medium, (delay-DelayShort)/(DelayMedium-DelayShort))
	}
	return s.Medium.to(s.Long, (delay-DelayMediumEnd)/(DelayLong-DelayMediumEnd))
}

// to is the band at a share of the way to another one.
func (b Band) to(o Band, share float64) Band {
	share = max(0, min(1, share))
	return Band{
		Closed:  b.Closed + share*(o.Closed-b.Closed),
		Predict: b.Predict + share*(o.Predict-b.Predict),
		Lead:    b.Lead + share*(o.Lead-b.Lead),
	}
}
