package gcode

import "math"

// from is where axis words are counted from: with cutter compensation, the programmed
// point and not the one beside it.
func (in *Interpreter) from() Axes {
	p := in.at
	if in.comp.side != 0 && !in.comp.fresh {
		p[X] = in.programmed[X]
		switch in.plane {
		case PlaneXY:
			p[Y] = in.programmed[Y]
		case PlaneXZ:
			p[Z] = in.programmed[Z]
		}
	}
	return p
}

// ends finds where the line's axis words lead to.
func (in *Interpreter) ends() (Axes, error) {
	b := &in.block
	if b.g[groupOnce] == g53 {
		return in.endsInMachine()
	}
	end := in.from()
	if in.incremental {
		for i := range end {
			if b.hasAxis(i) {
				end[i] += b.axis(i)
			}
		}
		return end, in.polarStep(&end)
	}
	for i := range end {
		if !b.hasAxis(i) {
			continue
		}
		end[i] = b.axis(i)
		if turns(i) && in.cfg.WrappedRotary[i-A] {
			v, err := in.unwrap(i, end[i], end[i])
			if err != nil {
				return end, err
			}
			end[i] = v
		}
	}
	return end, in.polar(&end)
}

// endsInMachine is for G53.
func (in *Interpreter) endsInMachine() (Axes, error) {
	b := &in.block
	if b.set&polarBits != 0 {
		return in.at, in.failPolar("polar words with G53, which takes machine coordinates")
	}
	m := in.at
	m.add(&in.local)
	rotateBy(&m, in.rotation)
	m.add(&in.systemOffset)
	for i := range m {
		if !turns(i) {
			m[i] += in.toolOffset[i]
		}
	}
	for i := range m {
		if b.hasAxis(i) {
			m[i] = b.axis(i)
		}
	}
	p := in.toSystem(m)
	for i := range p {
		switch {
		case !b.hasAxis(i) && i > Y:
			p[i] = in.at[i]
		case turns(i) && in.cfg.WrappedRotary[i-A]:
			v, err := in.unwrap(i, b.axis(i), p[i]-in.toolOffset[i])
			if err != nil {
				return p, err
			}
			p[i] = v
		}
	}
	return p, nil
}

// polar replaces X and Y by @ and ^.
func (in *Interpreter) polar(end *Axes) error {
	b := &in.block
	if b.set&polarBits == 0 {
		return nil
	}
	radius := b.valueOr('@', math.Hypot(end[Y], end[X]))
	if b.has('^') {
		sin, cos := sincosDegrees(b.value('^'))
		end[X], end[Y] = radius*cos, radius*sin
		return nil
	}
	if end[X] == 0 && end[Y] == 0 {
		return in.failPolar("@ alone at X0 Y0, where there is no angle; write ^ too")
	}
	sin, cos := math.Sincos(math.Atan2(end[Y], end[X]))
	end[X], end[Y] = radius*cos, radius*sin
	return nil
}

// polarStep adds @ and ^ to where X and Y are.
func (in *Interpreter) polarStep(end *Axes) error {
	b := &in.block
	return in.polarAdd(&end[X], &end[Y], b.valueOr('@', 0), b.valueOr('^', 0), b.has('@'), b.has('^'))
}

func (in *Interpreter) polarAdd(x, y *float64, radius, angle float64, hasRadius, hasAngle bool) error {
	if !hasRadius && !hasAngle {
		return nil
	}
	if *x == 0 && *y == 0 {
		return in.failPolar("polar words with G91 at X0 Y0, where there is no angle to start from")
	}
	theta, r := math.Atan2(*y, *x), math.Hypot(*y, *x)
	if hasRadius {
		r += radius
	}
	if hasAngle {
		theta += angle * degree
	}
	sin, cos := math.Sincos(theta)
	*x, *y = r*cos, r*sin
	return nil
}
