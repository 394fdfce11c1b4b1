package client_test

import (
	"context"
	"fmt"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/client"
	"linetwin.dev/protocol/server"
)

func Example() {
	bank := protocol.NewBank()
	out, err := bank.Writer("belt", "line.cue:3:2").Define(protocol.Def{Name: "belt.position", Type: protocol.F64, Unit: "mm"})
	if err != nil {
		fmt.Println(err)
		return
	}
	bank.Seal()
	out.SetFloat(0, 12.5)
	srv, err := server.Listen("127.0.0.1:0", bank, server.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	ctx := context.Background()
	c, err := client.Dial(ctx, srv.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	readings, err := c.Get(ctx, "belt.position")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range readings {
		fmt.Println(r.Name, r.Format(), r.Unit, r.Quality)
	}
	// Output: belt.position 12.5 mm good
}
