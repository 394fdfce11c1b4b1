package wire_test

import (
	"fmt"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

func Example() {
	bank := protocol.NewBank()
	out, err := bank.Writer("belt", "line.cue:3:2").Define(protocol.Def{Name: "belt.count", Type: protocol.U16})
	if err != nil {
		fmt.Println(err)
		return
	}
	bank.Seal()
	out.SetInt(0, 1234)

	server := wire.NewServer(0, bank, wire.ServerConfig{})
	client := wire.NewClient(wire.ClientConfig{})
	id, err := client.Read(out.Ref(), protocol.U16, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	server.Receive(0, client.Output())
	err = client.Receive(server.Output(), func(e *wire.Event) {
		if e.ID == id {
			fmt.Println(e.Entries[0].Sample.Value.Uint(), e.Entries[0].Sample.Quality)
		}
	})
	fmt.Println(err)
	// Output:
	// 1234 good
	// <nil>
}
