package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// SpecFile is the file in a model's folder that says what the model is.
const SpecFile = "model.json"

// Spec says what a model is and how it is run. It is the file model.json; README.md
// tells its fields with their defaults.
type Spec struct {
	Name    string `json:"name"`    // letters, digits, - and _; what it is asked for by
	Version string `json:"version"` // letters, digits, . - + _
	About   string `json:"about,omitempty"`
	// Kind is "onnx", a network that linetwin runs itself, or "program", a recogniser
	// that speaks the line protocol.
	Kind string `json:"kind"`

	// Of a program:

	// Command is the program and its arguments. A program whose name has a slash is
	// looked for in the model's folder, which is also where it runs.
	Command []string `json:"command,omitempty"`

	// Of a network:

	File   string   `json:"file,omitempty"`   // the ONNX file in the model's folder
	Labels []string `json:"labels,omitempty"` // of the outputs, in their order
	Input  *Input   `json:"input,omitempty"`
	Output *Output  `json:"output,omitempty"`

	StartSeconds  float64 `json:"start_seconds,omitempty"`  // within which it must be ready; 0: 60
	AnswerSeconds float64 `json:"answer_seconds,omitempty"` // within which it must answer; 0: 10
}

// Input is how a picture becomes the tensor 1 x C x Height x Width that a network takes:
// each channel is (value - Mean) * Scale, value 0 to 255.
type Input struct {
	Width  int `json:"width"`
	Height int `json:"height"`
	// Channels is "rgb", "bgr" or "gray"; empty: rgb.
	Channels string `json:"channels,omitempty"`
	// Fit is what happens to a picture of another shape: "stretch" distorts it, "crop"
	// cuts off what is too long in the middle's favour, "letterbox" adds grey (114) at
	// both ends; empty: stretch.
	Fit   string    `json:"fit,omitempty"`
	Mean  []float64 `json:"mean,omitempty"`  // one for each channel, in their order; none: 0
	Scale []float64 `json:"scale,omitempty"` // one for each channel; none: 1/255
}

// Output is how the numbers that a network gives become an answer.
type Output struct {
	// Format is "classes", one number for each label; "yolov5", rows of x, y, w, h,
	// objectness and classes; "yolov8", the same without objectness, in columns; "ssd",
	// rows of image, class, score and two corners. Empty: classes.
	Format string `json:"format,omitempty"`
	// Softmax turns the numbers of "classes" into probabilities, where the network
	// does not do it itself.
	Softmax bool `json:"softmax,omitempty"`
	// Top is how many labels are told; 0: 5.
	Top int `json:"top,omitempty"`
	// MinScore below which boxes are left out; 0: 0.25.
	MinScore float64 `json:"min_score,omitempty"`
	// Overlap above which, as intersection over union, the less sure of two boxes of one
	// label is left out; 0: 0.45.
	Overlap float64 `json:"overlap,omitempty"`
}

// The kinds of a Spec.
const (
	KindONNX    = "onnx"
	KindProgram = "program"
)

// maxSpec bounds the size of model.json: labels of thousands of classes fit.
const maxSpec = 1 << 20

// maxSide bounds a network's input.
const maxSide = 8192

