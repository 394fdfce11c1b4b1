package sensor_test

import (
	"image"
	"testing"

	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/scenery/props"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// read looks for a code in the middle of the image, where the bottle before the camera
// has its own.
func read(f *vision.Frame) (string, error) {
	area := image.Rect(540, 370, 740, 530)
	img := image.NewRGBA(area)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			s := f.Color.Pix[3*(y*f.Color.W+x):]
			copy(img.Pix[img.PixOffset(x, y):], []byte{s[0], s[1], s[2], 255})
		}
	}
	return props.ReadQR(img)
}

func TestCodesAreReadInTheImageUnlessTheyAreDamaged(t *testing.T) {
	w := newWorld(t)
	failed := 0
	const tries = 24
	for n := range uint64(tries) {
		defect := device.Defect(0)
		switch n % 4 {
		case 2:
			defect = device.UnreadableQR
		case 3:
			defect = device.MissingQR
		}
		p := w.part(4000+n, defect)
		scene := &scenery.Scene{Room: w.room, Speed: 0.5, Parts: []scenery.Placed{
			scenery.Place(p, 1.16+0.0007*float64(n%5), 0.003-0.0005*float64(n%9), (float64(n%7)-3)*deg)}}
		got, err := read(shoot(t, frontCamera(), scene, frontPose, n))
		switch {
		case defect != 0 && err == nil:
			t.Errorf("part %d with %v reads %q", n, defect, got)
		case defect == 0 && err == nil && got != p.Text():
			t.Errorf("part %d reads %q, says %q", n, got, p.Text())
		case defect == 0 && err != nil:
			failed++
		}
	}
	if failed > 0 {
		t.Errorf("%d of %d good codes could not be read", failed, tries/2)
	}
}
