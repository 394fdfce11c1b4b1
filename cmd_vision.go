package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/vision"
)

func newVision() *cobra.Command {
	var asJSON bool
	qr := &cobra.Command{
		Use:   "qr FILE...",
		Short: "Read the QR codes in images",
		Long: `Read the QR codes in images: the text of each, and its corners in pixels, from the top
left of the upright code clockwise. Exit 0: each image has one, 1: one has none, 2: one
cannot be read.`,
		Example: `  linetwin vision qr photo.jpg
  linetwin vision qr *.png --json`,
		Args: atLeast(1, "one image or more, PNG or JPEG"),
		RunE: func(_ *cobra.Command, args []string) error { return readCodes(args, asJSON) },
	}
	qr.Flags().BoolVar(&asJSON, "json", false, "print a line of JSON for each image")
	return group(&cobra.Command{
		Use:     "vision",
		Short:   "See as the line's cameras do",
		Example: "  linetwin vision qr photo.jpg",
	}, qr)
}

// codeLine is a code as JSON; corners are in raw pixels, from the top left of the
// upright code clockwise.
type codeLine struct {
	Text    string        `json:"text"`
	Corners [4][2]float64 `json:"corners"`
}

// readCodes reads images one by one; all are loaded first, so that a bad file gives
// its message and nothing else.
func readCodes(files []string, asJSON bool) error {
	images := make([]vision.Image, len(files))
	for i, f := range files {
		img, err := vision.LoadImage(f)
		if err != nil {
			return err
		}
		images[i] = img
	}
	reader := vision.NewQRReader(vision.QROptions{})
	missed := false
	for i, img := range images {
		begun := time.Now()
		codes := reader.Read(img, img.Bounds())
		cost := time.Since(begun)
		missed = missed || len(codes) == 0
		if err := printCodes(files[i], codes, cost, asJSON); err != nil {
			return err
		}
	}
	if missed {
		return &exitError{code: exitBroken}
	}
	return nil
}

func printCodes(file string, codes []vision.Code, cost time.Duration, asJSON bool) error {
	lines := make([]codeLine, len(codes))
	for i, c := range codes {
		lines[i].Text = c.Text
		for k, p := range c.Corners {
			lines[i].Corners[k] = [2]float64{p.X, p.Y}
		}
	}
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(struct {
			File  string     `json:"file"`
			MS    float64    `json:"ms"`
			Codes []codeLine `json:"codes"`
		}{file, float64(cost.Microseconds()) / 1000, lines})
	}
	if len(codes) == 0 {
		_, err := fmt.Printf("%s: no code found\n", file)
		return err
	}
	for _, c := range lines {
		if _, err := fmt.Printf("%s: %q at (%.1f, %.1f) (%.1f, %.1f) (%.1f, %.1f) (%.1f, %.1f)\n", file, c.Text,
			c.Corners[0][0], c.Corners[0][1], c.Corners[1][0], c.Corners[1][1],
			c.Corners[2][0], c.Corners[2][1], c.Corners[3][0], c.Corners[3][1]); err != nil {
			return err
		}
	}
	return nil
}
