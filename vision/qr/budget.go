package qr

// DefaultBudget is the work that Decode may do when it is asked for none: about 0.6 s
// of one core of 2020.
const DefaultBudget = 300_000_000

// work counts what was done against a budget. A unit is half of what it takes to split a pixel into dark
// and light, about 2 ns; the prices are such that one takes the same time in every pass. It is a
// count and not a time, so that equal images give equal results on any machine.
type work struct{ left int }

func (w *work) spend(units int) { w.left -= units }
func (w *work) spent() bool     { return w.left <= 0 }
