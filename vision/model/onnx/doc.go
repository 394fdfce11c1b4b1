// Package onnx runs networks in the ONNX format through OpenCV's dnn, on the CPU, or on a
// CUDA device where OpenCV was built for it.
//
// The main type is [Net]. A model's description says how a picture becomes the network's
// input, and its numbers an answer:
//
//	spec, err := model.Load(dir)
//	if err != nil {
//		return err
//	}
//	net, err := onnx.Open(dir, spec, onnx.CPU)
//	if err != nil {
//		return err
//	}
//	defer net.Close()
//	answer, err := net.Recognise(img)
//	if err != nil {
//		return err
//	}
//	fmt.Println(answer.Labels[0].Label, answer.Labels[0].Score)
//
// OpenCV ends the whole process when it meets a network that it cannot run. So a program
// that has other things to do lets a process of its own run it: [Handler] makes a Net a
// recogniser, and linetwin model worker is that process. [Inspect] reads a file without
// OpenCV and finds most of what is wrong with one before.
//
// Equal pictures give equal answers on the CPU of one machine. A build without cgo has
// Inspect, and Open says that OpenCV is missing.
//
// Sources: onnx.proto of ONNX 1.12 (IR version 8); the layouts of detectors are those that
// the exporters of YOLOv5, YOLOv8 and of the SSD of TensorFlow and Caffe write.
package onnx
