package protocol_test

import (
	"fmt"
	"time"

	"linetwin.dev/protocol"
)

func Example() {
	bank := protocol.NewBank()
	gate := bank.Writer("gate reject", "line.cue:31:2")
	open, err := gate.Define(protocol.Def{Name: "reject.open", Type: protocol.Bool, Doc: "the gate is open"})
	if err != nil {
		fmt.Println(err)
		return
	}
	bank.Seal()
	in, err := bank.In("reject.open", protocol.Bool)
	if err != nil {
		fmt.Println(err)
		return
	}
	open.SetBool(20*time.Millisecond, true)
	fmt.Println(in.Bool(), in.Time(), in.Quality())
	_, err = bank.In("reject.opn", protocol.Bool)
	fmt.Println(err)
	// Output:
	// true 20ms good
	// register "reject.opn" is unknown; did you mean "reject.open"?
}
