package bench

import (
	"fmt"
	"io"
	"strings"
)

// Terminal says how a verdict is written for people.
type Terminal struct {
	Color  bool   // with ANSI colours
	Report string // where report.html is; "" when there is none
}

// WriteVerdict writes the verdict of a run in a few lines: what it is, every bound
// with its value, broken ones first, the metrics marked as [Key], and where to look
// further.
func WriteVerdict(w io.Writer, s Summary, t Terminal) error {
	var b strings.Builder
	style := func(code, text string) string {
		if !t.Color {
			return text
		}
		return code + text + ansiReset
	}
	word, colour, reason := s.headline()
	fmt.Fprintf(&b, "\n%s  %s, seed %d: %s\n", style(colour, word), s.Scenario, s.Seed, reason)
	if len(s.Expect) > 0 {
		b.WriteString("\n")
		s.bounds(t.Color).write(&b)
	}
	if keys := s.keys(); len(keys.rows) > 0 {
		b.WriteString("\n")
		keys.write(&b)
	}
	fmt.Fprintf(&b, "\n  %s\n", style(ansiDim, s.pace()))
	for _, f := range s.Faults {
		fmt.Fprintf(&b, "  fault: %s\n", f)
	}
	for _, n := range s.Notes {
		fmt.Fprintf(&b, "  note: %s\n", n)
	}
	if t.Report != "" {
		fmt.Fprintf(&b, "  report: %s\n", t.Report)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// headline is the verdict in one word, its colour, and the reason in a sentence.
func (s Summary) headline() (word, colour, reason string) {
	broken := 0
	for _, r := range s.Expect {
		if !r.Pass {
			broken++
		}
	}
	n := len(s.Expect)
	switch {
	case n == 0:
		reason = "no bounds are stated"
	case broken == 0 && n == 1:
		reason = "its bound holds"
	case broken == 0:
		reason = fmt.Sprintf("all %d bounds hold", n)
	case n == 1:
		reason = "its bound is broken"
	case broken == 1:
		reason = fmt.Sprintf("1 of %d bounds is broken", n)
	default:
		reason = fmt.Sprintf("%d of %d bounds are broken", broken, n)
	}
	if s.Verdict == Partial && n > 0 {
		reason = "so far " + reason
	}
	switch s.Verdict {
	case Pass:
		return "PASS", ansiGreen, reason
	case Fail:
		return "FAIL", ansiRed, reason
	default:
		return "PARTIAL", ansiYellow, fmt.Sprintf("ended early, after %s; %s", Seconds.Format(s.SimulatedS), reason)
	}
}

// bounds as a table, the broken ones first.
func (s Summary) bounds(colour bool) *table {
	t := &table{indent: "  ", right: []bool{false, false, true, false}}
	for _, pass := range []bool{false, true} {
		for _, r := range s.Expect {
			switch {
			case r.Pass != pass:
			case pass:
				t.add("ok", r.Metric, r.Shown, r.Bound)
			default:
				style := ""
				if colour {
					style = ansiRed
				}
				cells := []string{"BROKEN", r.Metric, r.Shown, r.Bound}
				if r.Limit == nil { // the bound could not be read: say why
					cells = append(cells, r.Text)
				}
				t.addStyled(style, cells...)
			}
		}
	}
	return t
}

// keys are the metrics that a short verdict shows.
func (s Summary) keys() *table {
	t := &table{indent: "  ", right: []bool{false, true}}
	for _, n := range sortedKeys(s.Metrics) {
		if v := s.Metrics[n]; v.Key {
			t.add(n, v.String())
		}
	}
	return t
}

// pace says how much was simulated, and how fast.
func (s Summary) pace() string {
	text := Seconds.Format(s.SimulatedS)
	if s.WallS > 0 {
		text += fmt.Sprintf(" in %s, %s times real time", Seconds.Format(s.WallS), formatNumber(s.RealtimeFactor, 3))
	}
	text += fmt.Sprintf("; %s events", count(s.Events))
	if s.Hash != "" {
		text += "; hash " + short(s.Hash)
	}
	return text
}

// String is "top: drop-frames at 60 s for 2 s".
func (f Fault) String() string {
	return fmt.Sprintf("%s: %s at %s for %s", f.Device, f.Kind, clockTime(f.AtS), Seconds.Format(f.ForS))
}
