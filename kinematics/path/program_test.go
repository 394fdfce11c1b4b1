package path

import (
	"errors"
	"math"
	"os"
	"strconv"
	"testing"

	"linetwin.dev/kinematics/machine"
)

var axisNames = [MaxAxes]string{"X", "Y", "Z", "A", "B", "C", "U", "V", "W"}

// axes are the first n of XYZABCUVW, with limits that differ.
func axes(n int) []Axis {
	all := make([]Axis, n)
	for i := range all {
		k := 1 + 0.3*float64(i%4)
		all[i] = Axis{Name: axisNames[i], Limit: machine.Limit{Speed: 0.4 * k, Accel: 3 * k, Jerk: 60 / k}}
		if i >= 3 && i < 6 {
			all[i].Rotary = true
			all[i].Limit = machine.Limit{Speed: 2 * k, Accel: 20 * k, Jerk: 400 / k}
		}
	}
	return all
}

// trunnion is a machine with two rotary axes under the table, and its axes.
func trunnion(t testing.TB) (*machine.Machine, []Axis) {
	t.Helper()
	m, err := machine.Named("XYZAC-TRT", machine.Geometry{Offset: [3]float64{0, 0.01, 0.05}})
	if err != nil {
		t.Fatal(err)
	}
	m = m.WithTool([3]float64{0, 0, 0.12})
	all := axes(5)
	all[4].Name = "C"
	return &m, all
}

// random draws a number; rapid's are mostly near to 0, which paths are not.
type random uint64

func (r *random) next() float64 {
	*r ^= *r << 13
	*r ^= *r >> 7
	*r ^= *r << 17
	return float64(*r>>11) / (1 << 53)
}

func (r *random) between(lo, hi float64) float64 { return lo + (hi-lo)*r.next() }

// program is a random path: lines, corners, reversals, arcs, helices, and runs of short
// lines along curves, rounded to what programs are rounded to.
func program(r *random, n, moves int) []Move {
	var all []Move
	var at [MaxAxes]float64
	tolerance, feed := 1e-5, 0.05
	add := func(mv Move) {
		mv.Feed, mv.Tolerance, mv.Line = feed, tolerance, len(all)+1
		at = mv.To
		all = append(all, mv)
	}
	for len(all) < moves {
		if r.next() < 0.3 {
			tolerance = math.Pow(10, r.between(-7, -3))
			switch r.next(); {
			case r.next() < 0.15:
				tolerance = 0
			case r.next() < 0.1:
				tolerance = math.Inf(1)
			}
		}
		if r.next() < 0.3 {
			feed = math.Pow(10, r.between(-2.5, -0.5))
			if r.next() < 0.2 {
				feed = 0
			}
		}
		long := math.Pow(10, r.between(-5, -1.5))
		to := at
		switch k := r.next(); {
		case k < 0.15 && n >= 3: // an arc
			normal := [3]float64{0, 0, 1}
			if r.next() < 0.3 {
				normal = [3]float64{1, 0, 0}
			}
			phi := r.between(0, 2*math.Pi)
			radius := max(long, 1e-3)
			a, b := [3]float64{1, 0, 0}, [3]float64{0, 1, 0}
			if normal[0] == 1 {
				a, b = [3]float64{0, 1, 0}, [3]float64{0, 0, 1}
			}
			mv := Move{Normal: normal, Sweep: r.between(-7, 7)}
			if r.next() < 0.2 && len(all) > 0 {
				mv.Sweep = math.Copysign(2*math.Pi, mv.Sweep)
			}
			for i := range 3 {
				mv.Centre[i] = at[i] - radius*(a[i]*math.Cos(phi)+b[i]*math.Sin(phi))
				to[i] = mv.Centre[i] + radius*(a[i]*math.Cos(phi+mv.Sweep)+b[i]*math.Sin(phi+mv.Sweep))
				to[i] += normal[i] * r.between(-0.01, 0.01)
			}
			for i := 3; i < n; i++ {
				to[i] += r.between(-1, 1) * long
			}
			mv.To = to
			add(mv)
		case k < 0.35: // short lines along a curve
			var rate, phase, size [MaxAxes]float64
			for i := range n {
				rate[i], phase[i], size[i] = r.between(20, 200), r.between(0, 7), math.Pow(10, r.between(-4, -2))
				if i >= 3 && i < 6 {
					size[i] *= 10
				}
			}
			start := at
			step := math.Pow(10, r.between(-4.5, -3))
			for j := range 40 {
				x := step * float64(j+1)
				to := start
				for i := range n {
					to[i] += size[i] * (math.Sin(rate[i]*x+phase[i]) - math.Sin(phase[i]))
					to[i] = math.Round(to[i]*1e6) / 1e6
				}
				add(Move{To: to, Stop: r.next() < 0.01})
			}
		case k < 0.4 && len(all) > 1: // back again
			add(Move{To: all[len(all)-2].To})
		default:
			for i := range n {
				d := r.between(-1, 1) * long
				if i >= 3 && i < 6 {
					d *= 10
				}
				if r.next() < 0.5 {
					to[i] += d
				}
			}
			add(Move{To: to, Stop: r.next() < 0.05})
		}
	}
	return all
}

