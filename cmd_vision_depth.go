package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
	"linetwin.dev/vision/depth"
)

// depthFlags are those of "vision depth".
type depthFlags struct {
	template, toleranceMap, average string
	tolerance, unit                 lengthFlag
	smallest                        int
	missing, sigmas                 float64
	aligned, json                   bool
}

func newVisionDepth() *cobra.Command {
	f := depthFlags{unit: lengthFlag{1, "1mm"}}
	cmd := &cobra.Command{
		Use:   "depth --template GOOD.npz FILE...",
		Short: "Compare depth images with a template, or make one",
		Long: `Compare depth images with a template: what lies out of tolerance, by how much and where.
Images are captures (.npz) or depth alone as 16-bit grey (.png). They are compared in the
depth camera's own pixels, or with --aligned in those of the colour camera. Without
--tolerance and --tolerance-map the template's own tolerances hold.
With --average, several captures of one thing make a template: their mean, the standard
deviation of each pixel, and a tolerance of --sigmas of it, --tolerance at least.
Exit 0: each image is in tolerance, 1: one is not, 2: a file or the command line is at fault.`,
		Example: `  linetwin vision depth --average good.npz shot1.npz shot2.npz shot3.npz
  linetwin vision depth --template good.npz part.npz
  linetwin vision depth --template good.npz --tolerance 1mm part.png --unit 0.1mm --json`,
		Annotations: jsonLines,
		Args:        atLeast(1, "one depth image or more, .npz or .png"),
		RunE:        func(_ *cobra.Command, args []string) error { return f.run(args) },
	}
	cmd.Flags().StringVar(&f.template, "template", "", "what is expected: a `CAPTURE`, .npz")
	cmd.Flags().Var(&f.tolerance, "tolerance", "largest deviation either way, as in 1mm")
	cmd.Flags().StringVar(&f.toleranceMap, "tolerance-map", "", "a tolerance for each pixel, from this `FILE`, .npz")
	cmd.Flags().StringVar(&f.average, "average", "", "make a template of the images: this `FILE`, .npz")
	cmd.Flags().Float64Var(&f.sigmas, "sigmas", 4, "`NUMBER` of standard deviations that --average tolerates")
	cmd.Flags().IntVar(&f.smallest, "smallest", 4, "smaller regions are noise: `PIXELS`")
	cmd.Flags().Float64Var(&f.missing, "missing", 5, "largest `PERCENT` of the expected pixels without depth")
	cmd.Flags().BoolVar(&f.aligned, "aligned", false, "compare in the colour camera's pixels")
	cmd.Flags().Var(&f.unit, "unit", "what 1 stands for in PNG files, as in 0.1mm")
	cmd.Flags().BoolVar(&f.json, "json", false, "print a line of JSON for each image")
	return cmd
}

func (f *depthFlags) run(files []string) error {
	switch {
	case (f.template == "") == (f.average == ""):
		return errors.New("linetwin vision depth compares with --template, or makes one with --average; give one of them")
	case f.average != "" && (f.toleranceMap != "" || f.aligned):
		return errors.New("--average goes with neither --tolerance-map nor --aligned")
	case f.average != "" && strings.ToLower(filepath.Ext(f.average)) != ".npz":
		return fmt.Errorf("--average %s: a template is a capture, and read by that name; write one that ends in .npz", f.average)
	case f.tolerance.mm > 0 && f.toleranceMap != "":
		return errors.New("--tolerance and --tolerance-map are two tolerances; give one of them")
	case f.smallest < 1:
		return fmt.Errorf("--smallest %d: write a number of pixels from 1 on", f.smallest)
	case !(f.missing >= 0 && f.missing <= 100):
		return fmt.Errorf("--missing %g: write a percentage from 0 to 100", f.missing)
	case !(f.sigmas > 0) || math.IsInf(f.sigmas, 0):
		return fmt.Errorf("--sigmas %g: write a number above 0", f.sigmas)
	}
	if f.average != "" {
		return f.makeTemplate(files)
	}
	return f.compare(files)
}

// makeTemplate writes the mean of several captures.
func (f *depthFlags) makeTemplate(files []string) error {
	var m capture.Mean
	for _, name := range files {
		if strings.ToLower(filepath.Ext(name)) != ".npz" {
			return fmt.Errorf("depth image %s: a template is made of captures, .npz, which tell the lens", name)
		}
		c, err := capture.Load(name)
		if err == nil {
			if err = m.Add(c); err != nil {
				err = fmt.Errorf("capture %s: %w", name, err)
			}
		}
		if err != nil {
			return err
		}
	}
	t, err := m.Template(capture.Limits{Sigmas: f.sigmas, Least: f.tolerance.mm})
	if err != nil {
		return fmt.Errorf("--average: %w", err)
	}
	if err := t.Save(f.average); err != nil {
		return err
	}
	known, tolerance := 0, 0.0
	for i, z := range t.Depth.Z {
		if z > 0 {
			known++
			tolerance += float64(t.Near[i])
		}
	}
	tolerance /= float64(max(known, 1))
	if f.json {
		return json.NewEncoder(os.Stdout).Encode(struct {
			File      string  `json:"file"`
			Frames    int     `json:"frames"`
			Pixels    int     `json:"pixels"`
			Noise     float64 `json:"noise_mm"`
			Tolerance float64 `json:"mean_tolerance_mm"`
		}{f.average, t.Meta.Frames, known, t.Meta.Noise, tolerance})
	}
	_, err = fmt.Printf("%s: mean of %d captures, %d pixels, noise %.3f mm, tolerance %.3f mm on the mean\n", f.average, t.Meta.Frames, known, t.Meta.Noise, tolerance)
	return err
}

