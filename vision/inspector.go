package vision

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"linetwin.dev/kinematics"
	"linetwin.dev/specs"
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
	"linetwin.dev/vision/depth"
	"linetwin.dev/vision/match"
)

// InspectorConfig says what a station looks at, and from where.
type InspectorConfig struct {
	Product    specs.Product
	Inspection specs.Inspection
	K          Intrinsics
	// DepthK and DepthInColor are those of the frames' depth: see Frame. Without them depth
	// is in the colour's pixels.
	DepthK       Intrinsics
	DepthInColor kinematics.Pose
	// Camera is the camera's pose in the line's frame (metres): it looks along its
	// z, x is to the image's right, y down.
	Camera kinematics.Pose
	// Nominal is the part's pose in the line's frame at the middle of an exposure:
	// origin on the belt under the bottle's centre, front face towards -y, width
	// along x, z up.
	Nominal kinematics.Pose
	// Artwork of the right label.
	Artwork Image
	// Templates that must be found, in this order.
	Templates []StationTemplate
	// Relief is the capture that the inspection's relief names, or nil.
	Relief *capture.Capture
}

// How far a part may be from its nominal place and still be judged, in
// millimetres: along the belt, across it.
const (
	slackX = 10
	slackY = 10
)

// Inspector judges a bottle from one RGB-D frame. It holds no state between
// frames and is safe for concurrent use; its scratch memory is pooled, so that a
// frame costs a few small allocations. Two goroutines share a frame; what comes of
// it does not depend on that.
type Inspector struct {
	cfg       InspectorConfig
	view      view
	shape     shape
	roi       Rect      // of the colour image: what is looked at
	depthROI  Rect      // the same of the depth image, where that has pixels of its own
	rays      []float32 // three a pixel of roi: the direction at optical depth 1
	reference []beltPixel
	density   float64 // pixels a square millimetre of the face
	label     *labelFinder
	// aligner of depth that has pixels of its own, or nil; each scratch has a clone.
	aligner *align.Aligner
	asIs    *QRReader // of the code as the camera sees it
	flat    *QRReader // of the code looked at squarely
	relief  *relief   // or nil
	// lookouts are the station's templates; each scratch has searchers for them.
	lookouts []lookout
	pool     sync.Pool // of *sight
}

// shape of the product in millimetres.
type shape struct {
	width, depth, height float64
	capRadius, capHeight float64
	labelW, labelH       float64
	labelAt              float64
	qrSize, qrAt         float64
	// edge is the radius of the upright edges: that of most bottles of this size.
	// Both sides have it, so an error in it does not move a bottle along the belt.
	edge float64
}

func shapeOf(p specs.Product) shape {
	mm := func(l specs.Length) float64 { return 1000 * float64(l) }
	w, d := mm(p.Body.Width), mm(p.Body.Depth)
	return shape{
		w, d, mm(p.Body.Height),
		mm(p.Cap.Radius), mm(p.Cap.Height),
		mm(p.Label.Width), mm(p.Label.Height), mm(p.Label.At),
		mm(p.QR.Size), mm(p.QR.At),
		min(8, w/6, d/4),
	}
}

func (s shape) top() float64 { return s.height + s.capHeight }

// scratch is what judging one frame needs beside the inspector. No two stages use the same of it.
type scratch struct {
	aligner     *align.Aligner
	source      []float32 // the depth that is aligned
	depth       []float32 // in the colour's pixels
	relief      []float32
	searchers   []*match.Searcher
	found       []*match.Result // by each of them
	patch       []byte
	smoother    depth.Smoother
	gray        []byte
	code        squarer
	square      squarer // of the label
	label       *match.Searcher
	patches     []patch
	cap         []capPoint
	regions     []Rect
	left, right []float64
	tops        []float64
	grid        grid
}

// NewInspector prepares a station. The error says which part of the
// configuration cannot work: a size that is not positive, a pose that is not one,
// an artwork without pixels or contrast, a camera that does not see the product's
// front.
func NewInspector(cfg InspectorConfig) (*Inspector, error) {
	in := &Inspector{cfg: cfg, shape: shapeOf(cfg.Product)}
	if err := in.check(); err != nil {
		return nil, fmt.Errorf("inspection by camera %q: %w", cfg.Inspection.Camera, err)
	}
	if cfg.DepthK == (Intrinsics{}) {
		in.cfg.DepthK, in.cfg.DepthInColor = cfg.K, kinematics.Identity()
	}
	in.view = newView(cfg.K, cfg.Camera, cfg.Nominal)
	if err := in.frame(); err != nil {
		return nil, fmt.Errorf("inspection by camera %q: %w", cfg.Inspection.Camera, err)
	}
	var err error
	if in.label, err = newLabelFinder(cfg.Artwork, in.shape, math.Sqrt(in.density), cfg.Inspection.MinScore); err != nil {
		return nil, fmt.Errorf("inspection by camera %q: artwork of the label: %w", cfg.Inspection.Camera, settingError(err, ArtworkField))
	}
	accept := func(text string) bool { _, ok := serial(text, cfg.Product.QR.Prefix); return ok }
	if in.cfg.Inspection.QR.Budget == 0 {
		in.cfg.Inspection.QR = StationQR()
	}
	asIs, flat := codeParams(in.cfg.Inspection.QR)
	in.asIs = NewQRReader(QROptions{Params: asIs, Accept: accept})
	in.flat = NewQRReader(QROptions{Params: flat, Accept: accept})
	if in.aligner, err = newAligner(&in.cfg); err != nil {
		return nil, fmt.Errorf("inspection by camera %q: %w", cfg.Inspection.Camera, err)
	}
	if in.lookouts, err = in.newLookouts(); err != nil {
		return nil, fmt.Errorf("inspection by camera %q: %w", cfg.Inspection.Camera, err)
	}
	in.pool.New = func() any { return newSight(in) }
	if in.relief, err = in.newRelief(cfg.Relief); err != nil {
		return nil, fmt.Errorf("inspection by camera %q: relief: %w", cfg.Inspection.Camera, settingError(err, "relief", "file"))
	}
	return in, nil
}

