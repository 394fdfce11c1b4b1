package plc

import (
	"slices"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

var allStates = []State{Clearing, Stopped, Starting, Idle, Execute, Stopping, Aborting, Aborted, Holding, Held, Unholding, Resetting}

// The base state model of ISA-TR88.00.02, without the states that this machine leaves out
// (Suspending to Unsuspending, Completing and Complete).
func TestCommandsMoveTheStatesAsInTheBaseStateModel(t *testing.T) {
	running := []State{Starting, Idle, Execute, Holding, Held, Unholding, Resetting}
	all := append(slices.Clone(running), Stopped, Stopping, Clearing)
	for _, c := range []struct {
		command Command
		from    []State
		to      State
	}{
		{Reset, []State{Stopped}, Resetting},
		{Start, []State{Idle}, Starting},
		{Stop, running, Stopping},
		{Hold, []State{Execute}, Holding},
		{Unhold, []State{Held}, Unholding},
		{Abort, all, Aborting},
		{Clear, []State{Aborted}, Clearing},
		{0, nil, 0}, {6, nil, 0}, {7, nil, 0}, {10, nil, 0}, {99, nil, 0},
	} {
		for _, s := range allStates {
			want := s
			if slices.Contains(c.from, s) {
				want = c.to
			}
			if got := s.next(c.command); got != want {
				t.Errorf("command %d in %v leads to %v, want %v", c.command, s, got, want)
			}
		}
	}
}

func TestActingStatesSettleAsInTheBaseStateModel(t *testing.T) {
	settles := map[State]State{
		Clearing: Stopped, Stopping: Stopped, Resetting: Idle, Starting: Execute, Unholding: Execute, Holding: Held, Aborting: Aborted,
	}
	for _, s := range allStates {
		want, acts := settles[s]
		if !acts {
			want = s
		}
		if got := s.settled(); got != want {
			t.Errorf("%v settles in %v, want %v", s, got, want)
		}
	}
}

func TestStatesAndFaultsHaveNames(t *testing.T) {
	for _, s := range allStates {
		if len(s.String()) < 4 || s.String()[:4] == "stat" {
			t.Errorf("state %d is called %q", uint16(s), s)
		}
	}
	if got := State(5).String(); got != "state 5" {
		t.Errorf("got %q", got)
	}
	seen := map[string]bool{}
	for f := NoFault; f <= Restarted; f++ {
		if s := f.String(); s == "" || seen[s] {
			t.Errorf("fault %d is called %q, which is empty or taken", uint16(f), s)
		} else {
			seen[s] = true
		}
	}
	if got := Fault(99).String(); got != "fault 99" {
		t.Errorf("got %q", got)
	}
}

// A command waits for the state to which the acting state leads, and for no other: a
// clear that was given long ago must not clear a later abort.
func TestACommandThatIsAMomentEarlyWaits(t *testing.T) {
	for _, c := range []struct {
		name  string
		play  func(r *rig)
		until time.Duration
		want  State
	}{
		{"start while resetting", func(r *rig) { r.order(0, Reset); r.order(20*time.Millisecond, Start) }, 2 * sec, Execute},
		{"hold while starting", func(r *rig) { r.order(0, Reset, Start); r.order(250*time.Millisecond, Hold) }, 3 * sec, Held},
		{"clear while aborting", func(r *rig) {
			r.order(0, Reset, Start)
			r.order(2*sec, Abort)
			r.order(2100*time.Millisecond, Clear)
		}, 4 * sec, Stopped},
		{"clear long before the abort", func(r *rig) {
			r.order(0, Reset, Start)
			r.order(1*sec, Clear)
			r.order(2*sec, Abort)
		}, 4 * sec, Aborted},
		{"hold while starting, and then an abort", func(r *rig) {
			r.order(0, Reset, Start)
			r.order(250*time.Millisecond, Hold)
			r.order(260*time.Millisecond, Abort)
		}, 4 * sec, Aborted},
		{"start while stopped", func(r *rig) { r.order(0, Start) }, 1 * sec, Stopped},
		{"the same value again", func(r *rig) { r.order(0, Reset, Start, Stop); r.order(2*sec, Stop, Reset, Start) }, 4 * sec, Execute},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, scenario(t))
			c.play(r)
			r.play(c.until)
			if r.plc.state != c.want {
				t.Errorf("ended in %v, want %v", r.plc.state, c.want)
			}
		})
	}
}

func TestACommandOfBadQualityIsNotObeyed(t *testing.T) {
	r := newRig(t, scenario(t))
	r.order(0, Reset, Start)
	r.at(2*sec, func(now time.Duration) { r.command.Set(now, protocol.UintValue(uint64(Stop)), protocol.Bad) })
	r.play(4 * sec)
	if r.plc.state != Execute {
		t.Errorf("ended in %v", r.plc.state)
	}
}
