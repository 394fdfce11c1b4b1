// Linetwin runs a declarative digital twin of a production line: simulated, or with
// real devices in the loop.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
)

func main() {
	l, err := specs.Load(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	js, err := l.ResolvedJSON()
	if err != nil {
		panic(err)
	}
	dir := ""
	if len(os.Args) > 2 {
		dir = os.Args[2]
		os.RemoveAll(dir)
		os.MkdirAll(dir, 0o755)
	}
	t0 := time.Now()
	t, err := twin.New(twin.Scenario{Scenario: &l.Scenario, Dir: l.Dir, Resolved: js, Where: l.Where}, twin.Options{
		Devices: twin.Registry{device.Sim: sim.Devices()}, Dir: dir,
	})
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	fmt.Println("assembled in", time.Since(t0))
	out, err := t.Run(context.Background())
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	bench.WriteVerdict(os.Stdout, out.Summary, bench.Terminal{})
}
