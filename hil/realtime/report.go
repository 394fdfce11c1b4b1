package realtime

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is how well a thread kept its deadlines, and what disturbed it.
type Report struct {
	Cycles   uint64 // calls of the work
	Overruns uint64 // of them, those that were not done at the next deadline
	Missed   uint64 // periods without a call

	Late   *Histogram // how long after its deadline each cycle began, or was missed
	Woken  *Histogram // how late the system woke the thread, before it spun
	Worked *Histogram // how long the calls took

	MinorFaults uint64 // page faults of the thread that needed no disk
	MajorFaults uint64 // those that did
	Preempted   uint64 // times that another thread took its processor
	// Steal is the time, in ticks of 10 ms and of all processors together, that the
	// hypervisor gave to others while this machine wanted to run, since the thread began.
	// On bare metal it is 0.
	Steal uint64

	// Notes say which of the options the system did not allow, and what would help.
	Notes []string
}

// Report is how the thread has done up to now. It may be called from any goroutine, also
// while the thread runs; faults and preemptions are then some milliseconds old.
func (t *Thread) Report() Report {
	r := t.stats.report()
	if start := t.steal.Load(); t.started.Load() {
		r.Steal = stealTicks() - start
	}
	return r
}

func (s *stats) report() Report {
	r := Report{
		Cycles:      s.cycles.Load(),
		Overruns:    s.overruns.Load(),
		Missed:      s.missed.Load(),
		Late:        s.late.Snapshot(),
		Woken:       s.woken.Snapshot(),
		Worked:      s.worked.Snapshot(),
		MinorFaults: s.minor.Load(),
		MajorFaults: s.major.Load(),
		Preempted:   s.preempted.Load(),
	}
	if notes := s.notes.get(); notes != "" {
		r.Notes = strings.Split(notes, "\n")
	}
	return r
}

// Write the report as a few lines of text.
func (r Report) Write(w io.Writer) error {
	if r.Late == nil {
		_, err := fmt.Fprintln(w, "nothing was measured")
		return err
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "\tP50\tP99\tP99.9\tmax\t")
	for _, row := range []struct {
		what string
		h    *Histogram
	}{{"late", r.Late}, {"woken late", r.Woken}, {"work took", r.Worked}} {
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t\n", row.what, micros(row.h.Quantile(0.5)), micros(row.h.Quantile(0.99)),
			micros(row.h.Quantile(0.999)), micros(row.h.Max()))
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d cycles, %d overruns, %d periods missed; %d minor and %d major page faults, preempted %d times, %d ticks stolen\n",
		r.Cycles, r.Overruns, r.Missed, r.MinorFaults, r.MajorFaults, r.Preempted, r.Steal)
	for _, note := range r.Notes {
		if err == nil {
			_, err = fmt.Fprintf(w, "note: %s\n", note)
		}
	}
	return err
}

func micros(d time.Duration) string { return fmt.Sprintf("%.2f us", float64(d)/1e3) }
