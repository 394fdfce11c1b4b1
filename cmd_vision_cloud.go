package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"linetwin.dev/specs"
	"linetwin.dev/vision/capture"
	"linetwin.dev/vision/cloud"
	"linetwin.dev/vision/window"
	"linetwin.dev/vision/window/cloudview"
)

// lengthFlag is a length above zero, with its unit; zero where it is left out.
type lengthFlag struct {
	mm   float64
	text string
}

func (f *lengthFlag) Set(s string) error {
	v, err := specs.ParseLength(s)
	if err != nil {
		return err
	}
	if v <= 0 {
		return fmt.Errorf("%q is too little; write a length above zero", s)
	}
	f.mm, f.text = 1000*float64(v), s
	return nil
}

func (f *lengthFlag) String() string { return f.text }

func (f *lengthFlag) Type() string { return "LENGTH" }

// cloudFlags are those of "vision cloud".
type cloudFlags struct {
	out, template      string
	text, json, view   bool
	voxel, plane, unit lengthFlag
	turns              int
}

func newVisionCloud() *cobra.Command {
	f := cloudFlags{unit: lengthFlag{1, "1mm"}}
	cmd := &cobra.Command{
		Use:   "cloud FILE",
		Short: "Make a point cloud of a capture, thin it, fit a plane, find it in a template",
		Long: `Make a point cloud of a capture (.npz), or read one (.ply); thin it, fit a plane to it, find
its pose in a template, and write it as PLY, with its deviation from the template as quality.
A cloud that is registered is written in the template's frame. Without --voxel it is thinned
for registering to a hundredth of the template's extent.
Exit 0: done, 1: it is not found in the template, or in more than one way, 2: a file or the
command line is at fault.`,
		Example: `  linetwin vision cloud part.npz -o part.ply
  linetwin vision cloud part.npz --voxel 2mm --plane
  linetwin vision cloud part.ply --register good.npz --out deviation.ply --json
  linetwin vision cloud part.npz --register good.npz --view`,
		Annotations: jsonLines,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 && cmd.Flags().Changed("plane") && new(lengthFlag).Set(args[1]) == nil {
				return fmt.Errorf("--plane takes its length after =, as in --plane=%s", args[1])
			}
			return exactly(1, "one capture or cloud, .npz or .ply")(cmd, args)
		},
		RunE: func(_ *cobra.Command, args []string) error { return f.run(args[0]) },
	}
	cmd.Flags().StringVarP(&f.out, "out", "o", "", "write the cloud to this `FILE`, PLY")
	cmd.Flags().BoolVar(&f.text, "text", false, "write PLY as text (default: binary)")
	cmd.Flags().Var(&f.voxel, "voxel", "leave one point in each cube of this side, as in 2mm")
	cmd.Flags().Var(&f.plane, "plane", "fit a plane to the points within this distance of it, as in --plane=2mm")
	cmd.Flags().Lookup("plane").NoOptDefVal = "3mm"
	cmd.Flags().StringVar(&f.template, "register", "", "find the cloud in this `TEMPLATE`, .npz or .ply")
	cmd.Flags().IntVar(&f.turns, "turns", 12, "`NUMBER` of turns about the optical axis to start from")
	cmd.Flags().Var(&f.unit, "unit", "what 1 stands for in PLY files, read and written, as in 1m")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the result as a line of JSON")
	cmd.Flags().BoolVar(&f.view, "view", false, "show the cloud in a window, with its deviation from the template")
	return cmd
}

// planeLine is a plane as JSON.
type planeLine struct {
	Normal  [3]float64 `json:"normal"`
	Offset  float64    `json:"offset_mm"`
	RMS     float64    `json:"rms_mm"`
	Inliers int        `json:"inliers"`
	Share   float64    `json:"share"`
}

// registrationLine is a registration as JSON: the pose of the cloud in the template's frame.
type registrationLine struct {
	Template  string      `json:"template"`
	Found     bool        `json:"found"`
	Position  [3]float64  `json:"position_mm"`
	RPY       [3]float64  `json:"rpy_deg"`
	RMS       float64     `json:"rms_mm"`
	Inliers   float64     `json:"inliers"`
	Steps     int         `json:"steps"`
	Converged bool        `json:"converged"`
	Ambiguous bool        `json:"ambiguous"`
	Free      []string    `json:"free"`
	Rivals    int         `json:"rivals"`
	Deviation *[2]float64 `json:"deviation_mm,omitempty"` // lowest and highest, of a cloud that was found
}

