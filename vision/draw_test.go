package vision

import (
	"image/color"
	"math"
	"testing"
)

func TestPictureShowsTheMarksInTheirColours(t *testing.T) {
	f := &Frame{Color: filled(400, 300, 100).image()}
	v := Verdict{Reason: NoCap, Text: "LT00000001", Marks: []Mark{
		{"label", true, []Point{{150, 120}, {250, 120}, {250, 180}, {150, 180}}},
		{"cap", false, []Point{{180, 60}, {220, 60}, {220, 90}, {180, 90}}},
		{"lost", false, []Point{{math.NaN(), 0}, {math.Inf(1), 5}, {1e12, 1e12}}},
		{"empty", true, nil},
	}}
	img := Draw(f, v, 0)
	seen := map[color.RGBA]int{}
	b := img.Bounds()
	for y := 22; y < b.Max.Y; y++ {
		for x := range b.Max.X {
			seen[img.At(x, y).(color.RGBA)]++
		}
	}
	if seen[GoodColor] < 200 || seen[BadColor] < 100 {
		t.Errorf("%d green and %d red pixels", seen[GoodColor], seen[BadColor])
	}
	if w := Draw(f, Verdict{}, 128).Bounds(); w.Dx() != 128 || w.Dy() != 96+22 {
		t.Errorf("picture of %v, want 128 wide", w)
	}
}

func TestPictureOfAFrameWithoutPixelsIsTheVerdictAlone(t *testing.T) {
	for _, f := range []*Frame{nil, {}, {Color: Image{W: 9, H: 9}}} {
		if b := Draw(f, Verdict{Reason: NotJudged}, 300).Bounds(); b.Dx() != 300 || b.Dy() > 40 {
			t.Errorf("picture of %v", b)
		}
	}
}
