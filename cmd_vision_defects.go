package main

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/vision"
	"linetwin.dev/vision/capture"
	"linetwin.dev/vision/defects"
)

// defectFlags are those of "vision defects".
type defectFlags struct {
	templates   []string
	draw        string
	smallest    int
	sensitivity float64
	roi         boxFlag
	json        bool
}

func newVisionDefects() *cobra.Command {
	f := defectFlags{}
	cmd := &cobra.Command{
		Use:   "defects --template GOOD.png FILE...",
		Short: "Find where images differ from a good one",
		Long: `Find the regions in which images differ from a good one: parts that are missing, scratches,
spots, wrong print. An image may be shifted, turned, scaled and lit otherwise than the good
one; it is registered first. With several good images, what lies between them is good.
Boxes are in pixels of the image. Exit 0: no image differs, 1: one does, 2: one cannot be read.`,
		Example: `  linetwin vision defects --template good.png part.png
  linetwin vision defects --template good1.png --template good2.png *.png --json
  linetwin vision defects --template good.png --draw seen part.png`,
		Annotations: jsonLines,
		Args:        atLeast(1, "one image or more, PNG or JPEG"),
		RunE:        func(_ *cobra.Command, args []string) error { return f.run(args) },
	}
	cmd.Flags().StringArrayVar(&f.templates, "template", nil, "a good image: this `FILE`; may be given several times")
	cmd.Flags().StringVar(&f.draw, "draw", "", "write the images with what was found into this `DIR`")
	cmd.Flags().IntVar(&f.smallest, "min-size", 4, "smaller regions are noise: `PIXELS`")
	cmd.Flags().Float64Var(&f.sensitivity, "sensitivity", 1, "how faint a difference may be, as `NUMBER`: 2 finds what is half as clear")
	cmd.Flags().Var(&f.roi, "roi", "part of the image that is inspected, as in 100,50,640,480")
	cmd.Flags().BoolVar(&f.json, "json", false, "print a line of JSON for each image")
	return cmd
}

// boxFlag is a rectangle in pixels; empty where it is left out.
type boxFlag image.Rectangle

func (f *boxFlag) Set(s string) error {
	fields := strings.Split(s, ",")
	var v [4]int
	ok := len(fields) == len(v)
	for i := 0; ok && i < len(v); i++ {
		n, err := strconv.Atoi(strings.TrimSpace(fields[i]))
		ok = err == nil && n >= 0 && n <= vision.MaxPixels
		v[i] = n
	}
	if !ok || v[2] == 0 || v[3] == 0 {
		return fmt.Errorf("%q is not a box; write left, top, width and height in pixels, as in 100,50,640,480", s)
	}
	*f = boxFlag(image.Rect(v[0], v[1], v[0]+v[2], v[1]+v[3]))
	return nil
}

func (f *boxFlag) String() string {
	r := image.Rectangle(*f)
	if r.Empty() {
		return ""
	}
	return fmt.Sprintf("%d,%d,%d,%d", r.Min.X, r.Min.Y, r.Dx(), r.Dy())
}

func (f *boxFlag) Type() string { return "X,Y,W,H" }

// Beyond these, all is found that the camera's noise is, or nothing that eyes see.
const leastSensitivity, mostSensitivity = 0.01, 100

// inspector is made of the flags.
func (f *defectFlags) inspector() (*defects.Inspector, error) {
	switch {
	case len(f.templates) == 0:
		return nil, errors.New("linetwin vision defects compares with a good image; give it with --template")
	case f.smallest < 1:
		return nil, fmt.Errorf("--min-size %d: write a number of pixels from 1 on", f.smallest)
	case !(f.sensitivity >= leastSensitivity && f.sensitivity <= mostSensitivity):
		return nil, fmt.Errorf("--sensitivity %g: write a number from %v to %v; 1 is usual", f.sensitivity, leastSensitivity, mostSensitivity)
	}
	good := make([]defects.Image, len(f.templates))
	for i, name := range f.templates {
		m, err := vision.LoadImage(name)
		if err != nil {
			return nil, err
		}
		good[i] = defects.Image(m)
	}
	in, err := defects.New(good, defects.Options{
		Sensitivity: f.sensitivity, MinPixels: f.smallest, Region: image.Rectangle(f.roi),
	})
	if err != nil {
		return nil, fmt.Errorf("--template: %w", err)
	}
	return in, nil
}

