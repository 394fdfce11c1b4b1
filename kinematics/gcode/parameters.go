package gcode

import "math"

// Parameters are the numbered parameters #1 to #5601; index 0 is not used. Lengths that
// LinuxCNC keeps in them (offsets, homes) are in machine units, as in its parameter file.
type Parameters [mostParameters]float64

const mostParameters = 5602

// The parameters that have a meaning.
const (
	paramFirstArgument = 1    // of a sub, 30 in all
	paramProbe         = 5061 // 9 axes
	paramProbeTripped  = 5070
	paramHome          = 5161 // G28, 9 axes
	paramHome2         = 5181 // G30, 9 axes
	paramLocalActive   = 5210
	paramLocal         = 5211 // G92, 9 axes
	paramSystem        = 5220 // the active coordinate system
	paramSystems       = 5201 // + 20 x system: 9 axes, then the rotation
	paramInput         = 5399 // of M66
	paramTool          = 5400 // number, 9 offsets, diameter, angles, orientation
	paramPosition      = 5420 // 9 axes
	paramDebug         = 5599 // (debug,) speaks while this is above zero
	paramChangeFault   = 5600
	paramChangeReason  = 5601

	mostArguments = 30
)

// systemParam is the first parameter of a coordinate system.
func systemParam(system int) int { return paramSystems + 20*system }

// systemRotation is the parameter of a coordinate system's rotation.
func systemRotation(system int) int { return systemParam(system) + axisCount }

func readOnlyParam(n int) bool {
	return n >= paramTool && n <= paramTool+13 || n >= paramPosition && n < paramPosition+axisCount
}

// toProgram turns a length in machine units, which parameters and tools have, into one
// in program units.
func (in *Interpreter) toProgram(v float64) float64 {
	return v / in.cfg.MachineUnits.perMillimetre() / in.units.millimetres()
}

// toMachine turns a length in program units into one in machine units.
func (in *Interpreter) toMachine(v float64) float64 {
	return v * in.units.millimetres() * in.cfg.MachineUnits.perMillimetre()
}

// axesParam reads nine parameters into program units.
func (in *Interpreter) axesParam(first int) (a Axes) {
	copy(a[:], in.params[first:])
	return in.axesToProgram(a)
}

// axesToProgram turns what is in machine units into program units.
func (in *Interpreter) axesToProgram(a Axes) Axes {
	for i := range a {
		if !turns(i) {
			a[i] = in.toProgram(a[i])
		}
	}
	return a
}

// setParamAxis stores a value that is in program units.
func (in *Interpreter) setParamAxis(first, axis int, v float64) {
	if !turns(axis) {
		v = in.toMachine(v)
	}
	in.params[first+axis] = v
}

func (in *Interpreter) setAxesParam(first int, a Axes) {
	for i, v := range a {
		in.setParamAxis(first, i, v)
	}
}

// assignment is #n=v, or #<name>=v when number is 0. All of a line take effect together,
// before anything else of it.
type assignment struct {
	number int
	name   int32
	value  float64
	at     int
}

// parameter reads #n or #<name>.
func (in *Interpreter) parameter() (float64, error) {
	start := in.pos
	in.pos++
	if in.depth++; in.depth > mostNested {
		return 0, in.fail(start, "parameters of parameters are nested more than %d deep", mostNested)
	}
	if in.text[in.pos] == '<' {
		name, err := in.name()
		if err != nil {
			return 0, err
		}
		v, ok, err := in.named(name, start)
		if err != nil {
			return 0, err
		}
		if !ok && !in.defining {
			return 0, in.fail(start, "parameter #<%s> is not defined here", name)
		}
		in.depth--
		return v, nil
	}
	n, err := in.integer("a parameter's number")
	if err != nil {
		return 0, err
	}
	if n < 1 || n >= mostParameters {
		return 0, in.fail(start, "there is no parameter #%d; they go from #1 to #%d", n, mostParameters-1)
	}
	if n >= paramPosition && n < paramPosition+axisCount {
		if in.comp.side != 0 {
			return 0, in.fail(start, "the position #%d cannot be read while cutter compensation is on; write G40 before", n)
		}
	}
	in.depth--
	return in.params[n], nil
}

// exists reads [#n] or [#<name>], and tells whether there is such a parameter.
func (in *Interpreter) exists() (float64, error) {
	if in.text[in.pos+1] != '#' {
		return 0, in.fail(in.pos+1, "exists takes one parameter, as in exists[#<name>]")
	}
	in.pos += 2
	found := false
	if start := in.pos; in.text[start] == '<' {
		name, err := in.name()
		if err != nil {
			return 0, err
		}
		if _, found, err = in.named(name, start); err != nil {
			found = false // what an ini file does not have
		}
	} else {
		n, err := in.integer("a parameter's number")
		if err != nil {
			return 0, err
		}
		found = n >= 1 && n < mostParameters
	}
	if in.text[in.pos] != ']' {
		return 0, in.fail(in.pos, "a ] is missing after the parameter: found %s", in.found(in.pos))
	}
	in.pos++
	return truth(found), nil
}

// setting reads #n=value or #<name>=value.
func (in *Interpreter) setting() error {
	start := in.pos
	in.pos++
	a := assignment{at: start}
	if in.text[in.pos] == '<' {
		name, err := in.name()
		if err != nil {
			return err
		}
		if a.name, err = in.declare(name, start); err != nil {
			return err
		}
	} else {
		n, err := in.integer("a parameter's number")
		switch {
		case err != nil:
			return err
		case n < 1 || n >= mostParameters:
			return in.fail(start, "there is no parameter #%d; they go from #1 to #%d", n, mostParameters-1)
		case readOnlyParam(n):
			return in.fail(start, "parameter #%d can only be read", n)
		}
		a.number = n
	}
	if in.text[in.pos] != '=' {
		return in.fail(in.pos, "an = is missing after the parameter: found %s", in.found(in.pos))
	}
	in.pos++
	v, err := in.value()
	a.value = v
	in.assignments = append(in.assignments, a)
	return err
}

// assign carries out the line's assignments.
func (in *Interpreter) assign() error {
	for _, a := range in.assignments {
		if a.number != 0 {
			in.params[a.number] = a.value
		} else if err := in.store(a); err != nil {
			return err
		}
	}
	in.assignments = in.assignments[:0]
	return nil
}

// publishPosition sets the parameters that tell where the program is.
func (in *Interpreter) publishPosition() {
	copy(in.params[paramPosition:], in.at[:])
}

// publishTool sets the parameters that describe the tool in the spindle.
func (in *Interpreter) publishTool() {
	t := &in.tools.slots[0]
	if !in.cfg.RandomToolChanger && t.Number <= 0 {
		clear(in.params[paramTool : paramTool+14])
		return
	}
	p := in.params[paramTool:]
	p[0] = float64(t.Number)
	copy(p[1:], t.Offset[:])
	p[10], p[11], p[12], p[13] = t.Diameter, t.FrontAngle, t.BackAngle, float64(t.Orientation)
}

// wrapped brings an angle into 0 to 360 degrees.
func wrapped(a float64) float64 {
	if a = math.Mod(a, 360); a < 0 {
		a += 360
	}
	return a
}
