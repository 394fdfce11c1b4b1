package sensor_test

import (
	"fmt"
	"hash/fnv"
	"math"
	"runtime"
	"strings"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// sums of a frame's colour and depth.
func sums(f *vision.Frame) (color, depth uint64) {
	h := fnv.New64a()
	h.Write(f.Color.Pix)
	color = h.Sum64()
	h.Reset()
	for _, z := range f.Depth.Z {
		b := math.Float32bits(z)
		h.Write([]byte{byte(b), byte(b >> 8), byte(b >> 16), byte(b >> 24)})
	}
	h.Write(f.Confidence)
	return color, h.Sum64()
}

// TestBottlingFrameStaysAsItIs holds pixels to what they were: whoever changes them does
// so on purpose, since recordings and hashes of runs change with them.
func TestBottlingFrameStaysAsItIs(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("images are equal on one architecture; these sums are of amd64")
	}
	scene := newWorld(t).line(0)
	scene.Speed = 0.5
	color, depth := sums(shoot(t, frontCamera(), scene, frontPose, 7))
	const wantColor, wantDepth = 0x75d0c678b6635cf3, 0x6642b7458b7d9b6e
	if color != wantColor || depth != wantDepth {
		t.Errorf("colour %#x, depth %#x; want %#x, %#x", color, depth, uint64(wantColor), uint64(wantDepth))
	}
	color, depth = sums(shoot(t, datasheetCamera("wfov-binned"), scene, frontPose, 7))
	const sheetColor, sheetDepth = 0xe526d6a357594d96, 0x8cf43480e4293e7c
	if color != sheetColor || depth != sheetDepth {
		t.Errorf("as on the data sheet: colour %#x, depth %#x; want %#x, %#x", color, depth, uint64(sheetColor), uint64(sheetDepth))
	}
}

func TestFramesDoNotDependOnThreadsOrOnEarlierFrames(t *testing.T) {
	w := newWorld(t)
	lens := frontCamera()
	lens.Width, lens.Height = 640, 360
	lens.Sim.K1 = -0.1
	for name, c := range map[string]specs.Camera{
		"front": frontCamera(), "tool": toolCamera(), "lens": lens, "datasheet": datasheetCamera("nfov-binned"),
	} {
		pose := frontPose
		if !c.Depth {
			pose = toolPose
		}
		scene := w.line(0)
		scene.Speed = 0.5
		var want [2]uint64
		for i, procs := range []int{1, 2, 2, 5, 8} {
			old := runtime.GOMAXPROCS(procs)
			s := sensor.New(c)
			f := new(vision.Frame)
			var err error
			if i == 2 { // a used sensor and a used frame
				err = s.Shoot(w.line(device.MissingCap|device.Dent), toolPose, 3, f)
			}
			if err == nil {
				err = s.Shoot(scene, pose, 7, f)
			}
			runtime.GOMAXPROCS(old)
			if err != nil {
				t.Fatal(err)
			}
			var got [2]uint64
			got[0], got[1] = sums(f)
			if i == 0 {
				want = got
			} else if got != want {
				t.Errorf("%s, try %d with %d threads: another frame", name, i, procs)
			}
		}
		a, _ := sums(shoot(t, c, scene, pose, 8))
		if a == want[0] {
			t.Errorf("%s: another seed gives the same noise", name)
		}
	}
}

func ideal(c specs.Camera) specs.Camera {
	c.Sim = specs.CameraSim{}
	c.Exposure = 0
	return c
}

func TestDepthOfTheFrontFaceIsRight(t *testing.T) {
	w := newWorld(t)
	c := ideal(frontCamera())
	scene := &scenery.Scene{Room: w.room, Parts: []scenery.Placed{scenery.Place(w.part(1, 0), 1.16, 0, 2*deg)}}
	f := shoot(t, c, scene, frontPose, 1)
	toCamera := frontPose.Inverse().Mul(scene.Parts[0].Pose)
	for x := -30.0; x <= 30; x += 5 {
		for z := 10.0; z <= 130; z += 5 {
			p := toCamera.Apply([3]float64{x / 1000, -0.03, z / 1000})
			at, _ := f.K.Project(p[0], p[1], p[2])
			u, v := math.Round(at.X), math.Round(at.Y)
			got := float64(f.Depth.Z[int(v)*f.Depth.W+int(u)])
			// The pixel's own ray, cut with the face's plane.
			rx, ry := f.K.Ray(vision.Point{X: u, Y: v})
			n := toCamera.Rotate([3]float64{0, -1, 0})
			want := 1000 * (n[0]*p[0] + n[1]*p[1] + n[2]*p[2]) / (n[0]*rx + n[1]*ry + n[2])
			if math.Abs(got-want) > 0.01 {
				t.Fatalf("depth at %g, %g mm of the face is %.4f mm, want %.4f", x, z, got, want)
			}
		}
	}
}

