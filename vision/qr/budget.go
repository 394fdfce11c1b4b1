package qr

// DefaultBudget is the work that Decode may do when it is asked for none: about half a second
// of one core of 2020.
const DefaultBudget = 250_000_000

// work counts what was done against a budget. A unit is about one pixel looked at, 1 to 3 ns.
// It is a count and not a time, so that equal images give equal results on any machine.
type work struct{ left int }

func (w *work) spend(units int) { w.left -= units }
func (w *work) spent() bool     { return w.left <= 0 }
