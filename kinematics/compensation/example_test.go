package compensation_test

import (
	"fmt"
	"math"
	"os"
	"strings"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/compensation"
)

// A machine with 20 um of known error and 6 um that nobody knew of, seen by a noisy measurement of
// which every tenth is wrong by a metre.
func Example() {
	volume, err := compensation.ReadVolume(strings.NewReader(
		"x[mm],y[mm],z[mm],dx[um],dy[um],dz[um]\n"+
			"0,0,0,0,0,0\n"+
			"500,0,0,20,0,0\n"), "volume.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := compensation.NewMatrix(compensation.MatrixConfig{
		Period: 1e-3, Gain: 20, Window: 32,
		MaxShift: 50e-6, MaxTurn: 1e-4, MaxShiftRate: 1e-3, MaxTurnRate: 1e-3,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for cycle := range 1001 {
		commanded := kinematics.Translation(0.25+0.2*math.Sin(0.01*float64(cycle)), 0, 0)
		sent := m.Apply(volume.Correct(commanded))

		actual := volume.Actual(sent) // the machine
		actual.P[1] += 6e-6
		if cycle%250 == 0 {
			metres, _ := kinematics.Distance(commanded, actual)
			fmt.Printf("%.2f s: %.2f um off\n", float64(cycle)*1e-3, metres*1e6)
		}

		measured := actual
		measured.P[0] += 1e-6 * math.Sin(1.7*float64(cycle))
		if cycle%10 == 0 {
			measured.P[2] -= 1
		}
		m.Observe(commanded, measured, 0)
		m.Advance()
	}
	// Output:
	// 0.00 s: 6.00 um off
	// 0.25 s: 0.06 um off
	// 0.50 s: 0.01 um off
	// 0.75 s: 0.00 um off
	// 1.00 s: 0.02 um off
}

// The 21 errors of a machine become a table.
func ExampleGeometric() {
	g, err := compensation.ReadGeometric(strings.NewReader(
		"axis,position[mm],dx[um],c[urad]\n"+
			"X,0,0,0\n"+
			"X,100,3,0\n"+
			"Y,0,0,0\n"+
			"Y,200,0,10\n"+ // y yaws as it goes
			"Z,0,0,0\n"+
			"C0Y,,,5\n"), "errors.csv", "YXZ") // x rides on y
	if err != nil {
		fmt.Println(err)
		return
	}
	volume, err := g.Volume()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range [][3]float64{{0.1, 0, 0}, {0, 0.2, 0}, {0.1, 0.1, 0}} {
		e := volume.At(p)
		fmt.Printf("at %v m: %.2f, %.2f um, %.1f urad about z\n", p, e[0]*1e6, e[1]*1e6, e[5]*1e6)
	}
	// Output:
	// at [0.1 0 0] m: 3.00, 0.00 um, 0.0 urad about z
	// at [0 0.2 0] m: -1.00, 0.00 um, 10.0 urad about z
	// at [0.1 0.1 0] m: 2.50, 0.50 um, 5.0 urad about z
}

// A table measured elsewhere, as a file.
func ExampleAxis_WriteCSV() {
	screw, err := compensation.NewAxis([]float64{0, 0.05, 0.1}, []float64{0, 0.8e-6, 1.1e-6}, []float64{1.5e-6, 2.1e-6, 2.6e-6})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("at 75 mm %.2f um forward, %.2f um backward\n", 1e6*screw.At(0.075, 1), 1e6*screw.At(0.075, -1))
	if err := screw.WriteCSV(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// at 75 mm 0.95 um forward, 2.35 um backward
	// position[mm],forward[um],backward[um]
	// 0,0,1.5
	// 50,0.8,2.1
	// 100,1.1,2.6
}

// Mistakes in a file are told with their place.
func ExampleErrors() {
	_, err := compensation.ReadAxis(strings.NewReader(
		"position[mm],forward[um]\n"+
			"0,1.5\n"+
			"50,2,5\n"+
			"40,x\n"), "screw.csv")
	fmt.Println(err)
	// Output:
	// screw.csv:3: 3 fields; the header has 2 (decimals are written with a point)
	// screw.csv:4:4: forward: "x" is no number; it has to be like 12.5 or -3e-6
}
