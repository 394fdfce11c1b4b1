package main

import (
	"context"
	"net/http"

	"linetwin.dev/protocol/config"
	"linetwin.dev/protocol/console"
	"linetwin.dev/protocol/metrics"
)

// operate puts the console and the metrics onto a server's HTTP address. With a
// configuration that is followed, the console shows it and reloads it; live may be nil.
// The caller closes the console before the register server.
func operate(mux *http.ServeMux, o console.Options, m metrics.Options, live *config.Live) (*console.Console, error) {
	if live != nil {
		o.Config = func(path string) ([]console.Setting, error) {
			found, err := live.Current().Lookup(path)
			settings := make([]console.Setting, len(found))
			for i, s := range found {
				settings[i] = console.Setting{Path: s.Path, Value: s.Value, Where: s.Where, Effect: s.Effect.String()}
			}
			return settings, err
		}
		o.Reload = func(context.Context) (console.Reloaded, error) {
			r := live.Reload()
			return console.Reloaded{Changes: changesOf(r.Changes), Pending: changesOf(r.Pending)}, r.Err
		}
	}
	con := console.New(o)
	m.Consoles = con.Stats
	page, err := metrics.Handler(m)
	if err != nil {
		_ = con.Close() // nobody is connected
		return nil, err
	}
	mux.Handle(console.Path, con)
	mux.Handle(metrics.Path, page)
	return con, nil
}

func changesOf(all []config.Change) []console.Change {
	out := make([]console.Change, len(all))
	for i, c := range all {
		out[i] = console.Change{Path: c.Path, Old: c.Old, New: c.New, Where: c.Where, Effect: c.Effect.String()}
	}
	return out
}
