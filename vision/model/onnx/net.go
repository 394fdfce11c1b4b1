package onnx

import (
	"errors"
	"fmt"
	"path/filepath"

	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/recogniser"
)

// Device is what a network runs on.
type Device string

// The devices.
const (
	CPU  Device = "cpu"
	CUDA Device = "cuda" // an error where OpenCV has none
	Auto Device = "auto" // CUDA where OpenCV has it, else the CPU
)

// ParseDevice reads cpu, cuda or auto; empty is auto.
func ParseDevice(s string) (Device, error) {
	switch d := Device(s); d {
	case CPU, CUDA, Auto:
		return d, nil
	case "":
		return Auto, nil
	}
	return "", fmt.Errorf("device %q: cpu, cuda or auto is wanted", s)
}

// ErrNoOpenCV says that this program was built without OpenCV.
var ErrNoOpenCV = errors.New("this build has no OpenCV, which runs ONNX networks; build linetwin with CGO_ENABLED=1 and OpenCV 4.6 (Debian: libopencv-dev)")

// ErrNoCUDA says that OpenCV has no CUDA, or there is no device.
var ErrNoCUDA = errors.New("OpenCV here has no CUDA device for networks: Debian's is built without; use device cpu or auto")

// check reads the file of a model and holds its description against it.
func check(dir string, s *model.Spec) ([]byte, *Summary, error) {
	if s.Kind != model.KindONNX {
		return nil, nil, fmt.Errorf("model %s is a %s, not a network", s.Name, s.Kind)
	}
	path := filepath.Join(dir, filepath.FromSlash(s.File))
	sum, data, err := InspectFile(path)
	if err != nil {
		return nil, nil, err
	}
	if len(sum.Inputs) != 1 {
		return nil, nil, fmt.Errorf("%s: the network has %d inputs; one picture is what it is shown", path, len(sum.Inputs))
	}
	want := []int64{1, int64(s.Input.Planes()), int64(s.Input.Height), int64(s.Input.Width)}
	shape := sum.Inputs[0].Shape
	ok := len(shape) == len(want)
	for i := 0; ok && i < len(want); i++ {
		ok = shape[i] <= 0 || shape[i] == want[i] // open dimensions take any
	}
	if !ok && len(shape) > 0 {
		return nil, nil, fmt.Errorf("%s: the network takes %v, and its description says %v (pictures, channels, height, width)", path, shape, want)
	}
	return data, sum, nil
}

// Check finds what is wrong with the folder of a network, without OpenCV: a file that is
// damaged, an input of another size than the description says.
func Check(dir string, s *model.Spec) (*Summary, error) {
	_, sum, err := check(dir, s)
	return sum, err
}

// Handler opens the network of a folder as a recogniser, for [recogniser.Serve]. From then
// on this process ends with a sentence on standard error and status 70 when OpenCV cannot
// go on; it is a process that has nothing else to do.
func Handler(dir string, d Device) (*recogniser.Handler, error) {
	endPlainly()
	s, err := model.Load(dir)
	if err != nil {
		return nil, err
	}
	n, err := Open(dir, s, d)
	if err != nil {
		return nil, err
	}
	return &recogniser.Handler{Name: s.Name, Device: n.Device(), Recognise: n.Recognise}, nil
}
