package mes_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"linetwin.dev/mes"
)

func TestAFullOrderCompletesAndTheNextOneStarts(t *testing.T) {
	m := open(t, mes.Config{Orders: []mes.Order{{ID: "A", Product: "still", Quantity: 2}, {ID: "B", Product: "still", Quantity: 1}}})
	for i := range 4 {
		must(t, m.Complete(time.Duration(i)*time.Second, mes.Part{Product: "still", Good: i != 1, Reason: []string{"", "dent", "", ""}[i]}))
	}
	must(t, m.Complete(9*time.Second, mes.Part{Product: "still", Good: true}))
	s := m.Snapshot()
	type row struct {
		State                mes.OrderState
		Good, Reject         int64
		Started, Ended, Each time.Duration
	}
	var got []row
	for _, o := range s.Orders {
		got = append(got, row{o.State, o.Counts.Good, o.Counts.Reject, o.Started, o.Ended, o.KPI.Busy})
	}
	want := []row{{mes.Completed, 2, 1, 0, 2 * time.Second, 2 * time.Second}, {mes.Completed, 1, 0, 2 * time.Second, 3 * time.Second, time.Second}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if s.Unassigned.Good != 1 || s.Total.Good != 4 || s.Total.Reject != 1 {
		t.Errorf("unassigned %+v, total %+v", s.Unassigned, s.Total)
	}
	audit, err := m.Audit("B")
	must(t, err)
	want2 := []mes.Transition{
		{At: 0, From: "", To: mes.Planned, Cause: "configured"},
		{At: 2 * time.Second, From: mes.Planned, To: mes.Released, Cause: "schedule"},
		{At: 2 * time.Second, From: mes.Released, To: mes.Running, Cause: "schedule"},
		{At: 3 * time.Second, From: mes.Running, To: mes.Completed, Cause: "quantity reached"},
	}
	if d := cmp.Diff(want2, audit); d != "" {
		t.Error(d)
	}
	must(t, m.Check())
}

func TestPartsOfAnotherProductOrWithoutAnOrderAreUnassigned(t *testing.T) {
	m := open(t, mes.Config{Orders: []mes.Order{{ID: "A", Product: "still", Quantity: 9}}})
	must(t, m.Complete(0, mes.Part{Product: "sparkling", Good: true}))
	must(t, m.Complete(1, mes.Part{Good: true})) // unknown product: the order's
	must(t, m.Do(2, mes.Command{Order: "A", Verb: mes.Hold}))
	must(t, m.Complete(3, mes.Part{Product: "still"}))
	s := m.Snapshot()
	if s.Unassigned.Good != 1 || s.Unassigned.Reject != 1 || s.Orders[0].Counts.Good != 1 {
		t.Errorf("unassigned %+v, order %+v", s.Unassigned, s.Orders[0].Counts)
	}
	if r := s.Unassigned.Reasons; len(r) != 1 || r[0].Reason != mes.Unspecified {
		t.Errorf("a reject without a reason is counted as %+v", r)
	}
	must(t, m.Check())
}

func TestManualOrdersWaitForTheirCommand(t *testing.T) {
	m := open(t, mes.Config{Manual: true, Orders: []mes.Order{{ID: "A", Quantity: 1}, {ID: "B", Quantity: 1}}})
	must(t, m.Complete(0, mes.Part{Good: true}))
	must(t, m.Do(1, mes.Command{Order: "B", Verb: mes.Start}))
	must(t, m.Complete(2, mes.Part{Good: true}))
	s := m.Snapshot()
	if s.Unassigned.Good != 1 || s.Orders[0].State != mes.Planned || s.Orders[1].State != mes.Completed {
		t.Errorf("%+v", s)
	}
}

func TestARefusedCommandSaysFromToAndWhatWouldBeRight(t *testing.T) {
	m := open(t, mes.Config{Orders: []mes.Order{{ID: "A", Quantity: 1}, {ID: "B", Quantity: 9}, {ID: "C", Quantity: 1}}})
	must(t, m.Complete(0, mes.Part{Good: true})) // A completed, B running, C planned
	for _, tc := range []struct {
		order string
		verb  mes.Verb
		want  string
	}{
		{"A", mes.Start, "mes: order A cannot start, from Completed to Running: Completed is final; plan a new order"},
		{"B", mes.Start, "mes: order B cannot start, from Running to Running: start needs Planned or Released; a Running order can hold or abort"},
		{"C", mes.Hold, "mes: order C cannot hold, from Planned to Held: hold needs Running; a Planned order can release or start or abort"},
		{"C", mes.Start, "mes: order C cannot start, from Planned to Running: order B is running, and one order runs at a time; hold or abort it first"},
		{"Z", mes.Start, `mes: order "Z": not found; name one of the schedule`},
		{"B", "stop", `mes: "stop" is not a command; the commands are release, start, hold, resume, abort`},
	} {
		before := m.Snapshot()
		err := m.Do(1, mes.Command{Order: tc.order, Verb: tc.verb})
		if err == nil || err.Error() != tc.want {
			t.Errorf("%s %s said %v, want %q", tc.verb, tc.order, err, tc.want)
		}
		if d := cmp.Diff(before.Orders, m.Snapshot().Orders, cmp.Comparer(sameFloat)); d != "" {
			t.Errorf("%s %s changed something:\n%s", tc.verb, tc.order, d)
		}
	}
}

func sameFloat(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestAPartThatMakesNoSenseIsRefusedAndNotCounted(t *testing.T) {
	m := open(t, mes.Config{})
	must(t, m.Complete(5*time.Second, mes.Part{Track: 7, Good: true}))
	for _, tc := range []struct {
		name string
		now  time.Duration
		part mes.Part
		want string
	}{
		{"good with a reason", 6 * time.Second, mes.Part{Good: true, Reason: "dent"}, "a good part has none"},
		{"a track again", 6 * time.Second, mes.Part{Track: 7, Good: true}, "track 7 was completed already"},
		{"time backwards", 4 * time.Second, mes.Part{Good: true}, "time 4s is before 5s"},
		{"negative time", -1, mes.Part{Good: true}, "does not go backwards"},
		{"serial too large", 6 * time.Second, mes.Part{Serial: 1 << 63}, "the largest that the database holds"},
		{"track too large", 6 * time.Second, mes.Part{Track: 1 << 63}, "the largest that the database holds"},
		{"a step without station", 6 * time.Second, mes.Part{Steps: []mes.Step{{}}}, "names no station"},
		{"a step in the future", 6 * time.Second, mes.Part{Steps: []mes.Step{{Station: "gate", At: 7 * time.Second}}}, "must lie between 0 and now"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := m.Complete(tc.now, tc.part); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("said %v, want %q", err, tc.want)
			}
			if got := m.Snapshot(); got.Total.Parts() != 1 || got.Now != 5*time.Second {
				t.Errorf("it left %d parts at %v", got.Total.Parts(), got.Now)
			}
		})
	}
	must(t, m.Check())
}