// depthJudge compares images with a template.
type depthJudge struct {
	good      *capture.Capture
	aligner   *align.Aligner // nil when depth is compared in its own pixels
	template  *depth.Template
	finder    depth.Finder
	mask      []byte
	picture   align.Depth // aligned
	smallest  int
	missing   float64
	unit      float64
	templated string
}

// newJudge reads the template.
func (f *depthFlags) newJudge() (*depthJudge, error) {
	good, err := capture.Load(f.template)
	if err != nil {
		return nil, err
	}
	j := &depthJudge{good: good, smallest: f.smallest, missing: f.missing / 100, unit: f.unit.mm, templated: f.template}
	j.finder.Smallest = f.smallest
	k, want := good.DepthK, good.Depth
	for i, m := range good.Mask { // before it is aligned
		if m == 0 {
			want.Z[i] = 0
		}
	}
	if f.aligned && !good.Aligned() {
		if good.ColorK == (align.Camera{}) {
			return nil, fmt.Errorf("--aligned: capture %s tells of no colour camera", f.template)
		}
		if j.aligner, err = align.New(align.Config{Depth: k, Color: good.ColorK, DepthInColor: good.DepthInColor}); err != nil {
			return nil, fmt.Errorf("capture %s: %w", f.template, err)
		}
		k = good.ColorK
		j.picture = align.Depth{W: k.W, H: k.H, Z: make([]float32, k.W*k.H)}
		if err := j.aligner.ToColor(align.Aligned{Depth: j.picture}, want); err != nil {
			return nil, err
		}
		want = j.picture
	}
	tol, err := f.tolerances(good, k.W, k.H, j.aligner != nil)
	if err != nil {
		return nil, err
	}
	if j.template, err = depth.NewTemplate(depth.Map{W: want.W, H: want.H, Z: want.Z}, nil, tol, k.FX, k.FY); err != nil {
		return nil, fmt.Errorf("capture %s: %w", f.template, err)
	}
	if j.template.Expected() == 0 {
		return nil, fmt.Errorf("capture %s: no pixel has depth; nothing can be expected", f.template)
	}
	j.mask = make([]byte, k.W*k.H)
	return j, nil
}

// tolerances are those that the flags say, or else the template.
func (f *depthFlags) tolerances(good *capture.Capture, w, h int, aligned bool) (depth.Tolerance, error) {
	switch {
	case f.tolerance.mm > 0:
		return depth.Uniform(float32(f.tolerance.mm), float32(f.tolerance.mm)), nil
	case f.toleranceMap != "":
		return capture.LoadTolerance(f.toleranceMap, w, h)
	case good.Near == nil:
		return depth.Tolerance{}, fmt.Errorf("capture %s has no tolerances of its own; give --tolerance or --tolerance-map", f.template)
	case aligned:
		return depth.Tolerance{}, fmt.Errorf("--aligned: the tolerances of capture %s are in the depth camera's pixels; give --tolerance or --tolerance-map", f.template)
	}
	return depth.Tolerance{Near: good.Near, Far: good.Far}, nil
}

// load reads an image and brings it into the template's pixels.
func (j *depthJudge) load(name string) (depth.Map, error) {
	var d align.Depth
	switch strings.ToLower(filepath.Ext(name)) {
	case ".png":
		var err error
		if d, err = capture.LoadDepthPNG(name, j.unit); err != nil {
			return depth.Map{}, err
		}
	case ".npz":
		c, err := capture.Load(name)
		if err != nil {
			return depth.Map{}, err
		}
		if k := j.good.DepthK; c.DepthK.W != k.W || c.DepthK.H != k.H {
			return depth.Map{}, fmt.Errorf("capture %s: %d x %d pixels; %s has %d x %d", name, c.DepthK.W, c.DepthK.H, j.templated, k.W, k.H)
		}
		if c.DepthK != j.good.DepthK || j.aligner != nil && (c.ColorK != j.good.ColorK || c.DepthInColor != j.good.DepthInColor) {
			return depth.Map{}, fmt.Errorf("capture %s: its calibration is not that of %s; they are compared pixel by pixel", name, j.templated)
		}
		d = c.Depth
	default:
		return depth.Map{}, fmt.Errorf("depth image %s: neither a capture, .npz, nor an image, .png, by its name", name)
	}
	if k := j.good.DepthK; d.W != k.W || d.H != k.H {
		return depth.Map{}, fmt.Errorf("depth image %s: %d x %d pixels; %s has %d x %d", name, d.W, d.H, j.templated, k.W, k.H)
	}
	if j.aligner != nil {
		if err := j.aligner.ToColor(align.Aligned{Depth: j.picture}, d); err != nil {
			return depth.Map{}, err
		}
		d = j.picture
	}
	return depth.Map{W: d.W, H: d.H, Z: d.Z}, nil
}