func TestMarkerIsSeenWhereItsCornersProject(t *testing.T) {
	w := newWorld(t)
	lens, rational := ideal(toolCamera()), ideal(toolCamera())
	lens.Sim.K1, lens.Sim.K2 = -0.15, 0.05
	k := &rational.Sim
	k.K1, k.K2, k.K3, k.K4, k.K5, k.K6, k.P1, k.P2 = 0.52, -0.11, 0.04, 0.44, -0.03, 0.06, 0.002, -0.003
	for name, c := range map[string]specs.Camera{"pinhole": ideal(toolCamera()), "lens": lens, "rational lens": rational} {
		t.Run(name, func(t *testing.T) {
			for k := range 6 {
				yaw := float64(k-3) * 4 * deg
				scene := &scenery.Scene{Room: w.room, Parts: []scenery.Placed{scenery.Place(w.part(1, 0), 1.155+0.003*float64(k), 0.004, yaw)}}
				f := shoot(t, c, scene, toolPose, 1)
				toCamera := toolPose.Inverse().Mul(scene.Parts[0].Pose)
				var corner [4]vision.Point
				for i, p := range w.kit.MarkerCorners() {
					q := toCamera.Apply(p)
					corner[i], _ = f.K.Project(q[0], q[1], q[2])
				}
				for i := range corner {
					a, b := corner[i], corner[(i+1)%4]
					// A lens bends the side: where it is, is asked of points along it.
					side := func(s float64) vision.Point {
						m := w.kit.MarkerCorners()
						var p [3]float64
						for j := range p {
							p[j] = m[i][j] + (m[(i+1)%4][j]-m[i][j])*s
						}
						q := toCamera.Apply(p)
						at, _ := f.K.Project(q[0], q[1], q[2])
						return at
					}
					if off := edgeOffset(&f.Color, a, b, side); math.Abs(off) > 0.07 {
						t.Errorf("try %d: side %d is seen %+.3f px off", k, i, off)
					}
				}
			}
		})
	}
}

// edgeOffset is by how many pixels the border between dark (on the right of the way
// from a to b, in the image) and light lies off its place, on average along it.
func edgeOffset(img *vision.Image, a, b vision.Point, side func(float64) vision.Point) float64 {
	l := math.Hypot(b.X-a.X, b.Y-a.Y)
	nx, ny := -(b.Y-a.Y)/l, (b.X-a.X)/l // into the marker
	sum, n := 0.0, 0
	for s := 0.15; s <= 0.85; s += 0.01 {
		p := side(s)
		const reach, step = 5.0, 0.05
		light, dark := gray(img, p.X-reach*nx, p.Y-reach*ny), gray(img, p.X+reach*nx, p.Y+reach*ny)
		lit := 0.0
		for d := -reach + step/2; d < reach; d += step {
			lit += (gray(img, p.X+d*nx, p.Y+d*ny) - dark) / (light - dark) * step
		}
		sum += lit - reach
		n++
	}
	return sum / float64(n)
}

func gray(img *vision.Image, x, y float64) float64 {
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	fx, fy := x-float64(x0), y-float64(y0)
	at := func(x, y int) float64 { return float64(img.Pix[3*(y*img.W+x)]) }
	return (at(x0, y0)*(1-fx)+at(x0+1, y0)*fx)*(1-fy) + (at(x0, y0+1)*(1-fx)+at(x0+1, y0+1)*fx)*fy
}

