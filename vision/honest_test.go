package vision_test

import (
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
)

// honest is the reference line's camera as its data sheet has it, errors and all, with depth in
// its own pixels; more is CUE about cameras: top.
func honest(tb testing.TB, more string) *studio {
	tb.Helper()
	dir := tb.TempDir()
	for _, name := range []string{"line.cue", "inspection.cue", "capping.cue", "expect.cue", "label.png", "label-wrong.png"} {
		b, err := os.ReadFile(filepath.Join(scenario, name))
		if err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	text := "package bottling\n\ncameras: top: {depthMode: \"wfov-binned\", sim: noise: \"datasheet\"}\n" + more
	if err := os.WriteFile(filepath.Join(dir, "honest.cue"), []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	sc, err := specs.Load(dir)
	if err != nil {
		tb.Fatal(err)
	}
	s := newStudio(tb, func(c *specs.Camera, _ *kinematics.Pose) { *c = sc.Cameras["top"] })
	s.sensor = sensor.NewUnit(s.camera, 3)
	s.config.K, s.config.DepthK, s.config.DepthInColor = device.Intrinsics(s.camera), device.DepthIntrinsics(s.camera), device.DepthInColor(s.camera)
	return s
}

func TestInspectionHoldsForACameraAsItsDataSheetHasIt(t *testing.T) {
	s := honest(t, "")
	got := s.inspectMany(t, max(*partsFlag, 24), 11)
	t.Log(got)
	if got.escapes > 0 || got.misread > 0 || got.falseReject*200 > got.good {
		t.Error("escapes and misreads must be 0, false rejects below 0.5 %")
	}
}

// captured is a depth template: the mean of frames of one good part.
func (s *studio) captured(tb testing.TB, n int) *capture.Capture {
	tb.Helper()
	var m capture.Mean
	var f vision.Frame
	p := s.kit.Part(1, 0, rand.New(rand.NewPCG(1, 1)))
	for i := range n {
		s.shoot(tb, p, 0.001, 0, 0, 1000+uint64(i), &f)
		c := &capture.Capture{
			Depth: align.Depth{W: f.Depth.W, H: f.Depth.H, Z: f.Depth.Z}, DepthK: align.Camera(f.DepthK),
			ColorK: align.Camera(f.K), DepthInColor: f.DepthInColor, Pose: s.pose, Posed: true,
		}
		if err := m.Add(c); err != nil {
			tb.Fatal(err)
		}
	}
	c, err := m.Template(capture.Limits{Least: 3})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestAReliefWithoutAMaskIsThatOfThePartAlone(t *testing.T) {
	s := honest(t, "")
	s.config.Relief = s.captured(t, 12)
	s.config.Inspection.Relief = &specs.Relief{File: "whole.npz", Tolerance: 0.002, MaxOut: 0.005, MinSeen: 0.8}
	in := s.inspector(t)
	rng := rand.New(rand.NewPCG(4, 4))
	var f vision.Frame
	for i := range 16 {
		d := device.Defect(0)
		if i%2 == 1 {
			d = device.Dent
		}
		p := s.kit.Part(uint64(i+1), d, rng)
		s.shoot(t, p, (2*rng.Float64()-1)*0.004, (2*rng.Float64()-1)*0.003, (2*rng.Float64()-1)*2.5*deg, uint64(i), &f)
		v := in.Inspect(&f)
		if off := v.Reason&vision.OffRelief != 0; off != (d != 0) {
			t.Errorf("part %d with %v: %v, %.2f %% out of the relief", i, d, v.Reason, 100*v.Relief)
		}
	}
}

func TestAPartThatLeavesTheReliefIsFound(t *testing.T) {
	s := honest(t, "")
	c := s.captured(t, 12)
	// The front of the part, a little within its borders.
	c.Mask = make([]byte, len(c.Depth.Z))
	toDepth := s.pose.Mul(s.config.DepthInColor).Inverse().Mul(s.config.Nominal)
	front := func(x, z float64) vision.Point {
		at := toDepth.Apply([3]float64{x, -0.03, z})
		p, ok := s.config.DepthK.Project(at[0], at[1], at[2])
		if !ok {
			t.Fatal("the front is not seen")
		}
		return p
	}
	r := vision.Around(front(-0.03, 0.01), front(0.03, 0.01), front(-0.03, 0.12), front(0.03, 0.12))
	for y := r.Y0; y < r.Y1; y++ {
		for x := r.X0; x < r.X1; x++ {
			c.Mask[y*c.Depth.W+x] = 255
		}
	}
	s.config.Relief = c
	s.config.Inspection.Relief = &specs.Relief{File: "front.npz", Tolerance: 0.002, MaxOut: 0.005, MinSeen: 0.8}
	in := s.inspector(t)
	rng := rand.New(rand.NewPCG(4, 4))
	var f vision.Frame
	for i := range 24 {
		d := device.Defect(0)
		if i%2 == 1 {
			d = device.Dent
		}
		p := s.kit.Part(uint64(i+1), d, rng)
		s.shoot(t, p, (2*rng.Float64()-1)*0.004, (2*rng.Float64()-1)*0.003, (2*rng.Float64()-1)*1*deg, uint64(i), &f)
		v := in.Inspect(&f)
		if off := v.Reason&vision.OffRelief != 0; off != (d != 0) {
			t.Errorf("part %d with %v: %v, %.2f %% out of the relief, dent of %.1f mm, true %+v", i, d, v.Reason, 100*v.Relief, 1000*v.DentDepth, p.Dent())
		}
	}

	s.config.Relief = &capture.Capture{DepthK: align.Camera{W: 10, H: 10}}
	if _, err := vision.NewInspector(s.config); err == nil {
		t.Error("a relief of another camera was taken")
	}
	empty := *c
	empty.Depth.Z = make([]float32, len(c.Depth.Z))
	s.config.Relief = &empty
	if _, err := vision.NewInspector(s.config); err == nil {
		t.Error("a relief without a part was taken")
	}
}

// cut is what a capture tool would cut out of a frame.
func cut(f *vision.Frame, r vision.Rect) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, r.X1-r.X0, r.Y1-r.Y0))
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			p := f.Color.Pix[3*((r.Y0+y)*f.Color.W+r.X0+x):]
			m.SetRGBA(x, y, color.RGBA{p[0], p[1], p[2], 255})
		}
	}
	return m
}

