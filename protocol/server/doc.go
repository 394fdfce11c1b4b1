// Package server serves a register bank over TCP, in the format of protocol/wire.
//
// A [Server] only reads the bank: writes of clients go through the Apply function, so
// that serving a run does not change its outcome. Its clock is the wall clock, also when
// the line runs in virtual time; it decides only when a client is pushed to or given up.
//
//	srv, err := server.Listen("127.0.0.1:7117", bank, server.Options{Apply: store.Apply})
//	if err != nil {
//		return err
//	}
//	defer srv.Close()
//	fmt.Println("registers at", srv.Addr())
//
// There is one loop per processor, and each serves its share of the clients, one after
// the other; a quiet client has no goroutine and no buffer. A loop waits for no client:
// what does not go out at once is sent when there is room. In each turn it serves, in
// this order, and what can wait only for a slice of time: what clients that have greeted
// ask now; clients that ask for more than fits into a turn, and those that come or go;
// pushes; and new connections. So no client holds up another one, be it that it floods the
// server, sends nonsense, or does not read. What each may make the server hold is bounded,
// the replies of one batch leave in one write, and a client that does not read, does not
// finish its request, or says nothing for long is closed, and told why.
//
// [Server.Clients], [Server.Stats], [Server.Health], [Server.Kick], [Server.Trace] and
// [Server.Reconfigure] look after a server while it runs, and hold up nobody.
//
// With [Options].TLS, and where there is no epoll, two goroutines carry the bytes of each
// client between its connection and its loop.
//
// The loops are built on epoll(7), timerfd_create(2) and eventfd(2) of Linux, with events
// on edges: see the questions and answers of epoll(7) on short reads and starvation.
package server
