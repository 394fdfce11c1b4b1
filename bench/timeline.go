package bench

import "time"

// Tone says what a span, a tick or a picture means; it decides colour and shape.
type Tone string

// The tones.
const (
	Good    Tone = "good"
	Bad     Tone = "bad"
	Warn    Tone = "warn"
	Neutral Tone = "neutral"
	Idle    Tone = "idle"
	// Struck marks the time of a fault: it is shaded across all lanes, whatever
	// its own lane. The faults of the summary are shaded without being given here.
	Struck Tone = "fault"
)

// Timeline is what happened when, in lanes.
type Timeline struct {
	// Lanes in their order from the top; lanes that are not named here follow in
	// the order in which they first occur.
	Lanes []string
	Spans []Span
	Ticks []Tick
	// Throughput names the lanes whose ticks are counted per minute below the
	// lanes; none: every lane with ticks.
	Throughput []string
}

// Span is something that lasts: a state, a fault.
type Span struct {
	Lane     string
	Label    string
	Kind     Tone
	From, To time.Duration
}

// Tick is something that happens at once: a part that passed, a part that was
// rejected. Give each reason a lane of its own, as in "rejected: dent".
type Tick struct {
	Lane  string
	At    time.Duration
	Label string
	Kind  Tone
}

// lanes in their order.
func (t Timeline) lanes() []string {
	var out []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	for _, l := range t.Lanes {
		add(l)
	}
	for _, s := range t.Spans {
		if s.Kind != Struck {
			add(s.Lane)
		}
	}
	for _, k := range t.Ticks {
		add(k.Lane)
	}
	return out
}

// end of what happened, in seconds.
func (t Timeline) end() float64 {
	var end time.Duration
	for _, s := range t.Spans {
		end = max(end, s.To)
	}
	for _, k := range t.Ticks {
		end = max(end, k.At)
	}
	return end.Seconds()
}

// faults are those of the summary, and the spans of tone Struck.
func (t Timeline) faults(of []Fault) []Fault {
	out := append([]Fault(nil), of...)
	for _, s := range t.Spans {
		if s.Kind == Struck {
			out = append(out, Fault{AtS: s.From.Seconds(), ForS: (s.To - s.From).Seconds(), Device: s.Lane, Kind: s.Label})
		}
	}
	return out
}

// counted tells whether the ticks of a lane are part of the throughput.
func (t Timeline) counted(lane string) bool {
	if len(t.Throughput) == 0 {
		return true
	}
	for _, l := range t.Throughput {
		if l == lane {
			return true
		}
	}
	return false
}
