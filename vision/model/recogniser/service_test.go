//go:build unix

package recogniser

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func service(t *testing.T, p Probe, lanes ...LaneName) *Service {
	t.Helper()
	o := Options{Probe: p, Admission: Admission{Contexts: 2}}
	for _, l := range lanes {
		s := &Spec{Name: string(l), Command: []string{os.Args[0]}, Env: []string{"LINETWIN_TEST_RECOGNISER=good"}, StopWithin: 50 * time.Millisecond}
		if l == Fast {
			o.Fast = s
		} else {
			o.Precise = s
		}
	}
	s, err := NewService(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestTheFastLaneDoesNotWaitForThePreciseOne(t *testing.T) {
	s := service(t, fakeProbe{}, Fast, Precise)
	done := make(chan error, 1)
	go func() {
		_, err := s.Recognise(t.Context(), Precise, Request{Image: picture1(hangs)})
		done <- err
	}()
	eventually(t, func() bool { return s.Status().Lanes[Precise].Running == 1 })
	for _, name := range []LaneName{Fast, ""} {
		if _, err := s.Recognise(t.Context(), name, Request{Image: picture1(answers)}); err != nil {
			t.Error(err)
		}
	}
	if got := s.Status(); got.Lanes[Fast].Answered != 2 || got.InWork != 1 {
		t.Errorf("status %+v", got)
	}
	s.Close()
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("error %v", err)
	}
}

func TestAServiceRefusesLowPriorityByLoadAndMemory(t *testing.T) {
	s := service(t, fakeProbe{}, Fast)
	for range 2 {
		go s.Recognise(t.Context(), Fast, Request{Image: picture1(hangs)})
	}
	eventually(t, func() bool { return s.Status().InWork == 2 })
	var r *Refused
	if _, err := s.Recognise(t.Context(), Fast, Request{Image: picture1(answers), Priority: Low}); !errors.As(err, &r) {
		t.Errorf("by load: %v", err)
	}
	if err := s.Admit(Fast, Low); !errors.As(err, &r) {
		t.Errorf("asked before: %v", err)
	}
	if got := s.Status().Refused; got != 2 {
		t.Errorf("%d refused", got)
	}

	full := service(t, fakeProbe{m: Memory{"H100", 90, 100}}, Fast)
	if _, err := full.Recognise(t.Context(), Fast, Request{Image: picture1(answers), Priority: Low}); !errors.As(err, &r) || r.RetryAfter != 5*time.Second {
		t.Errorf("by memory: %v", err)
	}
	if _, err := full.Recognise(t.Context(), Fast, Request{Image: picture1(answers)}); err != nil {
		t.Errorf("normal priority: %v", err)
	}

	blind := service(t, fakeProbe{err: errors.New("no driver")}, Fast)
	if _, err := blind.Recognise(t.Context(), Fast, Request{Image: picture1(answers), Priority: Low}); err != nil {
		t.Errorf("where the memory is not known: %v", err)
	}
	if got := blind.Status().Trouble; got != "no driver" {
		t.Errorf("trouble %q", got)
	}
}

func TestALaneThatThereIsNotIsNamed(t *testing.T) {
	s := service(t, fakeProbe{}, Fast)
	if _, err := s.Recognise(t.Context(), Precise, Request{Image: picture1(answers)}); !errors.Is(err, ErrNoLane) || !strings.Contains(err.Error(), `"fast"`) {
		t.Errorf("error %v", err)
	}
	if _, err := NewService(Options{}); err == nil {
		t.Error("a service without lanes was opened")
	}
	if _, err := NewService(Options{Fast: &Spec{}}); err == nil {
		t.Error("a lane without a command was opened")
	}
}
