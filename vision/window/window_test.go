package window

import (
	"bytes"
	"image/color"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// stripes is a picture whose pixels tell where they are.
func stripes(w, h int) *Picture {
	pix := make([]byte, 3*w*h)
	for i := range w * h {
		pix[3*i], pix[3*i+1], pix[3*i+2] = byte(i%w), byte(i/w), byte(i)
	}
	return RGBPicture(w, h, pix)
}

func TestPixelsOfAPictureAreFoundAgainAtAnyZoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 12000).Draw(t, "w"), rapid.IntRange(1, 9000).Draw(t, "h")
		scale := rapid.SampledFrom([]float64{1, 1.25, 2, 3}).Draw(t, "scale")
		p := &Pane{Image: &Picture{W: w, H: h}}
		p.Place(Rect{0, 0, 900, 700}, scale)
		at := func(name string) Point {
			return Point{rapid.Float64Range(0, 900).Draw(t, name+" x"), rapid.Float64Range(0, 700).Draw(t, name+" y")}
		}
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			mouse := at("mouse")
			under, zoom := p.ToImage(mouse), p.Zoom()
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				p.ZoomTo(mouse, zoom*rapid.Float64Range(0.3, 3).Draw(t, "by"))
			case 1:
				p.Handle(Scrolled{At: mouse, DY: rapid.Float64Range(-5, 5).Draw(t, "notches")})
			case 2:
				p.Handle(Pressed{At: mouse, Button: Middle})
				to := at("to")
				p.Handle(Moved{At: to})
				p.Handle(Released{At: to, Button: Middle})
				continue
			}
			// Where the picture was in reach of the mouse, what is under it stays.
			if under.X >= -0.5 && under.Y >= -0.5 && under.X < float64(w) && under.Y < float64(h) &&
				mouse.X > 60 && mouse.Y > 60 && mouse.X < 840 && mouse.Y < 640 {
				now := p.ToImage(mouse)
				if math.Abs(now.X-under.X) > 0.01 || math.Abs(now.Y-under.Y) > 0.01 {
					t.Fatalf("zooming from %g to %g moves the pixel under the mouse from %v to %v", zoom, p.Zoom(), under, now)
				}
			}
		}
		want := Point{rapid.Float64Range(0, float64(w)).Draw(t, "x"), rapid.Float64Range(0, float64(h)).Draw(t, "y")}
		got := p.ToImage(p.ToWindow(want))
		if math.Abs(got.X-want.X) > 1e-6 || math.Abs(got.Y-want.Y) > 1e-6 {
			t.Fatalf("pixel %v comes back as %v", want, got)
		}
	})
}

func TestAPixelIsShownWhereItIsSaidToBe(t *testing.T) {
	for _, scale := range []float64{1, 2} {
		c := NewCanvas(300, 200, scale)
		p := &Pane{}
		p.Show(stripes(40, 30))
		p.Place(Rect{10, 20, 290, 190}, scale)
		for _, zoom := range []float64{4, 11, 128} {
			p.Fit()
			p.ZoomTo(p.ToWindow(Point{20, 15}), zoom)
			p.Draw(c)
			at := p.ToWindow(Point{20, 15})
			got := c.Image.RGBAAt(int(at.X*scale), int(at.Y*scale))
			if got.R != 20 || got.G != 15 {
				t.Errorf("at scale %g and zoom %g, pixel (20, 15) shows (%d, %d)", scale, zoom, got.R, got.G)
			}
		}
	}
}

func TestASmallPictureOfALargeImageIsItsMean(t *testing.T) {
	// Black and white columns, which sampling here and there would take for one of them.
	pix := make([]byte, 1024*1024)
	for i := range pix {
		pix[i] = byte(255 * (i & 1))
	}
	c := NewCanvas(100, 100, 1)
	c.Picture(GrayPicture(1024, 1024, 1024, pix), Point{}, 100.0/1024)
	for _, x := range []int{3, 50, 96} {
		if v := c.Image.RGBAAt(x, 50).R; v < 120 || v > 135 {
			t.Errorf("pixel %d is %d, want the mean", x, v)
		}
	}
}

// bench is a panel with one of each widget and the values that they set.
type bench struct {
	Panel
	number float64
	on     bool
	chosen int
	pushed int
	text   string
}

