package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"linetwin.dev/kinematics/gcode"
)

// far is beyond every range of an axis, in the units of an ini file: LinuxCNC's default is 1e99.
const far = 1e9

// iniAxes are the axes that a machine has by its ini, all of them if it does not say.
func iniAxes(ini *gcode.INI) string {
	if ini == nil {
		return letters
	}
	said := strings.ToUpper(ini.Value("TRAJ", "COORDINATES"))
	axes := ""
	for _, letter := range letters {
		if strings.ContainsRune(said, letter) {
			axes += string(letter)
		}
	}
	// A lathe says XZ; its Y is there and never moves, as it is for the interpreter.
	switch {
	case axes == "":
		return letters
	default:
		return "XYZ" + strings.TrimLeft(axes, "XYZ")
	}
}

// iniJoints are the axes of LinuxCNC's joints 0, 1 and so on.
func iniJoints(ini *gcode.INI) string {
	said := ini.Value("TRAJ", "COORDINATES")
	for field := range strings.FieldsSeq(ini.Value("KINS", "KINEMATICS")) {
		if c, ok := strings.CutPrefix(strings.ToLower(field), "coordinates="); ok {
			said = c
		}
	}
	return strings.ReplaceAll(strings.ToUpper(said), " ", "")
}

// readLimits reads what LinuxCNC's ini file says of joints and axes; what it says of a joint counts
// before what it says of the axis.
func readLimits(name string, ini *gcode.INI) (axisLimits, error) {
	var l axisLimits
	if ini == nil {
		return l, nil
	}
	r := limitReader{name: name, ini: ini, length: 1e-3, angle: math.Pi / 180}
	r.units("LINEAR_UNITS", &r.length, map[string]float64{"mm": 1e-3, "metric": 1e-3, "in": 0.0254, "inch": 0.0254, "imperial": 0.0254}, 1e-3)
	r.units("ANGULAR_UNITS", &r.angle, map[string]float64{"deg": math.Pi / 180, "degree": math.Pi / 180, "grad": math.Pi / 200, "gon": math.Pi / 200, "rad": 1, "radian": 1}, math.Pi/180)
	joints := iniJoints(ini)
	for axis, letter := range letters {
		r.axis(&l, axis, fmt.Sprintf("AXIS_%c", letter))
		for n, of := range joints {
			if of == letter {
				r.axis(&l, axis, fmt.Sprintf("JOINT_%d", n))
			}
		}
	}
	return l, errors.Join(r.errs...)
}

// limitReader reads numbers of an ini file.
type limitReader struct {
	name          string
	ini           *gcode.INI
	length, angle float64 // of a unit, in m and rad
	errs          []error
}

// units reads what lengths or angles are in: a name, or how many make a mm or a degree.
func (r *limitReader) units(key string, to *float64, names map[string]float64, one float64) {
	text := r.ini.Value("TRAJ", key)
	if text == "" {
		return
	}
	if v, ok := names[strings.ToLower(text)]; ok {
		*to = v
		return
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0) {
		r.fail("[TRAJ]%s = %s: write mm, inch, degree or rad", key, text)
		return
	}
	*to = one / v
}

func (r *limitReader) fail(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s: %s", r.name, fmt.Sprintf(format, args...)))
}

// axis reads a section.
func (r *limitReader) axis(l *axisLimits, axis int, section string) {
	unit := r.length
	if turns(axis) {
		unit = r.angle
	}
	number := func(key string) (v float64, ok bool) {
		text := r.ini.Value(section, key)
		if text == "" {
			return 0, false
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			r.fail("[%s]%s = %s: write a number", section, key, text)
		}
		return v, err == nil
	}
	for i, key := range []string{"MAX_VELOCITY", "MAX_ACCELERATION"} {
		v, ok := number(key)
		if ok && !(v > 0) {
			r.fail("[%s]%s = %g: write a number above 0", section, key, v)
		}
		if ok {
			l.limits.given[axis][i], l.limits.has[axis][i] = v*unit, true
		}
	}
	for i, key := range []string{"MIN_LIMIT", "MAX_LIMIT"} {
		if v, ok := number(key); ok {
			l.ranges.given[axis][i], l.ranges.has[axis][i] = v*unit, math.Abs(v) < far
		}
	}
	if v, ok := number("HOME"); ok {
		l.start[axis] = v * unit
	}
}