func TestNoiseIsAsSpecified(t *testing.T) {
	w := newWorld(t)
	scene := w.line(0)
	c := frontCamera()
	c.Exposure, c.Sim.DepthGrazing = 0, 0
	clean := shoot(t, ideal(c), scene, frontPose, 1)
	seen := shoot(t, c, scene, frontPose, 2)
	var sum, sum2 [256]float64
	var n [256]int
	for i, v := range clean.Color.Pix {
		d := float64(seen.Color.Pix[i]) - float64(v)
		sum[v] += d
		sum2[v] += d * d
		n[v]++
	}
	levels := 0
	for v := 20; v < 230; v++ {
		if n[v] < 20000 {
			continue
		}
		levels++
		m := sum[v] / float64(n[v])
		got := math.Sqrt(sum2[v]/float64(n[v]) - m*m)
		want := math.Sqrt(1 + 0.12*0.12*float64(v) + 1.0/12) // the last: rounding to whole levels
		if math.Abs(m) > 0.03 || math.Abs(got/want-1) > 0.02 {
			t.Errorf("level %d: noise of mean %+.3f and deviation %.3f, want 0 and %.3f", v, m, got, want)
		}
	}
	if levels < 5 {
		t.Errorf("only %d levels were looked at", levels)
	}
	var m, m2, k float64
	for i, z := range clean.Depth.Z {
		if z == 0 {
			continue
		}
		d := (float64(seen.Depth.Z[i]-z) - 3) / (0.8 + 1.2*float64(z)*float64(z)/1e6)
		m += d
		m2 += d * d
		k++
	}
	if m /= k; math.Abs(m) > 0.01 || math.Abs(m2/k-1) > 0.01 {
		t.Errorf("depth noise of mean %+.4f and variance %.4f in units of what is specified, want 0 and 1", m, m2/k)
	}
}

// TestAlignedDepthIsMissingWhereASurfaceIsSeenTooSteeply looks at plates that lean away by the
// stated tangent and a bit less or more, and at the edge of one before a wall.
func TestAlignedDepthIsMissingWhereASurfaceIsSeenTooSteeply(t *testing.T) {
	c := ideal(frontCamera())
	c.Sim.DepthGrazing = 4
	missing := func(c specs.Camera, items ...render.Item) (n int) {
		f := shoot(t, c, plates(items...), kinematics.Identity(), 1)
		for u := c.Width/2 - 30; u < c.Width/2+30; u++ {
			if f.Depth.Z[c.Height/2*c.Width+u] == 0 {
				n++
			}
		}
		return n
	}
	// Through (0, 0, 1 m), leaning in x: depth changes with it by the tangent.
	leaning := func(tan float64) render.Item {
		return plate(t, [3]float64{-0.2, -5, 1 - 0.2*tan}, [3]float64{0.4, 0, 0.4 * tan}, [3]float64{0, 10, 0}, gray8(128))
	}
	if n := missing(c, leaning(2.5)); n != 0 {
		t.Errorf("%d of 60 pixels of a plate at 2.5 are without depth; it is dropped from 4 on", n)
	}
	if n := missing(c, leaning(6)); n < 60 {
		t.Errorf("only %d of 60 pixels of a plate at 6 are without depth; it is dropped from 4 on", n)
	}
	step := []render.Item{wall(t, 2, 128), plate(t, [3]float64{-1, -1, 1}, [3]float64{1, 0, 0}, [3]float64{0, 2, 0}, gray8(128))}
	if n := missing(c, step...); n != 2 {
		t.Errorf("%d pixels of the row are missing at an edge, want the two beside it", n)
	}
	c.Sim.DepthGrazing = 0
	if n := missing(c, step...) + missing(c, leaning(6)); n != 0 {
		t.Errorf("%d pixels are missing for an ideal camera", n)
	}
}

func TestRowsOfNoiseAreNotAlike(t *testing.T) {
	scene := &scenery.Scene{} // nothing but sky
	c := frontCamera()
	f := shoot(t, c, scene, frontPose, 5)
	var mean [3]float64
	for i, v := range f.Color.Pix {
		mean[i%3] += float64(v) / float64(c.Width*c.Height)
	}
	var same, all float64
	for y := 1; y < c.Height; y++ {
		for i := range 3 * c.Width {
			a, b := float64(f.Color.Pix[3*(y-1)*c.Width+i])-mean[i%3], float64(f.Color.Pix[3*y*c.Width+i])-mean[i%3]
			same += a * b
			all += b * b
		}
	}
	if r := same / all; math.Abs(r) > 0.02 {
		t.Errorf("noise of neighbouring rows is correlated by %.3f", r)
	}
}

func TestMotionBlursByTheWayOfTheExposure(t *testing.T) {
	w := newWorld(t)
	c := ideal(frontCamera())
	c.Exposure = specs.Duration(6e6) // 3 mm at 0.5 m/s
	sharpness := func(speed, camera float64) float64 {
		scene := &scenery.Scene{Room: w.room, Speed: speed, Camera: [3]float64{camera, 0, 0},
			Parts: []scenery.Placed{scenery.Place(w.part(1, 0), 1.16, 0, 0)}}
		f := shoot(t, c, scene, frontPose, 1)
		sum := 0.0
		for y := 415; y < 490; y++ { // the code
			for x := 598; x < 684; x++ {
				d := float64(f.Color.Pix[3*(y*1280+x)]) - float64(f.Color.Pix[3*(y*1280+x+1)])
				sum += d * d
			}
		}
		return sum
	}
	rest := sharpness(0, 0)
	if moving := sharpness(0.5, 0); moving > rest/4 {
		t.Errorf("gradients of %.3g at rest are %.3g in motion, should be less than a quarter", rest, moving)
	}
	if along := sharpness(0.5, 0.5); along < rest*0.8 {
		t.Errorf("gradients of %.3g at rest are %.3g for a camera that moves along, should be as many", rest, along)
	}
}

