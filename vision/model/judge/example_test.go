package judge_test

import (
	"context"
	"fmt"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
	"linetwin.dev/vision/model/judge"
)

// The colour of caps, as the recogniser in Python says it.
func Example() {
	station := &specs.Recogniser{
		Command: []string{"python3", "recogniser.py"}, Region: "cap", Bad: []string{"red"}, MinScore: 0.6,
		Patience: specs.Duration(10 * time.Second),
	}
	how, err := judge.Prepare(station, "../example", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	j, err := judge.Open(how, station, judge.Simulated)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer j.Close()
	var inspector *vision.Inspector // of a station
	var frame *vision.Frame         // of its camera
	v := inspector.Inspect(frame)
	if err := j.Look(context.Background(), frame.Color, &v); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Findings(), v.ClassScore)
}
