package config

import (
	"sync"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/timesync"
)

// Clocks are registers that say how the clocks of clients stand to the line's: for each
// client with clock: true, clock.NAME.offset, which is to be added to a time of its clock
// to have the line's, and clock.NAME.uncertainty, the largest error that this can have,
// both in seconds. They are bad while the client is not there or has not synchronised.
type Clocks struct {
	mu  sync.Mutex
	w   *protocol.Writer
	now func() time.Duration
	of  map[string]clock
}

type clock struct{ offset, uncertainty *protocol.Out }

// DefineClocks defines the registers in a bank that is not sealed. now is the line's time.
func (c *Config) DefineClocks(b *protocol.Bank, now func() time.Duration) (*Clocks, error) {
	k := &Clocks{now: now, of: map[string]clock{}}
	for _, name := range names(c.Clients) {
		if !c.Clients[name].Clock {
			continue
		}
		if k.w == nil {
			k.w = b.Writer("clocks", c.Where("clients"))
		}
		var of clock
		for _, d := range []struct {
			out       **protocol.Out
			name, doc string
		}{
			{&of.offset, "offset", "what to add to a time by the clock of " + name + " to have the line's"},
			{&of.uncertainty, "uncertainty", "largest error of the offset"},
		} {
			var err error
			if *d.out, err = k.w.Define(protocol.Def{Name: "clock." + name + "." + d.name, Type: protocol.F64, Unit: "s", Doc: d.doc}); err != nil {
				return nil, err
			}
		}
		k.of[name] = of
	}
	return k, nil
}

// Synchronised takes an estimate of a client's clock; one of no exchanges says that the
// client is gone. It is for the server's Options, and may be called concurrently.
func (k *Clocks) Synchronised(client string, e timesync.Estimate) {
	of, ok := k.of[client]
	if !ok {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	k.w.Begin()
	defer k.w.Commit()
	if e.Exchanges == 0 {
		of.offset.SetQuality(now, protocol.Bad)
		of.uncertainty.SetQuality(now, protocol.Bad)
		return
	}
	of.offset.SetFloat(now, e.Offset.Seconds())
	of.uncertainty.SetFloat(now, e.Uncertainty.Seconds())
}
