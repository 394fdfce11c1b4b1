package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"linetwin.dev/kinematics/cnc"
	"linetwin.dev/kinematics/gcode/plot"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/kinematics/path"
)

// gcodePlan is what comes of a program on a machine, collected cycle by cycle in constant memory.
type gcodePlan struct {
	program  string
	cycle    float64
	override float64
	axes     []path.Axis
	file     func(i int) string
	close    func(whole bool) error

	cycles [plot.Activities]uint64
	idle   uint64                   // cycles of rest that are none if nothing comes after them
	way    [plot.Activities]float64 // m
	atFeed uint64                   // cycles
	moving bool                     // it has moved
	halts  int                      // times at rest between motions
	moves  gcodeSummary
	peaks  [path.MaxAxes][3]peak
	travel [path.MaxAxes]machine.Range // m or rad
	lines  lineTimes

	old setpoint
}

// peak is the greatest value of something, and where it was.
type peak struct {
	value      float64
	line, file int
}

func newGcodePlan(program string, run *cnc.Run, c *cnc.Config, override float64) *gcodePlan {
	p := &gcodePlan{program: program, cycle: c.Cycle, override: override, axes: run.Axes(), file: run.File}
	for i, at := range c.Start {
		p.travel[i] = machine.Range{Min: at, Max: at}
	}
	p.lines.open = map[lineKey]*lineTime{}
	return p
}

// nearFeed is the part of the programmed feed that counts as all of it.
const nearFeed = 0.99

func (p *gcodePlan) add(s *setpoint) {
	rested := p.old.State != path.Running
	before := p.old.Speed
	p.old = *s
	if s.as == plot.Stop && s.State == path.Waiting {
		p.idle++
		return
	}
	p.cycles[plot.Stop] += p.idle
	p.idle = 0
	p.cycles[s.as]++
	// The speed is so smooth that the mean of its ends is a cycle's.
	p.way[s.as] += (before + s.Speed) / 2 * p.cycle
	if s.State == path.Running {
		if rested && p.moving {
			p.halts++
		}
		p.moving = true
	}
	if s.as == plot.Cutting {
		pace := s.Pace / p.override
		if pace >= nearFeed {
			p.atFeed++
		}
		p.lines.add(lineKey{s.File, s.Line}, (1-pace)*p.cycle, p.cycle)
	}
	for i := range p.axes {
		p.travel[i] = machine.Range{Min: min(p.travel[i].Min, s.Joints[i]), Max: max(p.travel[i].Max, s.Joints[i])}
		for k, v := range [3]float64{s.Velocity[i], s.Acceleration[i], s.Jerk[i]} {
			if most := &p.peaks[i][k]; math.Abs(v) > most.value {
				*most = peak{math.Abs(v), s.Line, s.File}
			}
		}
	}
}

// lineKey is a line of a file.
type lineKey struct{ file, line int }

// lineTime is what a line takes, and how much of it is lost against its feed, in s.
type lineTime struct {
	lineKey
	took, lost float64
}

// lineTimes collects times by line. It remembers keptLines of them; when there are more, the
// half that loses least is forgotten.
type lineTimes struct {
	open map[lineKey]*lineTime
	last *lineTime
}

const keptLines = 1 << 16

func (t *lineTimes) add(key lineKey, lost, took float64) {
	if t.last == nil || t.last.lineKey != key {
		t.last = t.open[key]
		if t.last == nil {
			if len(t.open) == keptLines {
				for _, l := range t.worst(keptLines)[keptLines/2:] {
					delete(t.open, l.lineKey)
				}
			}
			t.last = &lineTime{lineKey: key}
			t.open[key] = t.last
		}
	}
	t.last.lost += lost
	t.last.took += took
}