func (f *defectFlags) run(files []string) error {
	if err := checkImages(files); err != nil {
		return err
	}
	if err := f.spare(files); err != nil {
		return err
	}
	in, err := f.inspector()
	if err != nil {
		return err
	}
	if f.draw != "" {
		if err := os.MkdirAll(f.draw, 0o755); err != nil {
			return fmt.Errorf("--draw: %w", err)
		}
	}
	return eachImage(files, f.json, func(i int, name string) (imageReport, error) {
		img, err := vision.LoadImage(name)
		if err != nil {
			return imageReport{}, err
		}
		begun := time.Now()
		r, err := in.Inspect(defects.Image(img))
		cost := time.Since(begun)
		if err != nil {
			return imageReport{}, fmt.Errorf("image %s: %w", name, err)
		}
		if f.draw != "" {
			drawn := defects.Draw(defects.Image(img), r)
			if err := capture.WriteFile(filepath.Join(f.draw, drawnName(files, i)), func(w io.Writer) error { return png.Encode(w, drawn) }); err != nil {
				return imageReport{}, fmt.Errorf("--draw: %w", err)
			}
		}
		return imageReport{defectsLineOf(name, cost, r), defectsText(name, r), len(r.Defects) == 0}, nil
	}, func(name string, err error) any {
		return defectsLine{File: name, Defects: []defectLine{}, Error: err.Error()}
	})
}

// spare fails where a picture would be drawn over one that is read.
func (f *defectFlags) spare(files []string) error {
	if f.draw == "" {
		return nil
	}
	var read []os.FileInfo
	for _, name := range slices.Concat(files, f.templates) {
		if info, err := os.Stat(name); err == nil {
			read = append(read, info)
		}
	}
	for i := range files {
		path := filepath.Join(f.draw, drawnName(files, i))
		there, err := os.Stat(path)
		if err == nil && slices.ContainsFunc(read, func(info os.FileInfo) bool { return os.SameFile(info, there) }) {
			return fmt.Errorf("--draw %s: %s is one of the images that are read; name another folder", f.draw, path)
		}
	}
	return nil
}

// drawnName is the name of the picture that is drawn of a file: its own as PNG, numbered where another has it too.
func drawnName(files []string, i int) string {
	base := func(name string) string {
		return strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	}
	for k, other := range files {
		if k != i && base(other) == base(files[i]) {
			return fmt.Sprintf("%s.%d.png", base(files[i]), i+1)
		}
	}
	return base(files[i]) + ".png"
}

// defectsLine is what was found in an image, as JSON. Boxes are left, top, width and height in its pixels.
type defectsLine struct {
	File       string         `json:"file"`
	MS         float64        `json:"ms"`
	Registered registeredLine `json:"registered"`
	Defects    []defectLine   `json:"defects"`
	Error      string         `json:"error,omitempty"` // why the image cannot be inspected
}

// registeredLine is how an image lies on the good one: where its middle is off that of the good one, in pixels
// of the good one; by how many degrees it is turned, clockwise; how many times larger things are in it.
type registeredLine struct {
	OK         bool       `json:"ok"`
	Why        string     `json:"why,omitempty"`
	Shift      [2]float64 `json:"shift"`
	Angle      float64    `json:"angle"`
	Scale      float64    `json:"scale"`
	Bend       float64    `json:"bend"`
	Residual   float64    `json:"residual"`
	Alike      float64    `json:"alike"`
	Covered    float64    `json:"covered"`
	Homography [9]float64 `json:"homography"`
}

type defectLine struct {
	Box    [4]int       `json:"box"`
	Score  float64      `json:"score"`
	Pixels int          `json:"pixels"`
	Kind   defects.Kind `json:"kind"`
}

func defectsLineOf(name string, cost time.Duration, r defects.Report) defectsLine {
	round := func(v float64) float64 { return decimals(v, 3) }
	p := r.Pose
	l := defectsLine{
		File: name, MS: milliseconds(cost),
		Registered: registeredLine{
			OK: r.Registered, Why: r.Why, Shift: [2]float64{round(p.DX), round(p.DY)}, Angle: round(p.Angle), Scale: round(p.Scale),
			Bend: round(p.Bend), Residual: round(p.Residual), Alike: round(p.Alike), Covered: round(p.Covered), Homography: p.Homography,
		},
		Defects: make([]defectLine, len(r.Defects)),
	}
	for i, d := range r.Defects {
		l.Defects[i] = defectLine{[4]int{d.Box.Min.X, d.Box.Min.Y, d.Box.Dx(), d.Box.Dy()}, round(d.Score), d.Pixels, d.Kind}
	}
	return l
}

// defectsText is for people: a line for each region.
func defectsText(name string, r defects.Report) string {
	switch {
	case !r.Registered:
		return fmt.Sprintf("%s: %s\n", name, r.Why)
	case len(r.Defects) == 0:
		return name + ": as the good one\n"
	}
	var b strings.Builder
	for _, d := range r.Defects {
		fmt.Fprintf(&b, "%s: %s at %d,%d, %dx%d: %d pixels, %.1f times the threshold\n", name, d.Kind,
			d.Box.Min.X, d.Box.Min.Y, d.Box.Dx(), d.Box.Dy(), d.Pixels, d.Score)
	}
	return b.String()
}
