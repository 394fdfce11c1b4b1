package main

import (
	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/onnx"
	"linetwin.dev/vision/model/recogniser"
)

// stationModel finds a model that a scenario names: one that is installed for the user who runs
// linetwin, or a folder.
func stationModel(name, device string) (how recogniser.Spec, about *model.Spec, err error) {
	found, about, err := new(modelFlags).recogniser(name, onnx.Device(device))
	if err == nil {
		how = *found
	}
	return how, about, err
}
