package cloud

import (
	"fmt"
	"math"

	"linetwin.dev/vision/align"
)

// Unprojector makes clouds of the depth images of one camera: the ray of each pixel is worked out once. It is
// immutable; any number of goroutines may use one.
type Unprojector struct {
	w, h   int
	rx, ry []float32 // of the ray (rx, ry, 1); NaN where the lens shows nothing
}

// NewUnprojector works out the rays of a camera. The error is that of align.Camera.Check.
func NewUnprojector(k align.Camera) (*Unprojector, error) {
	lens, err := k.Lens()
	if err != nil {
		return nil, err
	}
	u := &Unprojector{w: k.W, h: k.H, rx: make([]float32, k.W*k.H), ry: make([]float32, k.W*k.H)}
	nan := float32(math.NaN())
	for y := range k.H {
		for x := range k.W {
			rx, ry, ok := lens.Ray(float64(x), float64(y))
			i := y*k.W + x
			if u.rx[i], u.ry[i] = float32(rx), float32(ry); !ok {
				u.rx[i] = nan
			}
		}
	}
	return u, nil
}

// Extra is what a cloud has beside the points of all pixels with depth. The zero value is ready.
type Extra struct {
	// Mask has one value for each pixel, and those with 0 are left out; nil leaves out none.
	Mask []byte
	// Color is that of each depth pixel, as align.Aligner.ToDepth gives it; nil for none.
	Color []byte
	// Normals asks for normals, which point towards the camera. They are those of the parallelogram
	// that the neighbours Reach pixels away span, and are not known where these do not lie on one
	// surface. A Reach of 0 stands for 2. With depth noise of s and d mm from pixel to pixel, they are off by about
	// s / (1.4 Reach d) radians.
	Normals bool
	Reach   int
	// Step is the largest difference in depth from pixel to pixel on one surface; the zero one stands for
	// 10 mm + 1.5 %.
	Step align.Step
}

// Cloud sets out to the points of a depth image, rows from the top. It fails, and leaves out alone, when
// a size is wrong. It allocates only when out has not held as many points before.
func (u *Unprojector) Cloud(out *Cloud, d align.Depth, e Extra) error {
	n := u.w * u.h
	switch {
	case d.W != u.w || d.H != u.h || len(d.Z) != n:
		return fmt.Errorf("cloud: a depth image of %d x %d with %d values; the camera's has %d x %d", d.W, d.H, len(d.Z), u.w, u.h)
	case e.Mask != nil && len(e.Mask) != n:
		return fmt.Errorf("cloud: the mask has %d values; one for each of %d x %d pixels are right", len(e.Mask), u.w, u.h)
	case e.Color != nil && len(e.Color) != 3*n:
		return fmt.Errorf("cloud: %d values of colour; three for each of %d x %d pixels of depth are right", len(e.Color), u.w, u.h)
	case e.Reach < 0 || e.Step.Abs < 0 || e.Step.Rel < 0:
		return fmt.Errorf("cloud: a reach of %d and a step of %g mm + %g; they are not negative", e.Reach, e.Step.Abs, e.Step.Rel)
	}
	if e.Reach == 0 {
		e.Reach = 2
	}
	if e.Step == (align.Step{}) {
		e.Step = align.Step{Abs: 10, Rel: 0.015}
	}
	out.shape(n, e.Normals, e.Color != nil, false)
	m := 0
	for i, z := range d.Z {
		rx, ry := u.rx[i], u.ry[i]
		if !(z > 0 && z <= math.MaxFloat32 && rx == rx) || e.Mask != nil && e.Mask[i] == 0 {
			continue
		}
		out.X[m], out.Y[m], out.Z[m] = rx*z, ry*z, z
		if e.Color != nil {
			copy(out.Color[3*m:3*m+3], e.Color[3*i:3*i+3])
		}
		if e.Normals {
			out.NX[m], out.NY[m], out.NZ[m] = u.normal(d.Z, i, &e)
		}
		m++
	}
	out.cut(m)
	return nil
}

// normal is that of the surface at pixel i, which has depth.
func (u *Unprojector) normal(z []float32, i int, e *Extra) (nx, ny, nz float32) {
	x, y := i%u.w, i/u.w
	ax, ay, az, ok := u.tangent(z, i, 1, min(e.Reach, x), min(e.Reach, u.w-1-x), e)
	if !ok {
		return 0, 0, 0
	}
	bx, by, bz, ok := u.tangent(z, i, u.w, min(e.Reach, y), min(e.Reach, u.h-1-y), e)
	if !ok {
		return 0, 0, 0
	}
	nx, ny, nz = by*az-bz*ay, bz*ax-bx*az, bx*ay-by*ax
	l := float32(math.Sqrt(float64(nx*nx + ny*ny + nz*nz)))
	if !(l > 0) {
		return 0, 0, 0
	}
	if nx*u.rx[i]+ny*u.ry[i]+nz > 0 {
		l = -l
	}
	return nx / l, ny / l, nz / l
}

// tangent leads from the neighbour some steps before pixel i to that behind it, where they lie on its
// surface; else from or to the pixel itself.
func (u *Unprojector) tangent(z []float32, i, step, before, behind int, e *Extra) (x, y, zz float32, ok bool) {
	a, b := i-before*step, i+behind*step
	if !u.joined(z[a], z[i], before, e) || u.rx[a] != u.rx[a] {
		a = i
	}
	if !u.joined(z[b], z[i], behind, e) || u.rx[b] != u.rx[b] {
		b = i
	}
	return u.rx[b]*z[b] - u.rx[a]*z[a], u.ry[b]*z[b] - u.ry[a]*z[a], z[b] - z[a], a != b
}

// joined tells whether two depths some pixels apart lie on one surface.
func (u *Unprojector) joined(a, b float32, apart int, e *Extra) bool {
	low, high := min(a, b), max(a, b)
	return low > 0 && float64(high-low) <= float64(apart)*(e.Step.Abs+e.Step.Rel*float64(low))
}
