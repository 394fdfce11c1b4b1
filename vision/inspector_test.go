package vision

import (
	"fmt"
	"math"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision/align"
)

func testInspector(tb testing.TB) (*Inspector, InspectorConfig) {
	tb.Helper()
	cfg := testConfig()
	in, err := NewInspector(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return in, cfg
}

func TestInspectorFindsEachDefectAndNoOther(t *testing.T) {
	in, cfg := testInspector(t)
	for _, c := range []struct {
		name  string
		spoil func(*bottle)
		want  Reason
	}{
		{"good", func(*bottle) {}, 0},
		{"good, off its place", func(b *bottle) { b.x, b.y, b.yaw = 6, 4, 3*math.Pi/180 }, 0},
		{"good, off to the other side", func(b *bottle) { b.x, b.y, b.yaw = -6, -4, -3*math.Pi/180 }, 0},
		{"good, depth biased", func(b *bottle) { b.bias = 7 }, 0},
		{"good, depth biased the other way", func(b *bottle) { b.bias, b.yaw = -7, 0.03 }, 0},
		{"no code", func(b *bottle) { b.code = nil }, NoQR},
		{"other label", func(b *bottle) { b.art = texture(240, 160, 12).smooth().smooth() }, WrongLabel},
		{"label right", func(b *bottle) { b.shiftU = 4; b.x = -5 }, ShiftedLabel},
		{"label up", func(b *bottle) { b.shiftZ = 4; b.y = 3 }, ShiftedLabel},
		{"label down and left", func(b *bottle) { b.shiftU, b.shiftZ = -6, -5 }, ShiftedLabel},
		{"label turned", func(b *bottle) { b.turn, b.yaw = 3*math.Pi/180, 0.02 }, RotatedLabel},
		{"label turned the other way", func(b *bottle) { b.turn = -8 * math.Pi / 180 }, RotatedLabel},
		{"label torn", func(b *bottle) { b.torn, b.x = 12, 4 }, DamagedLabel},
		{"label torn to pieces", func(b *bottle) { b.torn = 38 }, DamagedLabel},
		{"label wiped", func(b *bottle) { b.art = wiped(b.art, 12) }, DamagedLabel},
		{"no cap", func(b *bottle) { b.noCap = true; b.bias = 5 }, NoCap},
		{"dent", func(b *bottle) { b.dent, b.dentR, b.dentU, b.dentZ = 8, 12.5, 15, 40 }, Dent},
		{"large dent", func(b *bottle) { b.dent, b.dentR, b.dentU, b.dentZ = 14, 20, -12, 60 }, Dent},
		{"bulge", func(b *bottle) { b.dent, b.dentR, b.dentU, b.dentZ = -4, 15, 10, 45 }, Bulge},
	} {
		b := goodBottle(t, "LT00000815")
		c.spoil(&b)
		v := in.Inspect(b.picture(cfg))
		got := v.Reason
		uneven := c.want&(Dent|Bulge) != 0
		if uneven {
			got &^= NoQR // it may make the code unreadable, too
		}
		if got != c.want {
			t.Errorf("%s: %v (score %.2f, shift %.1f mm, cap %.1f mm, dent %.1f mm), want %v", c.name,
				v.Reason, v.Score, 1000*v.Shift, 1000*v.CapHeight, 1000*v.DentDepth, c.want)
		}
		if b.code != nil && v.Reason&NoQR == 0 && v.Serial != 815 {
			t.Errorf("%s: serial %d from %q, want 815", c.name, v.Serial, v.Text)
		}
		if n := len(v.Marks); n < 4 || v.Marks[3].OK == uneven {
			t.Errorf("%s: marks %+v, want QR, label, cap and front", c.name, v.Marks)
		}
	}
}

func TestInspectorMeasuresWhatItSays(t *testing.T) {
	in, cfg := testInspector(t)
	b := goodBottle(t, "LT00000001")
	b.x, b.y, b.yaw, b.bias = 4, -3, 0.04, 5
	b.shiftU, b.shiftZ, b.turn = 3, -4, -0.03
	v := in.Inspect(b.picture(cfg))
	if math.Abs(v.Turn+0.03) > 0.003 {
		t.Errorf("label turned by %.4f, want -0.03", v.Turn)
	}
	if v.CapTilt > 0.02 {
		t.Errorf("an upright cap leans by %.3f", v.CapTilt)
	}
	if math.Abs(v.Shift-0.005) > 0.0004 {
		t.Errorf("shift %.2f mm, want 5", 1000*v.Shift)
	}
	if math.Abs(v.CapHeight-0.168) > 0.001 {
		t.Errorf("cap at %.2f mm, want 168", 1000*v.CapHeight)
	}
	if v.DentDepth > 0.001 || v.BulgeHeight > 0.001 {
		t.Errorf("dent of %.2f mm and bulge of %.2f mm in a flat face", 1000*v.DentDepth, 1000*v.BulgeHeight)
	}
}

// wiped is a print of which each pixel is the mean of n in its row.
func wiped(g Gray, n int) Gray {
	out := newGray(g.W, g.H, nil)
	for y := range g.H {
		for x := range g.W {
			sum := 0
			for k := range n {
				sum += int(g.row(y)[min(x+k, g.W-1)])
			}
			out.Pix[y*g.W+x] = byte(sum / n)
		}
	}
	return out
}

func TestACodeOfTooPoorAGradeIsCalledPoorAndStillRead(t *testing.T) {
	cfg := testConfig()
	in, err := NewInspector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b := goodBottle(t, "LT00000815")
	f := b.picture(cfg)
	grade := in.Inspect(f).Grade
	if grade == 4 {
		t.Fatal("seen aslant a code has grade 4")
	}
	for _, least := range []int{grade, grade + 1} {
		cfg.Inspection.MinGrade = least
		if in, err = NewInspector(cfg); err != nil {
			t.Fatal(err)
		}
		v := in.Inspect(f)
		if poor := v.Reason&PoorQR != 0; poor != (least > grade) || v.Serial != 815 || v.Grade != grade {
			t.Errorf("at least grade %d: %v, grade %d, serial %d", least, v.Reason, v.Grade, v.Serial)
		}
	}
}

// What a station says of a bottle hangs on no library: a build without C says the same, bit for bit.
// The file's numbers are the shortest that give their bits back.
func TestVerdictsAreTheSameBitsInEachBuild(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the numbers are those of amd64; others may multiply and add in one step")
	}
	in, cfg := testInspector(t)
	var got strings.Builder
	for i, spoil := range []func(*bottle){
		func(*bottle) {}, func(b *bottle) { b.turn, b.x = 0.02, 3 }, func(b *bottle) { b.torn, b.y = 20, 2 },
		func(b *bottle) { b.dent, b.dentR, b.dentU, b.dentZ = -4, 15, 10, 45 }, func(b *bottle) { b.noCap, b.yaw = true, 0.02 },
	} {
		b := goodBottle(t, "LT00000815")
		b.seed = uint64(i)
		spoil(&b)
		fmt.Fprintf(&got, "%+v\n", in.Inspect(b.picture(cfg)))
	}
	const file = "testdata/verdicts.golden"
	if os.Getenv("LINETWIN_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%swant\n%s(LINETWIN_UPDATE=1 writes the file)", got.String(), want)
	}
}

