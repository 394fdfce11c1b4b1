//go:build cgo

package onnx

import (
	"testing"

	"linetwin.dev/vision/model"
)

// BenchmarkPrepare lays a picture of 1920 x 1080 into an input of 224 x 224 and of
// 640 x 640.
func BenchmarkPrepare(b *testing.B) {
	img := scene(1920, 1080)
	for name, n := range map[string]int{"224": 224, "640": 640} {
		b.Run(name, func(b *testing.B) {
			in := &model.Input{Width: n, Height: n, Channels: "rgb", Fit: "letterbox", Mean: make([]float64, 3), Scale: []float64{1, 1, 1}}
			to := make([]float32, 3*n*n)
			b.ReportAllocs()
			for b.Loop() {
				prepare(in, img, to)
			}
		})
	}
}

// BenchmarkRecognise is the tests' classifier on a picture of its own size: what a Net
// adds to OpenCV's work.
func BenchmarkRecognise(b *testing.B) {
	dir, s := folder(b, classifierSpec, classifier())
	n, err := Open(dir, s, CPU)
	if err != nil {
		b.Fatal(err)
	}
	defer n.Close()
	img := scene(8, 8)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := n.Recognise(img); err != nil {
			b.Fatal(err)
		}
	}
}