// each runs a program in one goroutine, with something done between the cycles.
func each(t interface{ Fatal(...any) }, c Config, moves []Move, control *machine.Machine, do func(r *Runner, s *Sample)) Sample {
	p, r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if control != nil {
		if err := p.Control(control); err != nil {
			t.Fatal(err)
		}
	}
	var s Sample
	for {
		for len(moves) > 0 && p.Room() {
			if err := p.Add(moves[0]); err != nil {
				t.Fatal(err)
			}
			moves = moves[1:]
		}
		if len(moves) == 0 {
			if err := p.Flush(); err != nil && !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
		}
		more := r.Next(&s)
		if do != nil {
			do(r, &s)
		}
		if !more && len(moves) == 0 && s.State != Held {
			return s
		}
	}
}

// judge holds sample after sample to the limits, and each to the one before it.
type judge struct {
	c     Config
	old   Sample
	n     int
	worst float64
	fail  func(format string, args ...any)
}

func (j *judge) look(s *Sample) {
	j.n++
	dt := j.c.Cycle
	for i, a := range j.c.Axes {
		l := a.Limit
		v, acc, jerk := math.Abs(s.Velocity[i]), math.Abs(s.Acceleration[i]), math.Abs(s.Jerk[i])
		j.worst = max(j.worst, v/l.Speed, acc/l.Accel, jerk/l.Jerk)
		if v > l.Speed*(1+1e-9) || acc > l.Accel*(1+1e-9) || jerk > l.Jerk*(1+1e-9) {
			j.fail("sample %d, line %d, axis %s: speed %.12g, acceleration %.12g, jerk %.12g; the limits are %g, %g, %g",
				j.n, s.Line, a.Name, v, acc, jerk, l.Speed, l.Accel, l.Jerk)
		}
		if j.n == 1 {
			continue
		}
		// What happens between two samples keeps the limits, too: velocity and position
		// follow from the state before up to what the limits let change.
		o := &j.old
		round := 4e-16 * (1 + math.Abs(s.Joints[i]))
		if d := math.Abs(s.Acceleration[i] - o.Acceleration[i]); d > l.Jerk*dt*(1+1e-6)+1e-9*l.Accel {
			j.fail("sample %d, line %d, axis %s: the acceleration jumps by %g, to %g; the jerk allows %g", j.n, s.Line, a.Name, d, s.Acceleration[i], l.Jerk*dt)
		}
		if d := math.Abs(s.Velocity[i] - o.Velocity[i] - o.Acceleration[i]*dt); d > l.Jerk*dt*dt/2*(1+1e-6)+1e-10*l.Speed {
			j.fail("sample %d, line %d, axis %s: the velocity jumps by %g", j.n, s.Line, a.Name, d)
		}
		if d := math.Abs(s.Joints[i] - o.Joints[i] - dt*(o.Velocity[i]+dt/2*o.Acceleration[i])); d > l.Jerk*dt*dt*dt/6*(1+1e-6)+round+1e-12 {
			j.fail("sample %d, line %d, axis %s: the position jumps by %g", j.n, s.Line, a.Name, d)
		}
	}
	j.old = *s
}

// seeds tries some random programs, and those that once failed; LINETWIN_SOAK=1 tries many.
func seeds(t *testing.T, n int, do func(t *testing.T, r *random), failed ...int) {
	if os.Getenv("LINETWIN_SOAK") != "" {
		n *= 20
	}
	for seed := range n {
		failed = append(failed, seed)
	}
	for _, seed := range failed {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			r := random(0x9e3779b97f4a7c15 * uint64(seed+1))
			do(t, &r)
		})
	}
}