func TestDepthEndsAtTheSensorsRange(t *testing.T) {
	w := newWorld(t)
	c := ideal(frontCamera())
	near := kinematics.LookAt([3]float64{1.16, -0.2, 0.1}, [3]float64{1.16, 0, 0.1}, [3]float64{0, 0, 1})
	f := shoot(t, c, &scenery.Scene{Room: w.room, Parts: []scenery.Placed{scenery.Place(w.part(1, 0), 1.16, 0, 0)}}, near, 1)
	if z := f.Depth.Z[360*1280+640]; z != 0 {
		t.Errorf("a face 170 mm away has the depth %g mm, should have none", z)
	}
	if z := f.Depth.Z[100*1280+100]; z < 250 || z > 2880 {
		t.Errorf("the wall has the depth %g mm", z)
	}
}

func TestToolCameraIsMonochromeAndHasNoDepth(t *testing.T) {
	f := shoot(t, toolCamera(), newWorld(t).line(0), toolPose, 1)
	if f.Depth.Z != nil || f.Depth.W != 0 {
		t.Error("there is depth")
	}
	for i := 0; i < len(f.Color.Pix); i += 3 {
		if f.Color.Pix[i] != f.Color.Pix[i+1] || f.Color.Pix[i] != f.Color.Pix[i+2] {
			t.Fatalf("pixel %d is %v", i/3, f.Color.Pix[i:i+3])
		}
	}
}

func TestShootSaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*specs.Camera, *kinematics.Pose)
		want   string
	}{
		{"no pixels", func(c *specs.Camera, _ *kinematics.Pose) { c.Width = 0 }, "sides must be above 0"},
		{"no field of view", func(c *specs.Camera, _ *kinematics.Pose) { c.FOV = 0 }, "between 0 and 180 deg"},
		{"too wide a view", func(c *specs.Camera, _ *kinematics.Pose) { c.FOV = 4 }, "between 0 and 180 deg"},
		{"no pose", func(_ *specs.Camera, p *kinematics.Pose) { *p = kinematics.Pose{} }, "pose of the camera"},
		{"lens that folds", func(c *specs.Camera, _ *kinematics.Pose) { c.Sim.K1 = -0.5 }, "folds the image over"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, p := frontCamera(), frontPose
			tt.change(&c, &p)
			err := sensor.New(c).Shoot(&scenery.Scene{}, p, 1, new(vision.Frame))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestShootingSettlesAtNoAllocation(t *testing.T) {
	w := newWorld(t)
	scene := w.line(0)
	scene.Speed = 0.5
	for name, c := range map[string]specs.Camera{"tool": toolCamera(), "datasheet": datasheetCamera("nfov-binned")} {
		s := sensor.New(c)
		var f vision.Frame
		shootOften := func(n int) {
			for i := range n {
				if err := s.Shoot(scene, frontPose, uint64(i), &f); err != nil {
					t.Fatal(err)
				}
			}
		}
		shootOften(3)
		var before, after runtime.MemStats
		const frames = 20
		runtime.ReadMemStats(&before)
		shootOften(frames)
		runtime.ReadMemStats(&after)
		// The runtime itself may want a goroutine or a timer now and then.
		if n := after.Mallocs - before.Mallocs; n > frames/2 {
			t.Errorf("%s: %d allocations in %d frames", name, n, frames)
		}
	}
}

func Example() {
	camera := specs.Camera{Model: "femto-bolt", Width: 64, Height: 48, FOV: 1.2, Depth: true}
	room, _ := scenery.NewRoom(specs.Conveyor{Length: 6, Width: 0.16})
	pose := kinematics.LookAt([3]float64{1, 0, 0.5}, [3]float64{1, 0, 0}, [3]float64{0, 1, 0})
	var frame vision.Frame
	err := sensor.New(camera).Shoot(&scenery.Scene{Room: room}, pose, 1, &frame)
	fmt.Printf("%dx%d, belt at %.0f mm, %v\n", frame.Color.W, frame.Color.H, frame.Depth.Z[24*64+32], err)
	// Output: 64x48, belt at 500 mm, <nil>
}
