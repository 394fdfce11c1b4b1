//go:build unix

package recogniser

import (
	"os"
	"testing"

	"linetwin.dev/vision/model"
)

// BenchmarkRecognise is the round trip of a picture of 1920 x 1080 to a recogniser that
// looks at one pixel: in memory that is shared already, copied into it, and, as the peer,
// through an uncompressed PNG file.
func BenchmarkRecognise(b *testing.B) {
	l, err := Open(Spec{Command: []string{os.Args[0]}, Env: []string{"LINETWIN_TEST_RECOGNISER=good"}})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	img := model.Image{W: 1920, H: 1080, Pix: make([]byte, 3*1920*1080)}
	shared, err := NewSharedMemory(len(img.Pix))
	if err != nil {
		b.Skip(err)
	}
	defer shared.Close()
	run := func(name string, r func() Request) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.Recognise(b.Context(), r()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	ref := &Reference{Shared: shared.Path(), Width: 1920, Height: 1080, Stride: 3 * 1920, Format: RGB8}
	run("shared", func() Request { return Request{Reference: ref} })
	run("copied", func() Request { return Request{Image: img} })
	b.Run("file", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ref, done, err := spill(img)
			if err == nil {
				_, err = l.Recognise(b.Context(), Request{Reference: ref})
				done()
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