func TestPlaceOfTheBottleIsFoundWithinAMillimetre(t *testing.T) {
	in, cfg := testInspector(t)
	in.shape.edge = 0 // as the test's box has them
	for i, want := range []stand{{}, {6, 4, 0.05}, {-6, -4, -0.05}, {5, -3, 0.02}, {-2, 4, -0.04}} {
		b := goodBottle(t, "LT00000001")
		b.x, b.y, b.yaw, b.bias, b.seed = want.x, want.y, want.yaw, float64(3*i-6), uint64(i)
		p, ok := in.locate(b.picture(cfg).Depth, new(scratch))
		if !ok || math.Abs(p.stand.x-want.x) > 0.3 || math.Abs(p.stand.y-want.y) > 0.8 || math.Abs(p.stand.yaw-want.yaw) > 0.004 {
			t.Errorf("found %+v (%v), want %+v", p.stand, ok, want)
		}
		if !p.trusted || math.Abs(p.bias-b.bias) > 0.3 {
			t.Errorf("bias %.2f (%v), want %.0f", p.bias, p.trusted, b.bias)
		}
	}
}

func TestFrameThatShowsNoBottleIsNotJudged(t *testing.T) {
	in, cfg := testInspector(t)
	b := goodBottle(t, "LT00000001")
	whole := b.picture(cfg)
	gone := b
	gone.absent = true
	half := b
	half.x = 30
	for name, f := range map[string]*Frame{
		"no frame":     nil,
		"empty frame":  {},
		"no depth":     {Color: whole.Color},
		"no colour":    {Depth: whole.Depth},
		"small depth":  {Color: whole.Color, Depth: Depth{10, 10, make([]float32, 100)}},
		"short depth":  {Color: whole.Color, Depth: Depth{1280, 720, make([]float32, 100)}},
		"blind depth":  {Color: whole.Color, Depth: Depth{1280, 720, make([]float32, 1280*720)}},
		"no bottle":    gone.picture(cfg),
		"out of reach": half.picture(cfg),
	} {
		if v := in.Inspect(f); v.Reason != NotJudged {
			t.Errorf("%s: %v, want not judged", name, v.Reason)
		}
	}
	bad := Depth{1280, 720, make([]float32, 1280*720)}
	for i := range bad.Z {
		bad.Z[i] = [...]float32{float32(math.NaN()), float32(math.Inf(1)), -3, 1e30}[i%4]
	}
	if v := in.Inspect(&Frame{Color: whole.Color, Depth: bad}); v.Reason != NotJudged {
		t.Errorf("depth that is not finite: %v, want not judged", v.Reason)
	}
}