func (in *Inspector) newScratch() *scratch {
	sc := &scratch{label: in.label.searcher(), searchers: newSearchers(in.lookouts)}
	if in.aligner != nil {
		sc.aligner = in.aligner.Clone()
		sc.source = make([]float32, in.cfg.DepthK.W*in.cfg.DepthK.H)
		sc.depth = make([]float32, in.cfg.K.W*in.cfg.K.H)
	}
	return sc
}

// newAligner brings depth that has pixels of its own into the colour's.
func newAligner(cfg *InspectorConfig) (*align.Aligner, error) {
	if cfg.DepthK == cfg.K && cfg.DepthInColor == kinematics.Identity() {
		return nil, nil
	}
	return align.New(align.Config{
		Depth: align.Camera(cfg.DepthK), Color: align.Camera(cfg.K), DepthInColor: cfg.DepthInColor,
		Nearest: nearest, Furthest: furthest, Workers: 1, // frames share the cores
	})
}

// The depth that an inspection looks at, in millimetres.
const nearest, furthest = 150, 6000

func (in *Inspector) check() error {
	s := in.shape
	for _, c := range []struct {
		name  string
		value float64
	}{
		{"body.width", s.width}, {"body.depth", s.depth}, {"body.height", s.height},
		{"cap.radius", s.capRadius}, {"cap.height", s.capHeight},
		{"label.width", s.labelW}, {"label.height", s.labelH}, {"qr.size", s.qrSize},
	} {
		if !(c.value > 0) || c.value > 1e4 {
			return fmt.Errorf("product: %s is %g mm; it must be above 0 and at most 10 m", c.name, c.value)
		}
	}
	if err := in.cfg.Camera.Check(); err != nil {
		return fmt.Errorf("pose of the camera: %w", err)
	}
	if err := in.cfg.Nominal.Check(); err != nil {
		return fmt.Errorf("nominal pose of the part: %w", err)
	}
	if k := in.cfg.K; k.W < 1 || k.H < 1 || !(k.FX > 0) || !(k.FY > 0) {
		return fmt.Errorf("intrinsics: %dx%d pixels, focal lengths %g and %g; all must be positive", k.W, k.H, k.FX, k.FY)
	}
	limits := &in.cfg.Inspection
	for _, c := range []struct {
		name  string
		value float64
	}{
		{"minScore", limits.MinScore}, {"maxShift", float64(limits.MaxShift)}, {"maxTurn", float64(limits.MaxTurn)},
		{"maxDamage", float64(limits.MaxDamage)}, {"maxDent", float64(limits.MaxDent)}, {"maxBulge", float64(limits.MaxBulge)},
		{"capTolerance", float64(limits.CapTolerance)}, {"maxTilt", float64(limits.MaxTilt)},
	} {
		if !(c.value > 0) {
			return settingError(fmt.Errorf("limits: %s is %g; no part keeps to that: it must be above 0", c.name, c.value), c.name)
		}
	}
	if !in.cfg.Artwork.Valid() {
		return settingError(errors.New("artwork of the label has no pixels"), ArtworkField)
	}
	return nil
}

