// Package mill simulates five-axis milling machines: drives and motors behind their encoders, a
// spindle that warms up and grows, screws and a frame that drift with it, the errors of the
// structure, tool and wall that give way, and a gauge that sees all that through noise.
//
// A [Mill] is one machine, a device of the twin:
//
//	m, err := mill.New(site, "vmc") // as the specification's mills: vmc has it
//
// It knows its setpoints from registers, one set for each cycle, and shows its sensors in
// registers. What is true, the place of the tool's tip from the wall that it cuts, it tells to
// the metrics alone, as device.TruthTip, while it runs a program.
//
// The geometry is that of kinematics/machine, drives and axes are those of kinematics/control,
// and errors of the structure are read by kinematics/compensation. The rest, with its sources, is
// in README.md of package sim. Nothing allocates in a cycle but the gauge.
package mill
