package client

import "time"

// LineTime places a moment of this computer's clock on the line's, as time since the
// start of the run. uncertainty is the largest error that the result can have, if
// neither clock's rate is wrong by more than timesync.Drift. It reports false before
// the first exchange with the server, and without WithClock.
func (c *Client) LineTime(t time.Time) (line, uncertainty time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := t.Sub(c.start)
	e, ok := c.line.Estimate(at)
	return at + e.Offset, e.Uncertainty, ok
}
