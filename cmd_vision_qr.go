package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// qrFlags are those of "vision qr".
type qrFlags struct {
	json   bool
	params string
	budget time.Duration
	tune   bool
}

func newVisionQR() *cobra.Command {
	var f qrFlags
	cmd := &cobra.Command{
		Use:   "qr FILE...",
		Short: "Read the QR codes in images",
		Long: `Read the QR codes in images: the text of each, its corners in pixels, from the top left of
the upright code clockwise, and the grade of print and picture, from A to F. Where an image
gives nothing as it is, filters follow: contrast, blur, threshold and so on, as far as the
budget goes. Exit 0: each image has a code, 1: one has none, 2: one cannot be read.`,
		Example: `  linetwin vision qr photo.jpg
  linetwin vision qr *.png --json
  linetwin vision qr --params station.cue --budget 2s hard.jpg
  linetwin vision qr --tune photo.jpg`,
		Annotations: jsonLines,
		Args:        atLeast(1, "one image or more, PNG or JPEG"),
		RunE: func(_ *cobra.Command, args []string) error {
			if f.tune {
				if f.json || f.budget != 0 {
					return fmt.Errorf("--tune opens a window, in which the budget is set; leave --json and --budget out")
				}
				return tuneQR(args, f.params, "")
			}
			return f.read(args)
		},
	}
	cmd.Flags().BoolVar(&f.json, "json", false, "print a line of JSON for each image")
	cmd.Flags().StringVar(&f.params, "params", "", "read with a station's parameters, from this `FILE` (default: all codes, all filters)")
	cmd.Flags().DurationVar(&f.budget, "budget", 0, "work for each image, as `TIME` of one core of 2020 (default 600ms, or that of --params)")
	cmd.Flags().BoolVar(&f.tune, "tune", false, "open a window to tune the parameters in; as vision tune qr")
	return cmd
}

// reader is made of the flags.
func (f *qrFlags) reader() (*vision.QRReader, error) {
	params := vision.FileQR()
	if f.params != "" {
		var err error
		if params, err = specs.LoadQR(f.params); err != nil {
			return nil, err
		}
	}
	if f.budget < 0 {
		return nil, fmt.Errorf("--budget %v: write a time above 0, as in 600ms", f.budget)
	}
	if f.budget > 0 {
		params.Budget = specs.Duration(f.budget)
	}
	return vision.NewQRReader(vision.QROptions{Params: params}), nil
}

// codeLine is a code as JSON; corners are in raw pixels, from the top left of the
// upright code clockwise.
type codeLine struct {
	Text    string        `json:"text"`
	Corners [4][2]float64 `json:"corners"`
	Grade   string        `json:"grade"`
	Stage   string        `json:"stage"`
}

func lineOf(c *vision.Code) codeLine {
	l := codeLine{Text: c.Text, Grade: string("FDCBA"[c.Quality.Grade]), Stage: c.Stage}
	for i, p := range c.Corners {
		l.Corners[i] = [2]float64{p.X, p.Y}
	}
	return l
}

// qrLine is what was read in an image, as JSON.
type qrLine struct {
	File  string     `json:"file"`
	MS    float64    `json:"ms"`
	Codes []codeLine `json:"codes"`
	Error string     `json:"error,omitempty"` // why the image cannot be read
}

func (f *qrFlags) read(files []string) error {
	reader, err := f.reader()
	if err != nil {
		return err
	}
	if err := checkImages(files); err != nil {
		return err
	}
	return eachImage(files, f.json, func(_ int, name string) (imageReport, error) {
		img, err := vision.LoadImage(name)
		if err != nil {
			return imageReport{}, err
		}
		begun := time.Now()
		codes := reader.Read(img, vision.Rect{})
		line := qrLine{File: name, MS: milliseconds(time.Since(begun)), Codes: make([]codeLine, len(codes))}
		for i := range codes {
			line.Codes[i] = lineOf(&codes[i])
		}
		return imageReport{line, line.text(), len(codes) > 0}, nil
	}, func(name string, err error) any {
		return qrLine{File: name, Codes: []codeLine{}, Error: err.Error()}
	})
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// text is for people.
func (l *qrLine) text() string {
	if len(l.Codes) == 0 {
		return fmt.Sprintf("%s: no code found\n", l.File)
	}
	var b strings.Builder
	for _, c := range l.Codes {
		fmt.Fprintf(&b, "%s: %q at (%.1f, %.1f) (%.1f, %.1f) (%.1f, %.1f) (%.1f, %.1f), grade %s\n", l.File, c.Text,
			c.Corners[0][0], c.Corners[0][1], c.Corners[1][0], c.Corners[1][1],
			c.Corners[2][0], c.Corners[2][1], c.Corners[3][0], c.Corners[3][1], c.Grade)
	}
	return b.String()
}
