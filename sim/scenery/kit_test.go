package scenery_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linetwin.dev/sim/render"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/scenery/props"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

func folder(t testing.TB) string {
	dir := t.TempDir()
	if err := props.Artwork(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func newKit(t testing.TB) *scenery.Kit {
	k, err := scenery.NewKit(props.Bottle(), folder(t))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKitSaysWhatIsWrongWithAProduct(t *testing.T) {
	dir := folder(t)
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(*specs.Product)
		want   []string
	}{
		{"missing artwork", func(p *specs.Product) { p.Label.Artwork = "gone.png" }, []string{"label.artwork", "gone.png", "no such file"}},
		{"artwork that is no image", func(p *specs.Product) { p.Label.WrongArtwork = "notes.txt" }, []string{"label.wrongArtwork", "notes.txt", "not a PNG or JPEG image"}},
		{"no artwork", func(p *specs.Product) { p.Label.Artwork = "" }, []string{"label.artwork names no file"}},
		{"no width", func(p *specs.Product) { p.Body.Width = 0 }, []string{"body.width is 0mm", "above 0 mm"}},
		{"NaN", func(p *specs.Product) { p.Cap.Height = specs.Length(math.NaN()) }, []string{"cap.height"}},
		{"label too wide", func(p *specs.Product) { p.Label.Width = 0.09 }, []string{"label covers", "flat front has room"}},
		{"label too high up", func(p *specs.Product) { p.Label.At = 0.14 }, []string{"label covers", "to 134mm"}},
		{"code over label", func(p *specs.Product) { p.QR.At = 0.09 }, []string{"label (85mm to 125mm", "overlap"}},
		{"cap too wide", func(p *specs.Product) { p.Cap.Radius = 0.04 }, []string{"cap.radius is 40mm", "at most 30mm"}},
		{"marker too large", func(p *specs.Product) { p.Cap.Marker.Size = 0.021 }, []string{"cap.marker.size is 21mm", "room for 20.15mm"}},
		{"unknown marker", func(p *specs.Product) { p.Cap.Marker.ID = 50 }, []string{"cap.marker", "0 to 49"}},
		{"prefix too long", func(p *specs.Product) { p.QR.Prefix = "ABCDEFGHIJ" }, []string{"ABCDEFGHIJ00000000", "16 characters"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := props.Bottle()
			tt.change(&p)
			_, err := scenery.NewKit(p, dir)
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
		})
	}
}

func TestCornersAreWhereTheSpecificationPutsThem(t *testing.T) {
	k := newKit(t)
	near := func(name string, got, want [3]float64) {
		t.Helper()
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-12 {
				t.Errorf("%s is at %v, want %v", name, got, want)
				return
			}
		}
	}
	near("cap's top", k.CapTop(), [3]float64{0, 0, 0.168})
	m := k.MarkerCorners()
	near("marker's top left", m[0], [3]float64{-0.01, 0.01, 0.168})
	near("marker's top right", m[1], [3]float64{0.01, 0.01, 0.168})
	near("marker's bottom right", m[2], [3]float64{0.01, -0.01, 0.168})
	near("marker's bottom left", m[3], [3]float64{-0.01, -0.01, 0.168})
	l, q := k.LabelCorners(), k.QRCorners()
	near("label's top left", l[0], [3]float64{-0.03, -0.03, 0.125})
	near("label's bottom right", l[2], [3]float64{0.03, -0.03, 0.085})
	near("code's top right", q[1], [3]float64{0.02, -0.03, 0.072})
	near("code's bottom left", q[3], [3]float64{-0.02, -0.03, 0.032})
}

func TestDefectsAreAsLargeAsPromised(t *testing.T) {
	k := newKit(t)
	nominal := k.LabelCorners()
	for seed := range uint64(300) {
		p := k.Part(seed, device.ShiftedLabel|device.Dent, rand.New(rand.NewPCG(seed, 5)))
		x, z := p.LabelShift()
		if by := math.Hypot(x, z); by < 0.004-1e-12 || by > 0.008+1e-12 {
			t.Errorf("part %d: label is off by %.2f mm", seed, by*1000)
		}
		if c := p.LabelCorners(); math.Abs(c[0][2]-nominal[0][2]-z) > 1e-12 || c[0][2] > 0.134+1e-12 {
			t.Errorf("part %d: label's top left corner is at %v", seed, c[0])
		}
		d := p.Dent()
		if d.Depth < 0.008 || d.Depth > 0.014 || d.Radius < 0.0125 || d.Radius > 0.020 {
			t.Errorf("part %d: dent of %+v", seed, d)
		}
		if math.Abs(d.X)+d.Radius > 0.032+1e-12 || d.Z-d.Radius < 0.003 || d.Z+d.Radius > 0.134 {
			t.Errorf("part %d: dent of %+v goes over the flat front's border", seed, d)
		}
	}
	p := k.Part(1, 0, rand.New(rand.NewPCG(1, 5)))
	if x, z := p.LabelShift(); x != 0 || z != 0 || p.Dent() != (scenery.Dent{}) || p.LabelCorners() != nominal {
		t.Error("a good part has a defect")
	}
}

func TestEveryPartTakesOneRandomNumber(t *testing.T) {
	k := newKit(t)
	for d := device.Defect(0); d <= device.UnreadableQR|device.ShiftedLabel|device.Dent; d += 9 {
		a, b := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(1, 2))
		k.Part(5, d, a)
		b.Uint64()
		if a.Uint64() != b.Uint64() {
			t.Errorf("defects %v change how many numbers are drawn", d)
		}
	}
}

func TestRoomRefusesAConveyorWithoutASize(t *testing.T) {
	for _, c := range []specs.Conveyor{{}, {Length: 1}, {Width: 1}, {Length: specs.Length(math.Inf(1)), Width: 0.1}, {Length: -1, Width: 0.1}} {
		if _, err := scenery.NewRoom(c); err == nil || !strings.Contains(err.Error(), "above 0") {
			t.Errorf("conveyor of %v by %v m: error %v", c.Length, c.Width, err)
		}
	}
}

func TestComposeSettlesAtNoAllocation(t *testing.T) {
	k := newKit(t)
	room, err := scenery.NewRoom(specs.Conveyor{Length: 6, Width: 0.16})
	if err != nil {
		t.Fatal(err)
	}
	s := scenery.Scene{Room: room, Parts: []scenery.Placed{scenery.Place(k.Part(1, 0, rand.New(rand.NewPCG(1, 1))), 1, 0, 0)}}
	var dst render.Scene
	s.Compose(&dst, 0)
	if n := testing.AllocsPerRun(10, func() { s.Compose(&dst, 0) }); n != 0 {
		t.Errorf("%v allocations a scene", n)
	}
}

func BenchmarkPart(b *testing.B) {
	k := newKit(b)
	for name, d := range map[string]device.Defect{"good": 0, "dented": device.Dent, "unreadable": device.UnreadableQR} {
		b.Run(name, func(b *testing.B) {
			rnd := rand.New(rand.NewPCG(1, 1))
			b.ReportAllocs()
			for n := uint64(0); b.Loop(); n++ {
				k.Part(n, d, rnd)
			}
		})
	}
}
