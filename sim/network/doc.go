// Package network simulates TCP connections in virtual time, as programs see them: two
// streams of bytes that arrive late, in pieces, and not always.
//
// A [Network] has [Conditions]: latency and jitter, rate, loss, segment and buffer sizes,
// and how often a connection is cut, goes silent or is refused. Who dials and who accepts
// each get an [End], a socket that does not block. The caller brings the time: a function
// that schedules, such as that of an engine's component, and a random stream for each
// connection. Nothing here reads a clock or draws from anywhere else, so the same seed
// gives the same bytes at the same instants.
//
//	lan := network.New(network.Conditions{Latency: time.Millisecond}, at)
//	lan.Listen(func(now time.Duration, e *network.End) {
//		e.Notify(func(now time.Duration) { e.Consume(now, len(e.Received())) })
//	})
//	lan.Dial(now, rnd, func(now time.Duration, e *network.End, err error) {
//		if err == nil {
//			e.Write(now, []byte("hello"))
//		}
//	})
//
// README.md of the folder above says what is simpler than in real TCP.
//
// Sources: RFC 9293 (TCP: windows, half-open connections, resets), RFC 6298 (the
// retransmission timer and its doubling).
package network
