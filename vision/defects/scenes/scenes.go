package scenes

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"

	"linetwin.dev/vision/defects"
)

// Level is how differently the picture is taken.
type Level int

// The levels, from a camera on a stand to one in a hand.
const (
	Still Level = iota // as the good one, with noise of its own
	Easy               // shifted by some pixels, a little brighter or darker
	Hard               // turned and scaled as well; light from a side, blur, JPEG
	Wild               // turned by up to 25 degrees, scaled by up to 15 %, seen from the side
)

// Levels in their order.
var Levels = []Level{Still, Easy, Hard, Wild}

func (l Level) String() string { return [...]string{"still", "easy", "hard", "wild"}[l] }

// Bases are the things that are drawn.
var Bases = []string{"circuit", "label", "wood", "metal", "fabric", "clouds", "bottle"}

// None is the defect of a good picture.
const None = "none"

// Kinds are the defects. Not each thing can have each: see Has.
var Kinds = []string{"missing", "extra", "wrong", "cut", "scratch", "dark spot", "bright spot", "stain", "tint",
	"smear", "hole", "dust", "large"}

// Has tells whether a thing can have a defect.
func Has(base, defect string) bool {
	switch defect {
	case "missing", "wrong":
		return base == "circuit" || base == "label"
	case "cut":
		return base == "circuit"
	case "smear":
		return base != "bottle" && base != "clouds"
	}
	return true
}

// Scene is a good picture, another one, and what is wrong with that.
type Scene struct {
	Base, Defect  string
	Level         Level
	Good, Picture defects.Image
	Truth         []image.Rectangle // in pixels of Picture; nil: it is good
}

// Size of the pictures.
const (
	Width  = 480
	Height = 360
	margin = 80 // of the canvas around the good picture
)

// Make draws a scene.
func Make(seed uint64, base, defect string, level Level) Scene {
	return MakeSized(seed, base, defect, level, Width, Height)
}

// MakeSized draws a scene of a size.
func MakeSized(seed uint64, base, defect string, level Level, w, h int) Scene {
	rng := rand.New(rand.NewPCG(seed, 0x5ce7e5))
	drawn := rng.Uint64()
	good := newCanvas(w+2*margin, h+2*margin)
	plan := draw(good, base, rand.New(rand.NewPCG(drawn, 1)), change{})
	bad := good
	if defect != None {
		// What can hardly be seen is no defect.
		for range 10 {
			bad = spoil(good, base, defect, plan, drawn, rng)
			if contrast(good, bad) >= 25 {
				break
			}
		}
	}
	still := newView(Still, w, h, rng)
	v := newView(level, w, h, rng)
	s := Scene{Base: base, Defect: defect, Level: level}
	s.Good = still.shoot(good, w, h, rng)
	s.Picture = v.shoot(bad, w, h, rng)
	if defect != None {
		if box := v.box(difference(good, bad), good.w, good.h, w, h); !box.Empty() {
			s.Truth = []image.Rectangle{box}
		}
	}
	return s
}

// contrast is the most by which two canvases differ.
func contrast(a, b *canvas) float32 {
	var most float32
	for i, v := range a.pix {
		most = max(most, v-b.pix[i], b.pix[i]-v)
	}
	return most
}

// difference marks where two canvases differ visibly: by a fifth of the most that they do.
func difference(a, b *canvas) []bool {
	mask := make([]bool, a.w*a.h)
	diff := make([]float32, a.w*a.h)
	most := contrast(a, b)
	for i := range diff {
		for k := range 3 {
			d := a.pix[3*i+k] - b.pix[3*i+k]
			diff[i] = max(diff[i], d, -d)
		}
	}
	for i, d := range diff {
		mask[i] = d > max(most*0.2, 6)
	}
	return mask
}

// view is how a picture is taken.
type view struct {
	h                   [9]float64 // from the picture's pixels to the canvas's
	gain, offset, gamma float64
	slopeX, slopeY      float64
	vignette            float64
	cast                [3]float64
	noise, blur         float64
	quality             int // of JPEG; 0: none
}

