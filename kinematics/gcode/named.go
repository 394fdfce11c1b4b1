package gcode

import "strings"

// A name is a label, a sub or a named parameter. Names are known by their place in a
// table, so that calling and assigning allocates only when a name is met for the first
// time.
type name struct {
	text   string
	lookup predefined
	global bool
	// Of named parameters: the values on each level of calls, and the levels that have one.
	values [mostCalls]float64
	held   uint32
}

// mostNames bounds what a program can make the table grow to.
const mostNames = 1 << 16

// intern finds a name's place in the table.
func (in *Interpreter) intern(text []byte, at int) (int32, error) {
	if i, ok := in.nameIndex[string(text)]; ok {
		return i, nil
	}
	if len(in.names) >= mostNames {
		return 0, in.fail(at, "the program has more than %d names", mostNames)
	}
	s := string(text)
	i := int32(len(in.names))
	in.nameIndex[s] = i
	in.names = append(in.names, name{text: s, global: strings.HasPrefix(s, "_")})
	return i, nil
}

// name reads <name>.
func (in *Interpreter) name() ([]byte, error) {
	start := in.pos
	for i := start + 1; i < in.length; i++ {
		if in.text[i] == '>' {
			in.pos = i + 1
			return in.text[start+1 : i], nil
		}
	}
	return nil, in.fail(start, "a name without its end; write > after it")
}

// frameOf is the level of calls on which a name lives.
func (in *Interpreter) frameOf(n *name) int {
	if n.global {
		return 0
	}
	return in.level
}

// named finds a named parameter.
func (in *Interpreter) named(text []byte, at int) (v float64, ok bool, err error) {
	i, known := in.nameIndex[string(text)]
	if !known {
		return in.foreign(text, at)
	}
	n := &in.names[i]
	if n.lookup != 0 {
		return in.predefined(n.lookup), true, nil
	}
	level := in.frameOf(n)
	if n.held&(1<<level) == 0 {
		return in.foreign(text, at)
	}
	return n.values[level], true, nil
}

// foreign finds what the ini file or the machine has: #<_ini[section]name>, #<_hal[pin]>.
func (in *Interpreter) foreign(text []byte, at int) (float64, bool, error) {
	if len(text) < 5 || text[0] != '_' || text[4] != '[' || in.cfg.Lookup == nil {
		return 0, false, nil
	}
	if s := string(text[:5]); !strings.EqualFold(s, "_ini[") && !strings.EqualFold(s, "_hal[") {
		return 0, false, nil
	}
	v, ok := in.cfg.Lookup(string(text))
	if !ok {
		return 0, false, in.fail(at, "there is no #<%s>: neither the ini file nor the machine has it", text)
	}
	return v, true, nil
}

// declare makes a named parameter exist with the value 0, if it does not: a line may use
// the parameter that it sets.
func (in *Interpreter) declare(text []byte, at int) (int32, error) {
	i, err := in.intern(text, at)
	if err != nil {
		return 0, err
	}
	n := &in.names[i]
	if n.lookup != 0 || n.held&(1<<in.frameOf(n)) != 0 {
		return i, nil
	}
	if v, ok, _ := in.foreign(text, at); ok {
		in.hold(i, v)
	} else {
		in.hold(i, 0)
	}
	return i, nil
}

// hold gives a named parameter a value on its level.
func (in *Interpreter) hold(i int32, v float64) {
	n := &in.names[i]
	level := in.frameOf(n)
	if n.held&(1<<level) == 0 {
		n.held |= 1 << level
		in.frames[level].locals = append(in.frames[level].locals, i)
	}
	n.values[level] = v
}

// dropLocals forgets the named parameters of a level.
func (in *Interpreter) dropLocals(level int) {
	f := &in.frames[level]
	for _, i := range f.locals {
		in.names[i].held &^= 1 << level
	}
	f.locals = f.locals[:0]
}

