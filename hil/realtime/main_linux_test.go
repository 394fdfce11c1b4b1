package realtime_test

import (
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"linetwin.dev/hil/realtime"
)

// The test binary is its own servo process, and plays other parts as well.
func TestMain(m *testing.M) {
	realtime.Main(map[string]realtime.Loop{
		"axes":   realtime.FollowSetpoints(newTestDrives),
		"crash":  crash,
		"hang":   hang,
		"fail":   func(*realtime.Servo) error { return errors.New("no bus on this machine") },
		"greedy": greedy,
		"spin":   spin,
	})
	if part, ok := os.LookupEnv(partVariable); ok {
		os.Unsetenv(partVariable)
		play(part)
		return
	}
	os.Exit(m.Run())
}

// testConfig is the Config of the loop "axes" here.
type testConfig struct {
	Start  realtime.Axes
	FailAt uint64 // cycle in which writing fails
	Log    string // file that gets all commands at the end
}

// testDrives are loop-back drives that can fail and keep a log.
type testDrives struct {
	realtime.Loopback
	conf testConfig
	log  []realtime.Command
	used int
}

func newTestDrives(s realtime.Settings) (realtime.Drives, error) {
	d := &testDrives{log: make([]realtime.Command, 1<<15)}
	if err := json.Unmarshal(s.Config, &d.conf); err != nil {
		return nil, err
	}
	d.Start, d.Delay = d.conf.Start, 1
	return d, nil
}

func (d *testDrives) Write(c realtime.Cycle, cmd *realtime.Command) error {
	if d.used < len(d.log) {
		d.log[d.used] = *cmd
		d.used++
	}
	if d.conf.FailAt > 0 && c.Number >= d.conf.FailAt {
		return errors.New("drive 2 reports 0x7305")
	}
	return d.Loopback.Write(c, cmd)
}

func (d *testDrives) Disable() error {
	if d.conf.Log == "" {
		return nil
	}
	data, err := json.Marshal(d.log[:d.used])
	if err != nil {
		return err
	}
	// It appears under its name when it is complete.
	if err := os.WriteFile(d.conf.Log+".part", data, 0o600); err != nil {
		return err
	}
	return os.Rename(d.conf.Log+".part", d.conf.Log)
}

// crash dies in its 20th cycle.
func crash(s *realtime.Servo) error {
	return s.Run(func(c realtime.Cycle) error {
		if c.Number >= 20 {
			os.Exit(9)
		}
		return nil
	})
}

// hang stops cycling after 20 cycles.
func hang(s *realtime.Servo) error {
	return s.Run(func(c realtime.Cycle) error {
		if c.Number >= 20 {
			time.Sleep(time.Hour)
		}
		return nil
	})
}

// spin never comes back from its 20th cycle, at full speed.
func spin(s *realtime.Servo) error {
	return s.Run(func(c realtime.Cycle) error {
		for c.Number >= 20 && realtime.Now() > 0 {
		}
		return nil
	})
}

// kept is where greedy's memory would stay.
var kept [][]byte

// greedy allocates in its cycles, up to a limit.
func greedy(s *realtime.Servo) error {
	return s.Run(func(c realtime.Cycle) error {
		if s.Stopping() != realtime.NoReason {
			return realtime.ErrStop
		}
		kept = append(kept[:0], make([]byte, 1<<20))
		return nil
	})
}
