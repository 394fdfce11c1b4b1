package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/kinematics/cnc"
	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/kinematics/path"
	"linetwin.dev/specs"
)

// letters are the axes that G-code has, and rotaryLetters those of them that turn.
const (
	letters       = "XYZABCUVW"
	rotaryLetters = "ABC"
)

// What an axis has that nobody gives limits.
const (
	defaultLinear = "500mm/s,3m/s2,60m/s3"
	defaultRotary = "120deg/s,20rad/s2,400rad/s3"
)

// machineFlags say which machine a program is planned for.
type machineFlags struct {
	name                 string
	table, pivot, offset pointFlag
	reverse              string
	limits               axesFlag
	ranges               axesFlag
	start                axesFlag
	cycle, toolChange    timeFlag
	override             overrideFlag
}

func (f *machineFlags) add(cmd *cobra.Command) {
	*f = machineFlags{
		pivot: pointFlag{alone: true}, cycle: timeFlag(time.Millisecond), override: 1,
		limits: axesFlag{kind: "LIMITS", example: "XYZ=500mm/s,3m/s2,60m/s3", most: 3, parse: parseLimit},
		ranges: axesFlag{kind: "RANGE", example: "XY=-250mm,250mm", most: 2, parse: parsePosition},
		start:  axesFlag{kind: "PLACE", example: "Z=100mm", most: 1, parse: parsePosition},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.name, "machine", "", "`TYPE` of machine: "+strings.Join(machine.Types(), ", ")+" (default: axes that are each moved by their word, without G43.4)")
	flags.Var(&f.table, "table", "of a machine, where the turntable's axis is, as in 0,10mm,0")
	flags.Var(&f.offset, "offset", "of a machine, the way from the turning axis to the tilting one, as in 0,10mm,50mm")
	flags.Var(&f.pivot, "pivot", "of a machine, the way from the spindle's nose to the head's tilting axis, as in 150mm, which is 0,0,150mm")
	flags.StringVar(&f.reverse, "reverse", "", "of a machine, rotary `AXES` that turn the other way, as in AC")
	flags.Var(&f.limits, "limit", "speed, acceleration and jerk that axes may have, as in XYZ=500mm/s,3m/s2,60m/s3 or X=,,30m/s3; may be given several times "+
		"(default: those of --ini, else "+defaultLinear+" and "+defaultRotary+")")
	flags.Var(&f.ranges, "range", "where axes may be, as in XY=-250mm,250mm (default: those of --ini, else anywhere)")
	flags.Var(&f.start, "start", "where axes are when the program starts, as in Z=100mm (default: HOME of --ini, else 0)")
	flags.Var(&f.toolChange, "tool-change", "how long a tool change takes (default: no time)")
	flags.Var(&f.override, "override", "feed override, as in 1.2 or 120%; below 1 for rapid moves, too")
	flags.Var(&f.cycle, "cycle", "time between two setpoints")
}

// pointFlag is a point or a vector: three lengths. With alone, one length is that of Z.
type pointFlag struct {
	alone bool
	text  string
	at    [3]float64
}

func (f *pointFlag) Set(s string) error {
	parts := strings.Split(s, ",")
	if f.alone && len(parts) == 1 {
		parts = []string{"0", "0", s}
	}
	if len(parts) != 3 {
		return fmt.Errorf("%q is not a point; write three lengths, as in 0,10mm,50mm", s)
	}
	for i, p := range parts {
		v, err := parsePosition(0, false, strings.TrimSpace(p))
		if err != nil {
			return err
		}
		f.at[i] = v
	}
	f.text = s
	return nil
}

func (f *pointFlag) String() string { return f.text }

func (f *pointFlag) Type() string { return "X,Y,Z" }

// overrideFlag is what feeds are multiplied by.
type overrideFlag float64

func (f *overrideFlag) Set(s string) error {
	number, percent := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(number, 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v > 0 && v <= 100) {
		return fmt.Errorf("%q is not an override; write a number above 0 and up to 100, or a percentage, as in 1.2 or 120%%", s)
	}
	*f = overrideFlag(v)
	return nil
}

func (f *overrideFlag) String() string { return strconv.FormatFloat(float64(*f), 'g', -1, 64) }

func (f *overrideFlag) Type() string { return "FACTOR" }

// axesFlag gives some axes some quantities, as in XYZ=500mm/s,3m/s2,60m/s3; it may be given
// several times, and the last one counts.
type axesFlag struct {
	kind    string // for the help
	example string
	most    int // quantities
	parse   func(i int, rotary bool, text string) (float64, error)
	given   [len(letters)][3]float64
	has     [len(letters)][3]bool
}