// worst are the lines that lose most, the first one first.
func (t *lineTimes) worst(n int) []*lineTime {
	all := make([]*lineTime, 0, len(t.open))
	for _, l := range t.open {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b *lineTime) int {
		return cmp.Or(cmp.Compare(b.lost, a.lost), cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	return all[:min(n, len(all))]
}

// slowest are the few lines that lose a time that counts.
func (p *gcodePlan) slowest() []*lineTime {
	const few = 5
	worst := p.lines.worst(few)
	for i, l := range worst {
		if l.lost < 1e-3 {
			return worst[:i]
		}
	}
	return worst
}

// seconds is how long the program takes, or a part of it.
func (p *gcodePlan) seconds(parts ...activity) (s float64) {
	for _, a := range parts {
		s += float64(p.cycles[a]) * p.cycle
	}
	return s
}

func (p *gcodePlan) total() float64 {
	return p.seconds(plot.Cutting, plot.Rapid, plot.Dwell, plot.Stop)
}

// feedShare is the part of the cutting time at the programmed feed.
func (p *gcodePlan) feedShare() float64 {
	return float64(p.atFeed) / math.Max(float64(p.cycles[plot.Cutting]), 1)
}

// limits are what an axis may do.
func limits(l machine.Limit) [3]float64 { return [3]float64{l.Speed, l.Accel, l.Jerk} }

// moved tells whether an axis moves in the program.
func (p *gcodePlan) moved(i int) bool { return p.peaks[i][0].value > 0 }

// print writes the plan for people.
func (p *gcodePlan) print(to io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s of cycle time\n", p.program, duration(p.total()))
	for a, what := range [plot.Activities]string{"cutting", "rapid", "dwell", "stops"} {
		part := p.seconds(activity(a))
		line := fmt.Sprintf("  %-8s %10.3f s %5.1f %%", what, part, 100*part/math.Max(p.total(), p.cycle))
		switch activity(a) {
		case plot.Cutting:
			line += fmt.Sprintf(", %s, %.1f %% of the time at the programmed feed", millimetres(p.way[a]), 100*p.feedShare())
		case plot.Rapid:
			line += ", " + millimetres(p.way[a])
		case plot.Stop:
			line += ", " + plural(uint64(p.halts), "time") + " at rest between moves"
		}
		out.WriteString(line + "\n")
	}
	fmt.Fprintf(&out, "  %s\n", p.moves.counts())
	p.printAxes(&out)
	if worst := p.slowest(); len(worst) > 0 {
		out.WriteString("\n  time that lines lose against their feed\n")
		t := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
		for _, l := range worst {
			fmt.Fprintf(t, "  %.3f s\tof %.3f s\t\t%s:%d\n", l.lost, l.took, p.file(l.file), l.line)
		}
		t.Flush()
	}
	_, err := io.WriteString(to, out.String())
	return err
}

// printAxes writes what axes do against their limits.
func (p *gcodePlan) printAxes(out *strings.Builder) {
	t := tabwriter.NewWriter(out, 0, 0, 1, ' ', tabwriter.AlignRight)
	still := ""
	any := false
	for i, a := range p.axes {
		if !p.moved(i) {
			still += " " + a.Name
			continue
		}
		if !any {
			out.WriteString("\n")
			fmt.Fprintf(t, "  axis\tfrom\tto\tspeed\tlimit\tline\tacceleration\tlimit\tline\tjerk\tlimit\tline\t\n")
			any = true
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t", a.Name, position(&a, p.travel[i].Min), position(&a, p.travel[i].Max))
		for k, limit := range limits(a.Limit) {
			m := p.peaks[i][k]
			where := strconv.Itoa(m.line)
			if m.file != 0 {
				where = p.file(m.file) + ":" + where
			}
			fmt.Fprintf(t, "%s\t%.0f %%\t%s\t", quantity(&p.axes[i], m.value, k), 100*m.value/limit, where)
		}
		fmt.Fprintln(t)
	}
	t.Flush()
	if still != "" && any {
		fmt.Fprintf(out, "  at rest:%s\n", still)
	}
}

// forPeople is a value of an axis in mm or degrees.
func forPeople(a *path.Axis, v float64) float64 {
	if a.Rotary {
		return v * 180 / math.Pi
	}
	return v * 1e3
}

// position is where an axis is.
func position(a *path.Axis, v float64) string {
	unit := " mm"
	if a.Rotary {
		unit = " deg"
	}
	return strconv.FormatFloat(math.Round(forPeople(a, v)*1e3)/1e3+0, 'f', -1, 64) + unit
}

// quantity is a speed, an acceleration or a jerk.
func quantity(a *path.Axis, v float64, k int) string {
	switch {
	case a.Rotary:
		return strconv.FormatFloat(forPeople(a, v), 'f', 1, 64) + []string{" deg/s", " deg/s2", " deg/s3"}[k]
	case k == 0:
		return strconv.FormatFloat(v*1e3, 'f', 1, 64) + " mm/s"
	}
	return strconv.FormatFloat(v, 'f', 3, 64) + []string{" m/s2", " m/s3"}[k-1]
}

func millimetres(m float64) string { return strconv.FormatFloat(m*1e3, 'f', 1, 64) + " mm" }

// duration writes seconds for people: 12.345 s, 3:12.3, 1:03:12.
func duration(s float64) string {
	switch minutes := math.Floor(s / 60); {
	case s < 60:
		return fmt.Sprintf("%.3f s", s)
	case minutes < 60:
		return fmt.Sprintf("%d min %.1f s", int(minutes), s-60*minutes)
	default:
		return fmt.Sprintf("%d h %02d min %02d s", int(minutes)/60, int(minutes)%60, int(s-60*minutes))
	}
}

// appendNumber appends a number with ten digits and no more than it needs.
func appendNumber(b []byte, v float64) []byte { return strconv.AppendFloat(b, v, 'g', 10, 64) }

// rounded is a number without the digits that are rounding's.
func rounded(v float64) float64 { return math.Round(v*1e9)/1e9 + 0 }

// document is the plan as JSON, in SI units.
func (p *gcodePlan) document() any {
	type place struct {
		File string `json:"file"`
		Line int    `json:"line"`
	}
	type most struct {
		Most  float64 `json:"most"`
		Limit float64 `json:"limit"`
		place
	}
	type axis struct {
		Axis         string  `json:"axis"`
		Rotary       bool    `json:"rotary"`
		From         float64 `json:"from"`
		To           float64 `json:"to"`
		Speed        most    `json:"speed"`
		Acceleration most    `json:"acceleration"`
		Jerk         most    `json:"jerk"`
	}
	type slow struct {
		place
		Took float64 `json:"took_s"`
		Lost float64 `json:"lost_s"`
	}
	doc := struct {
		Program   string       `json:"program"`
		CycleTime float64      `json:"cycle_time_s"`
		Cutting   float64      `json:"cutting_s"`
		Rapid     float64      `json:"rapid_s"`
		Dwell     float64      `json:"dwell_s"`
		Stop      float64      `json:"stops_s"`
		Halts     int          `json:"stops"`
		CutWay    float64      `json:"cutting_m"`
		RapidWay  float64      `json:"rapid_m"`
		AtFeed    float64      `json:"at_feed"`
		Summary   gcodeSummary `json:"summary"`
		Axes      []axis       `json:"axes"`
		Slowest   []slow       `json:"slowest"`
	}{
		p.program, rounded(p.total()), rounded(p.seconds(plot.Cutting)), rounded(p.seconds(plot.Rapid)),
		rounded(p.seconds(plot.Dwell)), rounded(p.seconds(plot.Stop)), p.halts, rounded(p.way[plot.Cutting]),
		rounded(p.way[plot.Rapid]), rounded(p.feedShare()), p.moves, []axis{}, []slow{},
	}
	for i, a := range p.axes {
		if !p.moved(i) {
			continue
		}
		var of [3]most
		for k, limit := range limits(a.Limit) {
			m := p.peaks[i][k]
			of[k] = most{rounded(m.value), rounded(limit), place{p.file(m.file), m.line}}
		}
		doc.Axes = append(doc.Axes, axis{a.Name, a.Rotary, rounded(p.travel[i].Min), rounded(p.travel[i].Max), of[0], of[1], of[2]})
	}
	for _, l := range p.slowest() {
		doc.Slowest = append(doc.Slowest, slow{place{p.file(l.file), l.line}, rounded(l.took), rounded(l.lost)})
	}
	return doc
}
