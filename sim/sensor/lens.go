package sensor

import (
	"fmt"
	"math"
	"runtime"
	"sync"

	"linetwin.dev/sim/render"
	"linetwin.dev/vision"
)

// lens maps pixels of the sensor to a pinhole image that sees all that they see.
type lens struct {
	camera render.Camera
	from   []float32 // x, y in the pinhole image for each pixel
	target render.Target
	depth  []float32
}

// maxPinhole limits the pinhole image: a lens that needs a larger one bends more than
// the model can describe.
const maxPinhole = 8192

func newLens(k vision.Intrinsics, depth bool) (*lens, error) {
	// The model holds as long as r (1 + k1 r^2 + k2 r^4) rises with r; the image's corner
	// is the farthest from its middle.
	corner := math.Hypot(max(k.CX, float64(k.W)-k.CX)/k.FX, max(k.CY, float64(k.H)-k.CY)/k.FY)
	if !reaches(k, corner) {
		return nil, fmt.Errorf("sensor: lens with k1 = %g, k2 = %g folds the image over before its corner; take smaller coefficients, or a smaller field of view", k.K1, k.K2)
	}
	l := &lens{from: make([]float32, 2*k.W*k.H)}
	x0, x1, y0, y1 := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	rays := make([][2]float64, k.W*k.H)
	for v := range k.H {
		for u := range k.W {
			x, y := k.Ray(vision.Point{X: float64(u), Y: float64(v)})
			rays[v*k.W+u] = [2]float64{x, y}
			x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
		}
	}
	c := &l.camera
	*c = render.Camera{FX: k.FX, FY: k.FY, CX: 1 - x0*k.FX, CY: 1 - y0*k.FY}
	w, h := math.Ceil((x1-x0)*k.FX)+3, math.Ceil((y1-y0)*k.FY)+3
	if !(w <= maxPinhole && h <= maxPinhole) {
		return nil, fmt.Errorf("sensor: lens with k1 = %g, k2 = %g sees so far around that a flat image of it has %.0fx%.0f pixels; at most %d a side can be had", k.K1, k.K2, w, h, maxPinhole)
	}
	c.W, c.H = int(w), int(h)
	for i, r := range rays {
		l.from[2*i] = float32(r[0]*c.FX + c.CX)
		l.from[2*i+1] = float32(r[1]*c.FY + c.CY)
	}
	l.target = render.Target{W: c.W, H: c.H, Color: make([]byte, 3*c.W*c.H)}
	if depth {
		l.depth = make([]float32, c.W*c.H)
	}
	return l, nil
}

// reaches tells whether the distortion rises steadily until it has reached seen.
func reaches(k vision.Intrinsics, seen float64) bool {
	const step = 1e-3
	for r := 0.0; ; r += step {
		r2 := r * r
		if 1+r2*(3*k.K1+5*r2*k.K2) <= 0 || r > 1e2 {
			return false
		}
		if r*(1+r2*(k.K1+r2*k.K2)) >= seen {
			return true
		}
	}
}

// expose renders through the pinhole and bends the image into out.
func (l *lens) expose(r render.Renderer, scene *render.Scene, c render.Camera, out *render.Target) error {
	l.target.Depth = nil
	if out.Depth != nil {
		l.target.Depth = l.depth
	}
	if err := r.Render(scene, c, &l.target); err != nil {
		return err
	}
	workers := min(runtime.GOMAXPROCS(0), out.H)
	var wait sync.WaitGroup
	for n := range workers {
		y0, y1 := out.H*n/workers, out.H*(n+1)/workers
		wait.Go(func() {
			for y := y0; y < y1; y++ {
				l.row(out, y)
				out.Finish(y, y+1)
			}
		})
	}
	wait.Wait()
	return nil
}

// row resamples a row of the pinhole image.
func (l *lens) row(out *render.Target, y int) {
	w := l.camera.W
	src := l.target.Color
	for x := range out.W {
		i := y*out.W + x
		fx, fy := l.from[2*i], l.from[2*i+1]
		x0, y0 := int(fx), int(fy)
		fx -= float32(x0)
		fy -= float32(y0)
		j := y0*w + x0
		a, b := src[3*j:3*j+6], src[3*(j+w):3*(j+w)+6]
		for c := range 3 {
			top := float32(a[c]) + (float32(a[3+c])-float32(a[c]))*fx
			bottom := float32(b[c]) + (float32(b[3+c])-float32(b[c]))*fx
			out.Color[3*i+c] = uint8(top + (bottom-top)*fy + 0.5)
		}
		if out.Depth != nil {
			z := l.target.Depth
			out.Depth[i] = between(z[j], z[j+1], z[j+w], z[j+w+1], fx, fy)
		}
	}
}

// between four depths: on one surface linear in 1/z, else the nearest pixel's.
func between(a, b, c, d, fx, fy float32) float32 {
	const apart = 1.02
	if lo, hi := min(a, b, c, d), max(a, b, c, d); lo <= 0 || hi > lo*apart {
		if fy >= 0.5 {
			a, b = c, d
		}
		if fx >= 0.5 {
			return b
		}
		return a
	}
	top, bottom := 1/a+(1/b-1/a)*fx, 1/c+(1/d-1/c)*fx
	return 1 / (top + (bottom-top)*fy)
}
