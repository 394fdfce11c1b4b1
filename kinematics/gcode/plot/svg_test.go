package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"linetwin.dev/kinematics/gcode"
)

func opener(program string) func() (*gcode.Interpreter, error) {
	return func() (*gcode.Interpreter, error) {
		return gcode.New("part.ngc", strings.NewReader(program), gcode.Config{}), nil
	}
}

func Example() {
	var picture bytes.Buffer
	err := SVG(&picture, "part.ngc", opener("G21 F100 G0 X0 Y0 Z0\nG1 X30\nG2 X30 Y-20 J-10\nM2\n"), nil)
	fmt.Println(err, strings.Contains(picture.String(), "from above: X, Y, 40 by 20 mm"))
	// Output: <nil> true
}

// lines are the points of a picture's polylines.
func lines(t *testing.T, svg string) (all [][][2]float64) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "polyline" {
			continue
		}
		var points [][2]float64
		for _, a := range start.Attr {
			if a.Name.Local != "points" {
				continue
			}
			for _, p := range strings.Fields(a.Value) {
				var x, y float64
				if _, err := fmt.Sscanf(p, "%f,%f", &x, &y); err != nil {
					t.Fatal(err)
				}
				points = append(points, [2]float64{x, y})
			}
		}
		all = append(all, points)
	}
}

func TestEachViewHasTraversesAndFeedsApart(t *testing.T) {
	var b bytes.Buffer
	if err := SVG(&b, `<"part">`, opener("G21 F100 G0 X0\nX10\nG1 Y10\nG0 X0\nM2\n"), nil); err != nil {
		t.Fatal(err)
	}
	if n := len(lines(t, b.String())); n != 9 {
		t.Errorf("%d lines, want 3 in each of 3 views", n)
	}
}

func TestACircleIsRoundAndInsideThePicture(t *testing.T) {
	var b bytes.Buffer
	if err := SVG(&b, "circle", opener("G21 F100\nG1 X10 Y0\nG3 I-10\nM2\n"), nil); err != nil {
		t.Fatal(err)
	}
	top := lines(t, b.String())[0]
	if len(top) < 60 {
		t.Fatalf("%d points", len(top))
	}
	low, high := [2]float64{1e9, 1e9}, [2]float64{-1e9, -1e9}
	for _, p := range top {
		for i := range p {
			low[i], high[i] = min(low[i], p[i]), max(high[i], p[i])
		}
	}
	cx, cy := (low[0]+high[0])/2, (low[1]+high[1])/2
	if math.Abs((high[0]-low[0])-largest) > 1 || math.Abs((high[1]-low[1])-largest) > 1 {
		t.Errorf("%v by %v pixels, want %d", high[0]-low[0], high[1]-low[1], largest)
	}
	for _, p := range top {
		if r := math.Hypot(p[0]-cx, p[1]-cy); math.Abs(r-largest/2) > 1 {
			t.Fatalf("%v is %g pixels from the centre", p, r)
		}
	}
}

func TestACurveGoesAsItsPointsSay(t *testing.T) {
	// A quarter of a circle is a rational quadratic curve.
	points := []gcode.ControlPoint{{X: 1, Y: 0, Weight: 1}, {X: 1, Y: 1, Weight: math.Sqrt2 / 2}, {X: 0, Y: 1, Weight: 1}}
	n := 0
	gcode.SampleCurve(points, 3, func(x, y float64) {
		n++
		if r := math.Hypot(x, y); math.Abs(r-1) > 1e-14 {
			t.Errorf("(%g, %g) is %g from the centre", x, y, r)
		}
	})
	if n < 10 {
		t.Errorf("%d points", n)
	}
	// A straight row of points gives a straight line, over several spans.
	var row []gcode.ControlPoint
	for i := range 8 {
		row = append(row, gcode.ControlPoint{X: float64(i), Y: 2 * float64(i), Weight: 1})
	}
	last := 0.0
	gcode.SampleCurve(row, 4, func(x, y float64) {
		if math.Abs(y-2*x) > 1e-12 || x < last || x > 7 {
			t.Errorf("(%g, %g) after %g", x, y, last)
		}
		last = x
	})
}

func TestAProgramWithAMistakeIsNotDrawn(t *testing.T) {
	err := SVG(io.Discard, "part.ngc", opener("G0 X1\nG1 X2\n"), nil)
	var mistake *gcode.Error
	if !errors.As(err, &mistake) || mistake.Line != 2 {
		t.Errorf("got %v", err)
	}
	if err := SVG(io.Discard, "empty", opener("M2\n"), nil); err != nil {
		t.Errorf("nothing to draw: %v", err)
	}
}
