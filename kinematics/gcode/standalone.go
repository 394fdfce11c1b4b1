package gcode

// Standalone is a Machine that answers as rs274, LinuxCNC's interpreter without a
// machine, does: so the events of both can be compared line by line. It is no model of a
// real machine. In particular
//
//   - the position at the start, after a tool change and after a probe follows the events alone, which know
//     nothing of tool lengths and rotation;
//   - a probe never trips, and stops 0.01 inch before its end;
//   - a tool offset keeps its number when the units change;
//   - the tool in slot 1 counts as loaded at the start, and T0 M6 leaves the tool where
//     it is;
//   - a change of units amid cutter compensation moves the start of the move that waits,
//     as often as there are events that wait with it;
//   - RETAIN_G43 of an ini file applies the tool's length on each line, twice;
//   - G74 and G84 in the planes XZ and YZ move along the wrong axes, as they do there.
type Standalone struct {
	at, probed    Axes
	system, local Axes
	units         Units
}

var _ Machine = (*Standalone)(nil)

// Position is what the events say.
func (s *Standalone) Position(Axes) Axes { return s.at }

// Probed is the end of the probe's motion.
func (s *Standalone) Probed(Axes) (Axes, bool) { return s.probed, false }

// Input is as it was.
func (s *Standalone) Input(_ int, _ bool, last float64) float64 { return last }

// observe follows an event.
func (s *Standalone) observe(e *Event) {
	switch e.Kind {
	case Traverse, Feed, ArcFeed:
		s.at = e.Axes
		s.at[U], s.at[V], s.at[W] = 0, 0, 0
	case Probe:
		s.probed = e.Axes
		backoff := 0.254
		if s.units == Inches {
			backoff = 0.01
		}
		if length := straightLength(&s.at, &e.Axes); s.at[X] != e.Axes[X] || s.at[Y] != e.Axes[Y] || s.at[Z] != e.Axes[Z] {
			for i := X; i <= Z; i++ {
				s.at[i] = e.Axes[i] + backoff*(s.at[i]-e.Axes[i])/length
			}
		}
		copy(s.at[A:], e.Axes[A:U])
	case WorkOffset:
		s.shift(&s.system, e.Axes)
	case LocalOffset:
		s.shift(&s.local, e.Axes)
	case UseUnits:
		s.setUnits(e.Units)
	}
}

func (s *Standalone) shift(offset *Axes, to Axes) {
	for i := X; i < U; i++ {
		s.at[i] += offset[i] - to[i]
		offset[i] = to[i]
	}
}

func (s *Standalone) setUnits(u Units) {
	if u == s.units {
		return
	}
	for _, a := range [...]*Axes{&s.at, &s.system, &s.local} {
		for i := X; i <= Z; i++ {
			if u == Inches {
				a[i] /= 25.4
			} else {
				a[i] *= 25.4
			}
		}
	}
	s.units = u
}
