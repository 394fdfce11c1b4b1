package sim

import (
	"fmt"
	"math"
	"testing"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// over puts the machine's tool over a place on the belt, for good.
func (s *stage) over(name string, x, y, z float64) {
	s.t.Helper()
	m := s.w.machines[name]
	home := make([]float64, len(m.drives))
	for i, d := range m.drives {
		home[i] = d.q
	}
	tool := m.chain.Forward(home)
	tool.P = [3]float64{x, y, z}
	q := make([]float64, len(home))
	if _, err := m.chain.Inverse(tool, home, kinematics.IKOptions{}, q); err != nil {
		s.t.Fatal(err)
	}
	for i := range q {
		s.hand.At(0, 0, func(now time.Duration) { s.cmd[fmt.Sprintf("%s.j%d.setpoint", name, i+1)].SetFloat(now, q[i]) })
	}
}

// A head takes hold of a cap that is within its grip, and of no other.
func TestAHeadCapsWhatStandsUnderIt(t *testing.T) {
	for _, c := range []struct {
		name string
		x    float64 // of the tool, from the part's centre
		cap  bool
		is   device.Defect
	}{
		{"right over it", 0.0002, true, 0},
		{"just within the grip", 0.0028, true, 0},
		{"just outside", 0.0032, false, 0},
		{"no cap to take", 0, false, device.MissingCap},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, func(s *specs.Scenario) {
				f := s.Feeders["infeed"]
				f.Lateral, f.Yaw, f.First = 0, 0, specs.Duration(time.Hour)
				s.Feeders["infeed"] = f
			})
			f := s.w.feeders[0]
			f.next = -2.6
			f.put(0)
			p := f.belt.parts.list[0] // stands at x = 2.6 m
			p.truth.Defects = c.is
			s.over("capper", 2.6+c.x, 0, 0.228)
			s.set(0, "capper.head.press", false)
			s.set(3*sec, "capper.head.press", true)
			s.set(4*sec, "capper.head.press", false)
			s.at(3500*ms, func() {
				axis := s.w.machines["capper"].tool(3500 * ms).P
				if off := math.Hypot(axis[0]-2.6, axis[1]); math.Abs(off-math.Abs(c.x)) > 1e-4 {
					t.Fatalf("the tool is %v m off", off)
				}
				if !s.in("capper.head.down").Bool() {
					t.Error("the head is not down")
				}
			})
			s.play(5 * sec)
			if p.truth.Capped != c.cap || c.cap && math.Abs(p.truth.CapError-c.x) > 1e-4 {
				t.Errorf("capped: %v, off by %v", p.truth.Capped, p.truth.CapError)
			}
			if s.in("capper.head.down").Bool() {
				t.Error("the head stays down")
			}
		})
	}
}

func TestJointsArePublishedAsTheirEncodersHaveThem(t *testing.T) {
	s := newStage(t, nil)
	o := s.cmd["capper.j3.setpoint"]
	home := float64(s.spec.Machines["capper"].Joints[2].Home)
	s.hand.Every(1, 4*ms, 0, func(now time.Duration) { o.SetFloat(now, home+0.1*math.Sin(now.Seconds())) })
	m := s.w.machines["capper"]
	n := 0
	s.hand.Every(1, 4*ms, 0, func(now time.Duration) { // after Sense, before the next cycle
		got := s.in("capper.j3.position").Float()
		if is := m.drives[2].q; math.Abs(got-is) > resolution/2+1e-12 || math.Abs(got/resolution-math.Round(got/resolution)) > 1e-4 {
			t.Fatalf("%v: published %v, is %v", now, got, is)
		}
		n++
	})
	s.play(3 * sec)
	if n < 700 {
		t.Errorf("looked %d times", n)
	}
	if c := len(s.seen["capper.j1.position"]); c != 1 {
		t.Errorf("a joint that stands was published %d times", c)
	}
}
