//go:build cgo

package onnx

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/recogniser"
)

// TestMain lets the test binary be a recogniser that runs a network.
func TestMain(m *testing.M) {
	dir := os.Getenv("LINETWIN_TEST_NETWORK")
	if dir == "" {
		os.Exit(m.Run())
	}
	err := recogniser.Serve(os.Stdin, os.Stdout, func() (*recogniser.Handler, error) { return Handler(dir, Auto) })
	if err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

func TestANetworkGivesWhatItsWeightsSay(t *testing.T) {
	dir, s := folder(t, classifierSpec, classifier())
	n, err := Open(dir, s, CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for _, img := range []model.Image{scene(8, 8), scene(100, 40), scene(3, 50)} {
		in := make([]float32, 3*side*side)
		prepare(s.Input, img, in)
		want := classified(in)
		a, err := n.Recognise(img)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Labels) != 3 {
			t.Fatalf("%+v", a)
		}
		for _, l := range a.Labels {
			if w := want[l.Label[0]-'a']; math.Abs(l.Score-w) > 1e-5 {
				t.Errorf("%d x %d: %s has %.7f, want %.7f", img.W, img.H, l.Label, l.Score, w)
			}
		}
		again, err := n.Recognise(img)
		if err != nil || !slices.Equal(a.Labels, again.Labels) {
			t.Errorf("another answer for the same picture: %+v, %v", again, err)
		}
	}
	if _, err := n.Recognise(model.Image{W: 2, H: 2}); err == nil {
		t.Error("an image without pixels was recognised")
	}
}

func TestADetectorsBoxesAreInPixelsOfThePicture(t *testing.T) {
	// Candidates in columns: x, y, w, h, score of cap, score of label. The second is the
	// first once more, a little off; the third has little to say.
	columns := []float32{
		16, 16.5, 8,
		16, 16, 8,
		8, 8, 4,
		4, 4, 4,
		0.9, 0.8, 0.1,
		0.2, 0.1, 0.2,
	}
	dir, s := folder(t, detectorSpec, detector(columns))
	n, err := Open(dir, s, CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	a, err := n.Recognise(scene(64, 32)) // in the middle of the input, at half its size
	if err != nil {
		t.Fatal(err)
	}
	want := model.Box{Label: "cap", Score: 0.9, X: 24, Y: 12, Width: 16, Height: 8}
	if len(a.Boxes) != 1 {
		t.Fatalf("%+v", a)
	}
	got := a.Boxes[0]
	got.Score = math.Round(got.Score*1e4) / 1e4
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestWithoutADeviceCUDAIsRefusedInOneSentence(t *testing.T) {
	dir, s := folder(t, classifierSpec, classifier())
	n, err := Open(dir, s, CUDA)
	if err == nil {
		n.Close()
		t.Skip("this OpenCV has CUDA")
	}
	if !errors.Is(err, ErrNoCUDA) {
		t.Error(err)
	}
	if n, err = Open(dir, s, Auto); err != nil || !strings.HasPrefix(n.Device(), "cpu, OpenCV 4.") {
		t.Errorf("auto: %v", err)
	}
	n.Close()
}

// worker runs the network of a folder in a process of its own.
func worker(t *testing.T, dir string) *recogniser.Lane {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	l, err := recogniser.Open(recogniser.Spec{Name: "worker", Command: []string{self}, Env: []string{"LINETWIN_TEST_NETWORK=" + dir},
		Backoff: recogniser.Backoff{First: time.Millisecond, Most: 10 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestANetworkInAProcessOfItsOwnAnswersAlike(t *testing.T) {
	dir, s := folder(t, classifierSpec, classifier())
	n, err := Open(dir, s, CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	img := scene(64, 48)
	want, err := n.Recognise(img)
	if err != nil {
		t.Fatal(err)
	}
	got, err := worker(t, dir).Recognise(t.Context(), recogniser.Request{Image: img})
	if err != nil || !slices.Equal(got.Labels, want.Labels) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

// What OpenCV cannot run ends its own process, and is told.
func TestANetworkThatOpenCVCannotRunEndsOnlyItsOwnProcess(t *testing.T) {
	unknown := network(
		message(1, node("FlyToTheMoon", []string{"picture"}, "scores")),
		message(11, value("picture", 1, 3, side, side)),
		message(12, value("scores", 1, 3)),
	)
	// The Gemm takes five numbers, and gets four.
	crooked := network(
		message(1, node("GlobalAveragePool", []string{"picture"}, "g")),
		message(1, node("Flatten", []string{"g"}, "f", whole("axis", 1))),
		message(1, node("Gemm", []string{"f", "dense"}, "scores", whole("transB", 1))),
		message(5, weights("dense", make([]float32, 15), 3, 5)),
		message(11, value("picture", 1, 3, side, side)),
		message(12, value("scores", 1, 3)),
	)
	for what, file := range map[string][]byte{"FlyToTheMoon": unknown, "srcMat.cols == weights.cols": crooked} {
		dir, _ := folder(t, classifierSpec, file)
		_, err := worker(t, dir).Recognise(t.Context(), recogniser.Request{Image: scene(8, 8)})
		if err == nil || !strings.Contains(err.Error(), "recogniser worker ended by itself: exit status 70; its last words: ") || !strings.Contains(err.Error(), what) {
			t.Errorf("%v; want what OpenCV says of %s", err, what)
		}
	}
}

func TestTheTestsBinaryIsWhatItSaysItIs(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LINETWIN_TEST_NETWORK="+t.TempDir())
	cmd.Stdin = strings.NewReader(`{"type":"hello","protocol":1}` + "\n")
	out, err := cmd.Output()
	if err == nil || !strings.Contains(string(out), `"type":"error"`) || !strings.Contains(string(out), "is not the folder of a model") {
		t.Errorf("%s, %v", out, err)
	}
}