func (f *axesFlag) Set(s string) error {
	axes, list, found := strings.Cut(s, "=")
	parts := strings.Split(list, ",")
	if !found || axes == "" || len(parts) != f.most {
		return fmt.Errorf("%q does not name axes and give %s; write as in %s", s, plural(uint64(f.most), "value"), f.example)
	}
	for _, letter := range strings.ToUpper(axes) {
		axis := strings.IndexRune(letters, letter)
		if axis < 0 {
			return fmt.Errorf("%q: there is no axis %c; the axes are %s", s, letter, letters)
		}
		for i, text := range parts {
			if text = strings.TrimSpace(text); text == "" {
				continue
			}
			v, err := f.parse(i, turns(axis), text)
			if err != nil {
				return fmt.Errorf("axis %c: %w", letter, err)
			}
			f.given[axis][i], f.has[axis][i] = v, true
		}
	}
	return nil
}

func (f *axesFlag) String() string { return "" }

func (f *axesFlag) Type() string { return "AXES=" + f.kind }

// turns tells whether an axis is rotary, by its place in letters.
func turns(axis int) bool { return strings.IndexByte(rotaryLetters, letters[axis]) >= 0 }

// parseLimit reads a speed, an acceleration or a jerk.
func parseLimit(i int, rotary bool, text string) (v float64, err error) {
	switch {
	case i == 0 && rotary:
		v, err = asFloat(specs.ParseAngularSpeed(text))
	case i == 0:
		v, err = asFloat(specs.ParseSpeed(text))
	case i == 1 && rotary:
		v, err = asFloat(specs.ParseAngularAcceleration(text))
	case i == 1:
		v, err = asFloat(specs.ParseAcceleration(text))
	default:
		v, err = parseJerk(rotary, text)
	}
	if err == nil && !(v > 0) {
		err = fmt.Errorf("%q is no limit; it must be above 0", text)
	}
	return v, err
}

// parseJerk reads a jerk: what an acceleration is to the second is to the third here.
func parseJerk(rotary bool, text string) (v float64, err error) {
	number, ok := strings.CutSuffix(text, "/s3")
	switch {
	case rotary:
		if v, err = asFloat(specs.ParseAngularAcceleration(number + "/s2")); err != nil || !ok {
			return 0, fmt.Errorf("%q is not an angular jerk; write deg/s3 or rad/s3, as in %q", text, "400rad/s3")
		}
	default:
		if v, err = asFloat(specs.ParseAcceleration(number + "/s2")); err != nil || !ok {
			return 0, fmt.Errorf("%q is not a jerk; write m/s3 or mm/s3, as in %q", text, "60m/s3")
		}
	}
	return v, nil
}

// parsePosition reads where an axis is: a length or an angle, or a plain 0.
func parsePosition(_ int, rotary bool, text string) (float64, error) {
	if text == "0" {
		return 0, nil
	}
	if rotary {
		return asFloat(specs.ParseAngle(text))
	}
	return asFloat(specs.ParseLength(text))
}

func asFloat[T ~float64](v T, err error) (float64, error) { return float64(v), err }

// config is what a run needs to know of the machine; ini may be nil, and Program is left to
// the caller.
func (f *machineFlags) config(name string, ini *gcode.INI) (cnc.Config, error) {
	given, err := readLimits(name, ini)
	if err != nil {
		return cnc.Config{}, err
	}
	f.overrule(&given)
	c := cnc.Config{
		Cycle: time.Duration(f.cycle).Seconds(), ToolChange: time.Duration(f.toolChange).Seconds(),
		Path: path.Config{MostOverride: max(1.2, float64(f.override))},
	}
	axes := iniAxes(ini)
	switch f.name {
	case "":
		if err := f.noGeometry(); err != nil {
			return c, err
		}
	default:
		m, err := f.geometry(&given)
		if err != nil {
			return c, err
		}
		c.Machine, axes = &m, ""
		for i := range m.Axes() {
			axes += m.AxisName(i)
		}
	}
	longest := 0.0
	for i, letter := range letters {
		if !strings.ContainsRune(axes, letter) {
			if f.limits.has[i] != [3]bool{} || f.ranges.has[i] != [3]bool{} || f.start.has[i] != [3]bool{} {
				return c, fmt.Errorf("the machine has no axis %c; it has %s", letter, axes)
			}
			continue
		}
		a := path.Axis{Name: string(letter), Rotary: turns(i), Limit: given.limit(i), Range: given.span(i)}
		if err := given.check(i, a); err != nil {
			return c, err
		}
		if c.Machine != nil {
			c.Limits = append(c.Limits, a.Limit)
		} else {
			c.Axes = append(c.Axes, a)
		}
		c.Start = append(c.Start, given.start[i])
		if given.limits.has[i] != [3]bool{} {
			longest = max(longest, a.Limit.Accel/a.Limit.Jerk)
		}
	}
	if c.Machine == nil {
		// Axes that nobody said anything of are mostly not there: the others do not wait for them.
		c.Path.Smoothing = longest
	}
	return c, nil
}

