//go:build cgo

package vision

import "math"

// refineQuad moves the corners of a dark square on light ground to where its sides
// cross. Each side is crossed by profiles of the image; the place of the edge in a
// profile is where an ideal step would leave the same area below it, which a
// symmetric blur does not move; a line goes through the places, once more without
// those that lie off it. Corners themselves are not looked at: rims and other marks
// near them, which draw away methods that look there, do not matter. It reports
// false, and leaves the corners alone, when a side has too few clean profiles or
// the result strays from the start.
//
// The corners are clockwise, modules is the number of modules of a side, and only
// the green channel is read.
func refineQuad(img Image, corners *[4]Point, modules int) bool {
	quad := *corners
	for range 2 { // the second pass crosses the sides at their true places
		var lines [4][3]float64
		for i := range quad {
			line, ok := fitSide(img, quad[i], quad[(i+1)%4], modules)
			if !ok {
				return false
			}
			lines[i] = line
		}
		for i := range quad {
			p, ok := meet(lines[(i+3)%4], lines[i])
			if !ok {
				return false
			}
			quad[i] = p
		}
	}
	for i, p := range quad {
		side := math.Hypot(corners[i].X-corners[(i+1)%4].X, corners[i].Y-corners[(i+1)%4].Y)
		if !(math.Hypot(p.X-corners[i].X, p.Y-corners[i].Y) < max(3, side/float64(modules))) {
			return false
		}
	}
	*corners = quad
	return true
}

const (
	maxProfiles = 64
	minContrast = 12.0 // grey levels between the two sides of an edge
)

// fitSide returns the line n.p = d, as n and d, along the edge from a to b. Dark is
// to the right of the way from a to b as seen in the image, y down.
func fitSide(img Image, a, b Point, modules int) (line [3]float64, ok bool) {
	length := math.Hypot(b.X-a.X, b.Y-a.Y)
	if !(length >= 2*float64(modules)) {
		return line, false // modules of less than 2 px
	}
	ux, uy := (b.X-a.X)/length, (b.Y-a.Y)/length
	// A profile runs inwards (dark) to outwards (light), within the black border.
	nx, ny := uy, -ux
	half := min(max(0.45*length/float64(modules), 1.5), 8)
	n := min(int(0.8*length), maxProfiles)
	var along, across [maxProfiles]float64
	count := 0
	for i := range n {
		s := length * (0.1 + 0.8*(float64(i)+0.5)/float64(n))
		if t, ok := edgeOn(img, a.X+s*ux, a.Y+s*uy, nx, ny, half); ok {
			along[count], across[count] = s, t
			count++
		}
	}
	if count < 4 || 2*count < n {
		return line, false
	}
	c0, c1 := lineThrough(along[:count], across[:count])
	var rms float64
	for i := range count {
		d := across[i] - c0 - c1*along[i]
		rms += d * d / float64(count)
	}
	limit := max(2*math.Sqrt(rms), 0.05)
	kept := 0
	for i := range count {
		if math.Abs(across[i]-c0-c1*along[i]) <= limit {
			along[kept], across[kept] = along[i], across[i]
			kept++
		}
	}
	if kept >= 4 {
		c0, c1 = lineThrough(along[:kept], across[:kept])
	}
	// Points of the line: a + s u + (c0 + c1 s) n; its normal is n - c1 u.
	mx, my := nx-c1*ux, ny-c1*uy
	return [3]float64{mx, my, mx*(a.X+c0*nx) + my*(a.Y+c0*ny)}, true
}

// edgeOn returns how far along n from (x, y) the image steps from dark to light.
func edgeOn(img Image, x, y, nx, ny, half float64) (float64, bool) {
	const step = 0.5
	n := 2*int(half/step) + 1
	first := -step * float64(n/2)
	x0, y0 := x+first*nx, y+first*ny
	x1, y1 := x-first*nx, y-first*ny
	if !(min(x0, x1) >= 0 && min(y0, y1) >= 0 && max(x0, x1) < float64(img.W-1) && max(y0, y1) < float64(img.H-1)) {
		return 0, false
	}
	ends := max(n/5, 1)
	var dark, light, sum float64
	for i := range n {
		v := img.green(x0+float64(i)*step*nx, y0+float64(i)*step*ny)
		sum += v
		if i < ends {
			dark += v
		}
		if i >= n-ends {
			light += v
		}
	}
	dark, light = dark/float64(ends), light/float64(ends)
	if light-dark < minContrast {
		return 0, false
	}
	// Of n samples, the dark ones make (n step) - (area above dark)/(contrast).
	t := first + step*(float64(n)-0.5-(sum-float64(n)*dark)/(light-dark))
	return t, math.Abs(t) < half
}

// green is the green channel between pixels; the four must be in the image.
func (m Image) green(x, y float64) float64 {
	ix, iy := int(x), int(y)
	fx, fy := x-float64(ix), y-float64(iy)
	p := m.Pix[3*(iy*m.W+ix)+1:]
	q := p[3*m.W:]
	top := float64(p[0]) + fx*(float64(p[3])-float64(p[0]))
	bottom := float64(q[0]) + fx*(float64(q[3])-float64(q[0]))
	return top + fy*(bottom-top)
}

// lineThrough fits y = c0 + c1 x by least squares.
func lineThrough(x, y []float64) (c0, c1 float64) {
	n := float64(len(x))
	var mx, my, xx, xy float64
	for i := range x {
		mx += x[i] / n
		my += y[i] / n
	}
	for i := range x {
		xx += (x[i] - mx) * (x[i] - mx)
		xy += (x[i] - mx) * (y[i] - my)
	}
	if xx > 0 {
		c1 = xy / xx
	}
	return my - c1*mx, c1
}

// meet is the point on both lines, and false when they are nearly parallel.
func meet(a, b [3]float64) (Point, bool) {
	det := a[0]*b[1] - a[1]*b[0]
	if !(math.Abs(det) > 0.05) {
		return Point{}, false
	}
	return Point{(a[2]*b[1] - a[1]*b[2]) / det, (a[0]*b[2] - a[2]*b[0]) / det}, true
}
