package timesync_test

import (
	"fmt"
	"time"

	"linetwin.dev/protocol/timesync"
)

func Example() {
	const ms = time.Millisecond
	var e timesync.Estimator
	// The other clock is an hour ahead; the way there takes 3 ms, the way back 1 ms.
	e.Add(timesync.Exchange{Sent: 10 * ms, Received: time.Hour + 13*ms, Replied: time.Hour + 14*ms, Returned: 15 * ms})
	at, ok := e.Estimate(15 * ms)
	fmt.Println(at.Offset, at.Uncertainty, ok)
	// Output: 1h0m0.001s 2.001001ms true
}
