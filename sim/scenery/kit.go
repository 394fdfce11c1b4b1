package scenery

import (
	"fmt"
	"math"

	"linetwin.dev/sim/render"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// Kit makes the bottles of one product: what they have in common is built once. It is
// immutable, and may be used from several goroutines.
//
// The part's frame: origin on the belt under the bottle's middle, x along the travel,
// z up, the front face towards -y. Lengths are metres.
type Kit struct {
	product specs.Product
	shape   shape
	face    face   // without defects
	marker  []bool // of the fiducial, row by row, true for white
	modules int    // in the fiducial's side with its black border

	body, neck, cap, front         *render.Mesh
	bodyLook                       *render.Material
	label, wrongLabel              *render.Material
	bodySlots, neckSlots, capSlots []*render.Material
}

// NewKit reads the artwork (relative names are looked for in dir) and builds the
// meshes. The error names the field of the product that is wrong, and for a file also
// the path.
func NewKit(product specs.Product, dir string) (*Kit, error) {
	k := &Kit{product: product}
	if err := k.measure(); err != nil {
		return nil, err
	}
	var err error
	for _, m := range []struct {
		to    **render.Mesh
		build func() (*render.Mesh, error)
	}{{&k.body, k.shape.bodyMesh}, {&k.neck, k.shape.neckMesh}, {&k.cap, k.shape.capMesh}, {&k.front, k.face.mesh}} {
		if *m.to, err = m.build(); err != nil {
			return nil, err
		}
	}
	bodyColor, capColor := rgb(product.Body.Color), rgb(product.Cap.Color)
	k.bodyLook = &render.Material{Color: bodyColor, Gloss: 0.12, Shine: 30}
	k.bodySlots = []*render.Material{k.bodyLook}
	k.neckSlots = []*render.Material{k.bodyLook, {Color: mix(bodyColor, render.RGB{R: 20, G: 22, B: 25}, 0.8)}}
	top, err := k.markerTexture(capColor)
	if err != nil {
		return nil, err
	}
	k.capSlots = []*render.Material{{Color: capColor, Gloss: 0.15, Shine: 40}, {Texture: top}}
	right, err := loadArtwork(dir, product.Label.Artwork, "label.artwork")
	if err != nil {
		return nil, err
	}
	wrong, err := loadArtwork(dir, product.Label.WrongArtwork, "label.wrongArtwork")
	if err != nil {
		return nil, err
	}
	k.label, k.wrongLabel = &render.Material{Texture: right}, &render.Material{Texture: wrong}
	if _, err := qrCanvas(qrText(product.QR.Prefix, 0)); err != nil {
		return nil, err
	}
	return k, nil
}

// measure checks the product's sizes against each other and derives the rest.
func (k *Kit) measure() error {
	p := &k.product
	for _, f := range []struct {
		name string
		v    specs.Length
	}{
		{"body.width", p.Body.Width}, {"body.depth", p.Body.Depth}, {"body.height", p.Body.Height},
		{"cap.radius", p.Cap.Radius}, {"cap.height", p.Cap.Height}, {"cap.marker.size", p.Cap.Marker.Size},
		{"label.width", p.Label.Width}, {"label.height", p.Label.Height}, {"qr.size", p.QR.Size},
	} {
		if !(f.v > 0) || f.v > 10 {
			return fmt.Errorf("scenery: %s is %s; it must be above 0 mm and at most 10 m", f.name, mm(float64(f.v)))
		}
	}
	w, d, h := float64(p.Body.Width), float64(p.Body.Depth), float64(p.Body.Height)
	s := &k.shape
	*s = shape{
		width: w, depth: d, height: h,
		outline:   newOutline(w, d, min(0.008, w/6, d/4)),
		foot:      min(0.003, h/20),
		shoulder:  h - min(0.016, h/5),
		capRadius: float64(p.Cap.Radius), capHeight: float64(p.Cap.Height),
	}
	s.neck = 0.78 * s.capRadius
	s.lip = h + 0.3*s.capHeight
	if s.capRadius > min(w, d)/2 {
		return fmt.Errorf("scenery: cap.radius is %s; on a body of %s by %s it can be at most %s", mm(s.capRadius), mm(w), mm(d), mm(min(w, d)/2))
	}
	var side int
	var err error
	if k.marker, side, err = vision.MarkerBits(p.Cap.Marker.Dictionary, p.Cap.Marker.ID); err != nil {
		return fmt.Errorf("scenery: cap.marker: %w", err)
	}
	k.modules = side + 2
	if m, most := float64(p.Cap.Marker.Size), s.capRadius*math.Sqrt2*float64(k.modules)/float64(k.modules+2); m > most {
		return fmt.Errorf("scenery: cap.marker.size is %s; with its white border a cap of radius %s has room for %s", mm(m), mm(s.capRadius), mm(most))
	}
	f := &k.face
	f.shape = s
	f.label = around(0, float64(p.Label.At), float64(p.Label.Width), float64(p.Label.Height))
	size := float64(p.QR.Size)
	f.core = around(0, float64(p.QR.At), size, size)
	whole := size * (qrModules + 2*qrQuiet) / qrModules
	f.code = around(0, float64(p.QR.At), whole, whole)
	for _, r := range []struct {
		name string
		r    Rect
	}{{"label", f.label}, {"qr", f.core}} {
		if r.r.X1 > s.outline.flat || r.r.Z0 < s.foot || r.r.Z1 > s.shoulder {
			return fmt.Errorf("scenery: %s covers %s to %s above the belt and %s to each side of the middle; the flat front has room from %s to %s, and for %s",
				r.name, mm(r.r.Z0), mm(r.r.Z1), mm(r.r.X1), mm(s.foot), mm(s.shoulder), mm(s.outline.flat))
		}
	}
	if f.label.Z0 < f.core.Z1 && f.core.Z0 < f.label.Z1 {
		return fmt.Errorf("scenery: label (%s to %s above the belt) and qr (%s to %s) overlap; move one of them by its field at",
			mm(f.label.Z0), mm(f.label.Z1), mm(f.core.Z0), mm(f.core.Z1))
	}
	return nil
}

func mm(m float64) string { return fmt.Sprintf("%.4gmm", m*1000) }

// markerTexture is the cap seen from above, with the marker in its middle.
func (k *Kit) markerTexture(capColor render.RGB) (*render.Texture, error) {
	const n = 512
	p := newCanvas(n, n, capColor)
	side := 2 * k.shape.capRadius
	mod := float64(k.product.Cap.Marker.Size) / float64(k.modules) / side * n
	all := k.modules + 2
	x0 := n/2 - mod*float64(all)/2
	p.modules(x0, x0, mod, all, func(x, y int) bool {
		switch {
		case x == 0 || y == 0 || x == all-1 || y == all-1:
			return true // the border of paper
		case x == 1 || y == 1 || x == all-2 || y == all-2:
			return false // the marker's own
		}
		return k.marker[(y-2)*(k.modules-2)+x-2]
	}, ink, render.RGB{R: 250, G: 250, B: 250})
	return render.NewTexture(n, n, p.pix, false)
}

// CapTop is the middle of the cap's upper side.
func (k *Kit) CapTop() [3]float64 {
	return [3]float64{0, 0, k.shape.height + k.shape.capHeight}
}

// MarkerCorners are the corners of the marker's black square, clockwise from the
// marker's top left as seen from above, in the order of the ArUco detector: the
// marker's x axis lies along +x, its upper side towards +y.
func (k *Kit) MarkerCorners() [4][3]float64 {
	h, z := float64(k.product.Cap.Marker.Size)/2, k.CapTop()[2]
	return [4][3]float64{{-h, h, z}, {h, h, z}, {h, -h, z}, {-h, -h, z}}
}

// LabelCorners are the corners of a label that is in its place, clockwise from its top
// left as seen from the front.
func (k *Kit) LabelCorners() [4][3]float64 { return k.face.corners(k.face.label) }

// QRCorners are the corners of the QR code without its quiet zone, clockwise from its
// top left as seen from the front.
func (k *Kit) QRCorners() [4][3]float64 { return k.face.corners(k.face.core) }

func (f *face) corners(r Rect) [4][3]float64 {
	at := func(x, z float64) [3]float64 { p, _ := f.point(x, z); return p }
	return [4][3]float64{at(r.X0, r.Z1), at(r.X1, r.Z1), at(r.X1, r.Z0), at(r.X0, r.Z0)}
}
