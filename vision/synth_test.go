package vision

import (
	"math"
	"math/rand/v2"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/specs"
)

// bottle is a box with a cap on a belt, drawn by casting a ray per pixel: what the
// inspector is tested with where no renderer is at hand. Lengths in millimetres.
type bottle struct {
	x, y, yaw    float64
	text         string // of the QR code; empty: none
	code         [][]bool
	art          Gray
	shiftU       float64
	shiftZ       float64
	turn         float64 // of the label, clockwise as seen
	torn         float64 // millimetres of each side from the label's lower right corner
	noCap        bool
	dent         float64 // depth, negative for a bulge
	dentU, dentZ float64
	dentR        float64
	absent       bool
	bias         float64
	seed         uint64
}

func testProduct() specs.Product {
	return specs.Product{
		Body:  specs.Body{Width: 0.08, Depth: 0.06, Height: 0.15},
		Cap:   specs.Cap{Radius: 0.019, Height: 0.018},
		Label: specs.Label{Width: 0.06, Height: 0.04, At: 0.105},
		QR:    specs.QR{Prefix: "LT", Size: 0.04, At: 0.052},
	}
}

func testConfig() InspectorConfig {
	k := Pinhole(1280, 720, 80*math.Pi/180)
	return InspectorConfig{
		Product: testProduct(),
		Inspection: specs.Inspection{
			Camera: "top", MinScore: 0.45, MaxShift: 0.002, MaxTurn: 0.035, MaxDamage: 0.015,
			MaxDent: 0.002, MaxBulge: 0.0015, CapTolerance: 0.006, MaxTilt: 0.052,
		},
		K:       k,
		Camera:  kinematics.FromRPY([3]float64{1.16, -0.36, 0.22}, [3]float64{-110 * math.Pi / 180, 0, 0}),
		Nominal: kinematics.Translation(1.16, 0, 0),
		Artwork: testArtwork().image(),
	}
}

func testArtwork() Gray {
	g := texture(240, 160, 11).smooth().smooth().smooth()
	for y := range g.H {
		for x := range g.W {
			if (x/40+y/53)%2 == 0 {
				g.Pix[y*g.W+x] = byte(int(g.Pix[y*g.W+x])/3 + 150)
			}
		}
	}
	return g
}

func goodBottle(tb testing.TB, serial string) bottle {
	b := bottle{text: serial, art: testArtwork(), seed: 1}
	if serial != "" {
		b.code = qrModules(tb, serial)
	}
	return b
}

// shade is the grey level of the front face.
func (b *bottle) shade(u, z float64) float64 {
	sin, cos := math.Sincos(b.turn)
	right, down := u-b.shiftU, 105+b.shiftZ-z
	lu, lz := cos*right+sin*down+30, cos*down-sin*right+20
	if lu >= 0 && lz >= 0 && lu < 60 && lz < 40 && 60-lu+40-lz >= b.torn {
		return b.art.bilinear(min(max(lu*4-0.5, 0), 239), min(max(lz*4-0.5, 0), 159))
	}
	if cu, cz := u+20, 72-z; b.code != nil && cu > -7 && cz > -7 && cu < 47 && cz < 47 {
		n := float64(len(b.code)) / 40
		i, j := int(math.Floor(cu*n)), int(math.Floor(cz*n))
		if i >= 0 && j >= 0 && i < len(b.code) && j < len(b.code) && b.code[j][i] {
			return 25
		}
		return 240
	}
	return 205
}

// cast returns depth factor and grey level of what a ray from c hits.
func (b *bottle) cast(c, d [3]float64) (t, grey float64) {
	t, grey = 1200, 90 // a wall
	if d[2] < 0 {
		if s := -c[2] / d[2]; s < t && math.Abs(c[1]+s*d[1]) < 80 {
			t, grey = s, 60
		}
	}
	if b.absent {
		return t, grey
	}
	sin, cos := math.Sincos(b.yaw)
	turn := func(x, y float64) (float64, float64) { return cos*x + sin*y, -sin*x + cos*y }
	ox, oy := turn(c[0]-b.x, c[1]-b.y)
	dx, dy := turn(d[0], d[1])
	// The box, by slabs.
	near, far, axis := 0.0, t, -1
	for i, s := range [3][4]float64{{ox, dx, -40, 40}, {oy, dy, -30, 30}, {c[2], d[2], 0, 150}} {
		t0, t1 := (s[2]-s[0])/s[1], (s[3]-s[0])/s[1]
		if t0 > t1 {
			t0, t1 = t1, t0
		}
		if t0 > near {
			near, axis = t0, i
		}
		far = min(far, t1)
	}
	if near < far && axis >= 0 {
		t, grey = near, 170
		if axis == 1 {
			u, z := ox+near*dx, c[2]+near*d[2]
			grey = b.shade(u, z)
			if r := math.Hypot(u-b.dentU, z-b.dentZ); b.dent != 0 && r < b.dentR {
				k := math.Cos(math.Pi / 2 * r / b.dentR)
				t += b.dent * k * k / dy
				grey *= 0.9
			}
		}
	}
	// The cap, or the neck.
	r, top := 19.0, 168.0
	if b.noCap {
		r, top = 14.8, 155.4
	}
	qa, qb, qc := dx*dx+dy*dy, ox*dx+oy*dy, ox*ox+oy*oy-r*r
	if disc := qb*qb - qa*qc; disc > 0 {
		s := (-qb - math.Sqrt(disc)) / qa
		if z := c[2] + s*d[2]; s > 0 && s < t && z > 150 && z < top {
			t, grey = s, 230
		}
		if s := (top - c[2]) / d[2]; s > 0 && s < t && math.Hypot(ox+s*dx, oy+s*dy) < r {
			t, grey = s, 245
		}
	}
	return t, grey
}

// picture is the frame that the test station's camera takes of the bottle.
func (b *bottle) picture(cfg InspectorConfig) *Frame {
	k := cfg.K
	v := newView(k, cfg.Camera, cfg.Nominal)
	f := &Frame{
		Camera: "top", K: k,
		Color: Image{k.W, k.H, make([]byte, 3*k.W*k.H)},
		Depth: Depth{k.W, k.H, make([]float32, k.W*k.H)},
	}
	rng := rand.New(rand.NewPCG(b.seed, 99))
	// Only the region about the bottle is drawn; the rest stays dark and unseen.
	for y := 60; y < 720; y++ {
		for x := 400; x < 880; x++ {
			d := v.ray(Point{float64(x), float64(y)})
			t, g := b.cast(v.c, d)
			sum := g
			for _, o := range [3][2]float64{{0.5, 0}, {0, 0.5}, {0.5, 0.5}} {
				_, g := b.cast(v.c, v.ray(Point{float64(x) + o[0], float64(y) + o[1]}))
				sum += g
			}
			i := y*k.W + x
			n := rng.NormFloat64()
			for c := range 3 {
				f.Color.Pix[3*i+c] = byte(min(max(sum/4+1.5*n, 0), 255))
			}
			m := t / 1000
			f.Depth.Z[i] = float32(t + b.bias + (0.8+1.2*m*m)*rng.NormFloat64())
		}
	}
	return f
}
