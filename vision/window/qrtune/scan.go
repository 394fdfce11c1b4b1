package qrtune

import (
	"slices"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// job is something to read.
type job struct {
	file   int
	params vision.QRParams
}

// result is what reading came to.
type result struct {
	job    job
	codes  []vision.Code
	cost   time.Duration
	err    error
	stages []stage
}

// stage is what one stage of the cascade made of a region.
type stage struct {
	name     string
	region   vision.Rect
	image    vision.Gray
	cost     time.Duration
	texts    []string          // that it reads
	outlines [][4]vision.Point // of what it reads, in pixels of image
	// reached tells that the cascade came to it within its budget, used that it ended there.
	reached, used bool
}

// generous is a budget in which every stage runs, unless a decoder uses it all up: beyond
// what the cascade has, the work of preparing the stages' images and some for each to read.
func generous(p *vision.QRParams, img vision.Image) specs.Duration {
	const (
		preparing = 100 * time.Nanosecond // each pixel, for all stages
		reading   = 200 * time.Millisecond
	)
	return 2*p.Budget + specs.Duration(reading+time.Duration(img.W*img.H)*preparing)
}

// scan reads an image as the cascade does, and then with every stage.
func scan(img vision.Image, j job) result {
	r := result{job: j}
	type key struct {
		name   string
		region vision.Rect
	}
	reached := map[key]bool{} // and whether it read something
	real := vision.NewQRReader(vision.QROptions{Params: j.params, Trace: func(s vision.QRStage) {
		reached[key{s.Name, s.Region}] = len(s.Codes) > 0
	}}).Scan(img, vision.Rect{})
	r.codes, r.cost, r.err = real.Codes, real.Cost, real.Err

	all := j.params
	all.Budget, all.Codes = generous(&j.params, img), 0
	plain := vision.QRParams{Budget: all.Budget, Invert: all.Invert} // one stage: as it is
	again := vision.NewQRReader(vision.QROptions{Params: plain})
	var texts []string
	vision.NewQRReader(vision.QROptions{
		Params: all,
		// No text may end the cascade; what they are is written down.
		Accept: func(text string) bool {
			texts = append(texts, text)
			return false
		},
		Trace: func(s vision.QRStage) {
			st := stage{name: s.Name, region: s.Region, image: copied(s.Image), cost: s.Cost, texts: texts}
			st.used, st.reached = reached[key{s.Name, s.Region}], has(reached, key{s.Name, s.Region})
			texts = nil
			if len(st.texts) == 0 {
				r.stages = append(r.stages, st)
				return
			}
			for _, c := range again.ScanGray(st.image, vision.Rect{}).Codes {
				if slices.Contains(st.texts, c.Text) {
					st.outlines = append(st.outlines, c.Corners)
				}
			}
			r.stages = append(r.stages, st)
		},
	}).Scan(img, vision.Rect{})
	return r
}

func has[K comparable](m map[K]bool, k K) bool {
	_, ok := m[k]
	return ok
}

// count is how many codes the cascade reads in an image.
func count(img vision.Image, p vision.QRParams) int {
	return len(vision.NewQRReader(vision.QROptions{Params: p}).Scan(img, vision.Rect{}).Codes)
}

// copied is an image that shares nothing.
func copied(g vision.Gray) vision.Gray {
	out := vision.Gray{W: g.W, H: g.H, Stride: g.W, Pix: make([]byte, g.W*g.H)}
	for y := range g.H {
		copy(out.Pix[y*g.W:][:g.W], g.Pix[y*g.Stride:])
	}
	return out
}
