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

var stateNames = [...]string{
	Clearing: "Clearing", Stopped: "Stopped", Starting: "Starting", Idle: "Idle", Execute: "Execute",
	Stopping: "Stopping", Aborting: "Aborting", Aborted: "Aborted", Holding: "Holding", Held: "Held",
	Unholding: "Unholding", Resetting: "Resetting",
}

// String is the state's name.
func (s State) String() string {
	if int(s) < len(stateNames) && stateNames[s] != "" {
		return stateNames[s]
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

// next is the state after a command; a command that does not fit a state changes
// nothing.
func (s State) next(c Command) State {
	switch c {
	case Reset:
		if s == Stopped {
			return Resetting
		}
	case Start:
		if s == Idle {
			return Starting
		}
	case Stop:
		switch s {
		case Stopped, Stopping, Clearing, Aborting, Aborted:
		default:
			return Stopping
		}
	case Hold:
		if s == Execute {
			return Holding
		}
	case Unhold:
		if s == Held {
			return Unholding
		}
	case Abort:
		if s != Aborting && s != Aborted {
			return Aborting
		}
	case Clear:
		if s == Aborted {
			return Clearing
		}
	}
	return s
}

// settled is the state after an acting state has done its work; a waiting state is its own.
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

// waitsFor tells whether a command that came in an acting state fits the state that
// comes next, so that it is to wait for it. Else an operator who is a moment early
// would have to write another value into the command's register before this one.
func (s State) waitsFor(c Command) bool {
	then := s.settled()
	return then != s && s.next(c) == s && then.next(c) != then
}

// moves tells whether the belt is to run in the state.
func (s State) moves() bool { return s == Starting || s == Execute || s == Unholding }

// watched tells whether contradictions abort in the state. In the others the line is
// safe already, or its devices are allowed to be away.
func (s State) watched() bool {
	switch s {
	case Stopped, Resetting, Clearing, Aborting, Aborted:
		return false
	}
	return true
}
