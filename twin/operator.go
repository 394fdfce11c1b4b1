package twin

import (
	"math"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
	"linetwin.dev/vision"
)

// operator stands for whoever gives commands to the line from outside: it owns the
// registers that clients may write, and starts the line at the begin of a run.
type operator struct {
	port *device.Port
	outs map[protocol.Ref]*protocol.Out
}

// The commands of a start, numbered as in PackTags' CntrlCmd.
const (
	commandReset = 1
	commandStart = 2
)

// startDelay is how long after the reset the line is started.
const startDelay = 200 * time.Millisecond

// mostOverride is the largest feed override.
const mostOverride = 1.2

func newOperator(site *device.Site) (*operator, error) {
	o := &operator{port: site.Port("operator", device.LaneControl), outs: map[protocol.Ref]*protocol.Out{}}
	for _, n := range append(specs.Names(site.Spec.PLCs), specs.Names(site.Spec.CNCs)...) {
		out, err := o.port.Writer().Define(protocol.Def{
			Name: n + ".command", Type: protocol.U16, Access: protocol.Operator,
			Doc: "PackML command (CntrlCmd): 1 reset, 2 start, 3 stop, 4 hold, 5 unhold, 8 abort, 9 clear",
		})
		if err != nil {
			return nil, err
		}
		o.outs[out.Ref()] = out
		o.port.At(engine.Sense, 0, func(now time.Duration) { out.SetInt(now, commandReset) })
		o.port.At(engine.Sense, startDelay, func(now time.Duration) { out.SetInt(now, commandStart) })
	}
	for _, n := range specs.Names(site.Spec.CNCs) {
		out, err := o.port.Writer().Define(protocol.Def{Name: n + ".override", Type: protocol.F64, Access: protocol.Operator, Doc: "feed override that is wanted, 0 to 1.2"})
		if err != nil {
			return nil, err
		}
		o.outs[out.Ref()] = out
		out.Guard(func(v protocol.Value) protocol.Status {
			if f := v.Float(); !(f >= 0 && f <= mostOverride) {
				return protocol.OutOfRange
			}
			return protocol.OK
		})
		o.port.At(engine.Sense, 0, func(now time.Duration) { out.SetFloat(now, 1) })
	}
	for _, n := range specs.Names(site.Spec.Inspections) {
		out, err := o.port.Writer().Define(protocol.Def{
			Name: n + ".mode", Type: protocol.U16, Access: protocol.Operator,
			Doc: "what the station looks at: 0 nothing (standby), 1 all but the code (template), 2 the code, 3 everything (combined)",
		})
		if err != nil {
			return nil, err
		}
		o.outs[out.Ref()] = out
		out.Guard(func(v protocol.Value) protocol.Status {
			if v.Uint() > uint64(vision.Combined) {
				return protocol.OutOfRange
			}
			return protocol.OK
		})
		mode, err := vision.ParseMode(site.Spec.Inspections[n].Mode)
		if err != nil {
			return nil, err
		}
		o.port.At(engine.Sense, 0, func(now time.Duration) { out.SetUint(now, uint64(mode)) })
	}
	for _, n := range specs.Names(site.Spec.Registers) {
		if err := o.define(n, site.Spec.Registers[n]); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// define puts up one of the registers that the scenario gives to clients.
func (o *operator) define(name string, r specs.Register) error {
	t, err := protocol.ParseType(r.Type)
	if err != nil {
		return err
	}
	access := protocol.Operator
	if r.Access == "engineer" {
		access = protocol.Engineer
	}
	out, err := o.port.Writer().Define(protocol.Def{Name: name, Type: t, Unit: r.Unit, Doc: r.Doc, Access: access})
	if err != nil {
		return err
	}
	o.outs[out.Ref()] = out
	out.Limit(limits(t, r.Min, r.Max))
	o.port.At(engine.Sense, 0, func(now time.Duration) { out.Set(now, device.NumberValue(t, r.Initial), protocol.Good) })
	return nil
}

// limits are the values of a type within the bounds that a scenario gives, which the
// register's first value keeps.
func limits(t protocol.Type, low, high *float64) protocol.Limits {
	l := t.Limits()
	whole := func(round func(float64) float64, x float64) float64 {
		if t.Float() {
			return x
		}
		return round(x)
	}
	if low != nil {
		if v, fits := device.NumberValue(t, whole(math.Ceil, *low)).Fit(t); fits && *low > l.Low.Number(t) {
			l.Low = v
		}
	}
	if high != nil {
		if v, fits := device.NumberValue(t, whole(math.Floor, *high)).Fit(t); fits && *high < l.High.Number(t) {
			l.High = v
		}
	}
	return l
}

// apply takes a client's transaction. It is carried out in the operator's next turn,
// where the log and a recording have it.
func (o *operator) apply(tx *protocol.Transaction) bool {
	o.port.Post(func(now time.Duration) {
		o.port.Writer().Apply(now, tx)
		tx.Finish()
	})
	return false
}

// submit takes a transaction of a simulated client. Other than one from outside it is
// carried out at an instant that follows from the run alone: in the next Sense phase.
func (o *operator) submit(tx *protocol.Transaction) bool {
	o.port.At(engine.Sense, 0, func(now time.Duration) { // 0 has passed: as soon as can be
		o.port.Writer().Apply(now, tx)
		o.port.Flush(now) // what the next transaction overwrites was there
		tx.Finish()
	})
	return false
}
