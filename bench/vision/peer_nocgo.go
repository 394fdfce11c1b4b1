//go:build linux && !cgo

package main

import (
	"image"

	"linetwin.dev/vision/match"
)

// exhaustive is OpenCV's, which a build without cgo does not have.
func exhaustive(match.Image, []match.Image) (at []image.Point, ok bool, err error) {
	return nil, false, nil
}
