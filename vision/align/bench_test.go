//go:build linux

package align

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"linetwin.dev/bench/suite"
)

// What is to be reached on two cores: 8 ms at 1080p, 16 ms at 4K. The peer is testdata/peer.c on
// one core, built with gcc -O2 and run beside: a pixel's corners projected and its rectangle
// filled with the nearest z. cpu-ms and C-cpu-ms are the least processor time of a frame, of all cores: they
// can be compared on a machine that others use, too.
func BenchmarkToColor(b *testing.B) {
	for _, d := range [][2]int{{1024, 1024}, {640, 576}} {
		for _, k := range []int{3, 6} {
			b.Run(fmt.Sprintf("depth=%dx%d/color=%dp", d[0], d[1], 360*k), func(b *testing.B) {
				cfg := bolt(d[0], d[1], k)
				cfg.Nearest = 250
				src := measured(cfg)
				a := mustNew(b, cfg)
				out := mustAlign(b, a, src)
				bestOf(b, func() error { return a.ToColor(out, src) })
				mid, low, cpu := peer(b, a, src)
				b.ReportMetric(mid, "C-ms")
				b.ReportMetric(low, "C-best-ms")
				b.ReportMetric(cpu, "C-cpu-ms")
			})
		}
	}
}

func BenchmarkToDepth(b *testing.B) {
	for _, k := range []int{3, 6} {
		b.Run(fmt.Sprintf("depth=1024x1024/color=%dp", 360*k), func(b *testing.B) {
			cfg := bolt(1024, 1024, k)
			cfg.Nearest = 250
			src := measured(cfg)
			a := mustNew(b, cfg)
			color := Image{a.cw, a.ch, make([]byte, 3*a.cw*a.ch)}
			out := coloured(a.w, a.h)
			if err := a.ToDepth(out, color, src); err != nil {
				b.Fatal(err)
			}
			bestOf(b, func() error { return a.ToDepth(out, color, src) })
		})
	}
}

func BenchmarkToColorPlainGo(b *testing.B) {
	cfg := bolt(1024, 1024, 3)
	cfg.Nearest = 250
	src := measured(cfg)
	a := mustNew(b, cfg)
	a.vector = false
	out := mustAlign(b, a, src)
	bestOf(b, func() error { return a.ToColor(out, src) })
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		mustNew(b, bolt(1024, 1024, 3))
	}
}

// peer builds and runs the peer on the same frame, and gives milliseconds a frame: the median, the
// least, and the least processor time. They are NaN without gcc.
func peer(b *testing.B, a *Aligner, src Depth) (median, least, cpu float64) {
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		b.Log("no gcc, so no peer")
		return math.NaN(), math.NaN(), math.NaN()
	}
	dir := b.TempDir()
	exe, in := filepath.Join(dir, "peer"), filepath.Join(dir, "frame")
	if msg, err := exec.Command(gcc, "-O2", "-o", exe, "testdata/peer.c", "-lm").CombinedOutput(); err != nil {
		b.Fatalf("gcc: %v\n%s", err, msg)
	}
	// Rays of the upper left corners of all pixels, one more each way; constants; depth.
	l, _ := a.cfg.Depth.Lens()
	data := binary.LittleEndian.AppendUint32(nil, uint32(a.w))
	for _, v := range []int{a.h, a.cw, a.ch} {
		data = binary.LittleEndian.AppendUint32(data, uint32(v))
	}
	put := func(v float32) { data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v)) }
	c := &a.lens
	for _, v := range [][lanes]float32{c.tx, c.ty, c.tz, c.k1, c.k2, c.k3, c.k4, c.k5, c.k6, c.p1, c.p2, c.fx, c.fy, c.cx, c.cy} {
		put(v[0])
	}
	for y := range a.h + 1 {
		for x := range a.w + 1 {
			rx, ry, ok := l.Ray(float64(x)-0.5, float64(y)-0.5)
			r := a.cfg.DepthInColor.Rotate(vec{rx, ry, 1})
			if !ok {
				r = vec{math.NaN(), math.NaN(), math.NaN()}
			}
			put(float32(r[0]))
			put(float32(r[1]))
			put(float32(r[2]))
		}
	}
	for _, z := range src.Z {
		put(z)
	}
	if err := os.WriteFile(in, data, 0o600); err != nil {
		b.Fatal(err)
	}
	text, err := exec.Command(exe, in, "40").Output()
	if err != nil {
		b.Fatal(err)
	}
	f := strings.Fields(string(text))
	median, _ = strconv.ParseFloat(f[0], 64)
	least, _ = strconv.ParseFloat(f[1], 64)
	cpu, _ = strconv.ParseFloat(f[2], 64)
	return median, least, cpu
}

// bestOf measures f, and tells its least time and its least processor time beside the mean: on a
// machine that others use, too, these are what f takes.
func bestOf(b *testing.B, f func() error) {
	b.ReportAllocs()
	best, cpu := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
	for b.Loop() {
		start, began := time.Now(), suite.ProcessTime()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		best, cpu = min(best, time.Since(start)), min(cpu, suite.ProcessTime()-began)
	}
	b.ReportMetric(float64(best)/1e6, "best-ms")
	b.ReportMetric(float64(cpu)/1e6, "cpu-ms")
}

func BenchmarkToColorOneGoroutine(b *testing.B) {
	for _, d := range [][2]int{{1024, 1024}, {640, 576}} {
		for _, k := range []int{3, 6} {
			b.Run(fmt.Sprintf("depth=%dx%d/color=%dp", d[0], d[1], 360*k), func(b *testing.B) {
				cfg := bolt(d[0], d[1], k)
				cfg.Nearest, cfg.Workers = 250, 1
				src := measured(cfg)
				a := mustNew(b, cfg)
				out := mustAlign(b, a, src)
				bestOf(b, func() error { return a.ToColor(out, src) })
			})
		}
	}
}
