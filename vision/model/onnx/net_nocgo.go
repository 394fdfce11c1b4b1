//go:build !cgo

package onnx

import "linetwin.dev/vision/model"

// Net is a network that is loaded. This build can load none.
type Net struct{}

// Open says what is wrong with the model's folder, or else that there is no OpenCV.
func Open(dir string, s *model.Spec, _ Device) (*Net, error) {
	if _, _, err := check(dir, s); err != nil {
		return nil, err
	}
	return nil, ErrNoOpenCV
}

func endPlainly() {}

// Device is empty.
func (n *Net) Device() string { return "" }

// Close does nothing.
func (n *Net) Close() error { return nil }

// Recognise says that there is no OpenCV.
func (n *Net) Recognise(model.Image) (model.Answer, error) { return model.Answer{}, ErrNoOpenCV }

// Built tells whether this program was built with OpenCV.
const Built = false
