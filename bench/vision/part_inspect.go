//go:build linux

package main

import (
	"fmt"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
	"linetwin.dev/vision"
)

func measureInspect(s *session) ([]bench.Row, error) {
	st, err := newStudio()
	if err != nil {
		return nil, err
	}
	in, err := vision.NewInspector(st.station)
	if err != nil {
		return nil, err
	}
	var times []float64
	wrong := 0
	var f vision.Frame
	n := 20 * s.rounds
	for i := range n {
		p := st.part(i)
		if err := st.shoot(p, i, &f); err != nil {
			return nil, err
		}
		var v vision.Verdict
		times = append(times, cost(ofThread, func() { v = in.Inspect(&f) }))
		if v.Good() != (i%2 == 0) {
			wrong++
		}
	}
	fmt.Printf("\n%d bottles inspected (place, QR, label, cap, dent; depth in colour's pixels), half of them bad: median %.2f ms, P99 %.2f ms, most %.2f ms; %d judged wrongly\n",
		n, suite.Median(times), suite.Quantile(times, 0.99), suite.Quantile(times, 1), wrong)
	return []bench.Row{
		bench.Measured("inspection of one bottle, P99", suite.Quantile(times, 0.99), "ms", "<= 15ms"),
		bench.Measured("bottles judged wrongly in that", float64(wrong), "1", "<= 0"),
	}, nil
}
