package twin

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// bareSite is a site with nothing on it, and a port.
func bareSite(t *testing.T) (*device.Site, *device.Port) {
	t.Helper()
	s := &device.Site{Engine: engine.New(engine.Options{Workers: -1}), Bank: protocol.NewBank()}
	return s, s.Port("test", device.LanePlant)
}

// wall is a path that winds about a thin wall, layer by layer, and returns over itself.
func wall() (all []device.Stroke) {
	at := [3]float64{0, 0, 0.02}
	line := uint32(0)
	to := func(x, y, z float64, cutting bool) {
		line++
		s := device.Stroke{Line: line, Cutting: cutting, From: at, To: [3]float64{x, y, z}}
		all = append(all, s)
		at = s.To
	}
	for layer := range 3 {
		z := 0.005 - 0.0003*float64(layer)
		to(0, 0, z, true) // down, and at the end up the same way
		for i := 1; i <= 20; i++ {
			to(0.001*float64(i), 0, z, true)
		}
		// Round the end, half a turn of 0.3 mm.
		line++
		s := device.Stroke{Line: line, Cutting: true, From: at, To: [3]float64{0.02, 0.0006, z}, Centre: [3]float64{0.02, 0.0003, z}, Normal: [3]float64{0, 0, 1}, Sweep: math.Pi}
		all = append(all, s)
		at = s.To
		for i := 19; i >= 0; i-- {
			to(0.001*float64(i), 0.0006, z, true)
		}
		to(0, 0, z, true)
		to(0, 0, 0.02, false)
	}
	return all
}

// along is a point of a stroke, and its direction.
func along(s *device.Stroke, u float64) (p, d [3]float64) {
	if s.Sweep == 0 {
		for i := range p {
			p[i], d[i] = s.From[i]+u*(s.To[i]-s.From[i]), s.To[i]-s.From[i]
		}
		l := distance(s.From, s.To)
		for i := range d {
			d[i] /= l
		}
		return p, d
	}
	sin, cos := math.Sincos(s.Sweep * u)
	a := [3]float64{s.From[0] - s.Centre[0], s.From[1] - s.Centre[1], 0}
	r := math.Hypot(a[0], a[1])
	p = [3]float64{s.Centre[0] + cos*a[0] - sin*a[1], s.Centre[1] + sin*a[0] + cos*a[1], s.From[2] + u*(s.To[2]-s.From[2])}
	d = [3]float64{-(p[1] - s.Centre[1]) / r, (p[0] - s.Centre[0]) / r, 0}
	return p, d
}

func TestATipIsFollowedAlongItsOwnPassThoughOthersAreNear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		strokes := wall()
		tr := trail{strokes: strokes}
		off := [3]float64{rapid.Float64Range(-1e-5, 1e-5).Draw(t, "x"), rapid.Float64Range(-1e-5, 1e-5).Draw(t, "y"), rapid.Float64Range(-1e-5, 1e-5).Draw(t, "z")}
		steps := rapid.IntRange(3, 40).Draw(t, "steps")
		for i := range strokes {
			tr.send(strokes[i].Line)
			for k := 0; k <= steps; k++ {
				p, d := along(&strokes[i], float64(k)/float64(steps))
				across := off
				part := 0.0
				for c := range d {
					part += off[c] * d[c]
				}
				for c := range d {
					across[c] -= part * d[c]
					p[c] += across[c]
				}
				s, e, ok := tr.follow(p)
				want := math.Sqrt(across[0]*across[0] + across[1]*across[1] + across[2]*across[2])
				got := math.Sqrt(e[0]*e[0] + e[1]*e[1] + e[2]*e[2])
				// At its ends a stroke hands over to the next one, and in a corner that may be nearer.
				if !ok || got > want+1e-9 || k > 0 && k < steps && math.Abs(got-want) > 2e-7+want*1e-3 && s.Line == strokes[i].Line {
					t.Fatalf("stroke %d, step %d of %d: off by %g, want %g", i, k, steps, got, want)
				}
				if at := int(s.Line); at < int(strokes[i].Line)-1 || at > int(strokes[i].Line) {
					t.Fatalf("on line %d the tip is taken to be on line %d", strokes[i].Line, at)
				}
			}
		}
	})
}

func TestAHelixOfSeveralTurnsIsFollowedTurnByTurn(t *testing.T) {
	s := device.Stroke{
		Line: 1, Cutting: true, From: [3]float64{0.01, 0, 0}, To: [3]float64{0.01, 0, -0.003},
		Normal: [3]float64{0, 0, 1}, Sweep: 6 * math.Pi, ToTurns: [2]float64{0, 1},
	}
	tr := trail{strokes: []device.Stroke{s}}
	tr.send(1)
	for k := 0; k <= 600; k++ {
		u := float64(k) / 600
		p, d := along(&s, u)
		_, e, _ := tr.follow(p)
		if l := math.Sqrt(e[0]*e[0] + e[1]*e[1] + e[2]*e[2]); l > 1e-12 || math.Abs(tr.way-u) > 1e-9 {
			t.Fatalf("at %v it is taken to be at %v, off by %g", u, tr.way, l)
		}
		if h := tr.heading(); math.Abs(h[0]*d[0]+h[1]*d[1]-1) > 1e-3 {
			t.Fatalf("at %v it heads for %v, want %v", u, h, d)
		}
		if a := tr.turns(); math.Abs(a[1]-u) > 1e-9 {
			t.Fatalf("at %v the table is to be at %v", u, a)
		}
	}
}

func TestStrokesAreReadBackAsTheyWereTold(t *testing.T) {
	var b []byte
	all := wall()
	for i := range all {
		all[i].FromTurns, all[i].ToTurns = [2]float64{float64(i), 2}, [2]float64{3, float64(-i)}
		b = device.AppendStroke(b, &all[i])
	}
	n := 0
	device.EachStroke(b, func(s *device.Stroke) {
		if *s != all[n] {
			t.Fatalf("%+v, want %+v", *s, all[n])
		}
		n++
	})
	if n != len(all) {
		t.Errorf("%d strokes of %d", n, len(all))
	}
	tip := device.Tip{Point: [3]float64{0.123456789, -0.5, 0}, Axis: [3]float64{0.6, 0, -0.8}}
	got, ok := device.ParseTip(device.AppendTip(nil, &tip))
	if !ok || distance(got.Point, tip.Point) > 1e-15 || distance(got.Axis, tip.Axis) > 1e-15 {
		t.Errorf("%+v, want %+v", got, tip)
	}
	if _, ok := device.ParseTip(nil); ok {
		t.Error("nothing is a tip")
	}
}
