package snip

import (
	"fmt"
	"path/filepath"
	"strings"

	"linetwin.dev/vision"
	"linetwin.dev/vision/capture"
)

// Source is something to cut templates out of.
type Source struct {
	Name string
	// Load reads it; it is called when the source is shown, and before regions are saved.
	Load func() (Shot, error)
}

// Shot is what a source has: colour, or a capture, whose colour counts then.
type Shot struct {
	Color   vision.Image
	Capture *capture.Capture // nil: a picture without depth
}

// Files are sources from files: .npz captures, and PNG or JPEG images. The error says
// which of them is none; captures are read for that, of images the head.
func Files(paths []string) ([]Source, error) {
	var out []Source
	for _, p := range paths {
		s := Source{Name: filepath.Base(p), Load: func() (Shot, error) {
			m, err := vision.LoadImage(p)
			return Shot{Color: m}, err
		}}
		check := func() error { return vision.CheckImage(p) }
		if strings.EqualFold(filepath.Ext(p), ".npz") {
			s.Load = func() (Shot, error) {
				c, err := capture.Load(p)
				if err != nil {
					return Shot{}, err
				}
				return Shot{Color: vision.Image(c.Color), Capture: c}, nil
			}
			check = func() error { _, err := capture.Load(p); return err }
		}
		if err := check(); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no picture to cut templates out of")
	}
	return out, nil
}

// colored tells whether there is a colour image.
func (s *Shot) colored() bool { return s.Color.Valid() }

// aligned tells whether colour and depth are in the same pixels.
func (s *Shot) aligned() bool {
	return s.Capture != nil && s.colored() && s.Capture.Aligned() &&
		s.Capture.Depth.W == s.Color.W && s.Capture.Depth.H == s.Color.H
}

// size of a layer in pixels.
func (s *Shot) size(depth bool) (w, h int) {
	if depth {
		return s.Capture.Depth.W, s.Capture.Depth.H
	}
	return s.Color.W, s.Color.H
}

// hasDepth tells whether a region of a layer has depth.
func (s *Shot) hasDepth(depth bool) bool { return depth || s.aligned() }

// hasColor tells whether a region of a layer has colour.
func (s *Shot) hasColor(depth bool) bool { return s.colored() && (!depth || s.aligned()) }
