//go:build linux

package main

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/verdicts"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
	"linetwin.dev/vision/depth"
	"linetwin.dev/vision/trial"
)

// The reference line, and its station.
const (
	reference = "scenarios/bottling"
	station   = "inspect"
)

// sheet makes the camera one as its data sheet has it, with depth in pixels of its own, which is aligned for each
// bottle.
const sheet = "package bottling\n\ncameras: top: {depthMode: \"wfov-binned\", sim: noise: \"datasheet\"}\n"

// keepsakes of a good bottle: three templates are cut out of its label, and the relief is that of its
// front, smoothed, as one frame is as noisy as others.
const keepsakes = `
inspections: inspect: {
	templates: {
		left: {file: "left.png", minScore: 0.4}
		middle: {file: "middle.png", minScore: 0.4}
		right: {file: "right.png", minScore: 0.4}
	}
	relief: {file: "front.npz", tolerance: "6mm", maxOut: "5%"}
}
`

// bottle is the picture of bottle i: every other one is good, and the others have one defect each, in
// turn all that the simulation can make, as large as must be found.
func bottle(st *verdicts.Station, i int) (*verdicts.Shot, error) {
	if i%2 == 0 {
		return st.Shoot(seed, i, 0)
	}
	d := device.UnreadableQR << (i / 2 % kinds)
	if least, sized := verdicts.Least(d); sized {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		return st.ShootFlaw(seed, i, scenery.Flaw{Kind: d, Severity: least + (1-least)*rng.Float64()})
	}
	return st.Shoot(seed, i, d)
}

// kinds of defects.
var kinds = bits.Len(uint(device.Bulge))

func measureInspect(s *session) ([]bench.Row, error) {
	dir, err := os.MkdirTemp("", "bench-vision")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, os.DirFS(reference)); err != nil {
		return nil, err
	}
	st, err := benchStation(dir)
	if err != nil {
		return nil, err
	}
	var times, walls []float64
	wrong, allocations := 0, 0.
	n := 15 * s.rounds
	for i := range n {
		shot, err := bottle(st, i)
		if err != nil {
			return nil, err
		}
		var c verdicts.Case
		times = append(times, cost(suite.ProcessTime, func() { walls = append(walls, trial.Timed(func() { c = shot.Judge() }).Seconds()*1000) }))
		if c.Escaped || c.Rejected || c.Misread {
			wrong++
			fmt.Printf("bottle %d, %v, was judged %v\n", i, shot.Defects, c.Verdict.Reason)
		}
		if i == 0 { // a good one
			allocations = testing.AllocsPerRun(10, func() { shot.Judge() })
		}
		shot.Release()
	}
	fmt.Printf("\n%d bottles of the reference line through the data sheet's camera, half of them bad: alignment, place, QR, label, 3 templates, cap, front, relief: median %.2f ms of processor time, P99 %.2f ms, most %.2f ms; on the wall clock %.2f, %.2f, %.2f ms; %g allocations for a good one\n",
		n, suite.Median(times), suite.Quantile(times, 0.99), suite.Quantile(times, 1),
		suite.Median(walls), suite.Quantile(walls, 0.99), suite.Quantile(walls, 1), allocations)
	return []bench.Row{
		bench.Measured("inspection of one bottle (align, QR, 3 templates, depth), P99 on 2 cores", suite.Quantile(walls, 0.99), "ms", "<= 15ms"),
		bench.Measured("bottles judged wrongly in that", float64(wrong), "1", "<= 0"),
	}, nil
}

// benchStation is the reference line's station with three templates and a relief, of what it sees of a good
// bottle. The folder is a copy of the line, and gets them.
func benchStation(dir string) (*verdicts.Station, error) {
	up := func(text string) (*verdicts.Station, error) {
		if err := os.WriteFile(filepath.Join(dir, "bench.cue"), []byte(text), 0o600); err != nil {
			return nil, err
		}
		sc, err := specs.Load(dir)
		if err != nil {
			return nil, err
		}
		return verdicts.New(sc, station, verdicts.Stress{})
	}
	st, err := up(sheet)
	if err != nil {
		return nil, err
	}
	shot, err := st.Shoot(seed, 0, 0)
	if err != nil {
		return nil, err
	}
	defer shot.Release()
	seen := shot.Judge().Verdict
	label, err := placeOf("label", seen)
	if err != nil {
		return nil, err
	}
	front, err := placeOf("front", seen)
	if err != nil {
		return nil, err
	}
	if err := saveRelief(filepath.Join(dir, "front.npz"), &shot.Frame, front.Grow(-8)); err != nil {
		return nil, err
	}
	for i, name := range []string{"left", "middle", "right"} {
		w := (label.X1 - label.X0) / 3
		cut := vision.Rect{X0: label.X0 + i*w, Y0: label.Y0, X1: label.X0 + (i+1)*w, Y1: label.Y1}
		if err := savePart(filepath.Join(dir, name+".png"), shot.Frame.Color, cut); err != nil {
			return nil, err
		}
	}
	return up(sheet + keepsakes)
}

// placeOf is where something on a bottle that was judged good is in the picture.
func placeOf(what string, v vision.Verdict) (vision.Rect, error) {
	for _, m := range v.Marks {
		if m.Label == what && m.OK {
			return vision.Around(m.Poly...), nil
		}
	}
	return vision.Rect{}, fmt.Errorf("the station finds no %s on a good bottle", what)
}

// saveRelief captures the depth of what lies in a part of the colour image.
func saveRelief(path string, f *vision.Frame, within vision.Rect) error {
	front := capture.Capture{
		DepthK: align.Camera(f.DepthK), ColorK: align.Camera(f.K), DepthInColor: f.DepthInColor,
		Mask: make([]byte, len(f.Depth.Z)),
	}
	smooth := depth.NewMap(f.Depth.W, f.Depth.H)
	copy(smooth.Z, f.Depth.Z)
	if err := (&depth.Smoother{Radius: 4, Range: 20}).Smooth(smooth, smooth); err != nil {
		return err
	}
	front.Depth = align.Depth{W: smooth.W, H: smooth.H, Z: smooth.Z}
	for i, mm := range f.Depth.Z {
		x, y := f.DepthK.Ray(vision.Point{X: float64(i % f.Depth.W), Y: float64(i / f.Depth.W)})
		z := float64(mm) / 1000
		at := f.DepthInColor.Apply([3]float64{x * z, y * z, z})
		p, ok := f.K.Project(at[0], at[1], at[2])
		if ok && p.X >= float64(within.X0) && p.X < float64(within.X1) && p.Y >= float64(within.Y0) && p.Y < float64(within.Y1) {
			front.Mask[i] = 255
		}
	}
	return front.Save(path)
}

func savePart(path string, m vision.Image, r vision.Rect) error {
	img := image.NewRGBA(image.Rect(0, 0, r.X1-r.X0, r.Y1-r.Y0))
	for y := r.Y0; y < r.Y1; y++ {
		for x := r.X0; x < r.X1; x++ {
			to := img.Pix[img.PixOffset(x-r.X0, y-r.Y0):]
			copy(to[:3], m.Pix[3*(y*m.W+x):][:3])
			to[3] = 255
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(f, img), f.Close())
}
