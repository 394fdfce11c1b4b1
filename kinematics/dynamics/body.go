package dynamics

import (
	"errors"
	"fmt"
	"math"
)

// Body is the mass that moves with a link, or that hangs on the tool.
type Body struct {
	Mass   float64    // in kg
	Centre [3]float64 // of mass, in m, in the frame of the link (behind its joint), or of the tool
	// Inertia about the centre of mass, along the axes of that frame, in kg m2: Ixx, Iyy,
	// Izz, Ixy, Ixz, Iyz. The last three are elements of the matrix, that is -sum(m x y)
	// and so on.
	Inertia [6]float64
}

// Cylinder is the inertia about the centre of mass of a solid cylinder along z, with
// mass in kg, radius and length in m.
func Cylinder(mass, radius, length float64) [6]float64 {
	across := mass * (3*radius*radius + length*length) / 12
	return [6]float64{across, across, mass * radius * radius / 2}
}

// Box is the inertia about the centre of mass of a solid box with mass in kg and edges
// in m along x, y and z.
func Box(mass, x, y, z float64) [6]float64 {
	return [6]float64{mass * (y*y + z*z) / 12, mass * (z*z + x*x) / 12, mass * (x*x + y*y) / 12}
}

// Check reports why no rigid body is like that: a number that is not finite, a negative
// mass, or an inertia that no distribution of mass has. The result is nil for a good
// body, the one without mass included.
func (b Body) Check() error {
	for _, v := range append(append([]float64{b.Mass}, b.Centre[:]...), b.Inertia[:]...) {
		if v-v != 0 {
			return fmt.Errorf("mass %v, centre %v, inertia %v: all must be finite", b.Mass, b.Centre, b.Inertia)
		}
	}
	if b.Mass < 0 {
		return fmt.Errorf("mass %v kg must not be negative", b.Mass)
	}
	if b.Mass == 0 && b.Inertia != [6]float64{} {
		return fmt.Errorf("inertia %v needs a mass", b.Inertia)
	}
	// The second moments of the mass, trace(I)/2 - I, are those of real matter where no
	// direction has a negative one: all principal minors of the matrix are >= 0.
	i := b.Inertia
	half := (i[0] + i[1] + i[2]) / 2
	x, y, z, xy, xz, yz := half-i[0], half-i[1], half-i[2], -i[3], -i[4], -i[5]
	s := math.Abs(half)
	const tol = 1e-6 // inertias are often written with few digits
	minors := [7]float64{
		x / s, y / s, z / s, (x*y - xy*xy) / (s * s), (y*z - yz*yz) / (s * s), (z*x - xz*xz) / (s * s),
		(x*(y*z-yz*yz) - xy*(xy*z-yz*xz) + xz*(xy*yz-y*xz)) / (s * s * s),
	}
	for _, m := range minors {
		if m < -tol || s == 0 && i != [6]float64{} {
			return fmt.Errorf("inertia %v (Ixx, Iyy, Izz, Ixy, Ixz, Iyz) is that of no rigid body; "+
				"about the centre of mass each principal moment is at most the sum of the other two", b.Inertia)
		}
	}
	return nil
}

// Drive is what moves a joint. For a prismatic joint read N for N m, and m for rad.
type Drive struct {
	Rotor   float64 // inertia of motor and gear as the joint feels it, with the gear ratio squared, in kg m2 (kg)
	Viscous float64 // friction per velocity, in N m s/rad
	Coulomb float64 // dry friction, in N m
	// Creep is the velocity, in rad/s, at which dry friction has reached 71 % of Coulomb:
	// it is Coulomb v / sqrt(v^2 + Creep^2), the smooth form of Coulomb sign(v). It needs
	// to be above 0 where Coulomb is.
	Creep float64
}

// Check reports what is wrong with a drive; the zero Drive is good.
func (d Drive) Check() error {
	for _, v := range [...]float64{d.Rotor, d.Viscous, d.Coulomb, d.Creep} {
		if v-v != 0 || v < 0 {
			return fmt.Errorf("rotor %v, viscous %v, Coulomb %v, creep %v: all must be finite and not negative", d.Rotor, d.Viscous, d.Coulomb, d.Creep)
		}
	}
	if d.Coulomb > 0 && d.Creep == 0 {
		return errors.New("dry friction needs a creep velocity above 0; 0.01 rad/s is usual")
	}
	return nil
}

// friction against velocity v.
func (d *Drive) friction(v float64) float64 {
	f := d.Viscous * v
	if d.Coulomb != 0 {
		f += d.Coulomb * v / math.Sqrt(v*v+d.Creep*d.Creep)
	}
	return f
}