// overrule puts what the flags say in the place of what the ini says.
func (f *machineFlags) overrule(given *axisLimits) {
	for axis := range letters {
		for i := range 3 {
			if f.limits.has[axis][i] {
				given.limits.given[axis][i], given.limits.has[axis][i] = f.limits.given[axis][i], true
			}
			if f.ranges.has[axis][i] {
				given.ranges.given[axis][i], given.ranges.has[axis][i] = f.ranges.given[axis][i], true
			}
		}
		if f.start.has[axis][0] {
			given.start[axis] = f.start.given[axis][0]
		}
	}
}

// geometry makes the machine.
func (f *machineFlags) geometry(given *axisLimits) (machine.Machine, error) {
	name := strings.ToUpper(f.name)
	g := machine.Geometry{Table: f.table.at, Pivot: f.pivot.at, Offset: f.offset.at}
	for i := range g.Linear {
		g.Linear[i] = given.span(i)
	}
	if !slices.Contains(machine.Types(), name) {
		_, err := machine.Named(f.name, g)
		return machine.Machine{}, err
	}
	for _, has := range []struct {
		flag *pointFlag
		name string
		of   string
	}{{&f.table, "table", "-TRT -HT"}, {&f.pivot, "pivot", "-HT -HH"}, {&f.offset, "offset", "-TRT -HH"}} {
		if has.flag.text != "" && !slices.Contains(strings.Fields(has.of), name[5:]) {
			return machine.Machine{}, fmt.Errorf("--%s: %s has none; it is for types that end in %s", has.name, name, strings.ReplaceAll(has.of, " ", " and "))
		}
	}
	tilt := name[3:4]
	for _, letter := range strings.ToUpper(f.reverse) {
		switch string(letter) {
		case tilt:
			g.ReverseTilt = true
		case "C":
			g.ReverseTurn = true
		default:
			return machine.Machine{}, fmt.Errorf("--reverse: %s has no rotary axis %c; it has %s and C", name, letter, tilt)
		}
	}
	g.Tilt = given.span(strings.Index(letters, tilt))
	g.Turn = given.span(gcode.C)
	return machine.Named(name, g)
}

// noGeometry refuses flags that only a machine has.
func (f *machineFlags) noGeometry() error {
	for _, has := range []struct {
		name  string
		given bool
	}{{"table", f.table.text != ""}, {"pivot", f.pivot.text != ""}, {"offset", f.offset.text != ""}, {"reverse", f.reverse != ""}} {
		if has.given {
			return fmt.Errorf("--%s says something of a machine, and there is none; give its type with --machine, such as %s", has.name, machine.Types()[0])
		}
	}
	return nil
}

// axisLimits are what is known of axes, by their places in letters, in SI.
type axisLimits struct {
	limits, ranges axesFlag
	start          [len(letters)]float64
}

// limit is what an axis may do, with defaults filled in.
func (l *axisLimits) limit(axis int) machine.Limit {
	text := defaultLinear
	if turns(axis) {
		text = defaultRotary
	}
	var v [3]float64
	for i, part := range strings.Split(text, ",") {
		if v[i] = l.limits.given[axis][i]; !l.limits.has[axis][i] {
			v[i], _ = parseLimit(i, turns(axis), part) // which a test holds to be right
		}
	}
	return machine.Limit{Speed: v[0], Accel: v[1], Jerk: v[2]}
}

// span is where an axis may be.
func (l *axisLimits) span(axis int) machine.Range {
	has, at := l.ranges.has[axis], l.ranges.given[axis]
	if !has[0] && !has[1] {
		return machine.Range{}
	}
	r := machine.Range{Min: math.Inf(-1), Max: math.Inf(1)}
	if has[0] {
		r.Min = at[0]
	}
	if has[1] {
		r.Max = at[1]
	}
	return r
}

// check finds an axis without a place to be.
func (l *axisLimits) check(axis int, a path.Axis) error {
	if a.Range == (machine.Range{}) {
		return nil
	}
	from, to, at := position(&a, a.Range.Min), position(&a, a.Range.Max), l.start[axis]
	switch {
	case a.Range.Min >= a.Range.Max:
		return fmt.Errorf("axis %s: its range from %s to %s is empty; give the smaller end first", a.Name, from, to)
	case at < a.Range.Min || at > a.Range.Max:
		return fmt.Errorf("axis %s would start at %s, outside of its range from %s to %s; say with --start where it is", a.Name, position(&a, at), from, to)
	}
	return nil
}

// machineError words what the run's configuration is refused for.
func machineError(err error) error {
	for _, known := range []error{cnc.ErrConfig, path.ErrConfig} {
		if errors.Is(err, known) {
			return errors.New("the machine: " + strings.TrimPrefix(err.Error(), known.Error()+": "))
		}
	}
	return err
}
