package specs

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
)

// mill checks that its axes have room, that its loops fit into each other, and that its
// files are there.
func (c *checker) mill(name string) {
	m := c.s.Mills[name]
	sub := func(parts ...string) []string { return append(at("mills", name), parts...) }
	for _, a := range []struct {
		name string
		axis LinearAxis
	}{{"x", m.X}, {"y", m.Y}, {"z", m.Z}} {
		if !c.ok(sub(a.name, "min"), sub(a.name, "max")) {
			continue
		}
		if a.axis.Min >= a.axis.Max {
			c.fail(sub(a.name, "max"), "%v is not above the least position, %v; write more", a.axis.Max, a.axis.Min)
		} else if c.ok(sub(a.name, "home")) && (a.axis.Home < a.axis.Min || a.axis.Home > a.axis.Max) {
			c.fail(sub(a.name, "home"), "%v is outside of the axis' range; write %v to %v", a.axis.Home, a.axis.Min, a.axis.Max)
		}
	}
	c.rotary(sub("tilt"), m.Tilt)
	c.rotary(sub("turn"), m.Turn)
	if c.ok(sub("cycle"), sub("servo")) && (m.Servo > m.Cycle || m.Cycle%m.Servo != 0) {
		c.fail(sub("servo"), "a cycle of %v is not a whole number of %v; write %v, or %v", m.Cycle, m.Servo, m.Cycle, m.Cycle/4)
	}
	if c.ok(sub("cycle"), sub("feedback")) && m.Feedback%m.Cycle != 0 {
		c.fail(sub("feedback"), "%v is not a whole number of cycles of %v; write %v, as an example", m.Feedback, m.Cycle, max(m.Feedback/m.Cycle, 1)*m.Cycle)
	} else if c.ok(sub("feedback"), sub("gauge", "every")) && m.Gauge.Every%m.Feedback != 0 {
		c.fail(sub("gauge", "every"), "the encoders are published every %v, and %v is not a whole number of that; write %v, as an example", m.Feedback, m.Gauge.Every, max(m.Gauge.Every/m.Feedback, 1)*m.Feedback)
	}
	c.needed(sub("tools"), m.Tools, "a tool table in LinuxCNC's format")
	c.file(sub("sim", "geometric"), m.Sim.Geometric, "a file of CSV with the 21 errors")
}

// rotary checks the range of a rotary axis.
func (c *checker) rotary(base []string, a RotaryAxis) {
	sub := func(part string) []string { return append(base[:3:3], part) }
	if !c.ok(base) {
		return
	}
	low, high := Angle(math.Inf(-1)), Angle(math.Inf(1))
	if a.Min != nil {
		low = *a.Min
	}
	if a.Max != nil {
		high = *a.Max
	}
	switch {
	case (a.Min == nil) != (a.Max == nil):
		c.fail(base, "it has one end only; write both min and max, or neither for an axis that turns for ever")
	case low >= high:
		c.fail(sub("max"), "%v is not above the least angle, %v; write more", high, low)
	case a.Home < low || a.Home > high:
		c.fail(sub("home"), "%v is outside of the axis' range; write %v to %v", a.Home, low, high)
	}
}

// cnc checks that its files are there, and that no mill has two.
func (c *checker) cnc(name string) {
	n := c.s.CNCs[name]
	sub := func(parts ...string) []string { return append(at("cncs", name), parts...) }
	c.needed(sub("program"), n.Program, "a program in G-code")
	k := n.Compensation
	for _, t := range []struct{ part, axis, file string }{
		{"axes", "x", k.Axes.X}, {"axes", "y", k.Axes.Y}, {"axes", "z", k.Axes.Z}, {"axes", "tilt", k.Axes.Tilt}, {"axes", "turn", k.Axes.Turn},
		{"thermal", "x", k.Thermal.X}, {"thermal", "y", k.Thermal.Y}, {"thermal", "z", k.Thermal.Z},
	} {
		c.file(sub("compensation", t.part, t.axis), t.file, "a table in CSV")
	}
	c.file(sub("compensation", "volume"), k.Volume, "a table in CSV")
	for i, l := range n.Surface.Across {
		line := func(part string) []string { return append(sub("surface", "across"), strconv.Itoa(i), part) }
		for _, v := range []struct {
			part string
			of   [3]float64
		}{{"direction", l.Direction}, {"feed", l.Feed}} {
			if c.ok(line(v.part)) && v.of == ([3]float64{}) {
				c.fail(line(v.part), "it leads nowhere; write a direction, as in [0, 0, 1]")
			}
		}
	}
	for _, m := range []struct {
		part string
		of   Length
	}{{"ball", n.Surface.Ball}, {"step", n.Surface.Step}} {
		if c.ok(sub("surface", m.part)) && len(n.Surface.Across) > 0 && m.of == 0 {
			c.fail(sub("surface", m.part), "across the passes there are the marks of a ball; write its radius as ball: \"4mm\", and what is between passes as step: \"0.4mm\"")
		}
	}
	if !c.ok(sub("mill")) {
		return
	}
	for _, other := range Names(c.s.CNCs) {
		if other == name {
			break
		}
		if c.ok(at("cncs", other, "mill")) && c.s.CNCs[other].Mill == n.Mill {
			c.fail(sub("mill"), "mill %q has a CNC already, %q; a mill obeys one", n.Mill, other)
		}
	}
	if gain := sub("compensation", "online", "gain"); c.ok(gain, at("mills", n.Mill, "gauge", "every")) && k.Online.Gain > 0 && c.s.Mills[n.Mill].Gauge.Every == 0 {
		c.fail(gain, "mill %q has no gauge that sees errors; give it one, as in mills: %s: gauge: every: \"10ms\"", n.Mill, n.Mill)
	}
	if reserve := sub("compensation", "reserve"); c.ok(reserve) && k.Any() && (k.Reserve == 0 || k.Reserve > 0.5) {
		c.fail(reserve, "%v of the limits leave corrections or motion no room; write 1%% to 50%%", k.Reserve)
	}
}

// needed checks that a file beside the scenario is named, and there.
func (c *checker) needed(path []string, name, what string) {
	if name == "" && c.ok(path) {
		c.fail(path, "it is empty; name %s, relative to the scenario's folder", what)
		return
	}
	c.file(path, name, what)
}

// file checks that a file beside the scenario is there, if one is named.
func (c *checker) file(path []string, name, what string) {
	if c.dir == "" || !c.ok(path) {
		return
	}
	if name == "" {
		return
	}
	file := filepath.FromSlash(name)
	if !filepath.IsAbs(file) {
		file = filepath.Join(c.dir, file)
	}
	switch info, err := os.Stat(file); {
	case errors.Is(err, fs.ErrNotExist):
		c.fail(path, "%s does not exist; name %s, relative to the scenario's folder", strconv.Quote(name), what)
	case err != nil:
		c.fail(path, "%s cannot be read; name %s, relative to the scenario's folder", strconv.Quote(name), what)
	case info.IsDir():
		c.fail(path, "%s is a folder; name %s", strconv.Quote(name), what)
	}
}
