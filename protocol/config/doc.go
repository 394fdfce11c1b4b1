// Package config reads what a register server is told: where it listens, its limits,
// who its clients are and what they may do, and registers of its own; and follows the
// file, so that a server is changed without stopping it.
//
//	c, err := config.Load("server.cue") // all mistakes, with file:line:column
//	own, err := c.Define(bank, nil, now)
//	bank.Seal()
//	grants, err := c.Grants(bank)
//	s, err := server.Listen(c.Listen.Address, bank, server.Options{
//		Apply: own.Store.Apply, Authorise: grants.Authorise,
//	})
//	live := config.Follow(c, use, func(r config.Reload) { log.Print(r.Err, r.Changes, r.Pending) })
//
// A [Config] is immutable. [Live] replaces it as a whole or not at all: a file with a
// mistake changes nothing. [Diff] tells which settings differ and when each takes
// effect.
//
// The configuration is CUE (cuelang.org), checked against schema.cue in this package;
// README.md lists all settings. Values that are wrong are told without CUE's own words,
// which name constraints and not what would be right. Secrets are kept as SHA-256
// digests beside the setting that holds them, and no text that this package makes has
// one in it.
package config
