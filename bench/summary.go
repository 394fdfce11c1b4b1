package bench

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"time"
)

// Format of summary.json. A reader refuses another one.
const Format = "linetwin-summary/1"

// Verdict on a run.
type Verdict string

// The verdicts.
const (
	Pass    Verdict = "pass"    // the run ended, and every bound holds
	Fail    Verdict = "fail"    // the run ended, and a bound is broken
	Partial Verdict = "partial" // the run was cut short: its bounds say how it stood
)

// Judge gives the verdict on a run: Partial unless it was complete, else Pass if
// every bound holds. A run without bounds passes.
func Judge(results []Result, complete bool) Verdict {
	if !complete {
		return Partial
	}
	for _, r := range results {
		if !r.Pass {
			return Fail
		}
	}
	return Pass
}

// Summary is what summary.json holds: the verdict on a run, and the numbers that it
// rests on. Times are in seconds.
type Summary struct {
	Format   string  `json:"format"` // filled in when it is written
	Scenario string  `json:"scenario"`
	Title    string  `json:"title,omitempty"`
	Seed     uint64  `json:"seed"`
	Verdict  Verdict `json:"verdict"`
	// Clock that the run was on: "wall"; absent for virtual time. Two runs on the wall
	// clock differ.
	Clock Clock `json:"clock,omitzero"`
	// Hash of the run's event log and virtual-time metrics, in hex.
	Hash           string           `json:"hash"`
	SimulatedS     float64          `json:"simulated_s"`
	WallS          float64          `json:"wall_s"`
	RealtimeFactor float64          `json:"realtime_factor"`
	Events         uint64           `json:"events"`
	Metrics        map[string]Value `json:"metrics"`
	Expect         []Result         `json:"expect"`
	Faults         []Fault          `json:"faults"`
	Notes          []string         `json:"notes"`
	Build          Build            `json:"build"`
}

// Fault that struck a device during the run.
type Fault struct {
	AtS    float64 `json:"at_s"`
	ForS   float64 `json:"for_s"`
	Device string  `json:"device"`
	Kind   string  `json:"kind"`
}

// Build that made the run.
type Build struct {
	Module   string `json:"module,omitempty"`   // main module's version, where it has one
	Revision string `json:"revision,omitempty"` // of the source
	Modified bool   `json:"modified,omitempty"` // the source had local changes
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// String is "a1b2c3d4e5f6 (modified), go1.26.8, linux/amd64".
func (b Build) String() string {
	s := cmp.Or(b.Revision, b.Module)
	if len(s) > 12 && s == b.Revision {
		s = s[:12]
	}
	if b.Modified {
		s += " (modified)"
	}
	for _, x := range []string{b.Go, b.Platform} {
		if x != "" {
			if s != "" {
				s += ", "
			}
			s += x
		}
	}
	return s
}

// ReadBuild tells which build this program is.
func ReadBuild() Build {
	b := Build{Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "(devel)" {
		b.Module = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// SetTimes fills in how long the run took, in simulated and in wall time.
func (s *Summary) SetTimes(simulated, wall time.Duration) {
	s.SimulatedS, s.WallS = simulated.Seconds(), wall.Seconds()
	s.RealtimeFactor = 0
	if wall > 0 {
		s.RealtimeFactor = s.SimulatedS / s.WallS
	}
}
