// Package guard slows down who guesses secrets.
//
// A [Guard] counts the wrong secrets that come from each address. The first few cost
// nothing: people mistype. After each further one the address has to wait, longer each
// time, and what it shows meanwhile is not looked at. So a guesser gets a few thousand
// tries a day, however many connections it opens. One that is shown again and again
// counts once: that is no guesser, but a program with an old token.
//
//	var g guard.Guard
//	from := guard.From(r.RemoteAddr)
//	if wait := g.Wait(from, now); wait > 0 {
//		return fmt.Errorf("try again in %v", wait)
//	}
//	if !known(token) {
//		g.Wrong(from, token, now)
//	}
//
// Who shows the right secret while others guess from the same address waits as well, for
// half a minute at most: a guesser must not learn from it that a guess was right. Who
// shows none, and who is in already, is not concerned. A right secret forgives nothing,
// or a guesser who has one of his own would show it between guesses; ten minutes without
// a wrong one do.
//
// Nothing here reads a clock: time is an argument, and equal calls give equal answers.
package guard