// store carries out #<name>=value.
func (in *Interpreter) store(a assignment) error {
	n := &in.names[a.name]
	if n.lookup != 0 || (n.text == "n_args" || n.global) && in.readOnlyName(n.text) {
		return in.fail(a.at, "parameter #<%s> can only be read", n.text)
	}
	in.hold(a.name, a.value)
	return nil
}

func (in *Interpreter) readOnlyName(s string) bool {
	if s == "n_args" {
		return in.cfg.CountArguments
	}
	if len(s) < 5 || s[4] != '[' {
		return false
	}
	_, ok, _ := in.foreign([]byte(s), 0)
	return ok
}

// languageVersion is that of the LinuxCNC whose language this is, as #<_vmajor> has it.
const languageVersion = 2.9

// predefined is a named parameter that tells something of the interpreter's state.
type predefined uint8

const (
	_ predefined = iota
	preVMajor
	preVMinor
	preMetricMachine
	preLine
	preMotionMode
	prePlane
	preComp
	preMetric
	preImperial
	preAbsolute
	preIncremental
	preInverseTime
	prePerMinute
	prePerRev
	preSystem
	preToolOffset
	preRetractR
	preRetractOld
	preSpindleRPM
	preSpindleCSS
	preIJKAbsolute
	preDiameter
	preRadius
	preSpindleOn
	preSpindleCW
	preMist
	preFlood
	preSpeedOverride
	preFeedOverride
	preAdaptive
	preFeedHold
	preFeed
	preRPM
	preTool
	prePocket
	preSelectedPocket
	preSelectedTool
	preValue
	preValueReturned
	preTask
	preCallLevel
	preRemapLevel
	preAxis                       // + axis
	preAbs  = preAxis + axisCount // + axis
)

var predefinedNames = []struct {
	name string
	what predefined
}{
	{"_vmajor", preVMajor}, {"_vminor", preVMinor}, {"_metric_machine", preMetricMachine},
	{"_line", preLine}, {"_motion_mode", preMotionMode}, {"_plane", prePlane}, {"_ccomp", preComp},
	{"_metric", preMetric}, {"_imperial", preImperial}, {"_absolute", preAbsolute}, {"_incremental", preIncremental},
	{"_inverse_time", preInverseTime}, {"_units_per_minute", prePerMinute}, {"_units_per_rev", prePerRev},
	{"_coord_system", preSystem}, {"_tool_offset", preToolOffset},
	{"_retract_r_plane", preRetractR}, {"_retract_old_z", preRetractOld},
	{"_spindle_rpm_mode", preSpindleRPM}, {"_spindle_css_mode", preSpindleCSS},
	{"_ijk_absolute_mode", preIJKAbsolute}, {"_lathe_diameter_mode", preDiameter}, {"_lathe_radius_mode", preRadius},
	{"_spindle_on", preSpindleOn}, {"_spindle_cw", preSpindleCW}, {"_mist", preMist}, {"_flood", preFlood},
	{"_speed_override", preSpeedOverride}, {"_feed_override", preFeedOverride}, {"_adaptive_feed", preAdaptive}, {"_feed_hold", preFeedHold},
	{"_feed", preFeed}, {"_rpm", preRPM}, {"_current_tool", preTool}, {"_current_pocket", prePocket},
	{"_selected_pocket", preSelectedPocket}, {"_selected_tool", preSelectedTool},
	{"_value", preValue}, {"_value_returned", preValueReturned}, {"_task", preTask},
	{"_call_level", preCallLevel}, {"_remap_level", preRemapLevel},
	{"_x", preAxis + X}, {"_y", preAxis + Y}, {"_z", preAxis + Z}, {"_a", preAxis + A}, {"_b", preAxis + B}, {"_c", preAxis + C},
	{"_u", preAxis + U}, {"_v", preAxis + V}, {"_w", preAxis + W},
	{"_abs_x", preAbs + X}, {"_abs_y", preAbs + Y}, {"_abs_z", preAbs + Z}, {"_abs_a", preAbs + A}, {"_abs_b", preAbs + B}, {"_abs_c", preAbs + C},
}

