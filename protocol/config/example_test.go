package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/config"
	"linetwin.dev/protocol/wire"
)

// What a server does with a configuration: registers of its own, and who may do what.
func Example() {
	dir, _ := os.MkdirTemp("", "config")
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "server.cue")
	_ = os.WriteFile(file, []byte(`package server

registers: recipe: {type: "u16", min: 1, max: 40, initial: 1}
clients: panel: {token: "change-this-secret", role: "operator"}
`), 0o600)

	c, err := config.Load(file)
	if err != nil {
		fmt.Println(err) // every mistake with file:line:column
		return
	}
	bank := protocol.NewBank()
	own, err := c.Define(bank, nil, func() time.Duration { return 0 })
	if err != nil {
		panic(err)
	}
	bank.Seal()
	grants, err := c.Grants(bank)
	if err != nil {
		panic(err)
	}
	grant, ok := grants.Authorise(wire.Credentials{Token: "change-this-secret"})
	fmt.Println(grant.Name, grant.Access, ok)
	tx := protocol.NewWrite(0, protocol.UintValue(41))
	own.Store.Apply(tx)
	fmt.Println(tx.Status)
	idle, _ := c.Lookup("limits.idle")
	fmt.Println(idle[0].Path, idle[0].Value, "- a change takes effect", idle[0].Effect)
	// Output:
	// panel operator true
	// value out of range
	// limits.idle 1min - a change takes effect at once
}
