package cnc

import (
	"math"
	"slices"

	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/path"
)

// take does what an event asks for.
func (r *Run) take(e *gcode.Event) error {
	if e.Kind.Moves() {
		return r.motion(e)
	}
	switch e.Kind {
	case gcode.Dwell:
		r.pause(e, e.Value)
	case gcode.SpindleSpeed:
		r.spin[int(e.Spindle)%len(r.spin)] = e.Value / 60
		r.pause(e, 0)
	case gcode.StartChange, gcode.ChangeTool:
		dwell := 0.0
		if e.Kind == gcode.ChangeTool {
			dwell = r.config.ToolChange
		}
		r.pause(e, dwell)
		r.blocked = r.marks
	case gcode.WaitInput:
		r.pause(e, 0)
		r.blocked = r.marks
	case gcode.MotionBit, gcode.MotionValue:
		// With the next motion, which goes on without a stop.
		r.marks++
		r.pending = append(r.pending, pending{r.marks, keep(e)})
		r.next = r.marks
	case gcode.Comment, gcode.Message, gcode.Print, gcode.Log, gcode.LogOpen, gcode.LogAppend, gcode.LogClose:
		r.pending = append(r.pending, pending{r.marks, keep(e)})
	case gcode.SpindleMode, gcode.SpindleClockwise, gcode.SpindleCounter, gcode.SpindleStop, gcode.SpindleOrient,
		gcode.SpindleWaitOrient, gcode.SelectTool, gcode.ChangeToolNumber, gcode.MistOn, gcode.MistOff,
		gcode.FloodOn, gcode.FloodOff, gcode.FeedOverride, gcode.SpeedOverride, gcode.AdaptiveFeed,
		gcode.FeedHold, gcode.OutputBit, gcode.OutputValue, gcode.Stop, gcode.OptionalStop,
		gcode.PalletShuttle, gcode.CustomM, gcode.ProgramEnd, gcode.IndexLock, gcode.IndexUnlock:
		r.pause(e, 0)
	}
	return nil
}

// pause lets the machine come to rest, hands on the event there, and waits.
func (r *Run) pause(e *gcode.Event, dwell float64) {
	r.marks++
	r.pending = append(r.pending, pending{r.marks, keep(e)})
	r.rest, r.rests = restAt{r.marks, dwell}, true
}

// keep copies an event with all that holds only until the next one.
func keep(e *gcode.Event) gcode.Event {
	k := *e
	k.Text, k.Label, k.Curve = append([]byte(nil), e.Text...), append([]byte(nil), e.Label...), nil
	return k
}

// motion gives a motion to the planner.
func (r *Run) motion(e *gcode.Event) error {
	m := &e.Motion
	if err := r.control(e); err != nil {
		return err
	}
	mv := path.Move{Line: e.Line, File: r.source(e.File), Mark: r.next}
	r.next = 0
	if err := r.reach(e, &mv); err != nil {
		return err
	}
	switch m.Blending {
	case gcode.ExactStop:
		mv.Stop = true
	case gcode.Continuous:
		if mv.Tolerance = m.Tolerance; m.Tolerance == 0 {
			mv.Tolerance = math.Inf(1)
		}
	}
	if err := r.speed(e, &mv); err != nil {
		return err
	}
	switch e.Kind {
	case gcode.ArcFeed:
		mv.Centre, mv.Normal, mv.Sweep = m.Centre, m.Normal, m.Sweep
	case gcode.Probe:
		mv.Stop = true
	case gcode.RigidTap:
		mv.Stop = true
		r.back, r.origin = true, r.planner.At()
	case gcode.NURBSFeed:
		r.bend(e, mv)
		return nil
	}
	r.move, r.waits = mv, true
	return nil
}

// source is the number of a file.
func (r *Run) source(file string) int {
	i := slices.Index(r.files, file)
	if i < 0 {
		i = len(r.files)
		r.files = append(r.files, file)
	}
	return i
}

// bend makes short lines of a curve.
func (r *Run) bend(e *gcode.Event, end path.Move) {
	r.curve = r.curve[:0]
	at := r.planner.At()
	gcode.SampleCurve(e.Curve, e.Order, func(x, y float64) {
		mv := end
		mv.To = at
		mv.To[0], mv.To[1] = x, y
		r.curve = append(r.curve, mv)
	})
	r.curve = append(r.curve, end)
	r.follow()
}

// control switches tool centre point control on or off, for the tool of a motion.
func (r *Run) control(e *gcode.Event) error {
	m := &e.Motion
	if !m.ToolCentre {
		if r.centred {
			r.centred = false
			return r.planner.Control(nil)
		}
		return nil
	}
	if r.config.Machine == nil {
		return mistake(e.File, e.Line, "G43.4 needs a machine with known geometry, such as XYZAC-TRT")
	}
	tool := [3]float64(m.ToolOffset[:3])
	if r.centred && r.centre.Tool() == tool {
		return nil
	}
	if r.centred {
		if err := r.planner.Control(nil); err != nil {
			return err
		}
	}
	// The Planner keeps the pointer for what is in its queue.
	next := r.config.Machine.WithTool(tool)
	r.centre, r.centred = next, true
	return r.planner.Control(&next)
}

// reach finds where a motion goes in the planner's coordinates.
func (r *Run) reach(e *gcode.Event, mv *path.Move) error {
	end := &e.Motion.End
	next := 0
	for word := range end {
		if next < len(r.words) && r.words[next] == word {
			mv.To[next] = end[word]
			next++
			continue
		}
		if math.Abs(end[word]-r.at[word]) > 1e-9 {
			return mistake(e.File, e.Line, "axis %c moves, and the machine has none", letters[word])
		}
	}
	r.at = *end
	return nil
}

// speed finds how fast a motion goes.
func (r *Run) speed(e *gcode.Event, mv *path.Move) error {
	m := &e.Motion
	spin := r.spin[int(m.Spindle)%len(r.spin)]
	switch m.FeedKind {
	case gcode.FeedRapid:
		return nil
	case gcode.FeedTime:
		mv.Time = m.Feed
	case gcode.FeedPerTurn:
		mv.Feed = m.Feed * spin
	case gcode.FeedSpindle:
		mv.Feed = m.Pitch * spin
	default:
		mv.Feed = m.Feed
	}
	if mv.Feed == 0 && mv.Time == 0 {
		return mistake(e.File, e.Line, "the feed is 0; write F, and S where the feed is per revolution")
	}
	return nil
}
