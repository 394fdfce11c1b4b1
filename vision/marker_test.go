//go:build cgo

package vision

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"linetwin.dev/kinematics"
)

// scene is a flat marker of 20 mm on grey ground before a camera of the tool.
type scene struct {
	k    Intrinsics
	pose kinematics.Pose // of the marker in the camera's frame
	bits []bool
	side int
	blur float64 // standard deviation of the lens's blur, px
}

const markerSize = 0.020

func newScene(t testing.TB, id int, x, y, z, yaw, tilt float64) scene {
	t.Helper()
	bits, side, err := MarkerBits("4x4_50", id)
	if err != nil {
		t.Fatal(err)
	}
	return scene{
		k: Pinhole(640, 480, 60*math.Pi/180), bits: bits, side: side,
		// Marker x to the right, y up, z towards the camera.
		pose: kinematics.FromRPY([3]float64{x, y, z}, [3]float64{math.Pi + tilt, 0, yaw}),
	}
}

// corners of the marker in its own frame, clockwise from the top left.
func markerCorners(size float64) [4][3]float64 {
	h := size / 2
	return [4][3]float64{{-h, h, 0}, {h, h, 0}, {h, -h, 0}, {-h, -h, 0}}
}

func (s scene) truth() (c [4]Point) {
	for i, m := range markerCorners(markerSize) {
		p := s.pose.Apply(m)
		c[i], _ = s.k.Project(p[0], p[1], p[2])
	}
	return c
}

// grey level of the marker's plane at x, y.
func (s scene) level(x, y float64) float64 {
	n := float64(s.side + 2)
	u, v := (x/markerSize+0.5)*n, (0.5-y/markerSize)*n
	switch {
	case math.Hypot(x, y) > 0.016:
		return 110 // beyond the cap
	case u < 0 || v < 0 || u >= n || v >= n:
		return 225
	}
	i, j := int(u)-1, int(v)-1
	if i < 0 || j < 0 || i >= s.side || j >= s.side || !s.bits[j*s.side+i] {
		return 30
	}
	return 225
}

// render integrates each pixel over 6 x 6 samples and adds noise of sigma levels.
func (s scene) render(sigma float64, seed uint64) Image {
	rng := rand.New(rand.NewPCG(seed, 1))
	img := Image{W: s.k.W, H: s.k.H, Pix: make([]byte, 3*s.k.W*s.k.H)}
	r, p := s.pose.R, s.pose.P
	box := Around(func() []Point { c := s.truth(); return c[:] }()...).Grow(60)
	for v := range img.H {
		for u := range img.W {
			sum := 110.0
			if u >= box.X0 && u < box.X1 && v >= box.Y0 && v < box.Y1 {
				sum = 0
				const n = 6
				for a := range n {
					for b := range n {
						spread := 1.0 + s.blur
						x, y := s.k.Ray(Point{float64(u) + spread*((float64(a)+0.5)/n-0.5), float64(v) + spread*((float64(b)+0.5)/n-0.5)})
						// The ray meets the plane through p with the normal R's third column.
						d := (r[2]*p[0] + r[5]*p[1] + r[8]*p[2]) / (r[2]*x + r[5]*y + r[8])
						q := [3]float64{d*x - p[0], d*y - p[1], d - p[2]}
						sum += s.level(r[0]*q[0]+r[3]*q[1]+r[6]*q[2], r[1]*q[0]+r[4]*q[1]+r[7]*q[2]) / (n * n)
					}
				}
			}
			g := byte(math.Max(0, math.Min(255, math.Round(sum+sigma*rng.NormFloat64()))))
			i := 3 * (v*img.W + u)
			img.Pix[i], img.Pix[i+1], img.Pix[i+2] = g, g, g
		}
	}
	return img
}

func newFinder(t testing.TB, id int) *MarkerFinder {
	t.Helper()
	f, err := NewMarkerFinder("4x4_50", id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func worst(a, b [4]Point) (d float64) {
	for i := range a {
		d = max(d, math.Hypot(a[i].X-b[i].X, a[i].Y-b[i].Y))
	}
	return d
}

func TestFinderSeesCornersToATenthOfAPixel(t *testing.T) {
	f := newFinder(t, 7)
	for _, c := range []struct {
		name                string
		x, y, z, yaw, tilt  float64
		blur, sigma, within float64
	}{
		{"straight", 0, 0, 0.15, 0, 0, 0, 0, 0.1},
		{"turned a little", 0.003, -0.004, 0.15, 0.05, 0, 0, 1, 0.1},
		{"turned much", -0.01, 0.01, 0.12, 2.2, 0, 0, 1, 0.1},
		{"tilted", 0.01, 0.012, 0.14, 0.7, 0.35, 0, 1, 0.1},
		{"blurred by motion of 2 px", 0.004, 0.002, 0.15, -0.4, 0.1, 2, 1.5, 0.1},
		{"far", 0.02, 0.01, 0.35, 0.3, 0.1, 0, 1, 0.15},
		{"near the rim", -0.07, 0.05, 0.15, 1.3, 0.2, 0, 1, 0.1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, 7, c.x, c.y, c.z, c.yaw, c.tilt)
			s.blur = c.blur
			img, want := s.render(c.sigma, 3), s.truth()
			roi := Around(want[:]...).Grow(20)
			for _, r := range []*Rect{nil, &roi} {
				got, ok, err := f.Find(img, r)
				if err != nil || !ok {
					t.Fatalf("region %v: found %v, error %v", r, ok, err)
				}
				if d := worst(got, want); d > c.within {
					t.Errorf("region %v: worst corner off by %.3f px\n got %.2f\nwant %.2f", r, d, got, want)
				}
				t.Logf("region %v: worst corner off by %.3f px", r, worst(got, want))
			}
		})
	}
}

