package server_test

import (
	"fmt"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/server"
)

func Example() {
	bank := protocol.NewBank()
	bank.Seal()
	srv, err := server.Listen("127.0.0.1:0", bank, server.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("registers at", srv.Addr().Network(), "with", len(srv.Clients()), "clients")
	fmt.Println(srv.Close())
	// Output:
	// registers at tcp with 0 clients
	// <nil>
}
