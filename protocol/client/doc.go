// Package client reads, writes and watches the registers of a register server.
//
// A [Client] is one connection. Registers go by name; their types, units and
// texts come from the server's map, which is read once.
//
//	c, err := client.Dial(ctx, "127.0.0.1:7117", client.WithReconnect())
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	readings, err := c.Get(ctx, "belt.position", "reject.open")
//	for _, r := range readings {
//		fmt.Println(r.Name, r.Format(), r.Unit, r.Quality)
//	}
//	err = c.Set(ctx, "plc.start", "true")
//
// A connection that is lost is lost: all calls, also running ones, return the reason,
// and the program dials again. With [WithReconnect] the Client does that itself:
// watches and claims are made again, calls wait for the new connection as long as
// their context allows, reads are repeated, and only writes that were under way end
// with [ErrLost], since nobody knows whether they were carried out. A server with
// another register map, or that no longer knows the client, ends it all the same.
package client
