package main

import "github.com/spf13/cobra"

func newVision() *cobra.Command {
	return group(&cobra.Command{
		Use:     "vision",
		Short:   "See as the line's cameras do",
		Example: "  linetwin vision qr photo.jpg",
	}, newVisionCapture(), newVisionCloud(), newVisionDefects(), newVisionDepth(), newVisionQR(), newVisionTemplate(), newVisionTune())
}