func TestFinderFallsBackToTheWholeImage(t *testing.T) {
	f := newFinder(t, 7)
	s := newScene(t, 7, 0.03, 0.02, 0.15, 0.3, 0.1)
	img, want := s.render(1, 1), s.truth()
	for _, r := range []Rect{{0, 0, 100, 100}, {-50, -50, 4, 4}, {5000, 5000, 6000, 6000}, {}, {100, 100, 50, 50}} {
		got, ok, err := f.Find(img, &r)
		if err != nil || !ok || worst(got, want) > 0.1 {
			t.Errorf("region %v: found %v, error %v, worst %.3f px", r, ok, err, worst(got, want))
		}
	}
}

func TestFinderIgnoresOtherMarkersAndBlankImages(t *testing.T) {
	f := newFinder(t, 8)
	img := newScene(t, 7, 0, 0, 0.15, 0.1, 0).render(1, 1)
	if c, ok, err := f.Find(img, nil); ok || err != nil {
		t.Errorf("marker 8 found in an image of marker 7: %v, error %v", c, err)
	}
	blank := Image{W: 64, H: 48, Pix: make([]byte, 3*64*48)}
	if c, ok, err := f.Find(blank, &Rect{0, 0, 32, 32}); ok || err != nil {
		t.Errorf("found %v in a blank image, error %v", c, err)
	}
}

func TestFinderRefusesWhatItCannotRead(t *testing.T) {
	f := newFinder(t, 7)
	for _, img := range []Image{{}, {W: 10, H: 10, Pix: make([]byte, 299)}, {W: -3, H: 4}, {W: 1 << 20, H: 1 << 20, Pix: make([]byte, 3)}} {
		if _, _, err := f.Find(img, nil); err == nil {
			t.Errorf("an image of %d x %d with %d bytes was taken", img.W, img.H, len(img.Pix))
		}
	}
	for _, c := range []struct {
		dict string
		id   int
		want string
	}{{"4x4", 7, "4x4_50"}, {"4x4_50", 50, "0 to 49"}, {"5x5_100", -1, "0 to 99"}} {
		_, err := NewMarkerFinder(c.dict, c.id)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("marker %d of %q: error %v, want one that says %q", c.id, c.dict, err, c.want)
		}
	}
	f.Close()
	f.Close()
	if _, _, err := f.Find(Image{W: 1, H: 1, Pix: make([]byte, 3)}, nil); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a closed finder answered with error %v", err)
	}
}

func TestMarkerBitsAreThoseOfOpenCV(t *testing.T) {
	for id := range 50 {
		got, _, err := MarkerBits("4x4_50", id)
		if err != nil {
			t.Fatal(err)
		}
		want, side, err := openCVMarkerBits("4x4_50", id)
		if err != nil || side != 4 || !slices.Equal(got, want) {
			t.Errorf("marker %d: %v, OpenCV has %v, error %v", id, got, want, err)
		}
	}
	if bits, side, err := MarkerBits("6x6_250", 200); err != nil || side != 6 || len(bits) != 36 {
		t.Errorf("a 6x6 marker has %d bits in rows of %d, error %v", len(bits), side, err)
	}
}

func TestFinderDoesNotAllocate(t *testing.T) {
	f := newFinder(t, 7)
	s := newScene(t, 7, 0, 0, 0.15, 0.1, 0)
	img := s.render(1, 1)
	c := s.truth()
	roi := Around(c[:]...).Grow(20)
	if n := testing.AllocsPerRun(20, func() { f.Find(img, &roi) }); n > 0 {
		t.Errorf("%g allocations a call", n)
	}
}

func FuzzFinderSurvivesAnyImage(f *testing.F) {
	small := newScene(f, 7, 0, 0, 0.4, 0.2, 0.1)
	c := small.truth()
	cut := Around(c[:]...).Grow(12)
	img := small.render(1, 1)
	var pix []byte
	for y := cut.Y0; y < cut.Y1; y++ {
		pix = append(pix, img.Pix[3*(y*img.W+cut.X0):3*(y*img.W+cut.X1)]...)
	}
	f.Add(pix, cut.X1-cut.X0, 2, 2, 60, 60)
	f.Add([]byte{0, 0, 0}, 1, -1, 0, 3, 1)
	f.Add(make([]byte, 3*40*40), 40, 5, 5, 30, 22)
	finder := newFinder(f, 7)
	f.Fuzz(func(t *testing.T, pix []byte, w, x0, y0, x1, y1 int) {
		if w <= 0 || w > 200 || len(pix) > 1<<17 {
			return
		}
		h := len(pix) / (3 * w)
		img := Image{W: w, H: h, Pix: pix[:3*w*h]}
		corners, ok, err := finder.Find(img, &Rect{x0, y0, x1, y1})
		if err != nil && h > 0 {
			t.Errorf("an image of %d x %d: %v", w, h, err)
		}
		for _, p := range corners {
			if ok && (p.X < -1 || p.Y < -1 || p.X > float64(w) || p.Y > float64(h)) {
				t.Errorf("corner %v outside the image of %d x %d", p, w, h)
			}
		}
	})
}
