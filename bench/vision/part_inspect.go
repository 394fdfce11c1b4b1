//go:build linux

package main

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
	"linetwin.dev/sim/verdicts"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
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

// threeTemplates are cut out of a good bottle's label.
const threeTemplates = `
inspections: inspect: templates: {
	left: {file: "left.png", minScore: 0.4}
	middle: {file: "middle.png", minScore: 0.4}
	right: {file: "right.png", minScore: 0.4}
}
`

// defective are the defects of bottles, in turn; every other bottle is good.
var defective = [...]device.Defect{device.UnreadableQR, device.MissingQR, device.WrongLabel, device.ShiftedLabel, device.MissingCap, device.Dent}

func measureInspect(s *session) ([]bench.Row, error) {
	dir, err := os.MkdirTemp("", "bench-vision")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, os.DirFS(reference)); err != nil {
		return nil, err
	}
	st, err := templateStation(dir)
	if err != nil {
		return nil, err
	}
	var times, walls []float64
	wrong, allocations := 0, 0.
	n := 15 * s.rounds
	for i := range n {
		var d device.Defect
		if i%2 == 1 {
			d = defective[i/2%len(defective)]
		}
		shot, err := st.Shoot(seed, i, d)
		if err != nil {
			return nil, err
		}
		var c verdicts.Case
		times = append(times, cost(suite.ProcessTime, func() { walls = append(walls, trial.Timed(func() { c = shot.Judge() }).Seconds()*1000) }))
		if c.Escaped || c.Rejected || c.Misread {
			wrong++
			fmt.Printf("bottle %d, %v, was judged %v\n", i, d, c.Verdict.Reason)
		}
		if i == 0 { // a good one
			allocations = testing.AllocsPerRun(10, func() { shot.Judge() })
		}
		shot.Release()
	}
	fmt.Printf("\n%d bottles of the reference line through the data sheet's camera, half of them bad: alignment, place, QR, label, 3 templates, cap, dent: median %.2f ms of processor time, P99 %.2f ms, most %.2f ms; on the wall clock %.2f, %.2f, %.2f ms; %g allocations for a good one\n",
		n, suite.Median(times), suite.Quantile(times, 0.99), suite.Quantile(times, 1),
		suite.Median(walls), suite.Quantile(walls, 0.99), suite.Quantile(walls, 1), allocations)
	return []bench.Row{
		bench.Measured("inspection of one bottle (align, QR, 3 templates, depth), P99", suite.Quantile(times, 0.99), "ms", "<= 15ms"),
		bench.Measured("bottles judged wrongly in that", float64(wrong), "1", "<= 0"),
	}, nil
}

// templateStation is the reference line's station with three templates, which are cut out of what it sees of a
// good bottle. The folder is a copy of the line, and gets the templates.
func templateStation(dir string) (*verdicts.Station, error) {
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
	label, err := labelIn(shot.Judge().Verdict)
	if err != nil {
		return nil, err
	}
	for i, name := range []string{"left", "middle", "right"} {
		w := (label.X1 - label.X0) / 3
		cut := vision.Rect{X0: label.X0 + i*w, Y0: label.Y0, X1: label.X0 + (i+1)*w, Y1: label.Y1}
		if err := savePart(filepath.Join(dir, name+".png"), shot.Frame.Color, cut); err != nil {
			return nil, err
		}
	}
	return up(sheet + threeTemplates)
}

// labelIn is where the label of a bottle that was judged good is in the picture.
func labelIn(v vision.Verdict) (vision.Rect, error) {
	for _, m := range v.Marks {
		if m.Label == "label" && m.OK {
			return vision.Around(m.Poly...), nil
		}
	}
	return vision.Rect{}, errors.New("the station finds no label on a good bottle")
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
