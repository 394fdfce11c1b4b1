package twin

import (
	"math"
	"path/filepath"
	"testing"
	"time"

	"linetwin.dev/mes"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// BenchmarkPicture is what a picture costs the line's own threads, which take, claim and keep it
// ("line"), and the darkroom, which draws and encodes it and hands it to the MES ("darkroom"). The
// frame is as large as the reference line's, and the picture as by default. The peer is the
// inspection of such a frame: the metric inspection.compute of a run.
func BenchmarkPicture(b *testing.B) {
	pix := make([]byte, 3*1280*720)
	for i := range pix {
		x, y := i/3%1280, i/3/1280
		pix[i] = byte(120 + 80*math.Sin(float64(x)/40+float64(i%3))*math.Cos(float64(y)/30) + 40*float64((x/24^y/24)&1))
	}
	f := &vision.Frame{Camera: "top", Color: vision.Image{W: 1280, H: 720, Pix: pix}}
	square := func(x, y, w, h float64) []vision.Point {
		return []vision.Point{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}}
	}
	v := vision.Verdict{Reason: vision.NoCap, Marks: []vision.Mark{
		{Label: "QR", OK: true, Poly: square(600, 400, 80, 80)}, {Label: "label", OK: true, Poly: square(550, 300, 180, 220)},
		{Label: "cap", Poly: square(590, 60, 100, 40)}, {Label: "front", OK: true, Poly: square(530, 130, 220, 500)},
	}}
	for _, name := range []string{"line", "darkroom"} {
		b.Run(name, func(b *testing.B) {
			m, err := mes.Open(filepath.Join(b.TempDir(), "mes.db"), mes.Config{PictureKeep: 100})
			if err != nil {
				b.Fatal(err)
			}
			defer m.Close()
			if err := m.Complete(time.Second, mes.Part{Track: 1}); err != nil {
				b.Fatal(err)
			}
			d := newDarkroom(specs.Pictures{Good: 1, Width: 480, Quality: 80, Keep: 100}, false, m, []string{"inspect"})
			d.opened = true // the benchmark is its goroutine
			b.ReportAllocs()
			seq := int64(0)
			for b.Loop() {
				seq++
				d.take(time.Second, "inspect", seq, f, v)
				d.keep(d.claim("inspect", seq), 1)
				if name == "darkroom" {
					for _, t := range d.work {
						d.do(t)
					}
				}
				d.work, d.frames = d.work[:0], 0
			}
			if s := m.Snapshot().Recent[0].Pictures; len(s) > 0 {
				b.ReportMetric(float64(s[len(s)-1].Bytes), "bytes/picture")
			}
		})
	}
}
