package twin

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"linetwin.dev/mes"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
	"linetwin.dev/twin/recording"
)

// givenCommand is a command to the MES at the line time at which it took effect.
type givenCommand struct {
	at time.Duration
	mes.Command
}

// commands does what was asked of the MES from outside, and puts what took effect into
// the log: a replay gives it again.
func (k *mesTask) commands(now time.Duration) {
	done := k.inbox.Apply(now)
	for len(k.given) > 0 && k.given[0].at <= now {
		c := k.given[0].Command
		k.given = k.given[1:]
		k.note(k.m.Do(now, c))
		done = append(done, c)
	}
	for _, c := range done {
		data, err := json.Marshal(c)
		k.note(err)
		k.port.Emit(now, device.Order, data)
	}
}

// recordedCommands are those that a recording has of the MES.
func recordedCommands(r *recording.Recording, name string) (all []givenCommand, err error) {
	if r == nil {
		return nil, nil
	}
	id := slices.Index(r.Components, name)
	err = r.Each(func(rec engine.Record) error {
		if int(rec.Component) != id || rec.Kind != device.Order {
			return nil
		}
		c := givenCommand{at: rec.At}
		if err := json.Unmarshal(rec.Data, &c.Command); err != nil {
			return fmt.Errorf("recording %s: command to the MES at %v: %w", r.Path(), rec.At, err)
		}
		all = append(all, c)
		return nil
	})
	return all, err
}
