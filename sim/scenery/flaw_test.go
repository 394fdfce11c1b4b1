package scenery_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/twin/device"
)

// flawRange is what each kind is promised to measure at severity 0 and 1.
var flawRange = map[device.Defect][2]float64{
	device.Dent: {1, 14}, device.Bulge: {1, 8}, device.ShiftedLabel: {1, 8}, device.RotatedLabel: {1, 8},
	device.TornLabel: {3, 30}, device.SmearedLabel: {1, 12}, device.ScratchedQR: {0.3, 4}, device.FaintQR: {40, 95},
	device.CrookedCap: {2, 12},
}

func spoil(t testing.TB, k *scenery.Kit, seed uint64, flaws ...scenery.Flaw) *scenery.Part {
	t.Helper()
	p, err := k.Spoil(17, rand.New(rand.NewPCG(seed, 3)), flaws...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFlawsAreAsLargeAsTheirSeverityAsks(t *testing.T) {
	k := newKit(t)
	for kind, r := range flawRange {
		for _, severity := range []float64{0, 0.5, 1} {
			p := spoil(t, k, 1, scenery.Flaw{Kind: kind, Severity: severity})
			want := r[0] + (r[1]-r[0])*severity
			if s := p.Sizes(); len(s) != 1 || s[0].Kind != kind || math.Abs(s[0].Value-want) > 1e-9 || p.Defects() != kind {
				t.Errorf("%v of severity %g has the sizes %v and the defects %v, want %g", kind, severity, s, p.Defects(), want)
			}
		}
	}
	if d := spoil(t, k, 1, scenery.Flaw{Kind: device.Bulge, Severity: 1}).Dent(); d.Depth != -0.008 {
		t.Errorf("a bulge of 8 mm is a dent of %g m", d.Depth)
	}
	rotated := spoil(t, k, 1, scenery.Flaw{Kind: device.RotatedLabel, Severity: 0.5}).LabelCorners()
	angle := math.Atan2(rotated[1][2]-rotated[0][2], rotated[1][0]-rotated[0][0]) * 180 / math.Pi
	if math.Abs(math.Abs(angle)-4.5) > 1e-6 || math.Abs(math.Hypot(rotated[1][0]-rotated[0][0], rotated[1][2]-rotated[0][2])-0.06) > 1e-9 {
		t.Errorf("a label rotated by 4.5 deg has its upper side at %.3f deg", angle)
	}
	pose := spoil(t, k, 1, scenery.Flaw{Kind: device.CrookedCap, Severity: 0.4}).CapPose()
	if lean := math.Acos(pose.R[8]) * 180 / math.Pi; math.Abs(lean-6) > 1e-6 {
		t.Errorf("a cap leaning by 6 deg leans by %.3f", lean)
	}
}

// seen draws a part from the front, upright, lit evenly, at 4 pixels a millimetre.
func seen(t testing.TB, p *scenery.Part) *render.Target {
	t.Helper()
	var scene render.Scene
	(&scenery.Scene{Parts: []scenery.Placed{scenery.Place(p, 0, 0, 0)}}).Compose(&scene, 0)
	scene.Light = render.Light{Ambient: 1.25}
	const px, far = 8e3, 2.0 // 4 px a millimetre
	c := render.Camera{W: 400, H: 720, FX: px, FY: px, CX: 199.5, CY: 359.5,
		Pose: kinematics.LookAt([3]float64{0, -far - 0.03, 0.085}, [3]float64{0, 0, 0.085}, [3]float64{0, 0, 1})}
	out := &render.Target{W: c.W, H: c.H, Color: make([]byte, 3*c.W*c.H), Depth: make([]float32, c.W*c.H)}
	if err := new(render.Raster).Render(&scene, c, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// changed is how many square millimetres of the front look another way than on a good part.
func changed(a, b *render.Target) float64 {
	n := 0
	for i := range a.Depth {
		for k := range 3 {
			if d := int(a.Color[3*i+k]) - int(b.Color[3*i+k]); d < -16 || d > 16 {
				n++
				break
			}
		}
	}
	return float64(n) / 16
}

func TestFlawsCanBeSeenAndMoreSoTheMoreSevereTheyAre(t *testing.T) {
	k := newKit(t)
	good := seen(t, spoil(t, k, 1))
	for kind := range flawRange {
		if kind == device.Dent || kind == device.Bulge {
			continue // in depth, below
		}
		last := 0.0
		for _, severity := range []float64{0, 0.4, 1} {
			area := changed(good, seen(t, spoil(t, k, 5, scenery.Flaw{Kind: kind, Severity: severity})))
			if area < 4 || area < last {
				t.Errorf("%v of severity %g changes %.0f mm2, less than %.0f", kind, severity, area, max(4, last))
			}
			last = area
		}
	}
	for kind, sign := range map[device.Defect]float64{device.Dent: 1, device.Bulge: -1} {
		p := spoil(t, k, 2, scenery.Flaw{Kind: kind, Severity: 0.5})
		d := p.Dent()
		x, y := int(math.Round(199.5+d.X*4000)), int(math.Round(359.5-(d.Z-0.085)*4000))
		got := float64(seen(t, p).Depth[y*400+x] - good.Depth[y*400+x])
		if want := sign * p.Sizes()[0].Value; math.Abs(got-want) > 0.1 {
			t.Errorf("%v is %+.2f mm deep in the image, want %+.2f", kind, got, want)
		}
	}
}

func TestATornLabelShowsItsPartOfTheBody(t *testing.T) {
	k := newKit(t)
	good := seen(t, spoil(t, k, 1))
	for _, severity := range []float64{0.2, 1} {
		p := spoil(t, k, 4, scenery.Flaw{Kind: device.TornLabel, Severity: severity})
		torn, all := 0, 0
		out := seen(t, p)
		for y := range 720 {
			for x := range 400 {
				// Within the label's place on the body.
				X, Z := (float64(x)-199.5)/4000, 0.085-(float64(y)-359.5)/4000
				if math.Abs(X) > 0.0295 || math.Abs(Z-0.105) > 0.0195 {
					continue
				}
				all++
				i := 3 * (y*400 + x)
				body := [3]byte{0xd9, 0xe4, 0xea} // of props.Bottle
				same := true
				for k := range 3 {
					d := int(out.Color[i+k]) - int(body[k])
					same = same && d > -14 && d < 14
				}
				was := false
				for k := range 3 {
					d := int(out.Color[i+k]) - int(good.Color[i+k])
					was = was || d < -14 || d > 14
				}
				if same && was {
					torn++
				}
			}
		}
		share := 100 * float64(torn) / float64(all)
		if want := p.Sizes()[0].Value; share < 0.5*want || share > 1.3*want {
			t.Errorf("of a label %.0f %% of which are gone %.1f %% show the body", want, share)
		}
	}
}

func TestAPartFromTheFeederTellsTheSizesOfItsFlaws(t *testing.T) {
	k := newKit(t)
	var all device.Defect
	for kind := range flawRange {
		all |= kind
	}
	for _, d := range []device.Defect{0, device.Dent | device.ShiftedLabel, all &^ device.Bulge, all &^ device.Dent} {
		p := k.Part(9, d, rand.New(rand.NewPCG(9, 9)))
		var told device.Defect
		for _, s := range p.Sizes() {
			told |= s.Kind
			if r := flawRange[s.Kind]; s.Value < r[0] || s.Value > r[1] {
				t.Errorf("%v measures %g %s", s.Kind, s.Value, s.Unit)
			}
		}
		if told != d {
			t.Errorf("a part with %v tells the sizes of %v", d, told)
		}
	}
	// What is wrong besides does not move a dent.
	a := k.Part(9, device.Dent, rand.New(rand.NewPCG(9, 9)))
	b := k.Part(9, device.Dent|device.TornLabel|device.FaintQR, rand.New(rand.NewPCG(9, 9)))
	if a.Dent() != b.Dent() {
		t.Errorf("a torn label moves the dent from %v to %v", a.Dent(), b.Dent())
	}
}

func TestSpoilSaysWhatItCannotDo(t *testing.T) {
	k := newKit(t)
	for _, tt := range []struct {
		flaws []scenery.Flaw
		want  string
	}{
		{[]scenery.Flaw{{device.MissingCap, 0.5}}, "has no size"},
		{[]scenery.Flaw{{device.Dent | device.TornLabel, 0.5}}, "has no size"},
		{[]scenery.Flaw{{device.Dent, 1.5}}, "from 0 to 1"},
		{[]scenery.Flaw{{device.Dent, math.NaN()}}, "from 0 to 1"},
		{[]scenery.Flaw{{device.FaintQR, 0.5}, {device.FaintQR, 0.6}}, "twice"},
		{[]scenery.Flaw{{device.Dent, 0.5}, {device.Bulge, 0.6}}, "a dent and a bulge"},
	} {
		if _, err := k.Spoil(1, rand.New(rand.NewPCG(1, 1)), tt.flaws...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: error %v, want one with %q", tt.flaws, err, tt.want)
		}
	}
}
