package servo

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics"
)

func draw(t *rapid.T, name string, lo, hi float64) float64 {
	return rapid.Float64Range(lo, hi).Draw(t, name)
}

func drawTwist(t *rapid.T) (v kinematics.Twist) {
	for i := range v {
		v[i] = draw(t, "twist", -1, 1)
	}
	return v
}

func TestInteractionMatrixIsTheDerivativeOfTheImage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		point := [3]float64{draw(t, "x", -1, 1), draw(t, "y", -1, 1), draw(t, "z", 0.2, 2)}
		v := drawTwist(t)
		// Central difference over the camera's own motion.
		const h = 1e-5
		image := func(dt float64) [2]float64 {
			p := kinematics.Exp(v.Scale(dt)).Inverse().Apply(point)
			return [2]float64{p[0] / p[2], p[1] / p[2]}
		}
		a, b := image(-h), image(h)
		rx, ry := Interaction(point[0]/point[2], point[1]/point[2], point[2])
		for i, row := range [][6]float64{rx, ry} {
			var got, size float64
			for j := range row {
				got += row[j] * v[j]
				size += math.Abs(row[j])
			}
			if want := (b[i] - a[i]) / (2 * h); math.Abs(got-want) > 1e-6*(1+size*size*size) {
				t.Fatalf("coordinate %d of %v moves at %g, the rows say %g", i, point, want, got)
			}
		}
	})
}

func TestMovedRowsGiveTheSameVelocity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pose := kinematics.Exp(drawTwist(t))
		v := drawTwist(t)
		row := [6]float64(drawTwist(t))
		out := moved(&row, &pose)
		var got, want float64
		for j, c := range pose.Adjoint(v) {
			want += row[j] * c
			got += out[j] * v[j]
		}
		if math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
			t.Fatalf("%g instead of %g", got, want)
		}
	})
}

func TestNormalEquationsSolveWhatWasAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := [6]float64(drawTwist(t))
		held := rapid.IntRange(-1, 5).Draw(t, "held")
		if held >= 0 {
			want[held] = 0
		}
		var n normal
		for i := range 9 {
			row := [6]float64(drawTwist(t))
			if i < 6 {
				row[i] += 3 // far from singular
			}
			var rhs float64
			for j := range row {
				rhs += row[j] * want[j]
			}
			n.add(&row, rhs, draw(t, "weight", 0.1, 2))
		}
		if held >= 0 {
			n.hold(held)
		}
		got, ok := n.solve()
		if !ok {
			t.Fatal("not solved")
		}
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-8 {
				t.Fatalf("%v instead of %v", got, want)
			}
		}
	})
	if _, ok := new(normal).solve(); ok {
		t.Error("an empty problem was solved")
	}
}
