package cnc

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/kinematics/path"
)

// Config of a Run.
type Config struct {
	// Program is what the interpreter needs to know. Its Start is set from Start below.
	Program gcode.Config

	// Machine is the geometry, and Limits are those of its joints, in their order; G43.4 needs
	// them. Without a Machine, Axes are the axes, each by the letter that programs have for
	// it, and words are the values of axes.
	Machine *machine.Machine
	Limits  []machine.Limit
	Axes    []path.Axis

	Cycle float64   // s
	Start []float64 // where the joints are, in m or rad; nil: all at 0

	// Path holds further settings of the planner: Radius, MostOverride, Smoothing, Queue.
	Path path.Config

	// ToolChange is how long M6 takes, in s.
	ToolChange float64

	// Read is called in Next for each event when it is read, which is before the machine is
	// there; it must not keep what e points to.
	Read func(e *gcode.Event)

	// Handle is called in Next for each event that is neither motion nor only of the
	// interpreter's concern, when the machine has come there; an error ends the run. It may
	// call Hold, as for M0. nil passes over them all.
	Handle func(e *gcode.Event) error
}

// ErrConfig is what errors of New wrap.
var ErrConfig = errors.New("cnc: the configuration is not valid")

// letters names the axes of G-code in their order.
const letters = "XYZABCUVW"

// layout finds the planner's axes, and which of G-code's each one is.
func (c *Config) layout() (axes []path.Axis, words []int, err error) {
	axes = c.Axes
	if m := c.Machine; m != nil {
		if len(c.Axes) != 0 {
			return nil, nil, fmt.Errorf("%w: it has a Machine and Axes; a machine brings its axes", ErrConfig)
		}
		if len(c.Limits) != m.Axes() {
			return nil, nil, fmt.Errorf("%w: %d Limits for the %d axes of %s", ErrConfig, len(c.Limits), m.Axes(), m.Name())
		}
		for i, l := range c.Limits {
			lo, hi := m.Limits(i)
			a := path.Axis{Name: m.AxisName(i), Rotary: i >= 3, Limit: l}
			if !math.IsInf(lo, 0) || !math.IsInf(hi, 0) {
				a.Range = machine.Range{Min: lo, Max: hi}
			}
			axes = append(axes, a)
		}
	}
	for i, a := range axes {
		word := strings.Index(letters, strings.ToUpper(a.Name))
		if len(a.Name) != 1 || word < 0 {
			return nil, nil, fmt.Errorf("%w: G-code has no axis %q; it has %s", ErrConfig, a.Name, letters)
		}
		if turns := word >= gcode.A && word <= gcode.C; turns != a.Rotary {
			return nil, nil, fmt.Errorf("%w: axis %s: A, B and C are the rotary ones in G-code, and only they", ErrConfig, a.Name)
		}
		if i < 3 && word >= gcode.A || i > 0 && word <= words[i-1] {
			return nil, nil, fmt.Errorf("%w: axes must be X, Y, Z and then others in the order of %s", ErrConfig, letters)
		}
		words = append(words, word)
	}
	return axes, words, nil
}
