// Package vision looks at what a camera saw: it reads QR codes, finds templates,
// compares depth with what it should be, and judges one part from one RGB-D frame.
//
// The main type is Inspector. It is built once for a station, from the product,
// the station's limits, the camera's intrinsics and pose, and the part's nominal
// pose, and then judges frame after frame:
//
//	insp, err := vision.NewInspector(vision.InspectorConfig{
//		Product: product, Inspection: station,
//		K: k, Camera: cameraInLine, Nominal: partInLine, Artwork: art,
//	})
//	if err != nil { ... }
//	v := insp.Inspect(frame)
//	fmt.Println(v.Reason, v.Serial)
//
// The parts that it is made of are useful alone: QRReader, Intrinsics, Homography here,
// and the packages below.
//
// Everything is a function of its input: no clock, no random numbers, and the
// same result whatever the number of threads. README.md tells the stages, the
// frames and the theory, with sources.
package vision
