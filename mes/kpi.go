package mes

import (
	"math"
	"strings"
	"time"
)

// KPI are key performance indicators after ISO 22400-2, each a ratio; NaN where
// it is not defined yet, because nothing was produced, no time has passed or the
// order has no planned cycle.
type KPI struct {
	// Producing (APT) is the time in the producing state; Busy (PBT) is all line
	// time: for an order, that in which it was running.
	Producing, Busy time.Duration
	Availability    float64 // APT / PBT
	Effectiveness   float64 // planned run time per part x parts / APT
	Quality         float64 // good parts / parts
	OEE             float64 // availability x effectiveness x quality
}

func kpi(states []StateTime, producing string, c Counts, cycle time.Duration) KPI {
	k := KPI{Effectiveness: math.NaN()}
	for _, s := range states {
		k.Busy += s.Time
		if strings.EqualFold(s.State, producing) {
			k.Producing += s.Time
		}
	}
	k.Availability = ratio(float64(k.Producing), float64(k.Busy))
	k.Quality = ratio(float64(c.Good), float64(c.Parts()))
	if cycle > 0 {
		k.Effectiveness = ratio(float64(cycle)*float64(c.Parts()), float64(k.Producing))
	}
	k.OEE = k.Availability * k.Effectiveness * k.Quality
	return k
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return math.NaN()
	}
	return a / b
}
