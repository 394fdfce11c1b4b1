package sensor_test

import (
	"math"
	"testing"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// colorCamera has no depth, and no fault but those that change gives it.
func colorCamera(change func(*specs.Camera)) specs.Camera {
	c := specs.Camera{Model: "femto-bolt", Width: 320, Height: 240, FOV: 60 * deg}
	change(&c)
	return c
}

// at is a picture from the origin, exposed at an instant.
func at(t testing.TB, c specs.Camera, s *scenery.Scene, exposed time.Duration) *vision.Frame {
	t.Helper()
	f := &vision.Frame{Exposed: exposed}
	if err := sensor.New(c).Shoot(s, kinematics.Identity(), 1, f); err != nil {
		t.Fatal(err)
	}
	return f
}

func rowMean(f *vision.Frame, y int) float64 {
	sum := 0.0
	for _, v := range f.Color.Pix[3*y*f.Color.W : 3*(y+1)*f.Color.W] {
		sum += float64(v)
	}
	return sum / float64(3*f.Color.W)
}

// gray is a wall whose level in the image is known.
func grayScene(t testing.TB) (*scenery.Scene, float64) {
	scene := plates(wall(t, 2, 150))
	return scene, rowMean(at(t, colorCamera(func(*specs.Camera) {}), scene, 0), 120)
}

// edgeOf is where a row goes from dark to light, in pixels.
func edgeOf(f *vision.Frame, y int, dark, light float64) float64 {
	x := 0.0
	for u := range f.Color.W {
		x += (light - float64(f.Color.Pix[3*(y*f.Color.W+u)])) / (light - dark)
	}
	return x - 0.5
}

func TestRollingShutterShearsWhatMovesByItsSpeed(t *testing.T) {
	for name, lens := range map[string]float64{"pinhole": 0, "lens": -0.1} {
		c := colorCamera(func(c *specs.Camera) {
			c.Sim.Readout, c.Sim.K1 = specs.Duration(20*time.Millisecond), lens
		})
		const speed, z = 0.8, 1.0
		picture := func(v float64) *vision.Frame {
			near := plate(t, [3]float64{-1, -0.5, z}, [3]float64{0.95, 0, 0}, [3]float64{0.1, 1, 0}, gray8(40))
			near.Velocity[0] = v
			return at(t, c, plates(near, wall(t, 2, 220)), 0)
		}
		still, moving := picture(0), picture(speed)
		dark, light := float64(still.Color.Pix[0]), float64(still.Color.Pix[len(still.Color.Pix)-1])
		row := 0.020 / 239 // from row to row, s
		for y := 10; y < 230; y += 20 {
			got := 0.0 // of 20 rows, since borders are smoothed in quarters of a pixel
			for v := y - 10; v < y+10; v++ {
				got += (edgeOf(moving, v, dark, light) - edgeOf(still, v, dark, light)) / 20
			}
			// The magnification at the edge is that of the lens there.
			want := still.K.FX * speed / z * row * (float64(y) - 120)
			if lens != 0 {
				_, ry := still.K.Ray(vision.Point{X: 160, Y: float64(y)})
				a, _ := still.K.Project(0, ry, 1)
				b, _ := still.K.Project(1e-3, ry, 1)
				want *= (b.X - a.X) / 1e-3 / still.K.FX
			}
			if math.Abs(got-want) > 0.06 {
				t.Errorf("%s: row %d is %+.2f px along, want %+.2f", name, y, got, want)
			}
		}
	}
}

func TestRollingShutterShearsTheBeltsPattern(t *testing.T) {
	// From above, the lighter line across the belt lies along the image's columns.
	w := newWorld(t)
	pose := kinematics.LookAt([3]float64{1.125, 0, 0.4}, [3]float64{1.125, 0, 0}, [3]float64{0, 1, 0})
	lines := func(speed float64) (top, bottom float64) {
		c := colorCamera(func(c *specs.Camera) { c.Sim.Readout = specs.Duration(20 * time.Millisecond) })
		f := shoot(t, c, &scenery.Scene{Room: w.room, Speed: speed, Belt: 0.12}, pose, 1)
		centre := func(y0, y1 int) float64 {
			var col [320]float64
			for y := y0; y < y1; y++ {
				for x := range col {
					col[x] += float64(f.Color.Pix[3*(y*320+x)]) / float64(y1-y0)
				}
			}
			best := 80
			for x := 80; x < 240; x++ {
				if col[x] > col[best] {
					best = x
				}
			}
			var sum, n float64
			ground := (col[best-12] + col[best-11] + col[best+11] + col[best+12]) / 4
			for x := best - 4; x <= best+4; x++ {
				sum, n = sum+(col[x]-ground)*float64(x), n+col[x]-ground
			}
			return sum / n
		}
		return centre(75, 105), centre(135, 165)
	}
	top0, bottom0 := lines(0)
	top, bottom := lines(0.5)
	f := 160 / math.Tan(30*deg)
	want := 60 * 0.020 / 239 * 0.5 / 0.4 * f
	if got := (bottom - bottom0) - (top - top0); math.Abs(math.Abs(got)-want) > 0.25 {
		t.Errorf("the line leans by %.2f px over 60 rows, want %.2f", got, want)
	}
}

func TestFlickerIsSeenAsBandsOfItsAmplitude(t *testing.T) {
	scene, level := grayScene(t)
	const open = 2 * time.Millisecond
	c := colorCamera(func(c *specs.Camera) {
		c.Exposure = specs.Duration(open)
		c.Sim.Readout, c.Sim.Flicker, c.Sim.FlickerFrequency = specs.Duration(20*time.Millisecond), 0.1, 100
	})
	for _, exposed := range []time.Duration{0, 1234567 * time.Microsecond} {
		f := at(t, c, scene, exposed)
		var re, im float64
		for y := range 239 { // two periods
			s, co := math.Sincos(2 * math.Pi * 2 * float64(y) / 239)
			re, im = re+rowMean(f, y)*co, im+rowMean(f, y)*s
		}
		x := math.Pi * 100 * open.Seconds()
		want := 0.1 * math.Sin(x) / x
		if got := 2 * math.Hypot(re, im) / 239 / level; math.Abs(got/want-1) > 0.03 {
			t.Errorf("bands have the amplitude %.4f, want %.4f", got, want)
		}
		// The middle row is exposed at the frame's instant.
		_, turn := math.Modf(100 * exposed.Seconds())
		if got, want := rowMean(f, 119)/level, 1+want*math.Sin(2*math.Pi*turn); math.Abs(got-want) > 0.006 {
			t.Errorf("at %v the middle row has %.4f of its light, want %.4f", exposed, got, want)
		}
	}
}

func TestLightDriftsWithTheTimeOfTheExposure(t *testing.T) {
	scene, level := grayScene(t)
	c := colorCamera(func(c *specs.Camera) {
		c.Sim.Drift, c.Sim.DriftPeriod = 0.05, specs.Duration(10*time.Minute)
	})
	for minutes, want := range map[float64]float64{0: 1, 2.5: 1.05, 5: 1, 7.5: 0.95, 610: 1, 12.5: 1.05} {
		f := at(t, c, scene, time.Duration(minutes*float64(time.Minute)))
		if got := rowMean(f, 5) / level; math.Abs(got-want) > 0.5/level {
			t.Errorf("after %g min the light is %.3f, want %.3f", minutes, got, want)
		}
	}
}

func TestGainRaisesLevelAndNoise(t *testing.T) {
	scene := plates(wall(t, 2, 60))
	level := rowMean(at(t, colorCamera(func(*specs.Camera) {}), scene, 0), 120)
	for _, db := range []float64{0, 6, 12} {
		c := colorCamera(func(c *specs.Camera) { c.Sim.ReadNoise, c.Sim.ShotNoise, c.Sim.Gain = 1, 0.3, db })
		f := at(t, c, scene, 0)
		v := make([]float64, 0, len(f.Color.Pix)/3)
		for i := 0; i < len(f.Color.Pix); i += 3 {
			v = append(v, float64(f.Color.Pix[i]))
		}
		mean, sigma := meanAndSigma(v)
		g := math.Pow(10, db/20)
		// EMVA 1288: K^2 (dark + photons), with K in grey levels an electron, and rounding.
		want := math.Sqrt(g*g*(1+0.3*0.3*level) + 1.0/12)
		if math.Abs(mean-g*level) > 0.6 || math.Abs(sigma/want-1) > 0.03 {
			t.Errorf("%g dB: level %.2f with a deviation of %.3f, want %.2f and %.3f", db, mean, sigma, g*level, want)
		}
	}
}

func TestVignettingTakesItsPartOfTheCorners(t *testing.T) {
	scene, level := grayScene(t)
	c := colorCamera(func(c *specs.Camera) { c.Sim.Vignetting = 0.2 })
	f := at(t, c, scene, 0)
	got := func(x, y int) float64 { return float64(f.Color.Pix[3*(y*320+x)]) / level }
	half := 1 - 0.2*(80*80)/(159.5*159.5+119.5*119.5)
	for _, p := range []struct {
		x, y int
		want float64
	}{{160, 120, 1}, {0, 0, 0.8}, {319, 239, 0.8}, {160 + 80, 120, half}} {
		if math.Abs(got(p.x, p.y)-p.want) > 0.5/level+0.002 {
			t.Errorf("of level %g, at %d, %d, there is %.3f, want %.3f", level, p.x, p.y, got(p.x, p.y), p.want)
		}
	}
}