func TestFaceThatIsHiddenInPartIsNotCalledGood(t *testing.T) {
	in, cfg := testInspector(t)
	b := goodBottle(t, "LT00000001")
	f := b.picture(cfg)
	for y := 380; y < 460; y++ {
		clear(f.Depth.Z[y*1280+560 : y*1280+720])
	}
	if v := in.Inspect(f); v.Reason != NotJudged || v.Serial != 1 {
		t.Errorf("%v, serial %d; want not judged, with the serial", v.Reason, v.Serial)
	}
}

func TestModelledFrameHasItsVerdictWithIt(t *testing.T) {
	in, _ := testInspector(t)
	want := Verdict{Reason: Dent, Serial: 9}
	if v := in.Inspect(&Frame{Modelled: &Modelled{Verdict: want}}); v.Reason != Dent || v.Serial != 9 {
		t.Errorf("got %+v", v)
	}
}

func TestInspectionIsTheSameFromAnyNumberOfGoroutines(t *testing.T) {
	in, cfg := testInspector(t)
	frames := make([]*Frame, 3)
	want := make([]Verdict, len(frames))
	for i := range frames {
		b := goodBottle(t, "LT00000077")
		b.x, b.seed, b.noCap = float64(i), uint64(i), i == 1
		frames[i] = b.picture(cfg)
		want[i] = in.Inspect(frames[i])
	}
	done := make(chan bool)
	for range 4 {
		go func() {
			ok := true
			for i := range 6 {
				v, w := in.Inspect(frames[i%3]), want[i%3]
				ok = ok && reflect.DeepEqual(v, w)
			}
			done <- ok
		}()
	}
	for range 4 {
		if !<-done {
			t.Error("a verdict differs")
		}
	}
}

func TestAStageThatPanicsDoesSoForWhoAskedAndStopsNothingElse(t *testing.T) {
	in, cfg := testInspector(t)
	b := goodBottle(t, "LT00000077")
	f := b.picture(cfg)
	want := in.Inspect(f)
	for name, spoil := range map[string]func(*sight){
		"a stage that either side may take": func(s *sight) { s.sc.label = nil },
		"the place":                         func(s *sight) { s.sc = &scratch{aligner: new(align.Aligner)} },
	} {
		s := newSight(in)
		spoil(s)
		func() {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.Contains(text, ".go:") {
					t.Errorf("%s without its tools says %q", name, text)
				}
			}()
			s.judge(Combined, f)
		}()
	}
	if got := in.Inspect(f); !reflect.DeepEqual(got, want) {
		t.Errorf("afterwards %+v, before %+v", got, want)
	}
}

func TestInspectorRefusesAStationThatCannotWork(t *testing.T) {
	for _, c := range []struct {
		spoil func(*InspectorConfig)
		want  string
	}{
		{func(c *InspectorConfig) { c.Product.Body.Width = 0 }, "body.width"},
		{func(c *InspectorConfig) { c.Product.QR.Size = -1 }, "qr.size"},
		{func(c *InspectorConfig) { c.Artwork = Image{} }, "no pixels"},
		{func(c *InspectorConfig) { c.Artwork = filled(30, 20, 200).image() }, "little contrast"},
		{func(c *InspectorConfig) { c.Camera = kinematics.Pose{} }, "pose of the camera"},
		{func(c *InspectorConfig) { c.Nominal.R[0] = 2 }, "nominal pose"},
		{func(c *InspectorConfig) { c.K.FX = 0 }, "intrinsics"},
		{func(c *InspectorConfig) { c.Inspection.MaxBulge = 0 }, "maxBulge"},
		{func(c *InspectorConfig) { c.Inspection.MinScore = 2 }, "least score"},
		{func(c *InspectorConfig) { c.Camera.P[1] = 0.4 }, "does not look at"},
		{func(c *InspectorConfig) { c.Camera.P[0] += 0.3 }, "does not see all"},
		{func(c *InspectorConfig) {
			c.Camera = kinematics.FromRPY(c.Camera.P, [3]float64{-math.Pi / 2, -math.Pi / 2, 0})
		}, "upright"},
	} {
		cfg := testConfig()
		c.spoil(&cfg)
		_, err := NewInspector(cfg)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one that says %q", err, c.want)
		}
	}
}

func BenchmarkInspect(b *testing.B) {
	in, cfg := testInspector(b)
	for _, c := range []struct {
		name  string
		spoil func(*bottle)
	}{
		{"good", func(*bottle) {}},
		{"unreadable", func(t *bottle) {
			t.code[3][3], t.code[17][3], t.code[10], t.code[12], t.code[5] = false, false, t.code[0], t.code[1], t.code[0]
		}},
		{"no code", func(t *bottle) { t.code = nil }},
	} {
		b.Run(c.name, func(b *testing.B) {
			t := goodBottle(b, "LT00000001")
			c.spoil(&t)
			f := t.picture(cfg)
			b.ReportAllocs()
			for b.Loop() {
				in.Inspect(f)
			}
		})
	}
}
