// Package metrics shows Prometheus how a register server does: clients, requests, values
// pushed, bytes, how late pushes are, the Go runtime, and where it is wanted the registers
// themselves.
//
//	page, err := metrics.Handler(metrics.Options{Server: srv, Bank: bank, Registers: []string{"belt.*"}})
//	if err != nil {
//		return err
//	}
//	mux.Handle(metrics.Path, page)
//
// The number of time series does not grow with the number of clients: they are counted
// by role, and none has a label of its own. A register has two, its value and its quality;
// one whose quality is bad has no value, so that no graph goes on with a value that
// nobody vouches for.
//
// Names and units follow https://prometheus.io/docs/practices/naming/, the format
// https://prometheus.io/docs/instrumenting/exposition_formats/.
package metrics
