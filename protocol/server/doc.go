// Package server serves a register bank over TCP, in the format of protocol/wire.
//
// A [Server] has one goroutine per client, and a second one for a client that
// watches registers. It only reads the bank: writes of clients go through the Apply
// function, so that serving a run does not change its outcome. Its clock is the
// wall clock, also when the line runs in virtual time; it decides only when a
// client is pushed to or given up.
//
//	srv, err := server.Listen("127.0.0.1:7777", bank, server.Options{})
//	if err != nil {
//		return err
//	}
//	defer srv.Close()
//	fmt.Println("registers at", srv.Addr())
//
// No client holds up another one: what each may make the server hold is bounded,
// replies of one batch leave in one write, and a client that does not read, does
// not finish its request, or says nothing for long is closed, and told why.
package server