// cloudLine is what is told of a cloud.
type cloudLine struct {
	File         string            `json:"file"`
	Points       int               `json:"points"`
	Low          [3]float32        `json:"low_mm"`
	High         [3]float32        `json:"high_mm"`
	Plane        *planeLine        `json:"plane,omitempty"`
	Registration *registrationLine `json:"registration,omitempty"`
}

func (f *cloudFlags) run(name string) error {
	if f.text && f.out == "" {
		return fmt.Errorf("--text says how a file is written; name the file with --out")
	}
	if f.out != "" && strings.ToLower(filepath.Ext(f.out)) != ".ply" {
		return fmt.Errorf("--out %s: a cloud is written as PLY; write a name that ends in .ply", f.out)
	}
	if f.turns < 1 || f.turns > 360 {
		return fmt.Errorf("--turns %d: write a number from 1 to 360", f.turns)
	}
	c, err := f.load(name)
	if err != nil {
		return err
	}
	var template *cloud.Cloud
	if f.template != "" {
		if template, err = f.load(f.template); err != nil {
			return err
		}
	}
	if f.voxel.mm > 0 {
		if c, err = thinned(c, f.voxel.mm); err != nil {
			return fmt.Errorf("--voxel %v: %s: %w", &f.voxel, name, err)
		}
	}
	line := cloudLine{File: name, Points: c.Len()}
	line.Low, line.High = c.Bounds()
	if f.plane.mm > 0 {
		p, err := cloud.FitPlane(c, f.plane.mm)
		if err != nil {
			return fmt.Errorf("--plane: %s: %w", name, err)
		}
		line.Plane = &planeLine{p.Normal, p.Offset, p.RMS, p.Inliers, float64(p.Inliers) / float64(c.Len())}
	}
	if template != nil {
		if line.Registration, err = f.register(c, template); err != nil {
			return fmt.Errorf("--register: %s in %s: %w", name, f.template, err)
		}
	}
	var view *cloudview.View
	if f.view {
		if view, err = viewCloud(c, name); err != nil {
			return fmt.Errorf("--view: %s: %w", name, err)
		}
	}
	if f.out != "" {
		scale(c, 1/f.unit.mm)
		format := cloud.Binary
		if f.text {
			format = cloud.Text
		}
		if err := cloud.SavePLY(f.out, c, format); err != nil {
			return err
		}
	}
	if err := f.print(&line); err != nil {
		return err
	}
	if view != nil {
		if err := window.Run(view, window.Options{Title: filepath.Base(name) + " - linetwin"}); err != nil {
			return err
		}
	}
	if r := line.Registration; r != nil && (!r.Found || r.Ambiguous) {
		return &exitError{code: exitBroken}
	}
	return nil
}

// load reads a cloud, or makes one of a capture.
func (f *cloudFlags) load(name string) (*cloud.Cloud, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".ply":
		c, err := cloud.LoadPLY(name)
		if err != nil {
			return nil, err
		}
		scale(c, f.unit.mm)
		if err := c.Check(); err != nil {
			return nil, fmt.Errorf("--unit %v: %s: %w", &f.unit, name, err)
		}
		return c, nil
	case ".npz":
		shot, err := capture.Load(name)
		if err != nil {
			return nil, err
		}
		c, err := cloud.FromCapture(shot)
		if err != nil {
			return nil, fmt.Errorf("capture %s: %w", name, err)
		}
		if c.Len() == 0 {
			return nil, fmt.Errorf("capture %s: no pixel has depth; nothing can be made of it", name)
		}
		return c, nil
	}
	return nil, fmt.Errorf("cloud %s: neither a capture, .npz, nor a cloud, .ply, by its name", name)
}

// scale changes the unit of a cloud.
func scale(c *cloud.Cloud, by float64) {
	for _, s := range [][]float32{c.X, c.Y, c.Z, c.Deviation} {
		for i := range s {
			s[i] = float32(float64(s[i]) * by)
		}
	}
}

