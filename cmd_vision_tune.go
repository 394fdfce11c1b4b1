package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
	"linetwin.dev/vision/window"
	"linetwin.dev/vision/window/qrtune"
	"linetwin.dev/vision/window/snip"
)

func newVisionTune() *cobra.Command {
	return group(&cobra.Command{
		Use:   "tune",
		Short: "Set a station's eyes up in a window",
		Example: `  linetwin vision tune qr bottle-*.png --params station.cue
  linetwin vision tune template good.npz -o templates`,
	}, newTuneQR(), newTuneTemplate())
}

func newTuneQR() *cobra.Command {
	var params, save string
	cmd := &cobra.Command{
		Use:   "qr FILE...",
		Short: "Tune a reader of QR codes before pictures",
		Long: `Tune a reader of QR codes before pictures: pick regions with the mouse, turn the parameters,
and see what every stage of the cascade makes of the picture, reads and costs. Ctrl S saves
the parameters as CUE: "linetwin vision qr --params" reads the file, and a station takes its
field qr over.`,
		Example: `  linetwin vision tune qr bottle-*.png
  linetwin vision tune qr bottle.png --params station.cue --save tuned.cue`,
		Args: atLeast(1, "one image or more, PNG or JPEG"),
		RunE: func(_ *cobra.Command, args []string) error { return tuneQR(args, params, save) },
	}
	cmd.Flags().StringVar(&params, "params", "", "begin with the parameters of this `FILE` (default: a station's)")
	cmd.Flags().StringVar(&save, "save", "", "save to this `FILE` (default: that of --params, or qr.cue)")
	return cmd
}

// tuneQR opens the window of "vision tune qr", and of "vision qr --tune".
func tuneQR(files []string, from, to string) error {
	params := vision.StationQR()
	if from != "" {
		var err error
		if params, err = specs.LoadQR(from); err != nil {
			return err
		}
	}
	if to == "" {
		to = "qr.cue"
		if from != "" {
			to = from
		}
	}
	view, err := qrtune.New(files, params, to)
	if err != nil {
		return err
	}
	if from != "" && filepath.Clean(from) == filepath.Clean(to) {
		view.Owns()
	}
	return window.Run(view, window.Options{Title: "QR codes - linetwin", W: 1440, H: 900, Opened: view.Opened})
}

func newTuneTemplate() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "template FILE...",
		Short: "Cut templates out of pictures and captures",
		Long: `Cut templates out of pictures (PNG, JPEG) and captures (.npz) in a window: draw a region at
any zoom, draw it again, move it, name it, take steps back. Ctrl S saves all of them: colour
as NAME.png in the image's own pixels, depth as NAME.npz in float32 with its mask, lens, pose
and conditions. Then it prints what a station is to have. Files that are there already stay
as they are. Exit 1: the window was closed without saving, and nothing is written.`,
		Example: `  linetwin vision tune template good.png -o templates
  linetwin vision tune template good-*.npz -o templates`,
		Args: atLeast(1, "one image or capture or more"),
		RunE: func(_ *cobra.Command, args []string) error { return tuneTemplate(args, dir) },
	}
	cmd.Flags().StringVarP(&dir, "out", "o", "templates", "save into this `FOLDER`, which is made if there is none")
	return cmd
}

func tuneTemplate(files []string, dir string) error {
	sources, err := snip.Files(files)
	if err != nil {
		return err
	}
	view, err := snip.New(sources, dir)
	if err != nil {
		return err
	}
	if err := window.Run(view, window.Options{Title: "Templates - linetwin", W: 1440, H: 900}); err != nil {
		return err
	}
	if len(view.Saved()) == 0 {
		return &exitError{code: exitBroken, err: fmt.Errorf("closed without saving; nothing is written")}
	}
	fmt.Print(stationTemplates(view.Saved()))
	return nil
}

// stationTemplates is what a station says to look for templates: where they were cut out,
// with half their size around for parts that stand a little elsewhere.
func stationTemplates(saved []snip.Saved) string {
	var b strings.Builder
	b.WriteString("templates: {\n")
	for _, s := range saved {
		for _, f := range s.Files {
			if filepath.Ext(f) != ".png" {
				continue
			}
			r := s.Region
			w, h := r.X1-r.X0, r.Y1-r.Y0
			r = vision.Rect{X0: r.X0 - w/2, Y0: r.Y0 - h/2, X1: r.X1 + w/2, Y1: r.Y1 + h/2}.Clip(s.W, s.H)
			fmt.Fprintf(&b, "\t%s: {file: %q, region: {x: %d, y: %d, w: %d, h: %d}} // from %s\n",
				s.Name, filepath.ToSlash(f), r.X0, r.Y0, r.X1-r.X0, r.Y1-r.Y0, s.Source)
		}
	}
	b.WriteString("}\n")
	for _, s := range saved {
		for _, f := range s.Files {
			if filepath.Ext(f) == ".npz" {
				fmt.Fprintf(&b, "relief: {file: %q} // %s, from %s\n", filepath.ToSlash(f), s.Name, s.Source)
			}
		}
	}
	return b.String()
}
