package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/recording"
	"linetwin.dev/vision"
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
)

// captureFlags are those of linetwin vision capture.
type captureFlags struct {
	camera, out string
	from, until timeFlag
	json        bool
}

func newVisionCapture() *cobra.Command {
	f := captureFlags{out: "captures"}
	cmd := &cobra.Command{
		Use:   "capture RUN",
		Short: "Take captures out of a run that recorded its frames",
		Long: `Take captures (.npz) of an RGB-D camera out of a run that recorded its frames: one for each
exposure, with colour, depth, lenses and pose, as CAMERA-NUMBER.npz. Templates are cut out of
them, and a relief is made of them. Depth is in whole millimetres, as runs record it.
Exit 0: done, 2: the run, a file or the command line is at fault, and nothing is written.`,
		Example: `  linetwin run scenarios/bottling --frames --until 30s
  linetwin vision capture runs/bottling-1 --camera top
  linetwin vision capture runs/bottling-1 --from 5s --until 6s -o good`,
		Annotations: jsonLines,
		Args:        exactly(1, "one run, the folder that it left"),
		RunE:        func(_ *cobra.Command, args []string) error { return f.run(args[0]) },
	}
	cmd.Flags().StringVar(&f.camera, "camera", "", "the camera's `NAME` (default: the only one that sees depth)")
	cmd.Flags().StringVarP(&f.out, "out", "o", f.out, "write into this `FOLDER`, which is made if there is none")
	cmd.Flags().Var(&f.from, "from", "only what was exposed from this line time on")
	cmd.Flags().Var(&f.until, "until", "only what was exposed before this line time")
	cmd.Flags().BoolVar(&f.json, "json", false, "print a line of JSON for each capture")
	return cmd
}

func (f *captureFlags) run(run string) error {
	if f.until != 0 && f.until <= f.from {
		return fmt.Errorf("--until %v: it is not after --from %v", &f.until, &f.from)
	}
	rec, err := openRecording(run)
	if err != nil {
		return err
	}
	s, err := specs.ParseResolved(rec.Spec)
	if err != nil {
		return fmt.Errorf("recording %s: its scenario: %w", rec.Path(), err)
	}
	if err := f.pick(run, s); err != nil {
		return err
	}
	numbers, err := f.look(run, rec)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.out, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	t := taker{captureFlags: f, camera: s.Cameras[f.camera], numbers: numbers}
	if err := rec.EachFrame(t.take); err != nil {
		for _, path := range t.written {
			_ = os.Remove(path)
		}
		return err
	}
	return nil
}

// pick finds the camera, if it is not named, and checks it.
func (f *captureFlags) pick(run string, s *specs.Scenario) error {
	var seeing []string
	for _, name := range specs.Names(s.Cameras) {
		if s.Cameras[name].Depth {
			seeing = append(seeing, name)
		}
	}
	switch {
	case f.camera == "" && len(seeing) == 1:
		f.camera = seeing[0]
	case slices.Contains(seeing, f.camera):
	case len(seeing) == 0:
		return fmt.Errorf("run %s: none of its cameras sees depth, which a capture has", run)
	case f.camera == "":
		return fmt.Errorf("run %s: cameras %s see depth; name one with --camera", run, strings.Join(seeing, ", "))
	default:
		return fmt.Errorf("--camera %s: no camera of this name sees depth; those that do are %s", f.camera, strings.Join(seeing, ", "))
	}
	return nil
}

// wanted tells whether a frame is one of those that are asked for.
func (f *captureFlags) wanted(m recording.Frame) bool {
	return m.Camera == f.camera && m.Exposed >= time.Duration(f.from) && (f.until == 0 || m.Exposed < time.Duration(f.until))
}

// look numbers the exposures of the camera's depth, and fails before anything is written.
func (f *captureFlags) look(run string, rec *recording.Recording) (map[time.Duration]int, error) {
	numbers := map[time.Duration]int{}
	all, n := 0, 0
	err := rec.EachFrame(func(m recording.Frame) error {
		all++
		if m.Camera != f.camera || !m.Depth {
			return nil
		}
		n++
		if f.wanted(m) {
			numbers[m.Exposed] = n
			if path := f.path(n); exists(path) {
				return fmt.Errorf("%s is there already; remove it, or name another folder with --out", path)
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case all == 0:
		return nil, fmt.Errorf("run %s recorded no frames; run it again with --frames", run)
	case n == 0:
		return nil, fmt.Errorf("run %s holds no frames of camera %s; it took none, or its fidelity is not pixels", run, f.camera)
	case len(numbers) == 0:
		return nil, fmt.Errorf("run %s: none of the %d frames of camera %s was exposed in that time", run, n, f.camera)
	}
	return numbers, nil
}

// exists tells whether anything is there.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}

// path of a capture.
func (f *captureFlags) path(number int) string {
	return filepath.Join(f.out, fmt.Sprintf("%s-%04d.npz", f.camera, number))
}

// taker makes captures of frames. Colour comes right before the depth of its exposure.
type taker struct {
	*captureFlags
	camera  specs.Camera
	numbers map[time.Duration]int
	color   align.Image
	exposed time.Duration // of color
	written []string
}

func (t *taker) take(m recording.Frame) error {
	if !t.wanted(m) {
		return nil
	}
	if !m.Depth {
		img, err := png.Decode(bytes.NewReader(m.Data))
		if err != nil {
			return fmt.Errorf("the colour of %s at %v: %w", m.Camera, m.Exposed, err)
		}
		t.color, t.exposed = align.Image(vision.FromImage(img)), m.Exposed
		return nil
	}
	d, err := capture.ReadDepthPNG(bytes.NewReader(m.Data), 1)
	if err != nil {
		return fmt.Errorf("the depth of %s at %v: %w", m.Camera, m.Exposed, err)
	}
	c := &capture.Capture{
		Depth: d, DepthK: align.Camera(device.DepthIntrinsics(t.camera)),
		ColorK: align.Camera(device.Intrinsics(t.camera)), DepthInColor: device.DepthInColor(t.camera),
		Pose: device.Pose(t.camera.Pose), Posed: t.camera.Mount == "",
		Meta: capture.Meta{
			Camera: m.Camera, Model: t.camera.Model, Mode: t.camera.DepthMode,
			Exposure: time.Duration(t.camera.Exposure).Seconds(), Exposed: m.Exposed.Seconds(), Frames: 1,
		},
	}
	if t.exposed == m.Exposed {
		c.Color = t.color
	}
	path := t.path(t.numbers[m.Exposed])
	if err := c.Save(path); err != nil {
		return err
	}
	t.written = append(t.written, path)
	if t.json {
		return json.NewEncoder(os.Stdout).Encode(struct {
			File    string  `json:"file"`
			Camera  string  `json:"camera"`
			Exposed float64 `json:"exposed_s"`
		}{path, m.Camera, c.Meta.Exposed})
	}
	_, err = fmt.Printf("%s: %s at %.3f s, depth %d x %d, colour %d x %d\n", path, m.Camera, c.Meta.Exposed, d.W, d.H, c.Color.W, c.Color.H)
	return err
}
