// Package clients simulates the clients of the register server, and the server that they
// talk to, over a simulated network and in virtual time.
//
// A [Server] does to the state machine of protocol/wire what protocol/server does with
// sockets; a [Client] connects, notices when the server is silent, and comes back, as
// protocol/client does; what it asks for is its [Program]. Both are driven by nothing but
// the schedule that they are given.
//
//	server := clients.NewServer(bank, wire.ServerConfig{}, at)
//	lan := network.New(network.Conditions{Latency: time.Millisecond}, at)
//	lan.Listen(server.Accept)
//	hmi := clients.NewClient(lan, at, rnd, program, clients.ClientOptions{})
//	hmi.On(now)
//
// A scenario describes its clients in groups; a [Group] is one of them, as the twin puts
// it up. The package's tests hold 1,000 seeds of all that to a model of what clients may
// see; README.md of the folder above says which.
package clients