// withTemplates gives the station three: two parts of the label, and the cap.
func (s *studio) withTemplates(tb testing.TB) {
	tb.Helper()
	var f vision.Frame
	s.shoot(tb, s.kit.Part(1, 0, rand.New(rand.NewPCG(1, 1))), 0, 0, 0, 77, &f)
	at := func(x, z float64) vision.Point {
		c := s.pose.Inverse().Apply([3]float64{1.16 + x, -0.03, z})
		p, ok := s.config.K.Project(c[0], c[1], c[2])
		if !ok {
			tb.Fatal("out of sight")
		}
		return p
	}
	for _, t := range []struct {
		name           string
		x0, x1, z0, z1 float64
	}{{"left", -0.028, 0, 0.05, 0.1}, {"right", 0, 0.028, 0.05, 0.1}, {"cap", -0.024, 0.024, 0.152, 0.18}} {
		r := vision.Around(at(t.x0, t.z0), at(t.x1, t.z1), at(t.x0, t.z1), at(t.x1, t.z0))
		s.config.Templates = append(s.config.Templates, vision.StationTemplate{
			Name: t.name, Spec: specs.Template{File: t.name + ".png", MinScore: 0.6, Rotation: 4 * deg, Scale: 0.04}, Picture: cut(&f, r),
		})
	}
}