func thinned(c *cloud.Cloud, side float64) (*cloud.Cloud, error) {
	out := new(cloud.Cloud)
	return out, new(cloud.Voxels).Thin(out, c, side)
}

// found is the least share of a cloud that lies on a template in which it was found.
const found = 0.5

// register finds c in a template, and where it is, moves it there and gives it deviations.
func (f *cloudFlags) register(c, template *cloud.Cloud) (*registrationLine, error) {
	side := f.voxel.mm
	if side == 0 {
		low, high := template.Bounds()
		for d := range low {
			side = max(side, float64(high[d]-low[d])/100)
		}
	}
	if side == 0 {
		return nil, fmt.Errorf("a template of %d points without extent", template.Len())
	}
	rough, err := thinned(template, side)
	if err != nil {
		return nil, err
	}
	t, err := cloud.NewTemplate(rough, 0)
	if err != nil {
		return nil, err
	}
	thin, err := thinned(c, side)
	if err != nil {
		return nil, err
	}
	r, err := t.Register(thin, cloud.Start{Turns: f.turns})
	if err != nil {
		return nil, err
	}
	line := &registrationLine{Template: f.template, Found: r.Converged && r.Inliers >= found, RMS: r.RMS, Inliers: r.Inliers, Steps: r.Steps,
		Converged: r.Converged, Ambiguous: r.Ambiguous(), Free: []string{}, Rivals: len(r.Rivals)}
	rpy := r.Pose.RPY()
	for d := range 3 {
		line.Position[d], line.RPY[d] = 1000*r.Pose.P[d], rpy[d]*180/math.Pi
	}
	for _, free := range r.Free {
		line.Free = append(line.Free, free.String())
	}
	if !line.Found {
		return line, nil
	}
	if err := t.Deviations(c, r.Pose); err != nil {
		return nil, err
	}
	c.Move(r.Pose)
	line.Deviation = &[2]float64{math.Inf(1), math.Inf(-1)}
	for _, d := range c.Deviation {
		line.Deviation[0], line.Deviation[1] = min(line.Deviation[0], float64(d)), max(line.Deviation[1], float64(d))
	}
	return line, nil
}

func (f *cloudFlags) print(l *cloudLine) error {
	if f.json {
		return json.NewEncoder(os.Stdout).Encode(l)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s from (%.1f, %.1f, %.1f) to (%.1f, %.1f, %.1f) mm\n", l.File, plural(uint64(l.Points), "point"),
		l.Low[0], l.Low[1], l.Low[2], l.High[0], l.High[1], l.High[2])
	if p := l.Plane; p != nil {
		fmt.Fprintf(&b, "plane: normal (%.4f, %.4f, %.4f), %.2f mm from the origin, RMS %.3f mm, %.1f %% of the points\n",
			p.Normal[0], p.Normal[1], p.Normal[2], math.Abs(p.Offset), p.RMS, 100*p.Share)
	}
	if r := l.Registration; r != nil {
		if !r.Found {
			fmt.Fprintf(&b, "not found in %s: %.0f %% of the points lie on it at best\n", r.Template, 100*r.Inliers)
		} else {
			fmt.Fprintf(&b, "in %s: at (%.2f, %.2f, %.2f) mm, turned by (%.2f, %.2f, %.2f) degrees, RMS %.3f mm, %.1f %% of the points\n", r.Template,
				r.Position[0], r.Position[1], r.Position[2], r.RPY[0], r.RPY[1], r.RPY[2], r.RMS, 100*r.Inliers)
			fmt.Fprintf(&b, "deviation: from %.2f to %.2f mm\n", r.Deviation[0], r.Deviation[1])
		}
		for _, free := range r.Free {
			fmt.Fprintf(&b, "ambiguous: it %s\n", free)
		}
		if r.Rivals > 0 {
			fmt.Fprintf(&b, "ambiguous: it lies as well in %s\n", plural(uint64(r.Rivals), "other pose"))
		}
	}
	if f.out != "" {
		fmt.Fprintf(&b, "written: %s\n", f.out)
	}
	_, err := os.Stdout.WriteString(b.String())
	return err
}
