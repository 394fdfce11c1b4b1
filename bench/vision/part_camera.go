//go:build linux

package main

import (
	"fmt"
	"strings"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
)

func measureCamera(s *session) ([]bench.Row, error) {
	got, err := suite.GoBench("./sim/sensor", "BenchmarkShootDatasheetFrame/nfov-unbinned", "30x", 5)
	if err != nil {
		return nil, err
	}
	ms := suite.Median(got["ns/op"]) / 1e6
	fmt.Printf("\nA simulated RGB-D frame, 1280x720 and depth of 640x576 with all of the data sheet: %.1f ms of wall time, %.1f of processor time\n",
		ms, suite.Median(got["cpu-ms/op"]))
	row := bench.Measured("simulated RGB-D frame with the full noise model, 1280x720", ms, "ms", "<= 15ms")
	const llvmpipe = "llvmpipe, plain"
	theirs, err := suite.GoBench("./sim/render/internal/egl", "BenchmarkPeer/OneBottle/OpenGL", "30x", 5, "-tags", "egl")
	if err != nil {
		why := strings.TrimSpace(err.Error())
		fmt.Printf("llvmpipe is not measured; its program says:\n  %s\n", strings.ReplaceAll(why, "\n", "\n  "))
		return []bench.Row{row.Against(llvmpipe, nil, bench.Lower)}, nil
	}
	v := suite.Median(theirs["ns/op"]) / 1e6
	return []bench.Row{row.Against(llvmpipe, &v, bench.Lower)}, nil
}
