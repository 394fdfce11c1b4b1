package device

import (
	"strings"

	"linetwin.dev/kinematics/machine"
	"linetwin.dev/specs"
)

// MillAxis is an axis of a mill, in SI units: m or rad.
type MillAxis struct {
	Name       string // as registers have it: "x", "a"
	Part       string // as the specification has it: "x", "tilt"
	Unit       string
	Rotary     bool
	Home       float64
	Limit      machine.Limit
	Resolution float64
	Friction   float64 // as the acceleration that it takes away
	Drive      specs.ServoDrive
	Screw      specs.ScrewSim // of a linear axis
}

// Mill is the geometry of a mill, without a tool, and its axes in the order of its joints.
func Mill(m specs.Mill) (machine.Machine, []MillAxis, error) {
	linear := []specs.LinearAxis{m.X, m.Y, m.Z}
	g := machine.Geometry{Table: point(m.Table), Pivot: point(m.Pivot), Offset: point(m.Offset), Tilt: turns(m.Tilt), Turn: turns(m.Turn)}
	for i, a := range linear {
		g.Linear[i] = machine.Range{Min: float64(a.Min), Max: float64(a.Max)}
	}
	geometry, err := machine.Named(m.Type, g)
	if err != nil {
		return machine.Machine{}, nil, err
	}
	axes := make([]MillAxis, geometry.Axes())
	for i := range axes {
		name := strings.ToLower(geometry.AxisName(i))
		if i < len(linear) {
			a := linear[i]
			axes[i] = MillAxis{
				Name: name, Part: name, Unit: "m", Home: float64(a.Home),
				Limit:      machine.Limit{Speed: float64(a.Speed), Accel: float64(a.Accel), Jerk: float64(a.Jerk)},
				Resolution: float64(a.Resolution), Friction: float64(a.Friction), Drive: a.Drive, Screw: a.Sim,
			}
			continue
		}
		a, part := m.Tilt, "tilt"
		if name == "c" {
			a, part = m.Turn, "turn"
		}
		axes[i] = MillAxis{
			Name: name, Part: part, Unit: "rad", Rotary: true, Home: float64(a.Home),
			Limit:      machine.Limit{Speed: float64(a.Speed), Accel: float64(a.Accel), Jerk: float64(a.Jerk)},
			Resolution: float64(a.Resolution), Friction: float64(a.Friction), Drive: a.Drive,
		}
	}
	return geometry, axes, nil
}

func point(p [3]specs.Length) (x [3]float64) {
	for i := range x {
		x[i] = float64(p[i])
	}
	return x
}

func turns(a specs.RotaryAxis) (r machine.Range) {
	if a.Min != nil && a.Max != nil {
		r = machine.Range{Min: float64(*a.Min), Max: float64(*a.Max)}
	}
	return r
}