func newBench() *bench {
	b := &bench{number: 10}
	b.Items = []Widget{
		&Heading{Text: "Bench"},
		&Slider{Label: "Number", Unit: "px", Min: 0, Max: 50, Step: 0.5, Usual: 10,
			Get: func() float64 { return b.number }, Set: func(v float64) { b.number = v }},
		&Toggle{Label: "On", Get: func() bool { return b.on }, Set: func(v bool) { b.on = v }},
		&Choice{Label: "One of", Options: []string{"a", "b", "c"}, Get: func() int { return b.chosen }, Set: func(i int) { b.chosen = i }},
		&Push{Label: "Push", Do: func() { b.pushed++ }, Off: func() bool { return !b.on }},
		&TextLine{Label: "Text", Get: func() string { return b.text }, Set: func(s string) { b.text = s }},
	}
	b.Place(Rect{0, 0, 300, 600})
	return b
}

func (b *bench) click(w Widget, dx float64) {
	in, _ := b.Find(w)
	at := Point{in.X0 + dx*in.W(), in.Y1 - 12}
	b.Handle(Moved{at})
	b.Handle(Pressed{At: at, Clicks: 1})
	b.Handle(Released{At: at})
}

func (b *bench) keys(keys ...Key) {
	for _, k := range keys {
		b.Handle(KeyDown{Key: k})
	}
}

func TestTheMouseSetsWhatWidgetsShow(t *testing.T) {
	b := newBench()
	b.click(b.Items[1], 0.999)
	if b.number != 50 {
		t.Errorf("the right end of the slider is %g", b.number)
	}
	in, _ := b.Find(b.Items[1])
	knob := Point{in.Mid().X, in.Y0 + 32}
	b.Handle(Pressed{At: knob, Clicks: 1})
	b.Handle(Moved{Point{-500, 0}})
	b.Handle(Released{At: Point{-500, 0}})
	if b.number != 0 {
		t.Errorf("dragged beyond its left end the slider is %g", b.number)
	}
	b.Handle(Pressed{At: knob, Clicks: 2})
	b.Handle(Released{At: knob})
	if b.number != 10 {
		t.Errorf("a double click gives %g, want the usual 10", b.number)
	}
	b.click(b.Items[4], 0.5)
	if b.pushed != 0 {
		t.Error("a button that is off was pushed")
	}
	b.click(b.Items[2], 0.9)
	b.click(b.Items[3], 0.9)
	b.click(b.Items[4], 0.5)
	if !b.on || b.chosen != 2 || b.pushed != 1 {
		t.Errorf("toggle %v, choice %d, pushed %d; want true, 2, 1", b.on, b.chosen, b.pushed)
	}
	in, _ = b.Find(b.Items[4])
	b.Handle(Pressed{At: in.Mid()})
	b.Handle(Released{At: Point{in.X1 + 50, in.Y0}})
	if b.pushed != 1 {
		t.Error("a button is pushed although the mouse left it")
	}
}

func TestTheKeyboardReachesEveryWidget(t *testing.T) {
	b := newBench()
	b.keys(Tab, RightKey, RightKey)
	if b.number != 11 {
		t.Errorf("two steps from 10 give %g, want 11", b.number)
	}
	b.Handle(KeyDown{Key: RightKey, Mods: Shift})
	if b.number != 16 {
		t.Errorf("ten steps from 11 give %g, want 16", b.number)
	}
	b.keys(PageDown, Home)
	if b.number != 0 {
		t.Errorf("Home gives %g", b.number)
	}
	b.keys(End, Tab, Space, Tab, RightKey, Tab, Enter, Tab)
	if b.number != 50 || !b.on || b.chosen != 1 || b.pushed != 1 {
		t.Errorf("number %g, toggle %v, choice %d, pushed %d", b.number, b.on, b.chosen, b.pushed)
	}
	for _, r := range "Käse" {
		if !b.Handle(KeyDown{Key: Key(strings.ToLower(string(r)))}) {
			t.Errorf("the key of %q is not the text's", r)
		}
		b.Handle(Typed{r})
	}
	b.keys(LeftKey, LeftKey, Backspace)
	b.Handle(Typed{'a'})
	b.keys(Home, Delete)
	if !b.Writing() || b.text != "ase" {
		t.Errorf("the text is %q", b.text)
	}
	b.Handle(KeyDown{Key: Tab, Mods: Shift})
	if !b.Focused(b.Items[4]) {
		t.Error("Shift and Tab do not go back")
	}
}

func TestPanelsScrollToWhatHasTheFocus(t *testing.T) {
	b := newBench()
	b.Place(Rect{0, 0, 300, 120})
	for range 6 {
		b.keys(Tab)
		for _, w := range b.Items {
			if in, _ := b.Find(w); b.Focused(w) && (in.Y0 < 0 || in.Y1 > 120) {
				t.Errorf("%T has the focus and is at %v", w, in)
			}
		}
	}
	b.Handle(Scrolled{At: Point{100, 100}, DY: 100})
	if in, _ := b.Find(b.Items[0]); in.Y0 != margin {
		t.Errorf("scrolled up, the first widget is at %v", in)
	}
}

func TestSlidersStayOnTheirSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := 0.0
		s := &Slider{Min: rapid.Float64Range(-10, 10).Draw(t, "min"), Step: rapid.SampledFrom([]float64{0.1, 0.25, 1, 3}).Draw(t, "step"),
			Get: func() float64 { return v }, Set: func(x float64) { v = x }}
		s.Min = math.Round(s.Min)
		s.Max = s.Min + rapid.Float64Range(5, 100).Draw(t, "span")
		s.put(rapid.Float64().Draw(t, "value"))
		if v == 0 {
			return // as it was
		}
		if k := (v - s.Min) / s.Step; v < s.Min || v > s.Max || math.Abs(k-math.Round(k)) > 1e-4 {
			t.Fatalf("the value is %g, %g steps from %g", v, k, s.Min)
		}
	})
}

func TestShapesStayWithinTheirClipAndCoverHalves(t *testing.T) {
	c := NewCanvas(100, 100, 1)
	c.Fill(c.Bounds(), color.NRGBA{0, 0, 0, 255})
	white := color.NRGBA{255, 255, 255, 255}
	c.Within(Rect{20, 20, 80, 80}, func() {
		c.Round(Rect{0, 0, 100, 100}, 0, white)
		c.Line(Point{0, 0}, Point{100, 100}, 3, white)
		c.Text(Point{0, 50}, "WWWWWWWWWWWWWWWWW", Body, white)
	})
	if c.Image.RGBAAt(19, 50).R != 0 || c.Image.RGBAAt(20, 50).R != 255 || c.Image.RGBAAt(80, 50).R != 0 {
		t.Error("something is drawn outside the clip, or not inside")
	}
	c.Fill(c.Bounds(), color.NRGBA{0, 0, 0, 255})
	c.Line(Point{10, 50}, Point{90, 50}, 1, white)
	if a, b := c.Image.RGBAAt(50, 49).R, c.Image.RGBAAt(50, 50).R; a != 128 || b != 128 {
		t.Errorf("a line between two rows covers them by %d and %d, want 128 each", a, b)
	}
}

func TestLinesAreWholeAtAnySlant(t *testing.T) {
	white := color.NRGBA{255, 255, 255, 255}
	rapid.Check(t, func(t *rapid.T) {
		c := NewCanvas(200, 200, 1)
		c.Fill(c.Bounds(), color.NRGBA{0, 0, 0, 255})
		at := func(name string) Point {
			return Point{rapid.Float64Range(-3000, 3000).Draw(t, name), rapid.Float64Range(-3000, 3000).Draw(t, name)}
		}
		a, b := at("a"), at("b")
		c.Line(a, b, 2, white)
		for i := range 101 {
			p := between(a, b, float64(i)/100)
			if (Rect{2, 2, 198, 198}).Has(p) && c.Image.RGBAAt(int(p.X), int(p.Y)).R < 120 {
				t.Fatalf("from %v to %v there is a gap at %v", a, b, p)
			}
		}
	})
}

func TestTextIsWrittenAtEveryScale(t *testing.T) {
	for _, scale := range []float64{1, 1.5, 2.5} {
		c := NewCanvas(200, 40, scale)
		c.Fill(c.Bounds(), Ground)
		before := bytes.Clone(c.Image.Pix)
		w := c.Text(Point{5, 20}, "Größe 12 µm…", Body, Ink)
		if bytes.Equal(before, c.Image.Pix) {
			t.Errorf("nothing is written at scale %g", scale)
		}
		if want := c.TextWidth("Größe 12 µm…", Body); math.Abs(w-want) > 1 || w < 60 || w > 110 {
			t.Errorf("at scale %g the text is %g points wide, measured %g", scale, w, want)
		}
		if s := c.Shorten("a long name of a file.png", Body, 60); c.TextWidth(s, Body) > 60 || !strings.HasSuffix(s, "…") {
			t.Errorf("shortened to %q", s)
		}
	}
}

func TestRunSaysWhatIsMissingWithoutADisplay(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	code := Main(func() int {
		err := Run(nil, Options{})
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), ErrNoDisplay.Error()+": ") {
			t.Errorf("the error is %v", err)
		}
		return 7
	})
	if code != 7 {
		t.Errorf("Main gives %d, want what the program returned", code)
	}
}

func BenchmarkAPictureOf12Megapixels(b *testing.B) {
	p := stripes(4000, 3000)
	c := NewCanvas(1280, 800, 1)
	b.ReportAllocs()
	for b.Loop() {
		c.Picture(p, Point{0, 0}, 0.29)
	}
}
