//go:build linux && cgo

package main

import (
	"image"

	"gocv.io/x/gocv"

	"linetwin.dev/vision/match"
)

// exhaustive is where OpenCV's normalised correlation of each template is greatest, as the place of
// its first pixel.
func exhaustive(m match.Image, templates []match.Image) (at []image.Point, ok bool, err error) {
	picture, err := gocv.NewMatFromBytes(m.H, m.W, gocv.MatTypeCV8UC1, m.Pix)
	if err != nil {
		return nil, false, err
	}
	defer picture.Close()
	for _, t := range templates {
		p, err := gocv.NewMatFromBytes(t.H, t.W, gocv.MatTypeCV8UC1, t.Pix)
		if err != nil {
			return nil, false, err
		}
		result, mask := gocv.NewMat(), gocv.NewMat()
		gocv.MatchTemplate(picture, p, &result, gocv.TmCcoeffNormed, mask)
		_, _, _, best := gocv.MinMaxLoc(result)
		at = append(at, best)
		for _, v := range []gocv.Mat{p, result, mask} {
			v.Close()
		}
	}
	return at, true, nil
}
