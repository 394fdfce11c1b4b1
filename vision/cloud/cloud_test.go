package cloud

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision/align"
)

// wall is the depth of a plane square to the optical axis: the same in all pixels, whatever the lens.
func wall(k align.Camera, z float32) align.Depth {
	d := align.Depth{W: k.W, H: k.H, Z: make([]float32, k.W*k.H)}
	for i := range d.Z {
		d.Z[i] = z
	}
	return d
}

func unprojector(t testing.TB, k align.Camera) *Unprojector {
	t.Helper()
	u, err := NewUnprojector(k)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestARulerIsAsLongInACloudAsItIs(t *testing.T) {
	k := bolt(512, 512)
	lens, err := k.Lens()
	if err != nil {
		t.Fatal(err)
	}
	const z = 700.0
	var c Cloud
	if err := unprojector(t, k).Cloud(&c, wall(k, z), Extra{}); err != nil {
		t.Fatal(err)
	}
	if c.Len() != k.W*k.H {
		t.Fatalf("%d points of %d pixels", c.Len(), k.W*k.H)
	}
	// seen is the place at which the cloud shows a point of the wall: that of its pixel, between the four around
	// it. The pixel is where the lens projects it to, which is no part of making a cloud.
	seen := func(x, y float64) (p [2]float64) {
		u, v, ok := lens.Project(x, y, z)
		if !ok || u < 0 || v < 0 || u >= float64(k.W-1) || v >= float64(k.H-1) {
			t.Fatalf("(%g, %g) is seen at %g, %g", x, y, u, v)
		}
		i := int(v)*k.W + int(u)
		fu, fv := u-math.Floor(u), v-math.Floor(v)
		for d, s := range [][]float32{c.X, c.Y} {
			top := float64(s[i])*(1-fu) + float64(s[i+1])*fu
			bottom := float64(s[i+k.W])*(1-fu) + float64(s[i+k.W+1])*fu
			p[d] = top*(1-fv) + bottom*fv
		}
		return p
	}
	rng := rand.New(rand.NewPCG(1, 1))
	worst := 0.0
	for range 2000 {
		x, y, a := 800*rng.Float64()-400, 800*rng.Float64()-400, 2*math.Pi*rng.Float64()
		p, q := seen(x, y), seen(x+100*math.Cos(a), y+100*math.Sin(a))
		worst = max(worst, math.Abs(math.Hypot(p[0]-q[0], p[1]-q[1])/100-1))
	}
	t.Logf("100 mm are wrong by at most %.4f %%", 100*worst)
	if worst > 0.001 {
		t.Errorf("100 mm are wrong by %g %%", 100*worst)
	}
}

func TestPixelsWithoutDepthOrOutOfTheMaskGiveNoPoint(t *testing.T) {
	k := align.Camera{W: 4, H: 2, FX: 8, FY: 8, CX: 1.5, CY: 0.5}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	d := align.Depth{W: 4, H: 2, Z: []float32{100, 0, nan, -5, inf, 200, 300, 400}}
	color := make([]byte, 24)
	for i := range color {
		color[i] = byte(i)
	}
	var c Cloud
	if err := unprojector(t, k).Cloud(&c, d, Extra{Mask: []byte{1, 1, 1, 1, 1, 0, 1, 255}, Color: color}); err != nil {
		t.Fatal(err)
	}
	want := Cloud{X: []float32{-18.75, 18.75, 75}, Y: []float32{-6.25, 18.75, 25}, Z: []float32{100, 300, 400}, Color: []byte{0, 1, 2, 18, 19, 20, 21, 22, 23}}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
}

func TestNormalsAreSquareToTheSurfaceAndNotKnownAtItsEdge(t *testing.T) {
	k := bolt(256, 256)
	k.FX, k.FY = 250, 250
	u := unprojector(t, k)
	// A plane that is tilted, and a box before it.
	n := scaled([3]float64{0.3, -0.2, -1}, 1/norm([3]float64{0.3, -0.2, -1}))
	d := wall(k, 0)
	for i := range d.Z {
		ray := [3]float64{float64(u.rx[i]), float64(u.ry[i]), 1}
		if ray[0] == ray[0] {
			d.Z[i] = float32(-800 / dot(n, ray))
		}
		if x, y := i%k.W, i/k.W; x >= 100 && x < 130 && y >= 90 && y < 140 {
			d.Z[i] = 500
		}
	}
	var c Cloud
	if err := u.Cloud(&c, d, Extra{Normals: true}); err != nil {
		t.Fatal(err)
	}
	worst, unknown := 0.0, 0
	for i := range c.X {
		if c.NX[i] == 0 && c.NY[i] == 0 && c.NZ[i] == 0 {
			unknown++
			continue
		}
		want := n
		if c.Z[i] == 500 {
			want = [3]float64{0, 0, -1}
		}
		got := [3]float64{float64(c.NX[i]), float64(c.NY[i]), float64(c.NZ[i])}
		worst = max(worst, norm(minus(got, want)))
	}
	if worst > 2e-3 || unknown > 0 {
		t.Errorf("a normal is off by %g; %d of %d are not known", worst, unknown, c.Len())
	}
	// A pixel alone has none.
	d = align.Depth{W: k.W, H: k.H, Z: make([]float32, k.W*k.H)}
	d.Z[128*k.W+128] = 500
	if err := u.Cloud(&c, d, Extra{Normals: true}); err != nil {
		t.Fatal(err)
	}
	if c.Len() != 1 || c.NX[0] != 0 || c.NY[0] != 0 || c.NZ[0] != 0 {
		t.Errorf("%+v", c)
	}
}

func TestACloudTakesNoMemoryOnceItHasIt(t *testing.T) {
	k := bolt(128, 96)
	u, d := unprojector(t, k), wall(k, 600)
	var c, thin Cloud
	var v Voxels
	color := make([]byte, 3*k.W*k.H)
	if n := testing.AllocsPerRun(3, func() {
		if err := u.Cloud(&c, d, Extra{Normals: true, Color: color}); err != nil {
			t.Fatal(err)
		}
		if err := v.Thin(&thin, &c, 5); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestWhatDoesNotFitTheCameraIsRefused(t *testing.T) {
	k := bolt(8, 6)
	u := unprojector(t, k)
	for want, f := range map[string]func(*Cloud) error{
		"cloud: a depth image of 6 x 8 with 48 values; the camera's has 8 x 6":          func(c *Cloud) error { return u.Cloud(c, wall(bolt(6, 8), 1), Extra{}) },
		"cloud: the mask has 3 values; one for each of 8 x 6 pixels are right":          func(c *Cloud) error { return u.Cloud(c, wall(k, 1), Extra{Mask: make([]byte, 3)}) },
		"cloud: 48 values of colour; three for each of 8 x 6 pixels of depth are right": func(c *Cloud) error { return u.Cloud(c, wall(k, 1), Extra{Color: make([]byte, 48)}) },
		"cloud: a reach of -1 and a step of 0 mm + 0; they are not negative":            func(c *Cloud) error { return u.Cloud(c, wall(k, 1), Extra{Reach: -1}) },
		"align: an image of 0 x 0; each side has from 1 to 16384 pixels":                func(*Cloud) error { _, err := NewUnprojector(align.Camera{}); return err },
	} {
		c := Cloud{X: []float32{1}, Y: []float32{1}, Z: []float32{1}}
		if err := f(&c); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		if c.Len() != 1 {
			t.Error("the cloud was changed")
		}
	}
}

func TestThinningGivesCentroidsWhateverTheOrderOfPoints(t *testing.T) {
	c := points(part, 20000, 0.5, 5)
	rng := rand.New(rand.NewPCG(1, 7))
	for range c.X {
		n := [3]float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		n = scaled(n, 1/norm(n))
		c.NX, c.NY, c.NZ = append(c.NX, float32(n[0])), append(c.NY, float32(n[1])), append(c.NZ, float32(n[2]))
		c.Color = append(c.Color, byte(rng.IntN(256)), byte(rng.IntN(256)), byte(rng.IntN(256)))
		c.Deviation = append(c.Deviation, float32(rng.NormFloat64()))
	}
	var v Voxels
	var a, b Cloud
	if err := v.Thin(&a, c, 3); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(3) {
		if err := new(Voxels).Thin(&b, shuffled(c, seed), 3); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatal(diff[:min(len(diff), 500)])
		}
	}
	want := naive(c, 3)
	if len(want) != a.Len() {
		t.Fatalf("%d points, want %d", a.Len(), len(want))
	}
	for i := range a.X {
		key := [3]int{int(math.Floor(float64(a.X[i]) / 3)), int(math.Floor(float64(a.Y[i]) / 3)), int(math.Floor(float64(a.Z[i]) / 3))}
		w, ok := want[key]
		if got := a.at(i); !ok || norm(minus(got, scaled(w.sum, 1/w.n))) > 1e-4 || math.Abs(float64(a.Deviation[i])-w.deviation/w.n) > 1e-5 || math.Abs(float64(a.Color[3*i+1])-w.green/w.n) > 0.5001 {
			t.Fatalf("point %d is %v, want %v", i, got, scaled(w.sum, 1/w.n))
		}
	}
}

type cell struct {
	sum                 [3]float64
	n, green, deviation float64
}

// naive is how a cloud is thinned with a map.
func naive(c *Cloud, side float64) map[[3]int]cell {
	cells := map[[3]int]cell{}
	for i := range c.X {
		p := c.at(i)
		key := [3]int{int(math.Floor(p[0] / side)), int(math.Floor(p[1] / side)), int(math.Floor(p[2] / side))}
		v := cells[key]
		v.sum, v.n = plus(v.sum, p), v.n+1
		if c.Color != nil {
			v.green += float64(c.Color[3*i+1])
			v.deviation += float64(c.Deviation[i])
		}
		cells[key] = v
	}
	return cells
}

func TestVoxelsOfNoUseAreRefused(t *testing.T) {
	c := points(part, 100, 0, 1)
	for _, side := range []float64{0, -1, math.NaN(), math.Inf(1), 1e-6} {
		if err := new(Voxels).Thin(&Cloud{}, c, side); err == nil || !strings.HasPrefix(err.Error(), "cloud: voxels of") {
			t.Errorf("%g: %v", side, err)
		}
	}
	var out Cloud
	if err := new(Voxels).Thin(&out, &Cloud{}, 1); err != nil || out.Len() != 0 {
		t.Errorf("an empty cloud gives %d points: %v", out.Len(), err)
	}
}

func TestAPlaneIsFoundAmongOtherThings(t *testing.T) {
	const sigma = 0.5
	c := points(flat, 6000, sigma, 1)
	rng := rand.New(rand.NewPCG(2, 2))
	for i := range 4000 { // boxes and dust
		c.Z[i] = float32(500 - 5 - 80*rng.Float64())
	}
	truth := about([3]float64{}, [3]float64{0.3, -0.2, 0})
	c.Move(truth)
	p, err := FitPlane(c, 3*sigma)
	if err != nil {
		t.Fatal(err)
	}
	want := truth.Rotate([3]float64{0, 0, -1})
	if deg := math.Asin(norm(cross(p.Normal, want))) * 180 / math.Pi; deg > 0.1 || dot(p.Normal, want) < 0 {
		t.Errorf("the normal is off by %g degrees", deg)
	}
	if d := p.Distance(0, 0, 500); math.Abs(d) > 0.1 {
		t.Errorf("it is off by %g mm", d)
	}
	if p.Inliers < 1950 || p.Inliers > 2100 || math.Abs(p.RMS-sigma) > 0.05 {
		t.Errorf("%+v", p)
	}
	again, err := FitPlane(shuffled(c, 3), 3*sigma)
	if err != nil {
		t.Fatal(err)
	}
	if norm(minus(p.Normal, again.Normal)) > 1e-6 || math.Abs(p.Offset-again.Offset) > 1e-4 || p.Inliers != again.Inliers {
		t.Errorf("in another order: %+v and %+v", p, again)
	}
	if same, _ := FitPlane(c, 3*sigma); same != p {
		t.Error("equal arguments gave another plane")
	}
}

func TestAPlaneTakesPointsThatMakeOne(t *testing.T) {
	line := &Cloud{}
	for i := range 100 {
		line.X, line.Y, line.Z = append(line.X, float32(i)), append(line.Y, float32(2*i)), append(line.Z, 500)
	}
	for want, f := range map[string]func() (Plane, error){
		"cloud: a plane through 2 points; three that are not on a line are right": func() (Plane, error) { return FitPlane(points(flat, 2, 0, 1), 1) },
		"cloud: a plane through 100 points that lie on a line":                    func() (Plane, error) { return FitPlane(line, 1) },
		"cloud: a plane with a tolerance of 0 mm; a positive one is right":        func() (Plane, error) { return FitPlane(line, 0) },
	} {
		if _, err := f(); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	p, err := FitPlane(points(flat, 3, 0, 1), 1)
	if err != nil || p.Inliers != 3 || p.Normal != [3]float64{0, 0, -1} || p.Offset != -500 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestMovingACloudMovesItsNormals(t *testing.T) {
	c := &Cloud{X: []float32{0}, Y: []float32{0}, Z: []float32{500}, NX: []float32{0}, NY: []float32{0}, NZ: []float32{-1}}
	c.Move(kinematics.FromRPY([3]float64{0.1, 0, 0}, [3]float64{math.Pi / 2, 0, 0}))
	if d := math.Abs(float64(c.X[0])-100) + math.Abs(float64(c.Y[0])+500) + math.Abs(float64(c.Z[0])); d > 1e-4 {
		t.Errorf("%v", c.at(0))
	}
	if math.Abs(float64(c.NY[0])-1) > 1e-6 {
		t.Errorf("%v %v %v", c.NX, c.NY, c.NZ)
	}
}
