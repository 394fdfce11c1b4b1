package twin

import (
	"time"

	"linetwin.dev/twin/engine"
)

// Command lets the operator give a PLC or CNC a command at a line time, so that a test can do
// so at the same instant in each run.
func (t *Twin) Command(at time.Duration, plc string, command int64) error {
	info, err := t.bank.Lookup(plc + ".command")
	if err != nil {
		return err
	}
	out := t.operator.outs[info.Ref]
	t.operator.port.At(engine.Sense, at, func(now time.Duration) { out.SetInt(now, command) })
	return nil
}

// Metrics are the names of the metrics of a run.
func (t *Twin) Metrics() []string { return t.watch.metrics.Names() }

// Override lets the operator set a CNC's feed override at a line time.
func (t *Twin) Override(at time.Duration, cnc string, factor float64) error {
	info, err := t.bank.Lookup(cnc + ".override")
	if err != nil {
		return err
	}
	out := t.operator.outs[info.Ref]
	t.operator.port.At(engine.Sense, at, func(now time.Duration) { out.SetFloat(now, factor) })
	return nil
}
