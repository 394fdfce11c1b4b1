package twin

import (
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
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

func newOperator(site *device.Site) (*operator, error) {
	o := &operator{port: site.Port("operator", device.LaneControl), outs: map[protocol.Ref]*protocol.Out{}}
	for _, n := range specs.Names(site.Spec.PLCs) {
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
	return o, nil
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
