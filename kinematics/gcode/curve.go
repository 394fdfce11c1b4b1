package gcode

// SampleCurve gives points of the curve of a NURBSFeed, 16 to a span of its knots, without
// its ends: by de Boor's algorithm in homogeneous coordinates, with clamped, evenly spaced
// knots.
func SampleCurve(points []ControlPoint, order int, give func(x, y float64)) {
	degree := min(order, len(points)) - 1
	if degree < 1 {
		return
	}
	spans := len(points) - degree
	knot := func(i int) float64 { return float64(min(max(i-degree, 0), spans)) }
	work := make([]ControlPoint, degree+1)
	const each = 16
	for s := 1; s < spans*each; s++ {
		u := float64(s) / each
		k := min(int(u), spans-1) + degree
		for j := range work {
			p := points[k-degree+j]
			work[j] = ControlPoint{X: p.X * p.Weight, Y: p.Y * p.Weight, Weight: p.Weight}
		}
		for r := 1; r <= degree; r++ {
			for j := degree; j >= r; j-- {
				low, high := knot(k-degree+j), knot(k+1+j-r)
				a := (u - low) / (high - low)
				work[j].X += (1 - a) * (work[j-1].X - work[j].X)
				work[j].Y += (1 - a) * (work[j-1].Y - work[j].Y)
				work[j].Weight += (1 - a) * (work[j-1].Weight - work[j].Weight)
			}
		}
		p := work[degree]
		give(p.X/p.Weight, p.Y/p.Weight)
	}
}
