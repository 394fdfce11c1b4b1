package twin_test

import (
	"context"
	"testing"
	"time"

	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
)

// watched builds a twin whose cameras look for mistakes with their frames, and gives the
// cameras.
func watched(t testing.TB, sc twin.Scenario, opt twin.Options) (*twin.Twin, *[]*sim.Camera) {
	t.Helper()
	cameras := new([]*sim.Camera)
	devices := sim.Devices()
	put := devices[device.ClassCamera]
	devices[device.ClassCamera] = func(site *device.Site, name string) (device.Device, error) {
		d, err := put(site, name)
		if err == nil {
			d.(*sim.Camera).CheckFrames()
			*cameras = append(*cameras, d.(*sim.Camera))
		}
		return d, err
	}
	opt.Devices = twin.Registry{device.Sim: devices}
	tw, err := twin.New(sc, opt)
	if err != nil {
		t.Fatal(err)
	}
	return tw, cameras
}

// small makes all cameras see pixels, but few.
func small(s *specs.Scenario) {
	for n, c := range s.Cameras {
		c.Fidelity = "pixels"
		if c.Mount == "" {
			c.Width, c.Height = 320, 180
		} else {
			c.Fidelity = "modelled" // the marker finder wants cgo
		}
		s.Cameras[n] = c
	}
}

// Whenever a run ends, with whatever is on its way then, all frames are back.
func TestAllFramesAreBackWhenARunEnds(t *testing.T) {
	for name, opt := range map[string]twin.Options{
		"to its end":                 {Until: 12 * time.Second},
		"while frames are looked at": {Until: 11900 * time.Millisecond},
		"recorded":                   {Until: 8 * time.Second, Dir: t.TempDir(), Frames: true},
		"on the wall clock":          {Until: 3 * time.Second, Realtime: true},
	} {
		t.Run(name, func(t *testing.T) {
			sc := changed(t, "../scenarios/bottling", func(s *specs.Scenario) {
				small(s)
				s.MES.Pictures.Good = 1 // lent to be drawn
				s.Faults = nil
				for i, kind := range []string{"offline", "unplug", "freeze", "drop-frames"} {
					for _, n := range specs.Names(s.Cameras) {
						s.Faults = append(s.Faults, specs.Fault{At: specs.Duration(6+i) * specs.Duration(time.Second), For: specs.Duration(600 * time.Millisecond), Device: n, Kind: kind})
					}
				}
				s.Expect = map[string]string{}
			})
			tw, cameras := watched(t, sc, opt)
			if _, err := tw.Run(context.Background()); err != nil {
				t.Fatal(err)
			}
			given := uint64(0)
			for _, c := range *cameras {
				s := c.Frames()
				given += s.Given
				if s.Live != 0 || s.Lent != 0 || s.Free != s.Made || s.Refused != 0 {
					t.Errorf("a camera's frames: %+v", s)
				}
			}
			if given == 0 && !opt.Realtime {
				t.Error("no frame was taken")
			}
		})
	}
}
