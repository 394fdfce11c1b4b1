package gcode

import (
	"io"
	"math"
	"strconv"
)

// CanonWriter writes events as rs274 -g does, a line each:
//
//	11 N20    STRAIGHT_FEED(10.0000, 0.0000, -1.0000, 0.0000, 0.0000, 0.0000)
//
// The first column counts lines, the second is the N word of the program's line. U, V and
// W are not shown, nor is what rs274 has no line for: WaitInput, IndexLock, IndexUnlock.
// ToolCentre and CustomM, which it does not know, have lines in the same style.
type CanonWriter struct {
	w     io.Writer
	line  []byte
	count int
	err   error
}

// NewCanonWriter makes a writer of lines. Each Write is a line; use a bufio.Writer.
func NewCanonWriter(w io.Writer) *CanonWriter { return &CanonWriter{w: w} }

// Write writes an event. It allocates nothing. After an error it repeats that.
func (c *CanonWriter) Write(e *Event) error {
	if c.err != nil {
		return c.err
	}
	if e.Kind == Print {
		c.line = append(append(c.line[:0], e.Text...), '\n')
		_, c.err = c.w.Write(c.line)
		return c.err
	}
	name := canonNames[e.Kind]
	if name == "" {
		return nil
	}
	c.count++
	c.line = c.line[:0]
	c.number(int64(c.count), 5)
	c.line = append(c.line, ' ')
	c.label(e.Label)
	switch e.Kind {
	case FeedOverride, SpeedOverride, AdaptiveFeed, FeedHold:
		c.text(map[bool]string{true: "ENABLE_", false: "DISABLE_"}[e.On])
	case MotionBit, OutputBit:
		c.text(map[bool]string{true: "SET_", false: "CLEAR_"}[e.On])
	}
	c.text(name)
	c.line = append(c.line, '(')
	c.arguments(e)
	c.line = append(c.line, ')', '\n')
	_, c.err = c.w.Write(c.line)
	return c.err
}

var canonNames = [kinds]string{
	Reset: "ON_RESET", Finish: "FINISH", ProgramEnd: "PROGRAM_END",
	Traverse: "STRAIGHT_TRAVERSE", Feed: "STRAIGHT_FEED", ArcFeed: "ARC_FEED", Probe: "STRAIGHT_PROBE",
	RigidTap: "RIGID_TAP", NURBSFeed: "NURBS_FEED", Dwell: "DWELL",
	UseUnits: "USE_LENGTH_UNITS", WorkOffset: "SET_G5X_OFFSET", LocalOffset: "SET_G92_OFFSET", Rotation: "SET_XY_ROTATION",
	ToolOffset: "USE_TOOL_LENGTH_OFFSET", ToolCentre: "SET_TOOL_CENTER_POINT_CONTROL", SelectPlane: "SELECT_PLANE",
	FeedRefXYZ: "SET_FEED_REFERENCE", ToolEntry: "SET_TOOL_TABLE_ENTRY", ReloadTools: "RELOAD_TOOLDATA",
	ControlMode: "SET_MOTION_CONTROL_MODE", NaiveCAM: "SET_NAIVECAM_TOLERANCE",
	SetFeedRate: "SET_FEED_RATE", SetFeedMode: "SET_FEED_MODE", SyncStart: "START_SPEED_FEED_SYNC", SyncStop: "STOP_SPEED_FEED_SYNCH",
	ProbeOn: "TURN_PROBE_ON", ProbeOff: "TURN_PROBE_OFF",
	SpindleMode: "SET_SPINDLE_MODE", SpindleSpeed: "SET_SPINDLE_SPEED",
	SpindleClockwise: "START_SPINDLE_CLOCKWISE", SpindleCounter: "START_SPINDLE_COUNTERCLOCKWISE", SpindleStop: "STOP_SPINDLE_TURNING",
	SpindleOrient: "ORIENT_SPINDLE", SpindleWaitOrient: "SPINDLE.",
	SelectTool: "SELECT_TOOL", StartChange: "START_CHANGE", ChangeTool: "CHANGE_TOOL", ChangeToolNumber: "CHANGE_TOOL_NUMBER",
	MistOn: "MIST_ON", MistOff: "MIST_OFF", FloodOn: "FLOOD_ON", FloodOff: "FLOOD_OFF",
	FeedOverride: "FEED_OVERRIDE", SpeedOverride: "SPEED_OVERRIDE", AdaptiveFeed: "ADAPTIVE_FEED", FeedHold: "FEED_HOLD",
	MotionBit: "MOTION_OUTPUT_BIT", MotionValue: "SET_MOTION_OUTPUT_VALUE", OutputBit: "AUX_OUTPUT_BIT", OutputValue: "SET_AUX_OUTPUT_VALUE",
	Stop: "PROGRAM_STOP", OptionalStop: "OPTIONAL_PROGRAM_STOP", PalletShuttle: "PALLET_SHUTTLE",
	Comment: "COMMENT", Message: "MESSAGE", Print: "PRINT", Log: "LOG", LogOpen: "LOGOPEN", LogAppend: "LOGAPPEND", LogClose: "LOGCLOSE",
	CustomM: "M_USER_COMMAND",
}