func TestATrackedPartIsNoticedAgainAfterThousandsMore(t *testing.T) {
	m := open(t, mes.Config{})
	for i := uint64(1); i <= 5000; i++ {
		must(t, m.Complete(0, mes.Part{Track: i, Good: true}))
	}
	if err := m.Complete(0, mes.Part{Track: 1000, Good: true}); err == nil {
		t.Error("track 1000 was taken twice")
	}
	must(t, m.Check())
}

func TestTraceGivesTheGenealogyOfASerial(t *testing.T) {
	m := open(t, mes.Config{Orders: []mes.Order{{ID: "A", Product: "still", Quantity: 9}}})
	steps := []mes.Step{
		{Station: "infeed", At: time.Second, Result: "seen", Value: math.NaN()},
		{Station: "cap", At: 2 * time.Second, Result: "capped", Value: 0.00012, Unit: "m"},
	}
	given := slices.Clone(steps)
	must(t, m.Complete(3*time.Second, mes.Part{Track: 1, Serial: 17, Product: "still", Good: true, Steps: given}))
	given[0].Station = "changed by the caller afterwards"
	must(t, m.Complete(4*time.Second, mes.Part{Track: 2, Serial: 17, Product: "still", Reason: "dent"}))
	got, err := m.Trace(17)
	must(t, err)
	want := []mes.Record{
		{N: 2, Session: 1, Order: "A", At: 4 * time.Second, Part: mes.Part{Track: 2, Serial: 17, Product: "still", Reason: "dent"}},
		{N: 1, Session: 1, Order: "A", At: 3 * time.Second, Part: mes.Part{Track: 1, Serial: 17, Product: "still", Good: true, Steps: steps}},
	}
	if d := cmp.Diff(want, got, cmp.Comparer(sameFloat)); d != "" {
		t.Error(d)
	}
	for _, serial := range []uint64{0, 18, math.MaxUint64} {
		if _, err := m.Trace(serial); !errors.Is(err, mes.ErrNotFound) {
			t.Errorf("serial %d: %v", serial, err)
		}
	}
}

func TestPartsAreListedNewestFirstAndByPages(t *testing.T) {
	m := open(t, mes.Config{Orders: []mes.Order{{ID: "A", Quantity: 2}}})
	for i := range 5 {
		must(t, m.Complete(time.Duration(i), mes.Part{Good: true}))
	}
	for _, tc := range []struct {
		q    mes.PartsQuery
		want []int64
	}{
		{mes.PartsQuery{}, []int64{5, 4, 3, 2, 1}},
		{mes.PartsQuery{Limit: 2}, []int64{5, 4}},
		{mes.PartsQuery{Limit: 2, Before: 4}, []int64{3, 2}},
		{mes.PartsQuery{Order: "A"}, []int64{2, 1}},
		{mes.PartsQuery{Order: "B"}, nil},
	} {
		rs, err := m.Parts(tc.q)
		must(t, err)
		var got []int64
		for _, r := range rs {
			got = append(got, r.N)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%+v gives %v, want %v", tc.q, got, tc.want)
		}
	}
}

