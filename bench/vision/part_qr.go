//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
	"linetwin.dev/vision"
	"linetwin.dev/vision/qr/peers"
	"linetwin.dev/vision/qr/scenes"
	"linetwin.dev/vision/trial"
)

const seed = 1

// try runs a subject and prints its table.
func try(s *trial.Subject) (*trial.Tried, error) {
	r, err := trial.Run(context.Background(), trial.Options{Seed: seed, Progress: progress()}, s)
	if err != nil {
		return nil, err
	}
	fmt.Println()
	if err := r.WriteTable(os.Stdout); err != nil {
		return nil, err
	}
	return &r.Subjects[0], nil
}

func measureRates(s *session) ([]bench.Row, error) {
	ours, err := try(trial.QR(vision.NewQRReader(vision.QROptions{Params: vision.FileQR()}), s.pictures))
	if err != nil {
		return nil, err
	}
	var rows []bench.Row
	for _, p := range peers.All() {
		row := bench.Measured(fmt.Sprintf("QR, rendered set of %d pictures, mean rate", s.pictures), 100*ours.Mean(), "%", ">= 84%")
		if p.Missing != "" {
			fmt.Printf("%s is not measured: %s\n", p.Name, p.Missing)
			rows = append(rows, row.Against(p.Name, nil, bench.Higher))
			continue
		}
		theirs := trial.QROf(func(scene *scenes.Scene) (trial.Outcome, error) {
			var texts []string
			var err error
			took := trial.Timed(func() { texts, err = p.Read(scene.Image, len(scene.Codes) > 1) })
			out := trial.Texts(scene, texts)
			out.Took = took
			return out, err
		}, s.pictures)
		theirs.Title, theirs.Strict, theirs.LeastMean = p.Name, false, 0
		theirs.Error, theirs.Unit = "", "" // they tell no corners, or others
		for k := range theirs.Categories {
			theirs.Categories[k].Least = 0 // the bounds are ours
		}
		t, err := try(theirs)
		if err != nil {
			return nil, err
		}
		mean := 100 * t.Mean()
		rows = append(rows, row.Against(p.Name, &mean, bench.Higher))
	}
	return rows, nil
}

// rgb is a grey picture as a camera's image.
func rgb(m scenes.Image) vision.Image { return vision.Image{W: m.W, H: m.H, Pix: m.RGB()} }

// cleanCode is a picture of 1280x720 with one clean code somewhere.
func cleanCode(rng *rand.Rand, module float64) (vision.Image, string, error) {
	code, err := scenes.Gozxing{}.Print(scenes.Text(rng, 20+rng.IntN(30)), 0, scenes.M)
	if err != nil {
		return vision.Image{}, "", err
	}
	c := scenes.NewCanvas(1280, 720, 150)
	at := scenes.Point{X: 640 + 150*(rng.Float64()-0.5), Y: 360 + 80*(rng.Float64()-0.5)}
	c.Draw(&code, &scenes.Pose{Center: at, Module: module, Angle: 6.28 * rng.Float64(), Tilt: 0.2 * rng.Float64()}, scenes.QuietZone, 30, 220)
	c.Blur(0.6)
	return rgb(c.Image(2, rng)), code.Text, nil
}

func measureFirst(s *session) ([]bench.Row, error) {
	p := vision.FileQR()
	p.Codes = 1
	reader := vision.NewQRReader(vision.QROptions{Params: p})
	fmt.Printf("\nThe first read of a clean code, 1280x720\n")
	var all []float64
	for _, module := range []float64{3, 5, 7, 10} {
		var of []float64
		for i := range s.rounds {
			img, text, err := cleanCode(scenes.Stream(seed, i), module)
			if err != nil {
				return nil, err
			}
			var got []vision.Code
			reader.Read(img, vision.Rect{}) // buffers grow
			of = append(of, cost(suite.ThreadTime, func() { got = reader.Read(img, vision.Rect{}) }))
			if len(got) != 1 || got[0].Text != text {
				return nil, fmt.Errorf("a clean code with modules of %g pixels was read as %+v, want %q", module, got, text)
			}
		}
		fmt.Printf("modules of %2.0f pixels: %.2f ms\n", module, suite.Median(of))
		all = append(all, of...)
	}
	return []bench.Row{bench.Measured("QR, clean images, first read, 1280x720, median", suite.Median(all), "ms", "<= 5ms")}, nil
}

// hardest are the categories of which some pictures are beyond the reader.
var hardest = []string{"blur", "glare", "curved", "damage"}

// hard is picture i of those that take all of the budget, at 1280x720.
func hard(i int) (vision.Image, error) {
	rng := scenes.Stream(seed, i)
	textures := scenes.Textures()
	if i%2 == 0 {
		return rgb(textures[i/2%len(textures)].Render(rng, 1280, 720)), nil
	}
	c, ok := scenes.Find(hardest[i/2%len(hardest)])
	if !ok {
		return vision.Image{}, fmt.Errorf("there is no category %q", hardest[i/2%len(hardest)])
	}
	scene, err := c.Render(rng)
	if err != nil {
		return vision.Image{}, err
	}
	ground := scenes.Boxes.Render(rng, 1280, 720)
	for y := range min(scene.Image.H, 720) {
		copy(ground.Pix[y*ground.Stride:], scene.Image.Pix[y*scene.Image.Stride:][:min(scene.Image.W, 1280)])
	}
	return rgb(ground), nil
}

func measureBudget(s *session) ([]bench.Row, error) {
	reader := vision.NewQRReader(vision.QROptions{Params: vision.FileQR()})
	n := 5 * s.rounds
	times, counted := make([]float64, n), make([]float64, n)
	errs := make([]error, n)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				img, err := hard(i)
				if err != nil {
					errs[i] = err
					continue
				}
				times[i] = cost(suite.ThreadTime, func() { counted[i] = reader.Scan(img, vision.Rect{}).Cost.Seconds() * 1000 })
			}
		})
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	fmt.Printf("\nThe full cascade on %d hard pictures of 1280x720: median %.0f ms, P99 %.0f ms, most %.0f ms; by its own count %.0f, %.0f, %.0f\n", n,
		suite.Median(times), suite.Quantile(times, 0.99), suite.Quantile(times, 1),
		suite.Median(counted), suite.Quantile(counted, 0.99), suite.Quantile(counted, 1))
	return []bench.Row{bench.Measured("QR, full cascade on hard pictures, 1280x720, P99", suite.Quantile(times, 0.99), "ms", "<= 600ms")}, nil
}

func measureNone(s *session) ([]bench.Row, error) {
	t, err := try(trial.NoCodes(vision.NewQRReader(vision.QROptions{Params: vision.FileQR()}), s.none))
	if err != nil {
		return nil, err
	}
	return []bench.Row{bench.Measured(fmt.Sprintf("QR, false reads in %d pictures without a code", s.none), float64(t.Wrong()), "1", "<= 0")}, nil
}
