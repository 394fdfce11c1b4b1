package twin

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"linetwin.dev/kinematics"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
	"linetwin.dev/vision/rig"
)

// viewer judges the pixels of a station's further camera. Its frames are exposed while a part is
// anywhere within some centimetres. It is safe for concurrent use.
type viewer struct {
	// places are inspectors for parts at places that are placeStep apart, the middle one for the
	// place at the instant; nil where codes are read only.
	places []*vision.Inspector
	// codes is what reads them else, in a region that moves with the belt.
	codes    *vision.QRReader
	region   vision.Rect // at the instant
	depth    float64     // of the code before the camera, m
	k        vision.Intrinsics
	pose     kinematics.Pose
	prefix   string
	minGrade int
}

const (
	// placeStep is well within what an inspector allows a part to be off its place.
	placeStep = 8e-3
	// codeSlack is how much around the code's place is looked at, m.
	codeSlack = 12e-3
	// mostPlaces for which inspectors are made, either way.
	mostPlaces = 16
)

func newViewer(s *inspection, v *view) (l *viewer, err error) {
	t, spec := s.t, s.spec
	product := t.sc.Products[spec.Product]
	l = &viewer{k: device.Intrinsics(v.cam), pose: device.Pose(v.cam.Pose), prefix: product.QR.Prefix, minGrade: spec.MinGrade}
	nominal := device.Nominal(t.sc.Scenario, spec.Camera)
	if v.back {
		nominal = nominal.Mul(kinematics.FromRPY([3]float64{}, [3]float64{0, 0, math.Pi}))
	}
	if v.spec.Judges == "code" {
		spec.QR.Regions = nil // those of the station's own camera
		return l, l.reads(product, spec, nominal)
	}
	speed := float64(t.sc.Conveyors[t.sc.Photoeyes[s.cam.Trigger].Conveyor].Speed)
	reach := speed * v.spec.Within(v.cam).D().Seconds()
	n := math.Ceil(reach/placeStep - 0.5)
	if n > mostPlaces {
		return nil, fmt.Errorf("the belt runs %v while a frame is waited for; write a tolerance of less, or take a camera of a higher rate",
			specs.Length(math.Round(1e3*reach)/1e3))
	}
	var along []float64
	for i := -n; i <= n; i++ {
		along = append(along, i*placeStep)
	}
	l.places, err = device.NewViewInspectors(t.sc.Scenario, t.sc.Dir, s.port.Name(), v.name, nominal, along)
	return l, err
}

// reads prepares the viewer to read codes only.
func (l *viewer) reads(p specs.Product, spec specs.Inspection, nominal kinematics.Pose) error {
	toCamera := l.pose.Inverse().Mul(nominal)
	half := float64(p.QR.Size)/2 + codeSlack
	var corners []vision.Point
	for _, x := range [2]float64{-half, half} {
		for _, z := range [2]float64{-half, half} {
			at := toCamera.Apply([3]float64{x, -float64(p.Body.Depth) / 2, float64(p.QR.At) + z})
			u, ok := l.k.Project(at[0], at[1], at[2])
			if !ok || u.X < 0 || u.Y < 0 || u.X > float64(l.k.W-1) || u.Y > float64(l.k.H-1) {
				return errors.New("the camera does not see all of the code, and of what is around it; move the camera or widen its field of view")
			}
			corners = append(corners, u)
			l.depth += at[2] / 4
		}
	}
	if facing := toCamera.Rotate([3]float64{0, -1, 0}); facing[2] > -0.3 {
		return errors.New("the camera does not look at a side of the product that may bear the code; check the camera's pose")
	}
	l.region = vision.Around(corners...)
	l.codes = vision.NewQRReader(vision.QROptions{Params: spec.QR, Accept: func(text string) bool {
		_, ok := codeSerial(text, l.prefix)
		return ok
	}})
	return nil
}

// codeSerial is the number in a code's text: the prefix and eight digits.
func codeSerial(text, prefix string) (uint64, bool) {
	digits, ok := strings.CutPrefix(text, prefix)
	if !ok || len(digits) != 8 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil
}

// judge looks for a part in a frame that was exposed before the belt moved it by travel to where
// it is at the instant; a negative travel is one after that.
func (l *viewer) judge(m vision.Mode, f *vision.Frame, travel float64) vision.Verdict {
	if l.places != nil {
		i := len(l.places)/2 + int(math.Round(-travel/placeStep))
		if i < 0 || i >= len(l.places) {
			return vision.Verdict{Reason: vision.NotJudged}
		}
		return l.places[i].InspectIn(m, f)
	}
	return l.read(m, f, travel)
}

// read reads the code where it was.
func (l *viewer) read(m vision.Mode, f *vision.Frame, travel float64) vision.Verdict {
	region, ok := rig.Shift(l.region, l.k, l.depth, rig.OnBelt(l.pose, -travel))
	region = region.Clip(l.k.W, l.k.H)
	if !ok || region.Empty() || !f.Color.Valid() || f.Color.W != l.k.W || f.Color.H != l.k.H {
		return vision.Verdict{Reason: vision.NotJudged}
	}
	if m != vision.Codes && m != vision.Combined {
		return vision.Verdict{}
	}
	scan := l.codes.ScanGray(f.Color.Gray(region, nil), vision.Rect{})
	if len(scan.Codes) == 0 {
		x0, y0, x1, y1 := float64(region.X0), float64(region.Y0), float64(region.X1-1), float64(region.Y1-1)
		return vision.Verdict{Reason: vision.NoQR, Marks: []vision.Mark{{Label: "QR", Poly: []vision.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}}}}
	}
	c := scan.Codes[0]
	for i := range c.Corners {
		c.Corners[i].X += float64(region.X0)
		c.Corners[i].Y += float64(region.Y0)
	}
	v := vision.Verdict{Text: c.Text, Grade: c.Quality.Grade}
	v.Serial, _ = codeSerial(c.Text, l.prefix)
	if v.Grade < l.minGrade {
		v.Reason = vision.PoorQR
	}
	v.Marks = []vision.Mark{{Label: "QR", OK: v.Reason == 0, Poly: slices.Clone(c.Corners[:])}}
	return v
}
