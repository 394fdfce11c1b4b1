package plc

import "fmt"

// State of the PackML state machine, numbered as in PackTags' StateCurrent.
type State uint16

// The states that this machine uses.
const (
	Clearing  State = 1
	Stopped   State = 2
	Starting  State = 3
	Idle      State = 4
	Execute   State = 6
	Stopping  State = 7
	Aborting  State = 8
	Aborted   State = 9
	Holding   State = 10
	Held      State = 11
	Unholding State = 12
	Resetting State = 15
)

var stateNames = map[State]string{
	Clearing: "Clearing", Stopped: "Stopped", Starting: "Starting", Idle: "Idle", Execute: "Execute",
	Stopping: "Stopping", Aborting: "Aborting", Aborted: "Aborted", Holding: "Holding", Held: "Held",
	Unholding: "Unholding", Resetting: "Resetting",
}

// String is the state's name.
func (s State) String() string {
	if n, ok := stateNames[s]; ok {
		return n
	}
	return fmt.Sprintf("state %d", uint16(s))
}

// Command to the state machine, numbered as in PackTags' CntrlCmd.
type Command uint16

// The commands that this machine takes.
const (
	Reset  Command = 1
	Start  Command = 2
	Stop   Command = 3
	Hold   Command = 4
	Unhold Command = 5
	Abort  Command = 8
	Clear  Command = 9
)

// next is the state after a command; commands that do not fit a state are ignored.
func (s State) next(c Command) State {
	switch {
	case c == Abort && s != Aborting && s != Aborted:
		return Aborting
	case c == Clear && s == Aborted:
		return Clearing
	case c == Stop && (s == Idle || s == Starting || s == Execute || s == Holding || s == Held || s == Unholding || s == Resetting):
		return Stopping
	case c == Reset && s == Stopped:
		return Resetting
	case c == Start && s == Idle:
		return Starting
	case c == Hold && s == Execute:
		return Holding
	case c == Unhold && s == Held:
		return Unholding
	}
	return s
}

// settled is the state after an acting state has done its work.
func (s State) settled() State {
	switch s {
	case Clearing, Stopping:
		return Stopped
	case Resetting:
		return Idle
	case Starting, Unholding:
		return Execute
	case Holding:
		return Held
	case Aborting:
		return Aborted
	}
	return s
}

// moves tells whether the belt is to run in the state.
func (s State) moves() bool { return s == Starting || s == Execute || s == Unholding }

// Fault is why the PLC aborted.
type Fault uint16

// The faults.
const (
	NoFault Fault = iota
	EncoderBad
	InfeedBad
	OutfeedBad
	BeltStalled
	UnexpectedPart
	PartLost
	NotJudged
	GateStuck
	InfeedStuck
	Commanded
)

var faultNames = [...]string{
	"none", "the belt's encoder does not answer", "the infeed photo-eye does not answer",
	"the outfeed photo-eye does not answer", "the belt does not move", "a part passed that should not have",
	"a part did not arrive at the outfeed", "too many parts in a row were not judged", "the gate does not move",
	"the infeed photo-eye is blocked for too long", "commanded",
}

// String says what is wrong.
func (f Fault) String() string {
	if int(f) < len(faultNames) {
		return faultNames[f]
	}
	return fmt.Sprintf("fault %d", uint16(f))
}