func (c *CanonWriter) text(s string) { c.line = append(c.line, s...) }

// number appends a whole number, at least as wide.
func (c *CanonWriter) number(n int64, width int) {
	from := len(c.line)
	c.line = strconv.AppendInt(c.line, n, 10)
	for short := width - (len(c.line) - from); short > 0; short-- {
		c.line = append(c.line, ' ')
		copy(c.line[from+1:], c.line[from:])
		c.line[from] = ' '
	}
}

// label appends the N word, as wide as seven letters.
func (c *CanonWriter) label(n []byte) {
	if len(n) == 0 {
		c.text("N..... ")
		return
	}
	c.line = append(c.line, 'N')
	c.line = append(c.line, n[1:]...)
	for i := len(n) - 1; i < 6; i++ {
		c.line = append(c.line, ' ')
	}
}

// fixed appends a number with 4 or 6 decimals, as strconv has it, but several times as fast
// where it has no more digits than a machine's coordinates and is not next to a tie.
func (c *CanonWriter) fixed(v float64, decimals int) {
	scale, width := 1e4, int64(10_000)
	if decimals == 6 {
		scale, width = 1e6, 1_000_000
	}
	scaled := math.Abs(v) * scale
	whole := math.Floor(scaled)
	rest := scaled - whole
	// The product is off by 2^-53 of itself: below 2^40 by less than 2^-13.
	if !(scaled < 1<<40) || math.Abs(rest-0.5) < 1e-3 {
		c.line = strconv.AppendFloat(c.line, v, 'f', decimals, 64)
		return
	}
	n := int64(whole)
	if rest > 0.5 {
		n++
	}
	if math.Signbit(v) {
		c.line = append(c.line, '-')
	}
	c.line = strconv.AppendInt(c.line, n/width, 10)
	c.line = append(c.line, '.')
	n %= width
	for width /= 10; width > 0; width /= 10 {
		c.line = append(c.line, byte('0'+n/width%10))
	}
}

// list appends numbers with four decimals.
func (c *CanonWriter) list(between string, values ...float64) {
	for i, v := range values {
		if i > 0 {
			c.text(between)
		}
		c.fixed(v, 4)
	}
}

// arguments appends what stands between the parentheses.
func (c *CanonWriter) arguments(e *Event) {
	a := &e.Axes
	switch e.Kind {
	case Traverse, Feed, Probe, LocalOffset:
		c.list(", ", a[X], a[Y], a[Z], a[A], a[B], a[C])
	case WorkOffset:
		c.number(int64(e.Number), 0)
		c.text(", ")
		c.list(", ", a[X], a[Y], a[Z], a[A], a[B], a[C])
	case ArcFeed:
		plane := planeAxes[e.Plane]
		c.list(", ", a[plane[0]], a[plane[1]], e.Centre[0], e.Centre[1])
		c.text(", ")
		c.number(int64(e.Turns), 0)
		c.text(", ")
		c.list(", ", a[plane[2]], a[A], a[B], a[C])
	case RigidTap:
		c.list(", ", a[X], a[Y], a[Z])
	case NURBSFeed:
		c.number(int64(len(e.Curve)), 0)
		c.text(", ...")
	case Dwell, Rotation, SetFeedRate, NaiveCAM:
		c.fixed(e.Value, 4)
	case Comment, Message, Log, LogOpen, LogAppend:
		c.line = append(append(append(c.line, '"'), e.Text...), '"')
	case ToolOffset:
		c.triples(a)
	case ToolEntry:
		c.tool(e)
	default:
		c.modeArguments(e)
	}
}

