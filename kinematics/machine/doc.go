// Package machine is the geometry of machine tools with up to two rotary axes: which
// joints bring the tip of the tool to a programmed point with a programmed tool axis.
//
// Machine is the main type, a plain value: three linear axes at right angles, up to two
// rotary axes on the table or on the head, the tool's length and the work offset. The
// usual types go by name (Types): XYZAC-TRT and XYZBC-TRT with both rotary axes under
// the table, XYZAC-HT and XYZBC-HT with one on either side, XYZAC-HH and XYZBC-HH with
// both in the head. New takes any other pair, such as axes at 45 degrees.
//
//	m, err := machine.Named("XYZAC-TRT", machine.Geometry{Offset: [3]float64{0, 0.01, 0.05}})
//	m = m.WithTool([3]float64{0, 0, 0.12})
//	m.FromProgram(point, angles, joints)            // G43.4: tip and rotary words to joints
//	point, angles := m.ToProgram(joints, nil)       // and back
//	point, axis := m.Forward(joints)                // joints to tip and tool axis
//	_, err = m.Inverse(point, axis, joints, joints) // and back, near to where the joints are
//
// Everything is in closed form. Solutions gives all answers of the inverse problem,
// Derive and DeriveInverse the joints' first three derivatives along a path, from which
// Speed, Accel and Jerk tell a planner how fast the path may be run, and Bound the most
// that the derivatives can come to anywhere on a straight segment.
//
// Units are SI: metres, radians. A Machine keeps no state; any number of goroutines may
// use one; no method allocates unless it fails. Equal arguments give equal bits on one
// binary.
//
// Sources: the kinematics modules of LinuxCNC (trtfuncs, 5axiskins) for the forms and
// signs of the named types; Murray, Li and Sastry, A Mathematical Introduction to Robotic
// Manipulation (1994), 3.2, for the rotation about two axes in turn.
package machine