var (
	namePattern    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	versionPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}$`)
)

// ValidName tells whether a model may have this name.
func ValidName(s string) bool { return namePattern.MatchString(s) }

// Load reads the model.json of a folder and checks it. The error names the file.
func Load(dir string) (*Spec, error) {
	path := filepath.Join(dir, SpecFile)
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is not the folder of a model: it has no %s", dir, SpecFile)
	}
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("%s is not the folder of a model: it is a file; name the folder with its %s", dir, SpecFile)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSpec+1))
	if err != nil {
		return nil, err
	}
	s, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Parse reads and checks a model.json, and fills in what was left out. A field that it
// does not know is an error: it may be a misspelt one.
func Parse(data []byte) (*Spec, error) {
	if len(data) > maxSpec {
		return nil, fmt.Errorf("more than %d bytes", maxSpec)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	s := &Spec{}
	if err := dec.Decode(s); err != nil {
		return nil, fmt.Errorf("not a model's description: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the description goes on after its end")
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Spec) check() error {
	switch {
	case !ValidName(s.Name):
		return fmt.Errorf("name %q: letters, digits, - and _ are wanted, 64 at most", s.Name)
	case !versionPattern.MatchString(s.Version):
		return fmt.Errorf("version %q: letters, digits, ., -, + and _ are wanted, 64 at most", s.Version)
	}
	for _, t := range []struct {
		field string
		value float64
	}{{"start_seconds", s.StartSeconds}, {"answer_seconds", s.AnswerSeconds}} {
		if !(t.value >= 0 && t.value <= 3600) {
			return fmt.Errorf("%s is %g; from 0 to 3600 are wanted", t.field, t.value)
		}
	}
	if s.StartSeconds == 0 {
		s.StartSeconds = 60
	}
	if s.AnswerSeconds == 0 {
		s.AnswerSeconds = 10
	}
	switch s.Kind {
	case KindProgram:
		return s.checkProgram()
	case KindONNX:
		return s.checkNetwork()
	}
	return fmt.Errorf("kind %q: %s or %s is wanted", s.Kind, KindONNX, KindProgram)
}

func (s *Spec) checkProgram() error {
	if len(s.Command) == 0 || s.Command[0] == "" {
		return errors.New(`a program needs its command, as in "command": ["python3", "recogniser.py"]`)
	}
	if s.File != "" || s.Labels != nil || s.Input != nil || s.Output != nil {
		return fmt.Errorf("file, labels, input and output are for kind %s; a program knows its own", KindONNX)
	}
	for _, a := range s.Command {
		if strings.ContainsRune(a, 0) {
			return fmt.Errorf("command: %q has a zero byte", a)
		}
	}
	return nil
}

func (s *Spec) checkNetwork() error {
	switch {
	case s.Command != nil:
		return fmt.Errorf("command is for kind %s", KindProgram)
	case !filepath.IsLocal(s.File) || strings.Contains(s.File, `\`):
		return fmt.Errorf("file %q: the ONNX file in the model's folder is wanted", s.File)
	case s.Input == nil:
		return errors.New("input is missing; it says how large a picture the network takes")
	}
	for i, l := range s.Labels {
		if l == "" || len(l) > MaxLabelSize {
			return fmt.Errorf("label %d has %d bytes; 1 to %d are wanted", i+1, len(l), MaxLabelSize)
		}
	}
	if s.Output == nil {
		s.Output = &Output{}
	}
	if err := s.Input.check(); err != nil {
		return err
	}
	return s.Output.check()
}

func (in *Input) check() error {
	if in.Width < 1 || in.Height < 1 || in.Width > maxSide || in.Height > maxSide {
		return fmt.Errorf("input: %d x %d pixels; 1 to %d each are wanted", in.Width, in.Height, maxSide)
	}
	if in.Channels == "" {
		in.Channels = "rgb"
	}
	if in.Fit == "" {
		in.Fit = "stretch"
	}
	switch in.Channels {
	case "rgb", "bgr", "gray":
	default:
		return fmt.Errorf("input: channels %q; rgb, bgr or gray is wanted", in.Channels)
	}
	switch in.Fit {
	case "stretch", "crop", "letterbox":
	default:
		return fmt.Errorf("input: fit %q; stretch, crop or letterbox is wanted", in.Fit)
	}
	var err error
	if in.Mean, err = in.each("mean", in.Mean, 0); err != nil {
		return err
	}
	in.Scale, err = in.each("scale", in.Scale, 1./255)
	return err
}

// each wants a number for each channel.
func (in *Input) each(what string, v []float64, otherwise float64) ([]float64, error) {
	n := in.Planes()
	if v == nil {
		for range n {
			v = append(v, otherwise)
		}
	}
	if len(v) != n {
		return nil, fmt.Errorf("input: %s has %d numbers; %s has %d channels", what, len(v), in.Channels, n)
	}
	for _, x := range v {
		if math.Abs(x) > 1e6 {
			return nil, fmt.Errorf("input: %s %g is out of all reason", what, x)
		}
	}
	return v, nil
}

// Planes is how many channels the network takes.
func (in *Input) Planes() int {
	if in.Channels == "gray" {
		return 1
	}
	return 3
}

func (o *Output) check() error {
	if o.Format == "" {
		o.Format = "classes"
	}
	if o.Top == 0 {
		o.Top = 5
	}
	if o.MinScore == 0 {
		o.MinScore = 0.25
	}
	if o.Overlap == 0 {
		o.Overlap = 0.45
	}
	switch o.Format {
	case "classes", "yolov5", "yolov8", "ssd":
	default:
		return fmt.Errorf("output: format %q; classes, yolov5, yolov8 or ssd is wanted", o.Format)
	}
	switch {
	case o.Top < 1 || o.Top > MaxLabels:
		return fmt.Errorf("output: top is %d; 1 to %d are wanted", o.Top, MaxLabels)
	case !(o.MinScore > 0 && o.MinScore <= 1):
		return fmt.Errorf("output: min_score is %g; above 0 and up to 1 is wanted", o.MinScore)
	case !(o.Overlap > 0 && o.Overlap <= 1):
		return fmt.Errorf("output: overlap is %g; above 0 and up to 1 is wanted", o.Overlap)
	case o.Softmax && o.Format != "classes":
		return fmt.Errorf("output: softmax is for classes, not for %s", o.Format)
	}
	return nil
}