func TestTemplatesOfAStationAreFoundOnGoodPartsOnly(t *testing.T) {
	s := honest(t, "")
	s.withTemplates(t)
	in := s.inspector(t)
	rng := rand.New(rand.NewPCG(8, 8))
	var f vision.Frame
	for i := range 24 {
		d := []device.Defect{0, device.WrongLabel, 0, device.MissingCap}[i%4]
		s.shoot(t, s.kit.Part(uint64(i+1), d, rng), (2*rng.Float64()-1)*0.005, (2*rng.Float64()-1)*0.003, (2*rng.Float64()-1)*1.5*deg, uint64(i), &f)
		v := in.Inspect(&f)
		if missing := v.Reason&vision.NoTemplate != 0; missing != (d != 0) {
			t.Errorf("part %d with %v: %v, marks %+v", i, d, v.Reason, v.Marks[len(v.Marks)-3:])
		}
	}
	small := s.config
	small.Templates = []vision.StationTemplate{s.config.Templates[0]}
	small.Templates[0].Spec.Region = &specs.Region{X: 600, Y: 300, W: 20, H: 20}
	if _, err := vision.NewInspector(small); err == nil || !strings.Contains(err.Error(), "left.png") {
		t.Errorf("a template larger than its region: %v", err)
	}
	flat := s.config
	flat.Templates = []vision.StationTemplate{{Name: "flat", Spec: specs.Template{File: "flat.png"}, Picture: image.NewGray(image.Rect(0, 0, 40, 40))}}
	if _, err := vision.NewInspector(flat); err == nil || !strings.Contains(err.Error(), "flat.png") {
		t.Errorf("a template without contrast: %v", err)
	}
}

// Templates of one region share a search: which ones do, and in which order they come, tells in no verdict.
func TestATemplateIsFoundAmongOthersWhereItIsFoundAlone(t *testing.T) {
	s := honest(t, "")
	s.withTemplates(t)
	var templates []vision.StationTemplate
	region := &specs.Region{X: 100, Y: 50, W: s.config.K.W - 200, H: s.config.K.H - 100}
	for i, r := range []*specs.Region{nil, region, nil, region, region} { // no two of a search next to each other at first
		x := s.config.Templates[i%len(s.config.Templates)]
		x.Name, x.Spec.Region = fmt.Sprintf("%s, %d", x.Name, i), r
		templates = append(templates, x)
	}
	var f vision.Frame
	s.shoot(t, s.kit.Part(1, 0, rand.New(rand.NewPCG(8, 9))), 0.002, -0.001, 1*deg, 3, &f)
	marks := func(x ...vision.StationTemplate) []vision.Mark {
		s.config.Templates = x
		v := s.inspector(t).Inspect(&f)
		return v.Marks[len(v.Marks)-len(x):]
	}
	for i, m := range marks(templates...) {
		if alone := marks(templates[i]); !m.OK || !reflect.DeepEqual(m, alone[0]) {
			t.Errorf("%s is at %+v, and alone at %+v", templates[i].Name, m, alone[0])
		}
	}
}

// A bottle's whole inspection: alignment, code, label and three templates, cap, dents and relief.
func BenchmarkInspectHonest(b *testing.B) {
	s := honest(b, "")
	s.withTemplates(b)
	s.config.Relief = s.captured(b, 4)
	s.config.Inspection.Relief = &specs.Relief{File: "front.npz", Tolerance: 0.004, MaxOut: 0.2, MinSeen: 0.5}
	in := s.inspector(b)
	for _, c := range []struct {
		name string
		d    device.Defect
	}{{"good", 0}, {"unreadable", device.UnreadableQR}} {
		b.Run(c.name, func(b *testing.B) {
			var f vision.Frame
			s.shoot(b, s.kit.Part(7, c.d, rand.New(rand.NewPCG(1, 1))), 0.002, -0.001, 1*deg, 3, &f)
			b.ReportAllocs()
			for b.Loop() {
				in.Inspect(&f)
			}
		})
	}
}