// compare looks at images one by one; all are read before, so that a bad one gives its message and nothing
// else.
func (f *depthFlags) compare(files []string) error {
	j, err := f.newJudge()
	if err != nil {
		return err
	}
	for _, name := range files {
		if _, err := j.load(name); err != nil {
			return err
		}
	}
	broken := false
	for _, name := range files {
		line, err := j.judge(name)
		if err != nil {
			return err
		}
		broken = broken || !line.Good
		if err := f.print(&line); err != nil {
			return err
		}
	}
	if broken {
		return &exitError{code: exitBroken}
	}
	return nil
}

// regionLine is a region as JSON; the box is x, y, width, height in pixels.
type regionLine struct {
	Box        [4]int     `json:"box"`
	Pixels     int        `json:"pixels"`
	Centre     [2]float64 `json:"centre"`
	Nearest    float32    `json:"nearest_mm"`
	Furthest   float32    `json:"furthest_mm"`
	Mean       float64    `json:"mean_mm"`
	Area       float64    `json:"area_mm2"`
	VolumeNear float64    `json:"volume_near_mm3"`
	VolumeFar  float64    `json:"volume_far_mm3"`
}

// depthLine is what is told of an image. Deviations are measured minus expected: what is nearer is negative.
type depthLine struct {
	File       string       `json:"file"`
	Good       bool         `json:"good"`
	Expected   int          `json:"expected"`
	Compared   int          `json:"compared"`
	Missing    int          `json:"missing"`
	Out        int          `json:"out"`
	Presence   float64      `json:"presence"`
	Height     float32      `json:"height_mm"`
	Nearest    float32      `json:"nearest_mm"`
	Furthest   float32      `json:"furthest_mm"`
	Mean       float64      `json:"mean_mm"`
	RMS        float64      `json:"rms_mm"`
	Area       float64      `json:"area_mm2"`
	VolumeNear float64      `json:"volume_near_mm3"`
	VolumeFar  float64      `json:"volume_far_mm3"`
	Tilt       float64      `json:"tilt_deg"`
	Flatness   float64      `json:"flatness_mm"`
	Regions    []regionLine `json:"regions"`
}

// judge compares an image.
func (j *depthJudge) judge(name string) (depthLine, error) {
	got, err := j.load(name)
	if err != nil {
		return depthLine{}, err
	}
	r, err := j.template.Compare(got, j.mask)
	if err != nil {
		return depthLine{}, fmt.Errorf("depth image %s: %w", name, err)
	}
	regions, err := j.finder.Find(j.template, got, j.mask)
	if err != nil {
		return depthLine{}, fmt.Errorf("depth image %s: %w", name, err)
	}
	line := depthLine{File: name, Expected: r.Expected, Compared: r.Compared, Missing: r.Missing, Out: r.Out, Presence: r.Presence(),
		Height: r.Height() + 0, Nearest: r.Nearest, Furthest: r.Furthest, Mean: r.Mean, RMS: r.RMS, Area: r.Area, VolumeNear: r.VolumeNear, VolumeFar: r.VolumeFar,
		Tilt: r.Plane.Tilt * 180 / math.Pi, Flatness: r.Plane.Flatness, Regions: make([]regionLine, len(regions))}
	for i, g := range regions {
		line.Regions[i] = regionLine{[4]int{g.Box.X, g.Box.Y, g.Box.W, g.Box.H}, g.Pixels, [2]float64{g.X, g.Y},
			g.Nearest, g.Furthest, g.Mean, g.Area, g.VolumeNear, g.VolumeFar}
	}
	line.Good = len(regions) == 0 && float64(r.Missing) <= j.missing*float64(r.Expected)
	return line, nil
}

func (f *depthFlags) print(l *depthLine) error {
	if f.json {
		return json.NewEncoder(os.Stdout).Encode(l)
	}
	var b strings.Builder
	verdict := "out of tolerance"
	if l.Good {
		verdict = "in tolerance"
	}
	fmt.Fprintf(&b, "%s: %s: %s, %.2f %% present, %.2f %% without depth, height %.2f mm, mean %.3f mm, RMS %.3f mm, tilt %.2f degrees, flatness %.3f mm\n", l.File, verdict,
		plural(uint64(len(l.Regions)), "region"), 100*l.Presence, 100*float64(l.Missing)/float64(l.Expected), l.Height, l.Mean, l.RMS, l.Tilt, l.Flatness)
	for _, r := range l.Regions {
		fmt.Fprintf(&b, "  %d x %d pixels at (%d, %d): from %.2f to %.2f mm, %.1f mm2, %.1f mm3 in front, %.1f mm3 behind\n",
			r.Box[2], r.Box[3], r.Box[0], r.Box[1], r.Nearest, r.Furthest, r.Area, r.VolumeNear, r.VolumeFar)
	}
	_, err := os.Stdout.WriteString(b.String())
	return err
}
