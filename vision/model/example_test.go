package model_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"

	"linetwin.dev/vision/model"
)

func ExampleParse() {
	spec, err := model.Parse([]byte(`{
		"name": "caps", "version": "1.2", "kind": "onnx", "file": "caps.onnx", "labels": ["ok", "dent"],
		"input": {"width": 224, "height": 224, "fit": "crop"}
	}`))
	if err != nil {
		panic(err)
	}
	fmt.Println(spec.Name, spec.Input.Channels, spec.Output.Format)
	_, err = model.Parse([]byte(`{"name": "caps", "version": "1.2", "kind": "onyx"}`))
	fmt.Println(err)
	// Output:
	// caps rgb classes
	// kind "onyx": onnx or program is wanted
}

func ExampleDecodePicture() {
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 640, 480))); err != nil {
		panic(err)
	}
	img, err := model.DecodePicture(file.Bytes(), model.PictureLimits{})
	fmt.Println(img.W, img.H, err)
	_, err = model.DecodePicture(file.Bytes(), model.PictureLimits{Pixels: 100_000})
	fmt.Println(err)
	// Output:
	// 640 480 <nil>
	// the picture is too large: 640 x 480 pixels; at most 100000 are taken
}
