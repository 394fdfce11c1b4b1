package twin

import (
	"math"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
)

// publishing is a bank with these registers of a station, besides those that each has.
func publishing(t *testing.T, signals ...protocol.Def) (*protocol.Bank, *protocol.Writer, map[string]*protocol.Out) {
	t.Helper()
	bank := protocol.NewBank()
	w := bank.Writer("inspect", "")
	outs := map[string]*protocol.Out{}
	for _, d := range append([]protocol.Def{{Name: "seq", Type: protocol.U32}, {Name: "position", Type: protocol.F64}, {Name: "reason", Type: protocol.U16}, {Name: "score", Type: protocol.F64}}, signals...) {
		signal := d.Name
		d.Name = "inspect." + signal
		out, err := w.Define(d)
		if err != nil {
			t.Fatal(err)
		}
		outs[signal] = out
	}
	bank.Seal()
	return bank, w, outs
}

func TestAStationGivesTheMESTheMeasuresThatItHasRegistersOf(t *testing.T) {
	bank, _, outs := publishing(t, protocol.Def{Name: "dent", Type: protocol.F64, Unit: "m"}, protocol.Def{Name: "grade", Type: protocol.U16})
	r, err := newVerdictReader(bank, "inspect", specs.Inspection{})
	if err != nil {
		t.Fatal(err)
	}
	if r.read(0) {
		t.Error("a verdict was read before there was one")
	}
	outs["seq"].SetInt(0, 1)
	outs["score"].SetFloat(0, 0.5)
	outs["grade"].SetInt(0, 3)
	if !r.read(0) || r.seq() != 1 || r.verdict().Score != 0.5 {
		t.Errorf("read: verdict %d, %+v", r.seq(), r.verdict())
	}
	ms := r.measured()
	if len(ms) != 3 || ms[0].Name != "score" || ms[0].Value != 0.5 || ms[0].Unit != "1" || ms[2].Name != "grade" || ms[2].Value != 3 || ms[2].Unit != "" {
		t.Errorf("measured: %+v", ms)
	}
	if ms[1].Name != "dent" || ms[1].Unit != "m" || !math.IsNaN(ms[1].Value) { // nobody has written it
		t.Errorf("of a register without a value: %+v", ms[1])
	}
	if r.read(1) {
		t.Error("a verdict was read twice")
	}
}

func TestAStationWithoutTheRegistersOfAVerdictIsRefused(t *testing.T) {
	bank, _, _ := publishing(t)
	if _, err := newVerdictReader(bank, "inspect", specs.Inspection{Recogniser: &specs.Recogniser{}}); err == nil {
		t.Error("a station whose recogniser has no register of classes was taken")
	}
	bank, _, _ = publishing(t, protocol.Def{Name: "dent", Type: protocol.U32})
	if _, err := newVerdictReader(bank, "inspect", specs.Inspection{}); err == nil {
		t.Error("a dent that is a whole number was taken")
	}
}

// On the wall clock the station publishes while the MES reads.
func TestTheMeasuresOfAVerdictAreOfOneInstant(t *testing.T) {
	bank, w, outs := publishing(t, protocol.Def{Name: "shift", Type: protocol.F64, Unit: "m"}, protocol.Def{Name: "grade", Type: protocol.U16}, protocol.Def{Name: "latency", Type: protocol.F64, Unit: "s"})
	r, err := newVerdictReader(bank, "inspect", specs.Inspection{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 4000
	var looks atomic.Int64
	var gone atomic.Bool
	done := make(chan bool)
	go func() {
		defer close(done)
		for i := int64(1); i <= n; i++ {
			w.Begin()
			for name, out := range outs {
				if name == "seq" || name == "grade" || name == "reason" {
					out.SetInt(time.Duration(i), i)
				} else {
					out.SetFloat(time.Duration(i), float64(i))
				}
			}
			w.Commit()
			// Not too far ahead: a look that began after this finds a verdict.
			for seen := looks.Load(); i%8 == 0 && i < n && looks.Load() < seen+2 && !gone.Load(); {
				runtime.Gosched()
			}
		}
	}()
	last, verdicts := int64(0), 0
	defer func() { gone.Store(true); <-done }()
	for last < n {
		ok := r.read(last)
		looks.Add(1)
		if !ok {
			runtime.Gosched()
			continue
		}
		verdicts++
		if last = r.seq(); r.position() != float64(last) || int64(r.verdict().Reason) != last {
			t.Fatalf("verdict %d is at %v and says %d", last, r.position(), r.verdict().Reason)
		}
		for _, m := range r.measured() {
			if m.Value != float64(last) {
				t.Fatalf("verdict %d has the measure %+v", last, m)
			}
		}
	}
	if verdicts < n/8 {
		t.Errorf("%d of %d verdicts were seen: too few to tell anything", verdicts, n)
	}
}
