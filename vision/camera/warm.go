package camera

import (
	"math"
	"time"
)

// slots is into how many parts WarmUp.Over is divided: the mean of each is compared, so that
// the noise of single frames does not count as drift.
const slots = 8

// warmth of a camera: how long it must still warm, and whether it still drifts.
type warmth struct {
	cold   time.Duration // to be warmed when the session began
	since  time.Duration // when it began
	ended  time.Duration // when the one before ended
	cooled bool          // there was one before
	steady bool          // it does not drift any more, or need not be asked

	slot  int64 // number of the running slot, since the session began
	sum   float64
	n     int
	means [slots]float64 // of the slots before, at their number modulo slots
	have  int            // means in a row
}

// begin starts a session: what a camera was off, at most a whole warm-up, it must warm again.
func (w *warmth) begin(now time.Duration, c *WarmUp) {
	if w.cooled {
		w.cold = min(c.For, w.cold+now-w.ended)
	}
	*w = warmth{cold: w.cold, since: now, steady: c.Drift == 0}
}

// end ends a session.
func (w *warmth) end(now time.Duration) {
	w.cold = max(0, w.cold-(now-w.since))
	w.ended, w.cooled = now, true
}

// due is when the camera is warm, as it looks now.
func (w *warmth) due(c *WarmUp) time.Duration {
	if !w.steady {
		return w.since + max(w.cold, c.Most)
	}
	return w.since + w.cold
}

// done makes it warm by decree.
func (w *warmth) done() { w.steady = true }

// see takes a frame's level. It tells whether the camera has become steady by it.
func (w *warmth) see(now time.Duration, level float64, c *WarmUp) bool {
	if w.steady || math.IsNaN(level) || math.IsInf(level, 0) {
		return false
	}
	if k := int64((now - w.since) / (c.Over / slots)); k != w.slot {
		if w.n > 0 && k == w.slot+1 {
			w.means[w.slot%slots] = w.sum / float64(w.n)
			w.have = min(w.have+1, slots)
		} else {
			w.have = 0 // a gap
		}
		w.slot, w.sum, w.n = k, 0, 0
	}
	w.sum += level
	w.n++
	if w.have < slots {
		return false
	}
	low, high := w.means[0], w.means[0]
	for _, v := range w.means[1:] {
		low, high = min(low, v), max(high, v)
	}
	w.steady = high-low <= c.Drift
	return w.steady
}