func (c *CanonWriter) triples(a *Axes) {
	for i := 0; i < axisCount; i += 3 {
		if i > 0 {
			c.text(", ")
		}
		c.list(" ", a[i:i+3]...)
	}
}

func (c *CanonWriter) tool(e *Event) {
	t := e.Tool
	c.number(int64(e.Number), 0)
	c.text(", ")
	c.number(int64(t.Number), 0)
	c.text(", ")
	c.list(" ", t.Offset[:]...)
	c.text(", ")
	c.list(", ", t.FrontAngle, t.BackAngle)
	c.text(", ")
	c.number(int64(t.Orientation), 0)
}

// modeArguments appends those of what sets something.
func (c *CanonWriter) modeArguments(e *Event) {
	switch e.Kind {
	case UseUnits:
		c.text(map[Units]string{Millimetres: "CANON_UNITS_MM", Inches: "CANON_UNITS_INCHES"}[e.Units])
	case SelectPlane:
		c.text("CANON_PLANE_")
		if e.Plane > PlaneYZ {
			c.text("UNKNOWN") // rs274 has no names for them
		} else {
			c.text(e.Plane.String())
		}
	case FeedRefXYZ:
		c.text("CANON_XYZ")
	case ControlMode:
		c.text([...]string{"CANON_EXACT_PATH", "CANON_EXACT_STOP", "CANON_CONTINUOUS, "}[e.Number])
		if Blending(e.Number) == Continuous {
			c.fixed(e.Value, 6)
		}
	case SetFeedMode:
		c.number(int64(e.Spindle), 0)
		c.text(", ")
		c.number(int64(e.Number), 0)
	case SyncStart:
		c.fixed(e.Value, 6)
		c.text(",0")
	case SpindleMode:
		c.number(int64(e.Spindle), 0)
		c.text(" ")
		c.fixed(e.Value, 4)
	case SpindleSpeed:
		c.number(int64(e.Spindle), 0)
		c.text(", ")
		c.fixed(e.Value, 4)
	case SpindleClockwise, SpindleCounter, SpindleStop, SpeedOverride:
		c.number(int64(e.Spindle), 0)
	case SpindleOrient:
		c.number(int64(e.Spindle), 0)
		c.text(", ")
		c.fixed(e.Value, 4)
		c.text(", ")
		c.number(int64(e.Number), 0)
	case SpindleWaitOrient:
		c.line = c.line[:len(c.line)-1]
		c.number(int64(e.Spindle), 0)
		c.text(".WAIT_ORIENT_COMPLETE(")
		c.fixed(e.Value, 4)
	case SelectTool, ChangeTool, ChangeToolNumber, MotionBit, OutputBit:
		c.number(int64(e.Number), 0)
	case MotionValue, OutputValue:
		c.number(int64(e.Number), 0)
		c.text(",")
		c.fixed(e.Value, 6)
	case ToolCentre:
		c.text(map[bool]string{true: "ON", false: "OFF"}[e.On])
	case CustomM:
		c.number(int64(e.Number), 0)
		c.text(", ")
		c.list(", ", e.Value, e.Value2)
	}
}

// Trailer writes what rs274 ends with, when the interpreter is closed and left: one
// ON_RESET, or two when it has no ini file.
func (c *CanonWriter) Trailer(withINI bool) error {
	err := c.Write(&Event{Kind: Reset})
	if err == nil && !withINI {
		err = c.Write(&Event{Kind: Reset})
	}
	return err
}
