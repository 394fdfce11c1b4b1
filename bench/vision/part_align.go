//go:build linux

package main

import (
	"fmt"
	"math"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
	"linetwin.dev/kinematics"
	"linetwin.dev/vision/align"
)

func measureAlign(s *session) ([]bench.Row, error) {
	var rows []bench.Row
	for _, size := range []struct {
		lines int
		reach string
	}{{1080, "<= 8ms"}, {2160, "<= 16ms"}} {
		got, err := suite.GoBench("./vision/align", fmt.Sprintf("BenchmarkToColor/depth=1024x1024/color=%dp", size.lines), "20x", 3)
		if err != nil {
			return nil, err
		}
		ms, best, theirs := suite.Median(got["ns/op"])/1e6, suite.Median(got["best-ms"]), suite.Median(got["C-ms"])
		peer := &theirs
		if math.IsNaN(theirs) {
			fmt.Println("C is not measured: gcc is not installed")
			peer = nil
		}
		fmt.Printf("\nDepth of 1024x1024 into colour of %d lines, wall time: %.1f ms, at best %.1f; C on one core %.1f, at best %.1f; processor time of both cores %.1f ms, of C %.1f\n",
			size.lines, ms, best, theirs, suite.Median(got["C-best-ms"]), suite.Median(got["cpu-ms"]), suite.Median(got["C-cpu-ms"]))
		rows = append(rows, bench.Measured(fmt.Sprintf("depth to colour with filling, %dp", size.lines), ms, "ms", size.reach).Against("C -O2, one core", peer, bench.Lower))
		covered, off, err := coverage(size.lines)
		if err != nil {
			return nil, err
		}
		fmt.Printf("%.2f %% of the pixels whose surface the depth camera sees have a depth; in the colour frame it is off by at most %.4f mm\n", covered, off)
		rows = append(rows, bench.Measured(fmt.Sprintf("the same, %dp: pixels covered", size.lines), covered, "%", ">= 99%"))
	}
	return rows, nil
}

// bolt is much like a Femto Bolt, with colour of so many lines.
func bolt(lines int) align.Config {
	k := float64(lines) / 360
	f := k * 373.9
	w := lines * 16 / 9
	return align.Config{
		Depth: align.Camera{W: 1024, H: 1024, FX: 505.28, FY: 505.28, CX: 511.5, CY: 511.5,
			K1: 8.690, K2: 4.468, K3: 0.1729, K4: 9.017, K5: 7.379, K6: 1.056, P1: 1e-4, P2: -5e-5},
		Color: align.Camera{W: w, H: lines, FX: f, FY: f, CX: float64(w-1) / 2, CY: float64(lines-1) / 2,
			K1: 0.0784, K2: -0.1104, K3: 0.0465},
		DepthInColor: kinematics.FromRPY([3]float64{-0.0325, -0.001, 0.0019}, [3]float64{-6.4 * math.Pi / 180, 0, 0.002}),
		Nearest:      250,
	}
}

// table is a plane in the depth camera's frame: normal p = distance, millimetres.
var table = struct {
	normal   [3]float64
	distance float64
}{[3]float64{0, 0.3, 1}, 900}

// along gives how far along a ray the table is met; not above 0 where it is not.
func along(from, ray [3]float64) float64 {
	dot := func(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
	return (table.distance - dot(table.normal, from)) / dot(table.normal, ray)
}

// coverage aligns a table, and gives the percentage of the colour pixels whose point of it the depth camera
// sees that have a depth, and the largest error of their depth in millimetres.
func coverage(lines int) (percent, off float64, err error) {
	cfg := bolt(lines)
	a, err := align.New(cfg)
	if err != nil {
		return 0, 0, err
	}
	depthLens, err := cfg.Depth.Lens()
	if err != nil {
		return 0, 0, err
	}
	colorLens, err := cfg.Color.Lens()
	if err != nil {
		return 0, 0, err
	}
	src := align.Depth{W: cfg.Depth.W, H: cfg.Depth.H, Z: make([]float32, cfg.Depth.W*cfg.Depth.H)}
	for i := range src.Z {
		if x, y, ok := depthLens.Ray(float64(i%src.W), float64(i/src.W)); ok {
			src.Z[i] = float32(max(along([3]float64{}, [3]float64{x, y, 1}), 0))
		}
	}
	n := cfg.Color.W * cfg.Color.H
	out := align.Aligned{Depth: align.Depth{W: cfg.Color.W, H: cfg.Color.H, Z: make([]float32, n)}, Marks: make([]align.Mark, n)}
	if err := a.ToColor(out, src); err != nil {
		return 0, 0, err
	}
	inDepth := cfg.DepthInColor.Inverse()
	origin := [3]float64{1000 * inDepth.P[0], 1000 * inDepth.P[1], 1000 * inDepth.P[2]}
	both, seen := 0, 0
	for i := range n {
		x, y, ok := colorLens.Ray(float64(i%out.W), float64(i/out.W))
		if !ok {
			continue
		}
		ray := inDepth.Rotate([3]float64{x, y, 1})
		z := along(origin, ray)
		if !(z > 0) {
			continue
		}
		u, v, ok := depthLens.Project(origin[0]+z*ray[0], origin[1]+z*ray[1], origin[2]+z*ray[2])
		if !ok || u < 0 || v < 0 || u > float64(src.W-1) || v > float64(src.H-1) {
			continue
		}
		both++
		if out.Marks[i] == align.Seen {
			seen++
			off = max(off, math.Abs(float64(out.Z[i])-z))
		}
	}
	return 100 * float64(seen) / float64(max(both, 1)), off, nil
}
