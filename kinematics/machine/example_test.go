package machine_test

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics/machine"
)

const deg = math.Pi / 180

func Example() {
	m, err := machine.Named("XYZAC-TRT", machine.Geometry{
		Offset: [3]float64{0, 0.01, 0.05}, // from C to A
		Tilt:   machine.Range{Min: -30 * deg, Max: 110 * deg},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	m = m.WithTool([3]float64{0, 0, 0.12})
	joints := make([]float64, m.Axes())

	// G43.4: the tip at a point of the workpiece, the rotary axes as the program says.
	m.FromProgram([3]float64{0.03, 0, 0.02}, []float64{20 * deg, 45 * deg}, joints)
	for i, v := range joints {
		fmt.Printf(" %s %.4f", m.AxisName(i), v)
	}
	fmt.Println()

	// The same tool axis, as a vector: the machine finds the angles.
	tip, axis := m.Forward(joints)
	again := make([]float64, m.Axes())
	if _, err := m.Inverse(tip, axis, joints, again); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("A %.1f deg, C %.1f deg\n", again[3]/deg, again[4]/deg)
	// Output:
	// X 0.0212 Y 0.0308 Z 0.1456 A 0.3491 C 0.7854
	// A 20.0 deg, C 45.0 deg
}

// How fast may a segment be run? At most by what Speed says of the bounds of the joints'
// derivatives on it.
func ExampleMachine_Bound() {
	m, _ := machine.Named("XYZBC-HH", machine.Geometry{Pivot: [3]float64{0, 0, 0.2}})
	limits := []machine.Limit{{0.5, 5, 100}, {0.5, 5, 100}, {0.5, 5, 100}, {1, 10, 200}, {1, 10, 200}}
	joints := make([]machine.Jet, m.Axes())
	m.Bound([3]float64{0, 0, 0}, [3]float64{0.1, 0, 0}, []float64{0, 0}, []float64{0.2, 0}, joints)
	fmt.Printf("%.2f s at the least\n", 1/machine.Speed(joints, limits))
	// Output: 0.28 s at the least
}
