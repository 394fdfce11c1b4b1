package onnx_test

import (
	"fmt"
	"os"
	"path/filepath"

	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/onnx"
)

func ExampleOpen() {
	recognise := func(dir string, img model.Image) error {
		spec, err := model.Load(dir)
		if err != nil {
			return err
		}
		net, err := onnx.Open(dir, spec, onnx.CPU)
		if err != nil {
			return err
		}
		defer net.Close()
		answer, err := net.Recognise(img)
		if err != nil {
			return err
		}
		fmt.Println(answer.Labels[0].Label, answer.Labels[0].Score)
		return nil
	}
	dir, err := os.MkdirTemp("", "model-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	spec := `{"name":"caps","version":"1","kind":"onnx","file":"caps.onnx","input":{"width":224,"height":224}}`
	if err := os.WriteFile(filepath.Join(dir, model.SpecFile), []byte(spec), 0o600); err != nil {
		panic(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "caps.onnx"), []byte("<html>404</html>"), 0o600); err != nil {
		panic(err)
	}
	err = recognise(dir, model.Image{})
	fmt.Println(err != nil)
	// Output: true
}
