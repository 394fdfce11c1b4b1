package recogniser

import (
	"fmt"
	"time"
)

// Admission says when requests of low priority are refused, so that there is memory and
// time for the others. Others are refused only when a queue is full. The zero value is
// the standard one.
type Admission struct {
	Memory   float64 // part of the device's memory above which; 0: 0.85
	Contexts int     // requests that are waiting or being answered, from which on; 0: 8
}

// memoryAgain is when it is worth asking again where memory is short: it is measured
// every probeEvery, and models give theirs back between requests.
const memoryAgain = 5 * time.Second

// Check refuses a request, as a *Refused, or lets it in. contexts is how many are in work,
// memory how full the device is, and wait how long it takes until one of those in work is
// done.
func (a Admission) Check(p Priority, contexts int, memory Memory, wait time.Duration) error {
	if p > Low {
		return nil
	}
	if a.Memory <= 0 {
		a.Memory = 0.85
	}
	if a.Contexts <= 0 {
		a.Contexts = 8
	}
	if part := memory.Part(); part > a.Memory {
		return &Refused{fmt.Sprintf("%.0f %% of the memory of %s is used, more than %.0f %%; low priority waits", 100*part, memory.Device, 100*a.Memory), max(memoryAgain, wait)}
	}
	if contexts >= a.Contexts {
		return &Refused{fmt.Sprintf("%d requests are in work, which is all that low priority may join", contexts), max(wait, time.Second)}
	}
	return nil
}
