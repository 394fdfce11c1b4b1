package depth

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unsafe"
)

const side = 1024

// inspected is an image of a good part with noise of 1 mm and a hole, and its template with a
// tolerance of 3.5 sigma, one for all pixels or a map.
func inspected(tb testing.TB, maps bool) (*Template, Map, []byte) {
	rng := rand.New(rand.NewPCG(1, 1))
	want, got := NewMap(side, side), NewMap(side, side)
	for i := range want.Z {
		want.Z[i] = 800 + 0.1*float32(i%side)
		got.Z[i] = want.Z[i] + float32(rng.NormFloat64())
	}
	for y := 100; y < 140; y++ {
		clear(got.Row(y)[200:260])
	}
	tol := Uniform(3.5, 3.5)
	if maps {
		tol = Tolerance{make([]float32, side*side), make([]float32, side*side)}
		for i := range tol.Near {
			tol.Near[i], tol.Far[i] = 3.5, 3.5
		}
	}
	tp, err := NewTemplate(want, nil, tol, 505, 505)
	if err != nil {
		tb.Fatal(err)
	}
	return tp, got, make([]byte, side*side)
}

// words are the bytes of s, eight at a time.
func words(s []float32) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(s))), len(s)/2)
}

// touch is what memory alone costs: the bytes that Compare reads are added up, row by row and
// side by side as it reads them, and those that it writes are written.
func touch(tp *Template, got Map, mask []byte) (sum uint64) {
	for y := range side {
		g, w := words(got.Row(y)), words(tp.want[y*side:][:side])
		var a, b, c, d uint64
		if tp.pitch == 0 {
			for i := 0; i+4 <= len(g) && i+4 <= len(w); i += 4 {
				a += g[i] + w[i]
				b += g[i+1] + w[i+1]
				c += g[i+2] + w[i+2]
				d += g[i+3] + w[i+3]
			}
		} else {
			l, f := words(tp.low[y*side:][:side]), words(tp.far[y*side:][:side])
			for i := 0; i+4 <= len(g) && i+4 <= len(w) && i+4 <= len(l) && i+4 <= len(f); i += 4 {
				a += g[i] + w[i] + l[i] + f[i]
				b += g[i+1] + w[i+1] + l[i+1] + f[i+1]
				c += g[i+2] + w[i+2] + l[i+2] + f[i+2]
				d += g[i+3] + w[i+3] + l[i+3] + f[i+3]
			}
		}
		sum += a + b + c + d
		clear(mask[y*side:][:side])
	}
	return sum
}

var kept uint64

// BenchmarkCompare gives the time of a comparison and of touching the same bytes, taken by turns,
// the median of each, and their ratio: what is to be reached is 1.25.
func BenchmarkCompare(b *testing.B) {
	for _, c := range []struct {
		name string
		maps bool
	}{{"tolerance=map", true}, {"tolerance=uniform", false}} {
		b.Run(c.name, func(b *testing.B) {
			tp, got, mask := inspected(b, c.maps)
			var compare, memory []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				start := time.Now()
				if _, err := tp.Compare(got, mask); err != nil {
					b.Fatal(err)
				}
				middle := time.Now()
				kept += touch(tp, got, mask)
				compare, memory = append(compare, middle.Sub(start)), append(memory, time.Since(middle))
			}
			slices.Sort(compare)
			slices.Sort(memory)
			c, m := compare[len(compare)/2], memory[len(memory)/2]
			b.ReportMetric(float64(c)/(side*side), "ns/pixel")
			b.ReportMetric(float64(m)/(side*side), "memory-ns/pixel")
			b.ReportMetric(float64(c)/float64(m), "x-memory")
			b.ReportMetric(float64(compare[0])/float64(memory[0]), "x-memory-best")
		})
	}
}

func BenchmarkComparePlainGo(b *testing.B) {
	tp, got, mask := inspected(b, true)
	b.ReportAllocs()
	for b.Loop() {
		tp.compare(got, mask, false)
	}
}

func BenchmarkFind(b *testing.B) {
	tp, got, mask := inspected(b, false)
	for y := 300; y < 340; y++ {
		for x := 300; x < 400; x++ {
			got.Row(y)[x] += 20
		}
	}
	if _, err := tp.Compare(got, mask); err != nil {
		b.Fatal(err)
	}
	f := Finder{Smallest: 10}
	if _, err := f.Find(tp, got, mask); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Find(tp, got, mask); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	_, in, _ := inspected(b, false)
	out := NewMap(side, side)
	mean, _ := NewTemporal(side, side, 4, 2, false)
	median, _ := NewTemporal(side, side, 5, 3, true)
	narrow, wide := Smoother{Radius: 1, Range: 5}, Smoother{Radius: 2, Range: 5}
	for _, f := range []struct {
		name string
		do   func() error
	}{
		{"temporal=mean4", func() error { return mean.Add(out, in) }},
		{"temporal=median5", func() error { return median.Add(out, in) }},
		{"smooth=1", func() error { return narrow.Smooth(out, in) }},
		{"smooth=2", func() error { return wide.Smooth(out, in) }},
		{"flying", func() error { return RemoveFlying(out, in, Step{}, 3) }},
		{"holes", func() error { return FillHoles(out, in, Step{}, 5) }},
	} {
		b.Run(f.name, func(b *testing.B) {
			if err := f.do(); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			best := time.Duration(1 << 62)
			for b.Loop() {
				start := time.Now()
				if err := f.do(); err != nil {
					b.Fatal(err)
				}
				best = min(best, time.Since(start))
			}
			b.ReportMetric(float64(best)/(side*side), "best-ns/pixel")
		})
	}
}
