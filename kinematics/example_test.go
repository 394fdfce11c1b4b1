package kinematics_test

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics"
)

const deg = math.Pi / 180

// capper is a five-joint arm: a vertical axis, three parallel ones, the tool's own.
var capper = []kinematics.Link{
	{Alpha: -90 * deg, D: 0.40, Min: -170 * deg, Max: 170 * deg},
	{A: 0.42, Min: -150 * deg, Max: 60 * deg},
	{A: 0.38, Min: -20 * deg, Max: 150 * deg},
	{Alpha: -90 * deg, Min: -200 * deg, Max: 80 * deg},
	{D: 0.12, Min: -360 * deg, Max: 360 * deg},
}

func Example() {
	c, err := kinematics.NewChain(kinematics.Identity(), capper, kinematics.Identity())
	if err != nil {
		fmt.Println(err)
		return
	}
	// The tool 500 mm in front of the arm and 200 mm up, pointing down.
	target := kinematics.FromRPY([3]float64{0.5, 0, 0.2}, [3]float64{180 * deg, 0, 0})
	q := make([]float64, 5)
	if _, err := c.Inverse(target, nil, kinematics.IKOptions{}, q); err != nil {
		fmt.Println(err)
		return
	}
	metres, radians := kinematics.Distance(c.Forward(q), target)
	fmt.Println(metres < 1e-9, radians < 1e-9)
	// Output: true true
}

// An industrial arm can take most poses in eight ways.
func ExampleChain_Solutions() {
	links := []kinematics.Link{
		{A: 0.15, Alpha: -90 * deg, D: 0.45}, {A: 0.6}, {A: 0.12, Alpha: -90 * deg},
		{Alpha: 90 * deg, D: 0.64}, {Alpha: -90 * deg}, {D: 0.1},
	}
	for i := range links {
		links[i].Min, links[i].Max = -180*deg, 180*deg
	}
	c, _ := kinematics.NewChain(kinematics.Identity(), links, kinematics.Identity())
	q := []float64{0.1, -1, 0.2, 0.3, 0.4, 0.5}

	var s kinematics.Solutions
	if err := c.Solutions(c.Forward(q), q, kinematics.IKOptions{}, &s); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v: %d solutions\n", c.Form(), s.N)
	fmt.Printf("nearest %.1f\n", s.All[0].Q[:6])
	// Output:
	// spherical wrist: 8 solutions
	// nearest [0.1 -1.0 0.2 0.3 0.4 0.5]
}

// A camera on the tool asks for a motion that it sees in its own frame; the joints
// follow within their limits.
func ExampleChain_Velocity() {
	c, _ := kinematics.NewChain(kinematics.Identity(), capper, kinematics.Identity())
	q := []float64{0, -60 * deg, 90 * deg, -30 * deg, 0}
	camera := kinematics.FromRPY([3]float64{0.05, 0, -0.02}, [3]float64{0, 0, 90 * deg})

	seen := kinematics.Twist{0.1, 0, 0, 0, 0, 0} // to the image's right at 0.1 m/s
	inTool := camera.Adjoint(seen)
	inBase := c.Forward(q).RotateTwist(inTool)

	qd := make([]float64, 5)
	if err := c.Velocity(q, inBase, [6]float64{1, 1, 1, 1, 1, 1}, 0.01, qd); err != nil {
		fmt.Println(err)
		return
	}
	var j kinematics.Jacobian
	c.Jacobian(q, &j)
	fmt.Printf("%.3f m/s along the base's y\n", j.Mul(qd)[1])
	// Output: -0.100 m/s along the base's y
}

func ExampleFollower() {
	lim := kinematics.JointLimits{
		Min: []float64{-3}, Max: []float64{3}, Speed: []float64{1}, Accel: []float64{4},
	}
	f, err := kinematics.NewFollower(lim, []float64{0})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 5 {
		f.Step(0.25, []float64{1}, nil)
		fmt.Printf("%.4f rad at %.2f rad/s\n", f.Position()[0], f.Velocity()[0])
	}
	// Output:
	// 0.1250 rad at 1.00 rad/s
	// 0.3750 rad at 1.00 rad/s
	// 0.6250 rad at 1.00 rad/s
	// 0.8750 rad at 1.00 rad/s
	// 1.0000 rad at 0.00 rad/s
}

func ExamplePlanMove() {
	lim := kinematics.JointLimits{
		Min: []float64{-3, -3}, Max: []float64{3, 3}, Speed: []float64{1, 2}, Accel: []float64{2, 4},
	}
	m, err := kinematics.PlanMove([]float64{0, 0}, []float64{2, -1}, lim)
	if err != nil {
		fmt.Println(err)
		return
	}
	q, qd := make([]float64, 2), make([]float64, 2)
	m.At(m.Duration()/2, q, qd)
	fmt.Printf("%.1f s, halfway at %.2f, moving at %.2f\n", m.Duration(), q, qd)
	// Output: 2.5 s, halfway at [1.00 -0.50], moving at [1.00 -0.50]
}