func newView(l Level, w, h int, rng *rand.Rand) view {
	u := func(a float64) float64 { return (2*rng.Float64() - 1) * a }
	v := view{gain: 1, gamma: 1, cast: [3]float64{1, 1, 1}, noise: 1 + rng.Float64()}
	var dx, dy, angle, tx, ty float64
	scale := 1.0
	switch l {
	case Easy:
		dx, dy = u(8), u(8)
		v.gain, v.offset, v.noise = 1+u(0.1), u(8), 1+2*rng.Float64()
	case Hard:
		dx, dy, angle, scale = u(20), u(20), u(3), 1+u(0.03)
		v.gain, v.offset, v.gamma = 1+u(0.2), u(15), 1+u(0.15)
		v.slopeX, v.slopeY, v.vignette = u(0.12), u(0.12), 0.1*rng.Float64()
		v.cast = [3]float64{1 + u(0.05), 1, 1 + u(0.05)}
		v.noise, v.blur, v.quality = 1+4*rng.Float64(), 0.8*rng.Float64(), 60+rng.IntN(36)
	case Wild:
		dx, dy, angle, scale = u(30), u(30), u(25), 1+u(0.15)
		tx, ty = u(4e-5), u(4e-5)
		v.gain, v.offset, v.gamma = 1+u(0.2), u(15), 1+u(0.2)
		v.slopeX, v.slopeY, v.vignette = u(0.15), u(0.15), 0.15*rng.Float64()
		v.cast = [3]float64{1 + u(0.08), 1, 1 + u(0.08)}
		v.noise, v.blur, v.quality = 1+5*rng.Float64(), 1.0*rng.Float64(), 50+rng.IntN(46)
	}
	sin, cos := math.Sincos(angle * math.Pi / 180)
	cx, cy := float64(w-1)/2, float64(h-1)/2
	ox, oy := cx+margin+dx, cy+margin+dy
	a, b := scale*cos, -scale*sin
	// (x - cx, y - cy) turned and scaled, over 1 + tx (x - cx) + ty (y - cy), moved to (ox, oy).
	k := 1 - tx*cx - ty*cy
	v.h = [9]float64{
		a + ox*tx, b + ox*ty, -a*cx - b*cy + ox*k,
		-b + oy*tx, a + oy*ty, b*cx - a*cy + oy*k,
		tx, ty, k,
	}
	return v
}

func (v *view) at(x, y float64) (float64, float64) {
	w := v.h[6]*x + v.h[7]*y + v.h[8]
	return (v.h[0]*x + v.h[1]*y + v.h[2]) / w, (v.h[3]*x + v.h[4]*y + v.h[5]) / w
}

// shoot takes a picture of a canvas.
func (v *view) shoot(c *canvas, w, h int, rng *rand.Rand) defects.Image {
	if v.blur > 0.3 {
		c = c.blurred(v.blur)
	}
	m := defects.Image{W: w, H: h, Pix: make([]byte, 3*w*h)}
	for y := range h {
		for x := range w {
			cu, cv := v.at(float64(x), float64(y))
			p := c.sample(cu, cv)
			xs, ys := (float64(x)-float64(w)/2)/float64(w)*2, (float64(y)-float64(h)/2)/float64(w)*2
			light := v.gain * (1 + v.slopeX*xs + v.slopeY*ys) * (1 - v.vignette*(xs*xs+ys*ys))
			for k := range 3 {
				s := 255*math.Pow(max(p[k], 0)/255, v.gamma)*light*v.cast[k] + v.offset + v.noise*rng.NormFloat64()
				m.Pix[3*(y*w+x)+k] = byte(min(max(math.Round(s), 0), 255))
			}
		}
	}
	if v.quality > 0 {
		m = compressed(m, v.quality)
	}
	return m
}

// compressed goes through JPEG.
func compressed(m defects.Image, quality int) defects.Image {
	img := image.NewRGBA(image.Rect(0, 0, m.W, m.H))
	for i := range m.W * m.H {
		copy(img.Pix[4*i:], m.Pix[3*i:3*i+3])
		img.Pix[4*i+3] = 255
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality}); err != nil {
		panic(err) // a buffer takes everything, and any picture can be encoded
	}
	back, err := jpeg.Decode(&buf)
	if err != nil {
		panic(err)
	}
	for y := range m.H {
		for x := range m.W {
			r, g, b, _ := back.At(x, y).RGBA()
			copy(m.Pix[3*(y*m.W+x):], []byte{byte(r >> 8), byte(g >> 8), byte(b >> 8)})
		}
	}
	return m
}

// box is around the picture's pixels that lie on marked ones of the canvas.
func (v *view) box(mask []bool, cw, ch, w, h int) image.Rectangle {
	var r image.Rectangle
	for y := range h {
		for x := range w {
			cu, cv := v.at(float64(x), float64(y))
			i, j := int(math.Round(cu)), int(math.Round(cv))
			if i >= 0 && j >= 0 && i < cw && j < ch && mask[j*cw+i] {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return r
}
