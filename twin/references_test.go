package twin_test

import (
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
)

// copied is a folder with a scenario of ours.
func copied(t testing.TB, name string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../scenarios/"+name)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// bottlingWith is a folder with the bottling line and one more file, of CUE.
func bottlingWith(t testing.TB, cue string) string {
	t.Helper()
	dir := copied(t, "bottling")
	if err := os.WriteFile(filepath.Join(dir, "more.cue"), []byte("package bottling\n\n"+cue), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// assembled is what comes of putting up a scenario, and running nothing.
func assembled(t testing.TB, dir string) error {
	t.Helper()
	l, err := specs.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	tw, err := twin.New(twin.Scenario{Scenario: &l.Scenario, Dir: l.Dir, Where: l.Where},
		twin.Options{Devices: twin.Registry{device.Sim: sim.Devices()}, Check: true})
	if err == nil {
		err = tw.Close()
	}
	return err
}

func TestAReferenceThatDoesNotFitIsToldWhereItIsNamed(t *testing.T) {
	for _, c := range []struct {
		name, cue, at, message string
	}{
		{"a capture of another camera",
			"inspections: inspect: relief: {\n\tmaxOut: \"1%\"\n\tfile:   \"other.npz\"\n}\n", "more.cue:5:2",
			"inspections.inspect.relief.file: the capture is of a depth camera of 64x48 pixels"},
		{"a capture that is none",
			"inspections: inspect: relief: {\n\tfile: \"label.png\"\n}\n", "more.cue:4:2",
			"inspections.inspect.relief.file: capture "},
		{"a template that is larger than where it is looked for",
			"inspections: inspect: templates: logo: {\n\tregion: {x: 10, y: 10, w: 8, h: 8}\n\tfile: \"label.png\"\n}\n", "more.cue:4:2",
			"inspections.inspect.templates.logo.region: it has "},
		{"a template without anything to see",
			"inspections: inspect: templates: {\n\tlogo: file:  \"label.png\"\n\tblank: file: \"blank.png\"\n}\n", "more.cue:5:9",
			"inspections.inspect.templates.blank.file: "},
		{"an artwork without contrast",
			"", "line.cue:22:3",
			"products.bottle.label.artwork: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := bottlingWith(t, c.cue)
			k := align.Camera{W: 64, H: 48, FX: 50, FY: 50, CX: 32, CY: 24}
			flat := &capture.Capture{Depth: align.Depth{W: 64, H: 48, Z: make([]float32, 64*48)}, DepthK: k, DepthInColor: kinematics.Identity()}
			if err := flat.Save(filepath.Join(dir, "other.npz")); err != nil {
				t.Fatal(err)
			}
			blank := filepath.Join(dir, "blank.png")
			if c.cue == "" {
				blank = filepath.Join(dir, "label.png")
			}
			f, err := os.Create(blank)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(png.Encode(f, image.NewGray(image.Rect(0, 0, 60, 40))), f.Close()); err != nil {
				t.Fatal(err)
			}
			var all specs.Errors
			if err := assembled(t, dir); !errors.As(err, &all) || len(all) != 1 {
				t.Fatalf("%v; want one error with its place", err)
			}
			if at := all[0].Error(); !strings.Contains(at, c.at+": "+c.message) {
				t.Errorf("%s\nwant it at %s, saying %q", at, c.at, c.message)
			}
		})
	}
}

func TestWhatIsWrongWithAViewIsToldWhereItIsNamed(t *testing.T) {
	turned := []string{`"0deg", "180deg"`, `"0deg", "120deg"`}
	code := []string{`views: rear: {}`, `views: rear: judges: "code"`}
	for _, c := range []struct {
		name    string
		changes []string // pairs of what is replaced and by what
		want    string
	}{
		{"a depth mode that begins behind the part", []string{"rear: _camera & {", "rear: _camera & {\n\tdepthMode: \"nfov-binned\""},
			"views.cue:22:2: cameras.rear.depthMode: the bottle's front face is from 325mm to 392mm before the camera, but depth mode nfov-binned gives depth from 500mm "},
		{"a camera that looks away", turned, "views.cue:30:9: inspections.inspect.views.rear: "},
		{"one for codes that looks away", append(turned, code...), "views.cue:30:9: inspections.inspect.views.rear: the camera does not "},
		{"one that comes too seldom", []string{`views: rear: {}`, `views: rear: tolerance: "300ms"`, `deadline: "250ms"`, `deadline: "900ms"`},
			"views.cue:30:9: inspections.inspect.views.rear: the belt runs 150mm while a frame is waited for"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copied(t, "two-views")
			rewrite(t, filepath.Join(dir, "views.cue"), c.changes...)
			var all specs.Errors
			if err := assembled(t, dir); !errors.As(err, &all) || len(all) != 1 || !strings.Contains(all[0].Error(), c.want) {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
}

// What the specification names may be anywhere; every camera of a station finds it there.
func TestTheArtworkOfAStationWithViewsMayBeInAnotherFolder(t *testing.T) {
	dir, other := copied(t, "two-views"), t.TempDir()
	away := filepath.Join(other, "label.png")
	if err := os.Rename(filepath.Join(dir, "label.png"), away); err != nil {
		t.Fatal(err)
	}
	rewrite(t, filepath.Join(dir, "line.cue"), `"label.png"`, strconv.Quote(filepath.ToSlash(away)))
	if err := assembled(t, dir); err != nil {
		t.Error(err)
	}
}

// rewrite replaces parts of a file, given in pairs.
func rewrite(t testing.TB, file string, pairs ...string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.NewReplacer(pairs...).Replace(string(text))), 0o644); err != nil {
		t.Fatal(err)
	}
}
