package timesync

import (
	"math"
	"time"
)

// Exchange is one request and its answer. Sent and Returned are by the clock of who
// asks, Received and Replied by that of who answers.
type Exchange struct {
	Sent, Received, Replied, Returned time.Duration
}

// Delay is how long the two messages were under way, together.
func (x Exchange) Delay() time.Duration { return x.Returned - x.Sent - (x.Replied - x.Received) }

// Offset of the clock of who answers before that of who asks, right within half the
// Delay.
func (x Exchange) Offset() time.Duration {
	there, back := x.Received-x.Sent, x.Replied-x.Returned
	return there/2 + back/2 + (there%2+back%2)/2 // a sum of the two might be too large
}

// Estimate is how the clock of who answers stands to that of who asks.
type Estimate struct {
	// Offset is what to add to a time of who asks to have it by the other clock.
	Offset time.Duration
	// Uncertainty is the largest error that the offset can have, if neither clock's
	// rate is wrong by more than Drift.
	Uncertainty time.Duration
	// Delay of the exchange that the estimate rests on.
	Delay time.Duration
	// Exchanges so far.
	Exchanges int
}

const (
	// window is how many exchanges are kept.
	window = 16
	// Drift is by how much a clock's rate may be wrong: 100 parts per million, what the
	// worst quartz of an industrial controller is specified with.
	Drift = 100e-6
	// parting is by how much two clocks may drift apart in a time that one of them tells,
	// when they are wrong in opposite directions.
	parting = 2 * Drift / (1 - Drift)
	// most is where times end, in either direction: no clock counts 146 years of
	// nanoseconds.
	most = time.Duration(1 << 62)
)

// Estimator keeps the last exchanges. The zero value is ready. It is used by one
// goroutine at a time, and does not allocate.
type Estimator struct {
	kept [window]Exchange
	n    int
}

// Add takes an exchange. It reports false, and forgets it, when its times cannot be:
// a negative delay, an answer before the question, or times 146 years from 0.
func (e *Estimator) Add(x Exchange) bool {
	for _, t := range [...]time.Duration{x.Sent, x.Received, x.Replied, x.Returned} {
		if t <= -most || t >= most {
			return false
		}
	}
	if x.Returned < x.Sent || x.Replied < x.Received || x.Delay() < 0 {
		return false
	}
	e.kept[e.n%window] = x
	e.n++
	return true
}

// Estimate at a time of who asks. It reports false before the first exchange.
func (e *Estimator) Estimate(at time.Duration) (best Estimate, ok bool) {
	for i := range min(e.n, window) {
		x := &e.kept[i]
		// The clocks may have drifted apart since the first timestamp, or until the last.
		age := max(float64(at)-float64(x.Sent), float64(x.Returned)-float64(at))
		u := (x.Delay()+1)/2 + time.Duration(math.Ceil(parting*age))
		if i == 0 || u < best.Uncertainty {
			best = Estimate{Offset: x.Offset(), Uncertainty: u, Delay: x.Delay(), Exchanges: e.n}
		}
	}
	return best, e.n > 0
}
