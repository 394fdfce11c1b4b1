package plc_test

import (
	"fmt"

	"linetwin.dev/sim/plc"
)

// What an HMI makes of the registers main.state and main.fault.
func Example() {
	state, fault := plc.State(9), plc.Fault(8)
	fmt.Printf("%v: %v\n", state, fault)
	// Output: Aborted: the gate does not move
}
