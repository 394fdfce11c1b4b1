package vision

import (
	"math"
	"slices"
)

// rim is how far from the sides of the front face, in millimetres, it is not
// flat any more; foot and shoulder are the same at its lower and upper end.
const (
	rim      = 11
	foot     = 12
	shoulder = 26
)

// placing is what the depth tells about a bottle: where it stands, and the plane
// of its front face, y = a + b x + c z in the nominal part frame, millimetres.
type placing struct {
	stand   stand
	a, b, c float64
	bias    float64 // systematic error of the depth, already taken off
	trusted bool    // whether the belt gave the bias
}

// locate finds the bottle in the depth image, and false when there is none, or
// not all that must be seen of it.
func (in *Inspector) locate(depth Depth, sc *scratch) (placing, bool) {
	var p placing
	p.bias, p.trusted = in.bias(depth.Z)
	in.collect(depth, p.bias, sc)
	g, s := &sc.grid, in.shape
	// The first fit leaves out what could be beyond the rim on either side.
	lo, hi := float64(foot), s.height-shoulder
	if !g.fit(&p, -s.width/2+rim+slackX, s.width/2-rim-slackX, lo, hi, in.cellFull()) {
		return p, false
	}
	need := max(20, int(0.25*(hi-lo)*math.Sqrt(in.density)))
	if len(sc.left) < need || len(sc.right) < need {
		return p, false
	}
	slices.Sort(sc.left)
	slices.Sort(sc.right)
	left, right := sc.left[len(sc.left)/2], sc.right[len(sc.right)/2]
	p.stand = in.solve(p, left, right)
	if math.Abs(p.stand.x) > slackX || math.Abs(p.stand.y) > slackY+4 || math.Abs(p.stand.yaw) > 0.15 {
		return p, false
	}
	// Now that the sides are known the fit can use the whole face.
	m := p.stand.face(s.depth).ox
	if !g.fit(&p, m-s.width/2+rim, m+s.width/2-rim, lo, hi, in.cellFull()) {
		return p, false
	}
	p.stand = in.solve(p, left, right)
	return p, true
}

// cellFull is the number of pixels that a cell of the face's grid holds.
func (in *Inspector) cellFull() float64 { return in.density * cell * cell }

// collect walks once over the region's depth: points near the front face go to the
// grid, and each row's first and last point of the bottle gives the bearing of its
// silhouette, measured about the upright through the camera's centre.
func (in *Inspector) collect(depth Depth, bias float64, sc *scratch) {
	s, c := in.shape, in.view.c
	g := &sc.grid
	g.reset(-s.width/2-slackX, s.width/2+slackX, 0, s.height)
	sc.left, sc.right = sc.left[:0], sc.right[:0]
	w := in.roi.X1 - in.roi.X0
	cx, cy, cz := float32(c[0]), float32(c[1]), float32(c[2])
	sideX := float32(s.width/2 + slackX + 4)
	nearY, farY := float32(-s.depth/2-slackY-6), float32(s.depth/2+slackY+6)
	faceY := float32(-s.depth/2 + slackY + 24)
	lowZ, highZ := float32(foot), float32(s.height-shoulder)
	for y := in.roi.Y0; y < in.roi.Y1; y++ {
		zs := depth.Z[y*depth.W+in.roi.X0:][:w]
		rays := in.rays[3*w*(y-in.roi.Y0):][:3*w]
		first, last := -1, -1
		for x, z := range zs {
			if !(z > 0) {
				continue
			}
			z -= float32(bias)
			r := rays[3*x : 3*x+3 : 3*x+3]
			px, py, pz := cx+z*r[0], cy+z*r[1], cz+z*r[2]
			if py < nearY || py > farY || pz < lowZ || pz > highZ || px < -sideX || px > sideX {
				continue
			}
			if first < 0 {
				first = x
			}
			last = x
			if py < faceY {
				g.add(px, py, pz)
			}
		}
		// The silhouette runs between the last pixel off the bottle and the first
		// one on it. A row that ends in the region's border shows no edge.
		if last-first < 8 {
			continue
		}
		if first > 0 {
			sc.left = append(sc.left, bearing(rays[3*first-3:], rays[3*first:]))
		}
		if last < w-1 {
			sc.right = append(sc.right, bearing(rays[3*last:], rays[3*last+3:]))
		}
	}
}

// bearing of the direction between two rays, from the y axis towards x.
func bearing(a, b []float32) float64 {
	return math.Atan2(float64(a[0])+float64(b[0]), float64(a[1])+float64(b[1]))
}

// silhouette is between which bearings a bottle that stands at s is seen: the
// tangents, from the camera's centre, to its cross-section, a rectangle with
// rounded corners.
func (in *Inspector) silhouette(s stand) (left, right float64) {
	sin, cos := math.Sincos(s.yaw)
	hw, hd := in.shape.width/2-in.shape.edge, in.shape.depth/2-in.shape.edge
	left, right = math.Inf(1), math.Inf(-1)
	for _, c := range [4][2]float64{{-hw, -hd}, {hw, -hd}, {-hw, hd}, {hw, hd}} {
		x := s.x + c[0]*cos - c[1]*sin - in.view.c[0]
		y := s.y + c[0]*sin + c[1]*cos - in.view.c[1]
		at, half := math.Atan2(x, y), math.Asin(min(in.shape.edge/math.Hypot(x, y), 1))
		left, right = min(left, at-half), max(right, at+half)
	}
	return left, right
}

// solve finds the stand that agrees best with the plane of the front face and the
// bearings of the silhouette: least squares over x and y, by Gauss-Newton. The
// yaw is the plane's.
func (in *Inspector) solve(p placing, left, right float64) stand {
	// What each measurement is good for, in millimetres: the middle between the
	// edges; half the width, which tells the distance; the plane's place; and the
	// nominal place, for what nothing else tells.
	const sigmaMiddle, sigmaWidth, sigmaNominal = 0.3, 0.5, 4.0
	sigmaPlane := 0.5
	if !p.trusted {
		sigmaPlane = 4
	}
	s := stand{x: p.stand.x, y: p.stand.y, yaw: math.Atan(p.b)}
	reach := -in.shape.depth/2 - in.view.c[1]
	residuals := func(s stand) [5]float64 {
		l, r := in.silhouette(s)
		f := s.face(in.shape.depth)
		return [5]float64{
			(left + right - l - r) / 2 * reach / sigmaMiddle,
			(right - left - r + l) / 2 * reach / sigmaWidth,
			(p.a + p.b*f.ox + p.c*in.shape.height/2 - f.oy) / sigmaPlane,
			-s.x / (4 * sigmaNominal),
			-s.y / sigmaNominal,
		}
	}
	const h = 0.01
	for range 6 {
		r0 := residuals(s)
		rx, ry := residuals(stand{s.x + h, s.y, s.yaw}), residuals(stand{s.x, s.y + h, s.yaw})
		var xx, xy, yy, bx, by float64
		for i := range r0 {
			jx, jy := (rx[i]-r0[i])/h, (ry[i]-r0[i])/h
			xx, xy, yy = xx+jx*jx, xy+jx*jy, yy+jy*jy
			bx, by = bx-jx*r0[i], by-jy*r0[i]
		}
		det := xx*yy - xy*xy // positive: the nominal place ties both down
		dx, dy := (yy*bx-xy*by)/det, (xx*by-xy*bx)/det
		s.x, s.y = s.x+dx, s.y+dy
		if math.Abs(dx)+math.Abs(dy) < 1e-4 {
			break
		}
	}
	return s
}
