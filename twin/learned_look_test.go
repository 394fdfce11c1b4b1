package twin

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
	"linetwin.dev/vision/model/judge"
	"linetwin.dev/vision/model/recogniser"
)

func TestAPartThatARunWasInterruptedAtIsNotJudgedAndNotCounted(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("sleep is not installed")
	}
	spec := &specs.Recogniser{Region: "front", Bad: []string{"open"}, MinScore: 0.5, Patience: specs.Duration(time.Minute)}
	j, err := judge.Open(recogniser.Spec{Name: "sleeper", Command: []string{sleep, "600"}}, spec, judge.Simulated)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	life, end := context.WithCancel(t.Context())
	end()
	l := &learned{t: &Twin{life: life}, station: "inspect", spec: spec, judge: j}
	f := &vision.Frame{Color: vision.Image{W: 8, H: 8, Pix: make([]byte, 3*8*8)}}
	v := vision.Verdict{Marks: []vision.Mark{{Label: "front", OK: true, Poly: []vision.Point{{X: 1, Y: 1}, {X: 6, Y: 6}}}}}
	if none, err := l.look(f, &v); none || err != nil || v.Reason != vision.NotJudged {
		t.Errorf("%v, unanswered: %t, %v; want a part that is not judged, and nobody to blame", v.Reason, none, err)
	}
}
