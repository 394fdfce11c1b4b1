package service_test

import (
	"fmt"
	"time"

	"linetwin.dev/vision/service"
)

// look is a task that is done as soon as the clock says so.
type look struct{ name string }

var later []func(time.Duration)

func (l look) Run(_ time.Duration, done func(time.Duration)) { later = append(later, done) }
func (l look) End(now time.Duration, o service.Outcome)      { fmt.Println(l.name, o, "at", now) }
func (l look) Release(time.Duration)                         {}

// One worker, two frames: the second waits until its deadline is over.
func Example() {
	const ms = time.Millisecond
	var deadlines []func(time.Duration)
	timer := func(_ time.Duration, fn func(time.Duration)) { deadlines = append(deadlines, fn) }
	p := service.NewPool(1, 8)
	p.Submit(0, service.Request{Deadline: 100 * ms}, timer, look{"first"})
	p.Submit(5*ms, service.Request{Deadline: 30 * ms}, timer, look{"second"})
	deadlines[1](30 * ms)
	later[0](40 * ms)
	// Output:
	// second late at 30ms
	// first judged at 40ms
}
