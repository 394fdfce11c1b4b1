// Package wire is the format in which clients and the register server talk, as
// two state machines without I/O: [Server] and [Client]. Bytes go in, bytes come
// out, and time is an argument; a TCP connection, a simulated network, a test or a
// fuzzer drives them alike.
//
// The format is binary, versioned and little-endian. README.md of the folder
// above gives its bytes with an example of each message. A single read of a 16-bit
// register takes five bytes each way; replies and pushes carry the quality of each
// value, and its time on request; a push carries all that changed since the last.
//
//	server := wire.NewServer(now, bank, wire.ServerConfig{})
//	client := wire.NewClient(wire.ClientConfig{})
//	id, err := client.Read(ref, protocol.U16, false)
//	server.Receive(now, client.Output())
//	err = client.Receive(server.Output(), func(e *wire.Event) {
//		if e.ID == id {
//			fmt.Println(e.Entries[0].Sample.Value.Uint())
//		}
//	})
//
// What a session holds is bounded on both sides: the server by the limits in
// [ServerConfig], the client by one message and its requests in flight. Malformed
// input ends a session with an error that says what was wrong; the server tells it
// to the client in a goodbye first.
package wire
