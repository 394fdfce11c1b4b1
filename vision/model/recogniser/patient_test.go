package recogniser

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestAPatientRequestWaitsForAProcessThatWasThereBefore(t *testing.T) {
	l := open(t, "well", nil)
	for range 2 * brokenAfter { // each takes a process with it
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		_, err := l.Recognise(ctx, Request{Image: picture1(dies), Patient: true})
		cancel()
		var f *Fault
		if !errors.As(err, &f) {
			t.Fatalf("%v; a patient request is told of what its own process does, and not that there is none", err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := l.Recognise(ctx, Request{Image: picture1(answers), Patient: true}); err != nil {
		t.Errorf("%v; want the answer of the next process", err)
	}
	never := open(t, "dead", nil)
	var u *Unavailable
	if _, err := never.Recognise(ctx, Request{Image: picture1(answers), Patient: true}); !errors.As(err, &u) {
		t.Errorf("%v; where no process ever was ready there is nothing to wait for", err)
	}
}
