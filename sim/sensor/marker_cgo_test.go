//go:build cgo

package sensor_test

import (
	"math"
	"testing"

	"linetwin.dev/sim/scenery"
	"linetwin.dev/vision"
)

func TestOpenCVFindsTheMarkersCornersInTheirOrder(t *testing.T) {
	finder, err := vision.NewMarkerFinder("4x4_50", 7)
	if err != nil {
		t.Fatal(err)
	}
	defer finder.Close()
	w := newWorld(t)
	for k := range 8 {
		scene := &scenery.Scene{Room: w.room, Parts: []scenery.Placed{
			scenery.Place(w.part(1, 0), 1.15+0.002*float64(k), 0.003, float64(k-4)*10*deg)}}
		f := shoot(t, toolCamera(), scene, toolPose, uint64(k))
		got, ok, err := finder.Find(f.Color, nil)
		if err != nil || !ok {
			t.Fatalf("try %d: marker found: %v, error %v", k, ok, err)
		}
		toCamera := toolPose.Inverse().Mul(scene.Parts[0].Pose)
		for i, c := range w.kit.MarkerCorners() {
			p := toCamera.Apply(c)
			want, _ := f.K.Project(p[0], p[1], p[2])
			if d := math.Hypot(got[i].X-want.X, got[i].Y-want.Y); d > 0.1 {
				t.Errorf("try %d: corner %d found at %.2f, want %.2f", k, i, got[i], want)
			} else {
				t.Logf("try %d: corner %d is %.3f px off", k, i, d)
			}
		}
	}
}
