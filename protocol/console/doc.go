// Package console lets people and web pages look into a running register server and
// steer it: clients and their rates, registers read, written and watched, one client's
// frames in words, clients sent away, the level of the log, the configuration, health.
//
// A [Console] is an HTTP handler: JSON-RPC 2.0 over WebSocket, for which README.md gives
// each message. A [Client] is the other side; linetwin console is made of it.
//
//	con := console.New(console.Options{Bank: bank, Server: srv, Apply: store.Apply})
//	defer con.Close()
//	mux.Handle(console.Path, con)
//
//	c, err := console.Dial(ctx, "http://127.0.0.1:8117", console.DialOptions{Token: token})
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	rs, err := c.Get(ctx, "belt.position")
//
// Who connects is judged as a client of the register server is, by the same function,
// again at each call, so that a token taken away ends its consoles. Registers and health
// are for all that it lets in; clients.list for operators; kicking, tracing, the log and
// the configuration for engineers.
//
// A console cannot hold up serving. It reads registers without a lock and writes them as
// any client does; asks the server for its clients at most every 100 ms, for all consoles
// together; and is bounded in all it can make the server do or keep: bytes and calls per
// second, calls at one time, watches, and what waits for it to read. Watched registers
// are sent with their newest values, frames of a traced client are dropped and counted,
// and a console that does not read is closed.
//
// Formats: JSON-RPC 2.0, https://www.jsonrpc.org/specification; WebSocket, RFC 6455;
// bearer tokens, RFC 6750.
package console
