// Package model is what learned models have in common: what a model is told of itself
// ([Spec], the file model.json in its folder), the picture that it is shown ([Image]),
// and what it answers ([Answer]).
//
// What runs, ships and serves models stands in packages of their own:
//
//	recogniser  models that are other programs: protocol, supervision, queues, admission
//	onnx        ONNX networks through OpenCV's dnn
//	bundle      signed bundles with a QR code as second factor, and where they are kept
//	endpoint    an HTTP address where a phone sends a picture and gets the answer
//
// A picture comes from a camera or from a file, and goes to whatever recognises:
//
//	img, err := model.DecodePicture(file, model.PictureLimits{})
//	if err != nil {
//		return err
//	}
//	answer, err := lane.Recognise(ctx, recogniser.Request{Image: img})
//	if err != nil {
//		return err
//	}
//	fmt.Println(answer.Labels[0].Label, answer.Labels[0].Score)
//
// The main type is [Spec]. Nothing here reads a clock or starts a goroutine.
//
// The orientation of a photograph is the tag 0x0112 of Exif (CIPA DC-008, 4.6.4), which
// JPEG carries in an APP1 segment and PNG in a chunk eXIf.
package model
