package vision

import (
	"math"
	"testing"
)

// sheared is what a rolling shutter makes of a label: each row of the image further right than the one above.
func TestAPrintThatIsShearedIsMetAndIsNotDamaged(t *testing.T) {
	in, cfg := testInspector(t)
	p := in.label.print
	b := goodBottle(t, "LT00000001")
	f := b.picture(cfg)
	const perRow = 0.02 // pixels
	skewed := Image{f.Color.W, f.Color.H, make([]byte, len(f.Color.Pix))}
	for y := range skewed.H {
		by := perRow * float64(y-300)
		for x := range skewed.W {
			from := min(max(float64(x)-by, 0), float64(skewed.W-2))
			ix := int(from)
			for c := range 3 {
				i := 3*(y*skewed.W+ix) + c
				skewed.Pix[3*(y*skewed.W+x)+c] = byte(float64(f.Color.Pix[i])*(1-from+float64(ix)) + float64(f.Color.Pix[i+3])*(from-float64(ix)) + 0.5)
			}
		}
	}
	gray := skewed.Gray(in.roi, nil)
	sc := in.newScratch()
	front := stand{}.face(in.shape.depth)
	on := front.sheet(p.w, p.h, in.shape.labelW, in.shape.labelH, 0.3, in.shape.labelAt-0.2, 0)
	before := p.damage(p.look(&in.view, on, skewed, sc), 1, 0)
	met := p.align(&in.view, on, gray, in.roi, 1, 0, sc)
	after := p.damage(p.look(&in.view, met, skewed, sc), 1, 0)
	if most := float64(cfg.Inspection.MaxDamage); after > most || before <= most {
		t.Errorf("%.1f %% differ as it was found, %.1f %% once aligned; want more than %.1f %%, and less", 100*before, 100*after, 100*most)
	}
	if turn := math.Atan2(-met.right[2], met.right[0]); math.Abs(turn) > 0.005 {
		t.Errorf("what is only sheared is turned by %.4f", turn)
	}
	// A print that is not there draws the sheet nowhere.
	blank := newGray(gray.W, gray.H, nil)
	if away := p.align(&in.view, on, blank, in.roi, 1, 0, sc); away.off(on) > mostAligned {
		t.Errorf("without a print the sheet moves by %.1f pixels", away.off(on))
	}
}

func TestDamageIsTheShareThatIsGoneInAnyLight(t *testing.T) {
	in, _ := testInspector(t)
	p := in.label.print
	for _, light := range []struct{ gain, across, offset float64 }{{1, 0, 0}, {0.5, 0.1, 20}, {0.7, -0.15, 5}} {
		got := make([]patch, len(p.want))
		lost := 0
		for i := range got {
			x, y := p.place(i, p.across), p.place(i/p.across, p.down)
			g := light.gain + light.across*x
			for c, m := range p.want[i].mean {
				got[i].mean[c] = g*m + light.offset
			}
			for k, m := range p.want[i].gray {
				got[i].gray[k] = g*m + light.offset
			}
			if x+y > 1.2 { // torn off: another colour
				lost++
				got[i].mean = [3]float64{20, 200, 250}
			}
		}
		want := float64(lost) / float64(len(got))
		if d := p.damage(got, light.gain, light.offset); math.Abs(d-want) > 1e-9 {
			t.Errorf("in the light %+v %.3f differ, want %.3f", light, d, want)
		}
	}
}