func TestTheHistoryKeepsTheNewestSamples(t *testing.T) {
	m := open(t, mes.Config{HistoryKeep: 3, Registers: []string{"speed", "torque"}})
	for i := range 10 {
		must(t, m.Sample(time.Duration(i)*5*time.Minute, []float64{float64(i), math.NaN()}, []uint8{0, 2}))
	}
	got, err := m.History(0)
	must(t, err)
	if len(got) != 3 || got[0].At != 45*time.Minute || got[2].Values[0] != 7 || !math.IsNaN(got[0].Values[1]) || got[0].Quality[1] != 2 {
		t.Errorf("kept %+v", got)
	}
	one, err := m.History(2, "speed")
	must(t, err)
	if len(one) != 2 || len(one[0].Values) != 1 || one[0].Values[0] != 9 || one[1].Values[0] != 8 {
		t.Errorf("speed is %+v", one)
	}
	if _, err := m.History(1, "pressure"); !errors.Is(err, mes.ErrNotFound) {
		t.Errorf("an unknown register: %v", err)
	}
	if err := m.Sample(time.Hour, []float64{1}, []uint8{0}); err == nil || !strings.Contains(err.Error(), "there are 2 registers") {
		t.Errorf("too few values: %v", err)
	}
	if err := m.Sample(45*time.Minute, []float64{1, 2}, []uint8{0, 0}); err == nil || !strings.Contains(err.Error(), "must be later") {
		t.Errorf("the same instant again: %v", err)
	}
	must(t, m.Check())
}

func TestKeyFiguresAreThoseOfISO22400(t *testing.T) {
	m := open(t, mes.Config{Orders: []mes.Order{{ID: "A", Quantity: 100, Cycle: 2 * time.Second}}})
	must(t, m.State(0, "Execute"))
	for i := 1; i <= 20; i++ {
		p := mes.Part{Good: i > 4}
		must(t, m.Complete(time.Duration(i)*time.Second, p))
	}
	must(t, m.State(50*time.Second, "Held"))
	must(t, m.State(80*time.Second, "Held"))
	must(t, m.Do(80*time.Second, mes.Command{Order: "A", Verb: mes.Hold}))
	must(t, m.State(100*time.Second, "Execute"))
	s := m.Snapshot()
	// 50 s of 80 s producing; 20 parts of 2 s in 50 s; 16 good of 20.
	want := mes.KPI{Producing: 50 * time.Second, Busy: 80 * time.Second, Availability: 0.625, Effectiveness: 0.8, Quality: 0.8, OEE: 0.625 * 0.8 * 0.8}
	if got := s.Orders[0].KPI; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if d := cmp.Diff([]mes.StateTime{{State: "Execute", Time: 50 * time.Second}, {State: "Held", Time: 50 * time.Second}}, s.States); d != "" {
		t.Error(d)
	}
	if !s.Producing || s.Since != 100*time.Second || s.KPI.Availability != 0.5 {
		t.Errorf("line %+v", s.KPI)
	}
	must(t, m.Check())
}

func TestASnapshotIsACopy(t *testing.T) {
	m := open(t, mes.Config{Orders: []mes.Order{{ID: "A", Quantity: 5}}, Registers: []string{"speed"}})
	must(t, m.Complete(0, mes.Part{Reason: "dent"}))
	s := m.Snapshot()
	s.Orders[0].Counts.Reasons[0].Reason, s.Recent[0].Reason, s.History.Registers[0] = "x", "x", "x"
	got := m.Snapshot()
	if got.Orders[0].Counts.Reasons[0].Reason != "dent" || got.Recent[0].Reason != "dent" || got.History.Registers[0] != "speed" {
		t.Errorf("a change of a snapshot came through: %+v", got)
	}
	must(t, m.Close())
	if m.Snapshot().Total.Reject != 1 {
		t.Error("no snapshot after Close")
	}
	for what, err := range map[string]error{
		"Complete": m.Complete(1, mes.Part{}), "State": m.State(1, "Held"), "Flush": m.Flush(), "Check": m.Check(),
		"Sample": m.Sample(1, []float64{1}, []uint8{0}), "Do": m.Do(1, mes.Command{Order: "A", Verb: mes.Hold}),
	} {
		if !errors.Is(err, mes.ErrClosed) {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
	if _, err := m.Trace(1); !errors.Is(err, mes.ErrClosed) {
		t.Errorf("Trace after Close: %v", err)
	}
}

func TestTellingTheSameStateAllocatesNothing(t *testing.T) {
	m := open(t, mes.Config{})
	now := time.Duration(0)
	must(t, m.State(now, "Execute"))
	if n := testing.AllocsPerRun(100, func() {
		now += time.Millisecond
		must(t, m.State(now, "Execute"))
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