// frame works out what the camera sees of the nominal part.
func (in *Inspector) frame() error {
	v, s := &in.view, in.shape
	if v.r[5] < 0.3 || v.c[1] > -s.depth/2-20 {
		return errors.New("the camera does not look at the product's front face, which is towards -y of the part; check the camera's pose")
	}
	if v.r[7] > -0.7 {
		return errors.New("the image's y axis does not point down; turn the camera upright")
	}
	var must, may, far []Point // may be seen in the colour image, and in the depth image
	byDepth := newView(in.cfg.DepthK, in.cfg.Camera.Mul(in.cfg.DepthInColor), in.cfg.Nominal)
	add := func(to *[]Point, x, y, z float64) bool {
		p, ok := v.pixel(x, y, z)
		*to = append(*to, p)
		q, seen := byDepth.pixel(x, y, z)
		far = append(far, q)
		return ok && seen
	}
	ok := true
	for _, sx := range []float64{-1, 1} {
		for _, y := range []float64{-s.depth / 2, s.depth / 2} {
			ok = add(&may, sx*(s.width/2+slackX+4), y, -10) && ok
			ok = add(&may, sx*(s.width/2+slackX+4), y, s.top()+capHeadroom) && ok
		}
		ok = add(&may, sx*s.width/2, -s.depth/2-beltTo, 0) && ok
		ok = add(&must, sx*s.width/2, -s.depth/2, s.qrAt-s.qrSize/2) && ok
		ok = add(&must, sx*s.width/2, -s.depth/2, s.labelAt+s.labelH/2) && ok
		ok = add(&must, sx*s.capRadius, s.capRadius, s.top()) && ok
	}
	whole := Rect{0, 0, in.cfg.K.W, in.cfg.K.H}
	if seen := Around(must...); !ok || seen.Clip(whole.X1, whole.Y1) != seen {
		return fmt.Errorf("the camera does not see all of the product: its front face and cap take the pixels %d..%d x %d..%d of an image of %dx%d; move the camera or widen its field of view",
			seen.X0, seen.X1, seen.Y0, seen.Y1, whole.X1, whole.Y1)
	}
	in.roi = Around(may...).Clip(whole.X1, whole.Y1)
	in.depthROI = Around(far...).Grow(depthMargin).Clip(in.cfg.DepthK.W, in.cfg.DepthK.H)

	a, _ := v.pixel(-5, -s.depth/2, s.height/2)
	b, _ := v.pixel(5, -s.depth/2, s.height/2)
	c, _ := v.pixel(0, -s.depth/2, s.height/2-5)
	d, _ := v.pixel(0, -s.depth/2, s.height/2+5)
	in.density = math.Hypot(b.X-a.X, b.Y-a.Y) * math.Hypot(d.X-c.X, d.Y-c.Y) / 100

	in.rays = make([]float32, 0, 3*(in.roi.X1-in.roi.X0)*(in.roi.Y1-in.roi.Y0))
	for y := in.roi.Y0; y < in.roi.Y1; y++ {
		for x := in.roi.X0; x < in.roi.X1; x++ {
			r := v.ray(Point{float64(x), float64(y)})
			in.rays = append(in.rays, float32(r[0]), float32(r[1]), float32(r[2]))
		}
	}
	in.reference = in.beltPixels()
	return nil
}

// Inspect judges the part in a frame in the combined mode.
func (in *Inspector) Inspect(f *Frame) Verdict { return in.InspectIn(Combined, f) }

// InspectIn judges the part in a frame, as far as the mode says. A frame without
// pixels or depth, of another size than the station's intrinsics say, or in which no
// bottle stands where one must be, gives NotJudged; so does standby, and, beside what
// else was found, a front face with too little depth to rule out a dent. A frame of
// a modelled camera has its verdict with it.
func (in *Inspector) InspectIn(m Mode, f *Frame) Verdict {
	if f != nil && f.Modelled != nil {
		return f.Modelled.In(m)
	}
	if f == nil || m == Standby || m > Combined || !in.fits(f) {
		return Verdict{Reason: NotJudged}
	}
	s := in.pool.Get().(*sight)
	v := s.judge(m, f)
	in.pool.Put(s)
	return v
}

// fits tells whether a frame is of the camera that the station was made for.
func (in *Inspector) fits(f *Frame) bool {
	k, d := &in.cfg.K, &in.cfg.DepthK
	return f.Color.Valid() && f.Color.W == k.W && f.Color.H == k.H &&
		f.Depth.W == d.W && f.Depth.H == d.H && len(f.Depth.Z) == d.W*d.H
}

// aligned is a frame's depth in the colour's pixels.
func (in *Inspector) aligned(f *Frame, sc *scratch) (Depth, bool) {
	if sc.aligner == nil {
		return f.Depth, true
	}
	// Outside of the region the source has no depth, and costs nothing.
	for y := in.depthROI.Y0; y < in.depthROI.Y1; y++ {
		from, to := y*f.Depth.W+in.depthROI.X0, y*f.Depth.W+in.depthROI.X1
		copy(sc.source[from:to], f.Depth.Z[from:to])
	}
	out := Depth{in.cfg.K.W, in.cfg.K.H, sc.depth}
	err := sc.aligner.ToColor(align.Aligned{Depth: align.Depth(out)}, align.Depth{W: f.Depth.W, H: f.Depth.H, Z: sc.source})
	return out, err == nil // sizes agree, or fits would have said so
}

// depthMargin is how much more of the depth image is looked at, in pixels.
const depthMargin = 6

// serial is the number in a code's text: the prefix and eight digits.
func serial(text, prefix string) (uint64, bool) {
	digits, ok := strings.CutPrefix(text, prefix)
	if !ok || len(digits) != 8 {
		return 0, false
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil
}
