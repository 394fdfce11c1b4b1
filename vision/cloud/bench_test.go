package cloud

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"testing"

	"linetwin.dev/vision/align"
)

// frame is a depth image of the part on a belt, as a Femto Bolt sees it in its narrow mode without binning.
func frame() (align.Camera, align.Depth) {
	k := bolt(640, 576)
	d := wall(k, 0)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range d.Z {
		x, y := float64(i%k.W-320)*0.9, float64(i/k.W-288)*0.9
		d.Z[i] = float32(500 - part(x/3, y/3) + rng.NormFloat64())
	}
	return k, d
}

// BenchmarkCloud is beside what it costs to work the rays out again for each frame, as a tool without tables does.
func BenchmarkCloud(b *testing.B) {
	k, d := frame()
	u := unprojector(b, k)
	var c Cloud
	for _, e := range []struct {
		name string
		e    Extra
	}{{"points", Extra{}}, {"coloured", Extra{Color: make([]byte, 3*k.W*k.H)}}, {"normals", Extra{Normals: true}}} {
		b.Run(e.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := u.Cloud(&c, d, e.e); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(k.W*k.H), "ns/pixel")
		})
	}
	b.Run("peer=without tables", func(b *testing.B) {
		lens, err := k.Lens()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			c.cut(0)
			for i, z := range d.Z {
				if rx, ry, ok := lens.Ray(float64(i%k.W), float64(i/k.W)); ok && z > 0 {
					c.X, c.Y, c.Z = append(c.X, float32(rx)*z), append(c.Y, float32(ry)*z), append(c.Z, z)
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(k.W*k.H), "ns/pixel")
	})
}

// BenchmarkThin is beside the same with a map, whose order is another in each run.
func BenchmarkThin(b *testing.B) {
	k, d := frame()
	var c, out Cloud
	if err := unprojector(b, k).Cloud(&c, d, Extra{}); err != nil {
		b.Fatal(err)
	}
	b.Run("sorted", func(b *testing.B) {
		b.ReportAllocs()
		var v Voxels
		for b.Loop() {
			if err := v.Thin(&out, &c, 4); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("peer=map", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			naive(&c, 4)
		}
	})
}

// BenchmarkNearest is beside a look at all points.
func BenchmarkNearest(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		c := points(part, n, 0.5, 1)
		s := search{t: newTree(c)}
		q := points(part, 1024, 0.5, 2)
		b.Run(fmt.Sprintf("tree/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				k := i % 1024
				s.nearest([3]float32{q.X[k], q.Y[k], q.Z[k]}, 1, float32(math.Inf(1)))
			}
		})
		if n > 10000 {
			continue
		}
		b.Run(fmt.Sprintf("peer=all/%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				k := i % 1024
				s.p = [3]float32{q.X[k], q.Y[k], q.Z[k]}
				best := float32(math.Inf(1))
				for j := range n {
					best = min(best, s.distance(int32(j)))
				}
			}
		})
	}
}

func BenchmarkFitPlane(b *testing.B) {
	k, d := frame()
	var c Cloud
	if err := unprojector(b, k).Cloud(&c, d, Extra{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := FitPlane(&c, 3); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRegister finds a part of 8000 points that is moved by 15 mm and turned by 35 degrees.
func BenchmarkRegister(b *testing.B) {
	tc := points(part, 8000, 0.1, 1)
	c := moved(points(part, 8000, 0.5, 2), about([3]float64{15, -10, 8}, [3]float64{0.1, -0.08, 0.6}).Inverse())
	b.Run("template", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			template(b, tc)
		}
	})
	tm := template(b, tc)
	for _, turns := range []int{1, 12} {
		b.Run(fmt.Sprintf("turns=%d", turns), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				register(b, tm, c, Start{Turns: turns})
			}
		})
	}
}

func BenchmarkDeviations(b *testing.B) {
	tm := template(b, points(part, 8000, 0.1, 1))
	c := points(part, 100000, 0.5, 2)
	at := about([3]float64{}, [3]float64{})
	b.ReportAllocs()
	for b.Loop() {
		if err := tm.Deviations(c, at); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.Len()), "ns/point")
}

func BenchmarkPLY(b *testing.B) {
	c := full(200000)
	for _, f := range []struct {
		name string
		f    Format
	}{{"binary", Binary}, {"text", Text}} {
		data := encode(b, c, f.f)
		b.Run("write/"+f.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if err := WritePLY(io.Discard, c, f.f); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("read/"+f.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := ReadPLY(bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
