package control

import "math"

// Friction of a bearing or guide, as a torque against the velocity v: Stribeck's curve
//
//	Coulomb + (Static - Coulomb) exp(-(v/Stribeck)^2) + Viscous |v|
//
// and at rest whatever holds it, up to Static.
type Friction struct {
	Viscous float64 // torque per rad/s (force per m/s)
	Coulomb float64 // torque of sliding, N m (N)
	// Static is the torque that breaks it loose; less than Coulomb, such as 0, means Coulomb.
	Static float64
	// Stribeck is the velocity within which Static falls to Coulomb; 0 means at once.
	Stribeck float64
}

func (f *Friction) check(where string) error {
	return check(where, atLeast0("viscous friction", "", f.Viscous), atLeast0("Coulomb friction", "", f.Coulomb),
		atLeast0("static friction", "", f.Static), atLeast0("Stribeck velocity", "", f.Stribeck))
}

// none tells whether there is no friction but the viscous one.
func (f *Friction) none() bool { return f.Coulomb == 0 && f.Static == 0 }

// dry is the greatest torque of dry friction at a velocity.
func (f *Friction) dry(v float64) float64 {
	extra := f.Static - f.Coulomb
	if extra <= 0 {
		return f.Coulomb
	}
	if v == 0 {
		return f.Static
	}
	if f.Stribeck == 0 {
		return f.Coulomb
	}
	v /= f.Stribeck
	return f.Coulomb + extra*math.Exp(-v*v)
}

// hold is the torque of dry friction over a substep that starts with velocity v and would
// end, without it, with free; per is the change of that by a unit of torque. It tells whether
// friction brings the velocity to 0.
func (f *Friction) hold(v, free, per float64) (torque float64, sticks bool) {
	most := f.dry(v)
	if need := -free / per; math.Abs(need) <= most {
		return need, true
	}
	return math.Copysign(most, -free), false
}
