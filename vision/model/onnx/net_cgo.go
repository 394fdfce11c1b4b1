//go:build cgo

package onnx

/*
#cgo pkg-config: opencv4
#cgo CXXFLAGS: -std=c++17 -O2
#cgo LDFLAGS: -Wl,--as-needed
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"sync"

	"gocv.io/x/gocv"

	"linetwin.dev/vision/model"
)

// Net is a network that is loaded. Its methods may be called concurrently; they take
// turns, since OpenCV itself uses all processors for one picture.
type Net struct {
	spec   *model.Spec
	device string

	mu  sync.Mutex
	net gocv.Net
	in  gocv.Mat  // the input, kept from picture to picture
	to  []float32 // its numbers
}

// Open loads the network of a model's folder. OpenCV ends the process when it cannot run
// a network that is whole: let a process of its own load one that you do not know. Close
// it in the end.
func Open(dir string, s *model.Spec, d Device) (*Net, error) {
	data, _, err := check(dir, s)
	if err != nil {
		return nil, err
	}
	cuda := C.onnx_cuda_targets() > 0
	if d == CUDA && !cuda {
		return nil, ErrNoCUDA
	}
	n := &Net{spec: s, device: "cpu, OpenCV " + gocv.OpenCVVersion()}
	if n.net, err = gocv.ReadNetFromONNXBytes(data); err != nil {
		return nil, fmt.Errorf("model %s: %w", s.Name, err)
	}
	backend, target := gocv.NetBackendOpenCV, gocv.NetTargetCPU
	if cuda && d != CPU {
		backend, target = gocv.NetBackendCUDA, gocv.NetTargetCUDA
		n.device = "cuda, OpenCV " + gocv.OpenCVVersion()
	}
	n.in = gocv.NewMatWithSizes([]int{1, s.Input.Planes(), s.Input.Height, s.Input.Width}, gocv.MatTypeCV32F)
	err = errors.Join(n.net.SetPreferableBackend(backend), n.net.SetPreferableTarget(target))
	if err == nil && n.net.Empty() {
		err = errors.New("OpenCV finds no layers in it")
	}
	if err == nil {
		n.to, err = n.in.DataPtrFloat32()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("model %s: %w", s.Name, err), n.Close())
	}
	return n, nil
}

// endPlainly lets what OpenCV throws end this process with a sentence.
func endPlainly() { C.onnx_end_plainly() }

// Device is what the network runs on, for people.
func (n *Net) Device() string { return n.device }

// Close gives back what OpenCV holds. The Net must not be used any more.
func (n *Net) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.to = nil
	return errors.Join(n.in.Close(), n.net.Close())
}

// Recognise shows the network a picture. Boxes are in pixels of the picture.
func (n *Net) Recognise(img model.Image) (model.Answer, error) {
	if !img.Valid() {
		return model.Answer{}, fmt.Errorf("an image of %d x %d pixels with %d bytes; 3 bytes a pixel are wanted", img.W, img.H, len(img.Pix))
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.to == nil {
		return model.Answer{}, fmt.Errorf("model %s is closed", n.spec.Name)
	}
	f := prepare(n.spec.Input, img, n.to)
	n.net.SetInput(n.in, "")
	out := n.net.Forward("")
	defer out.Close()
	if out.Type() != gocv.MatTypeCV32F {
		return model.Answer{}, fmt.Errorf("model %s gives numbers of OpenCV's type %d; 32-bit floating point is wanted", n.spec.Name, out.Type())
	}
	v, err := out.DataPtrFloat32()
	if err != nil {
		return model.Answer{}, fmt.Errorf("model %s: %w", n.spec.Name, err)
	}
	a, err := decode(n.spec, out.Size(), v, f, img.W, img.H)
	if err != nil {
		return model.Answer{}, fmt.Errorf("model %s: %w", n.spec.Name, err)
	}
	return a, nil
}

// Built tells whether this program was built with OpenCV.
const Built = true
