package main

import (
	"path/filepath"

	"linetwin.dev/vision/cloud"
	"linetwin.dev/vision/window/cloudview"
)

// viewCloud is a window on a cloud, whose coordinates are copied.
func viewCloud(c *cloud.Cloud, name string) (*cloudview.View, error) {
	xyz := make([]float32, 0, 3*c.Len())
	for i := range c.Len() {
		xyz = append(xyz, c.X[i], c.Y[i], c.Z[i])
	}
	return cloudview.New(cloudview.Cloud{Name: filepath.Base(name), XYZ: xyz, RGB: c.Color, Deviation: c.Deviation})
}
