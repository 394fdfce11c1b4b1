package opcua_test

import (
	"context"
	"fmt"
	"os"
	"time"

	client "github.com/gopcua/opcua"
	"github.com/gopcua/opcua/ua"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/opcua"
)

// A server for one register, which anybody on this machine may read, and a client.
func Example() {
	bank := protocol.NewBank()
	store := protocol.NewStore(bank, "clients", "line.cue:3:1", func() time.Duration { return 0 })
	store.Define(protocol.Def{Name: "belt.speed", Type: protocol.F64, Unit: "mm/s"}, protocol.FloatValue(420))
	bank.Seal()
	folder, err := os.MkdirTemp("", "certificates")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	server, err := opcua.Listen(opcua.Options{
		Addr: "127.0.0.1:0", Bank: bank, Apply: store.Apply, Folder: folder, AllowNone: true, AllowAnonymous: true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	ctx := context.Background()
	c, err := client.NewClient(server.URL(), client.SecurityMode(ua.MessageSecurityModeNone))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := c.Connect(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	v, err := c.Node(ua.MustParseNodeID("ns=2;s=belt.speed")).Value(ctx)
	fmt.Println(v.Value(), err)
	// Output: 420 <nil>
}
