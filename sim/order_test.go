package sim_test

import (
	"context"
	"testing"
	"time"

	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
)

// faulty is the reference line for a while, in which a device fails.
func faulty(t *testing.T, name, kind string) twin.Scenario {
	t.Helper()
	l, err := specs.Load("../scenarios/bottling")
	if err != nil {
		t.Fatal(err)
	}
	s := l.Scenario
	s.Duration, s.Expect = specs.Duration(22*time.Second), nil
	cameras := map[string]specs.Camera{}
	for n, c := range s.Cameras {
		c.Fidelity = "modelled"
		cameras[n] = c
	}
	s.Cameras = cameras
	s.Faults = []specs.Fault{{At: specs.Duration(15 * time.Second), For: specs.Duration(3 * time.Second), Device: name, Kind: kind}}
	resolved, err := s.ResolvedJSON()
	if err != nil {
		t.Fatal(err)
	}
	return twin.Scenario{Scenario: &s, Dir: l.Dir, Resolved: resolved, Where: l.Where}
}

// Within a phase of an instant the components may come in any order: the log is the
// same, also while something fails.
func TestTheOrderOfDevicesDoesNotMatter(t *testing.T) {
	for _, f := range []struct{ device, kind string }{
		{"belt", "offline"}, {"belt", "stuck"}, {"pe_infeed", "offline"}, {"pe_outfeed", "stuck"}, {"reject", "offline"},
		{"reject", "stuck"}, {"capper", "offline"}, {"top", "offline"}, {"eye", "drop-frames"}, {"main", "offline"},
	} {
		t.Run(f.device+" "+f.kind, func(t *testing.T) {
			sc := faulty(t, f.device, f.kind)
			run := func(shuffle uint64) [32]byte {
				tw, err := twin.New(sc, twin.Options{Devices: twin.Registry{device.Sim: sim.Devices()}, Shuffle: shuffle})
				if err != nil {
					t.Fatal(err)
				}
				out, err := tw.Run(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range []string{"line.bad_passed", "line.lost"} {
					if v := out.Summary.Metrics[m].Value; v == nil || *v != 0 {
						t.Errorf("%s is not 0", m)
					}
				}
				return out.Hash
			}
			want := run(0)
			for s := uint64(1); s <= 3; s++ {
				if got := run(s); got != want {
					t.Errorf("shuffle %d gives another log", s)
				}
			}
		})
	}
}
