package mill_test

import (
	"fmt"

	"linetwin.dev/protocol"
	"linetwin.dev/sim/mill"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

func Example() {
	line, err := specs.Load("../../scenarios/thin-wall")
	if err != nil {
		fmt.Println(err)
		return
	}
	site := &device.Site{Engine: engine.New(engine.Options{}), Bank: protocol.NewBank(), Spec: &line.Scenario, Dir: line.Dir}
	if _, err := mill.New(site, "vmc1"); err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range site.Bank.Registers()[:6] {
		fmt.Println(r.Name, r.Unit)
	}
	// Output:
	// vmc1.x.position m
	// vmc1.y.position m
	// vmc1.z.position m
	// vmc1.a.position rad
	// vmc1.c.position rad
	// vmc1.x.temperature degC
}