func (in *Interpreter) definePredefined() {
	for _, p := range predefinedNames {
		in.nameIndex[p.name] = int32(len(in.names))
		in.names = append(in.names, name{text: p.name, lookup: p.what, global: true})
	}
}

// predefined computes a predefined parameter.
func (in *Interpreter) predefined(p predefined) float64 {
	if p >= preAbs {
		return in.withOffsets(in.at)[p-preAbs]
	}
	if p >= preAxis {
		return in.at[p-preAxis]
	}
	switch p {
	case preVMajor:
		return languageVersion
	case preVMinor:
		return 0
	case preMetricMachine:
		if in.standalone != nil {
			return -1
		}
		return truth(in.cfg.MachineUnits == Millimetres)
	case preLine:
		return float64(in.src.line)
	case preMotionMode:
		return float64(in.motion)
	case prePlane:
		return float64([...]int16{g17, g18, g19, g17x1, g18x1, g19x1}[in.plane])
	case preComp:
		return float64(in.comp.code())
	case preMetric:
		return truth(in.units == Millimetres)
	case preImperial:
		return truth(in.units == Inches)
	case preAbsolute:
		return truth(!in.incremental)
	case preIncremental:
		return truth(in.incremental)
	case preInverseTime:
		return truth(in.feedMode == inverseTime)
	case prePerMinute:
		return truth(in.feedMode == perMinute)
	case prePerRev:
		return truth(in.feedMode == perTurn)
	case preSystem:
		return float64(in.systemCode())
	case preToolOffset:
		return truth(in.toolOffset != Axes{})
	case preRetractR:
		return truth(in.retractToR)
	case preRetractOld:
		return truth(!in.retractToR)
	case preIJKAbsolute:
		return truth(in.centreAbsolute)
	case preDiameter:
		return truth(in.diameter)
	case preRadius:
		return truth(!in.diameter)
	case preMist:
		return truth(in.mist)
	case preFlood:
		return truth(in.flood)
	case preFeedOverride:
		return truth(in.feedOverride)
	case preAdaptive:
		return truth(in.adaptive)
	case preFeedHold:
		return truth(in.feedHold)
	case preFeed:
		return in.feed
	case preTool:
		return in.params[paramTool]
	case preValue:
		return in.returned
	case preValueReturned:
		return truth(in.hasReturned)
	case preCallLevel:
		return float64(in.level)
	case preTask, preRemapLevel:
		return 0
	}
	return in.predefinedSpindle(p)
}

// predefinedSpindle computes those of the first spindle and of the tool table.
func (in *Interpreter) predefinedSpindle(p predefined) float64 {
	s := &in.spindles[0]
	switch p {
	case preSpindleRPM:
		return truth(!s.constantSurface)
	case preSpindleCSS:
		return truth(s.constantSurface)
	case preSpindleOn:
		return truth(s.turning != 0)
	case preSpindleCW:
		return truth(s.turning == clockwise)
	case preSpeedOverride:
		return truth(s.override)
	case preRPM:
		return s.speed
	case preSelectedTool:
		return float64(in.selectedTool)
	case prePocket:
		return in.pocketOf(in.slot)
	default: // preSelectedPocket
		if p := in.pocketOf(in.selected); p != 0 || in.cfg.RandomToolChanger {
			return p
		}
		return -1
	}
}

// pocketOf is the pocket of a place in the tool table.
func (in *Interpreter) pocketOf(slot int) float64 {
	switch {
	case slot < 0:
		return -1
	case in.cfg.RandomToolChanger || slot >= len(in.tools.slots):
		return float64(slot)
	}
	return float64(in.tools.slots[slot].Pocket)
}
