package guard_test

import (
	"fmt"
	"time"

	"linetwin.dev/protocol/guard"
)

func Example() {
	var g guard.Guard
	from, now := guard.From("192.0.2.7:40112"), time.Unix(0, 0)
	for n := range 8 { // as fast as it can
		g.Wrong(from, fmt.Sprint("guess ", n), now)
	}
	fmt.Println(g.Wait(from, now), g.Wait(guard.From("192.0.2.8:50000"), now))
	fmt.Println(g.Wait(from, now.Add(4*time.Second)))
	// Output:
	// 4s 0s
	// 0s
}
