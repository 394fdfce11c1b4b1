package vision_test

import (
	"fmt"

	"linetwin.dev/kinematics"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// A station before a belt: the camera 330 mm in front of the bottle and above it,
// tilted down by 20 degrees.
func Example() {
	art := vision.Image{W: 60, H: 40, Pix: make([]byte, 3*60*40)}
	for i := range art.Pix {
		art.Pix[i] = byte(i * i / 7)
	}
	insp, err := vision.NewInspector(vision.InspectorConfig{
		Product: specs.Product{
			Body:  specs.Body{Width: 0.08, Depth: 0.06, Height: 0.15},
			Cap:   specs.Cap{Radius: 0.019, Height: 0.018},
			Label: specs.Label{Width: 0.06, Height: 0.04, At: 0.105},
			QR:    specs.QR{Prefix: "LT", Size: 0.04, At: 0.052},
		},
		Inspection: specs.Inspection{
			Camera: "top", MinScore: 0.45, MaxShift: 0.002, MaxTurn: 0.035, MaxDamage: 0.015,
			MaxDent: 0.002, MaxBulge: 0.0015, CapTolerance: 0.006, MaxTilt: 0.052,
		},
		K:       vision.Pinhole(1280, 720, 1.396),
		Camera:  kinematics.FromRPY([3]float64{1.16, -0.36, 0.22}, [3]float64{-1.92, 0, 0}),
		Nominal: kinematics.Translation(1.16, 0, 0),
		Artwork: art,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	v := insp.Inspect(&vision.Frame{}) // a frame that was lost on the way
	fmt.Println(v.Reason, v.Good())
	// Output: not judged false
}

// A reader of any code in any image file.
func ExampleQRReader() {
	img, err := vision.LoadImage("nowhere.png")
	if err != nil {
		fmt.Println(err)
		return
	}
	reader := vision.NewQRReader(vision.QROptions{})
	for _, c := range reader.Read(img, vision.Rect{}) {
		fmt.Println(c.Text, c.Corners)
	}
	// Output: image nowhere.png: there is no such file
}
