//go:build cgo

package vision

import (
	"math"
	"strings"
	"testing"
)

func TestSolvePnPFindsThePoseOfAMarkerThroughALens(t *testing.T) {
	s := newScene(t, 7, 0.012, -0.02, 0.17, 0.8, 0.3)
	s.k.K1, s.k.K2 = -0.12, 0.03
	corners, pixels := markerCorners(markerSize), s.truth()
	pose, err := SolvePnP(corners[:], pixels[:], s.k)
	if err != nil {
		t.Fatal(err)
	}
	for i := range pose.R {
		if math.Abs(pose.R[i]-s.pose.R[i]) > 1e-6 {
			t.Fatalf("rotation %v, want %v", pose.R, s.pose.R)
		}
	}
	for i := range pose.P {
		if math.Abs(pose.P[i]-s.pose.P[i]) > 1e-7 {
			t.Fatalf("position %v, want %v", pose.P, s.pose.P)
		}
	}
}

func TestSolvePnPTakesPointsInSpace(t *testing.T) {
	s := newScene(t, 7, 0.01, 0.02, 0.4, -0.5, 0.4)
	object := [][3]float64{{0, 0, 0}, {0.05, 0, 0}, {0, 0.05, 0}, {0, 0, 0.05}, {0.05, 0.05, 0.01}, {0.02, 0.05, 0.05}, {-0.03, 0.01, 0.02}}
	for _, n := range []int{5, 6, 7} {
		var pixels []Point
		for _, o := range object[:n] {
			p := s.pose.Apply(o)
			q, _ := s.k.Project(p[0], p[1], p[2])
			pixels = append(pixels, q)
		}
		pose, err := SolvePnP(object[:n], pixels, s.k)
		if err != nil {
			t.Fatalf("%d points: %v", n, err)
		}
		for i := range pose.P {
			if math.Abs(pose.P[i]-s.pose.P[i]) > 1e-5 {
				t.Errorf("%d points: position %v, want %v", n, pose.P, s.pose.P)
			}
		}
	}
}

func TestSolvePnPSaysWhatIsWrong(t *testing.T) {
	k := Pinhole(640, 480, 1)
	square := [][3]float64{{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}}
	pixels := []Point{{0, 0}, {10, 0}, {10, 10}, {0, 10}}
	for _, c := range []struct {
		name   string
		object [][3]float64
		image  []Point
		k      Intrinsics
		want   string
	}{
		{"unequal", square, pixels[:3], k, "partner"},
		{"few", square[:3], pixels[:3], k, "at least 4"},
		{"no focal length", square, pixels, Intrinsics{}, "focal"},
		{"not finite", square, []Point{{0, 0}, {math.NaN(), 0}, {1, 1}, {0, 1}}, k, "point 1"},
		{"no extent", [][3]float64{{}, {}, {}, {}}, pixels, k, "OpenCV"},
	} {
		if _, err := SolvePnP(c.object, c.image, c.k); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that says %q", c.name, err, c.want)
		}
	}
}

func TestThreadsOfOpenCVCanBeLimitedAndGivenBack(t *testing.T) {
	for _, n := range []int{1, 0} {
		if err := SetNumThreads(n); err != nil {
			t.Errorf("%d threads: %v", n, err)
		}
	}
}
