// Package timesync estimates how one clock stands to another from timestamps that
// both take of messages which they exchange, as IEEE 1588 (PTP) does with its delay
// request and response, and NTP with its four timestamps.
//
//	var e timesync.Estimator
//	e.Add(timesync.Exchange{Sent: t1, Received: t2, Replied: t3, Returned: t4})
//	at, ok := e.Estimate(t4)
//	line := t4 + at.Offset // give or take at.Uncertainty
//
// An exchange gives offset = ((t2 - t1) + (t3 - t4)) / 2 and delay = (t4 - t1) -
// (t3 - t2); the offset is wrong by at most half the delay, whatever the asymmetry
// of the way (IEEE 1588-2019, 11.3; RFC 5905, section 8). Of the last exchanges the
// one with the least delay counts, widened by the drift that clocks may have had
// since.
//
// Nothing here reads a clock.
package timesync
