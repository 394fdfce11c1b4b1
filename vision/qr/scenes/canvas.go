package scenes

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

// Image is a grey picture: W x H pixels, of which row y begins at Pix[y*Stride]. Its fields are
// those of qr.Image, so that one converts to the other.
type Image struct {
	Pix          []byte
	Stride, W, H int
}

// Gray is the picture for the standard library; it shares the pixels.
func (m Image) Gray() *image.Gray {
	return &image.Gray{Pix: m.Pix, Stride: m.Stride, Rect: image.Rect(0, 0, m.W, m.H)}
}

// RGB are the pixels in three equal channels, without gaps.
func (m Image) RGB() []byte {
	pix := make([]byte, 0, 3*m.W*m.H)
	for y := range m.H {
		for _, v := range m.Pix[y*m.Stride:][:m.W] {
			pix = append(pix, v, v, v)
		}
	}
	return pix
}

// Compressed is the picture after JPEG of a quality from 1 to 100.
func (m Image) Compressed(quality int) (Image, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m.Gray(), &jpeg.Options{Quality: quality}); err != nil {
		return Image{}, fmt.Errorf("compressing %dx%d pixels: %w", m.W, m.H, err)
	}
	back, err := jpeg.Decode(&b)
	if err != nil {
		return Image{}, fmt.Errorf("reading %dx%d compressed pixels: %w", m.W, m.H, err)
	}
	g, ok := back.(*image.Gray)
	if !ok {
		return Image{}, fmt.Errorf("a grey picture came back as %T", back)
	}
	return Image{g.Pix, g.Stride, m.W, m.H}, nil
}

// Canvas is a picture in the making: light that falls on each pixel, 0 black to 255 white, not
// yet clipped.
type Canvas struct {
	W, H int
	V    []float32
}

// NewCanvas makes a canvas of one grey.
func NewCanvas(w, h int, ground float64) *Canvas {
	c := &Canvas{w, h, make([]float32, w*h)}
	for i := range c.V {
		c.V[i] = float32(ground)
	}
	return c
}

// QuietZone is how many light modules the standard wants around a code.
const QuietZone = 4

// Draw puts a code with a quiet zone of so many modules into the picture: every module is cut
// into squares of about half a pixel, each of which adds to the pixel that it falls into.
func (c *Canvas) Draw(s *Symbol, p *Pose, quiet int, dark, light float64) {
	cut := int(math.Ceil(2*p.Module)) + 1
	sum := make([]float32, len(c.V))
	area := make([]float32, len(c.V))
	for row := -quiet; row < s.N+quiet; row++ {
		for col := -quiet; col < s.N+quiet; col++ {
			v := float32(light)
			if s.At(row, col) {
				v = float32(dark)
			}
			for j := range cut {
				for i := range cut {
					q := p.ToImage(s.N, float64(col)+(float64(i)+0.5)/float64(cut), float64(row)+(float64(j)+0.5)/float64(cut))
					x, y := int(math.Floor(q.X+0.5)), int(math.Floor(q.Y+0.5))
					if x >= 0 && y >= 0 && x < c.W && y < c.H {
						sum[y*c.W+x] += v
						area[y*c.W+x]++
					}
				}
			}
		}
	}
	for i := range c.V {
		if area[i] > 0 {
			c.V[i] = sum[i] / area[i]
		}
	}
}

// Blur smooths by a Gaussian of sigma pixels.
func (c *Canvas) Blur(sigma float64) {
	if sigma <= 0 {
		return
	}
	reach := int(3*sigma + 1)
	k := make([]float32, 2*reach+1)
	var sum float32
	for i := range k {
		d := float64(i - reach)
		k[i] = float32(math.Exp(-d * d / (2 * sigma * sigma)))
		sum += k[i]
	}
	c.filter(k, sum, 1, 0)
	c.filter(k, sum, 0, 1)
}

func (c *Canvas) filter(k []float32, sum float32, dx, dy int) {
	out := make([]float32, len(c.V))
	reach := len(k) / 2
	for y := range c.H {
		for x := range c.W {
			var v float32
			for i, f := range k {
				px, py := x+(i-reach)*dx, y+(i-reach)*dy
				px, py = min(max(px, 0), c.W-1), min(max(py, 0), c.H-1)
				v += f * c.V[py*c.W+px]
			}
			out[y*c.W+x] = v / sum
		}
	}
	c.V = out
}

// Drag smears by so many pixels along a direction in radians, as a camera that moves does.
func (c *Canvas) Drag(length, angle float64) {
	n := int(length*2) + 1
	out := make([]float32, len(c.V))
	s, co := math.Sincos(angle)
	for y := range c.H {
		for x := range c.W {
			var v float64
			for i := range n {
				d := (float64(i)/float64(max(n-1, 1)) - 0.5) * length
				v += c.bilinear(float64(x)+co*d, float64(y)+s*d)
			}
			out[y*c.W+x] = float32(v / float64(n))
		}
	}
	c.V = out
}

func (c *Canvas) bilinear(x, y float64) float64 {
	x, y = min(max(x, 0), float64(c.W-1)), min(max(y, 0), float64(c.H-1))
	i, j := min(int(x), c.W-2), min(int(y), c.H-2)
	fx, fy := x-float64(i), y-float64(j)
	at := func(i, j int) float64 { return float64(c.V[j*c.W+i]) }
	return (at(i, j)*(1-fx)+at(i+1, j)*fx)*(1-fy) + (at(i, j+1)*(1-fx)+at(i+1, j+1)*fx)*fy
}

// Light multiplies each pixel by a gain and adds to it, as of gives them for its place.
func (c *Canvas) Light(of func(x, y float64) (gain, add float64)) {
	for y := range c.H {
		for x := range c.W {
			g, a := of(float64(x), float64(y))
			c.V[y*c.W+x] = float32(float64(c.V[y*c.W+x])*g + a)
		}
	}
}

// Image adds noise of a standard deviation in grey levels, and clips. rng is only asked where
// there is noise.
func (c *Canvas) Image(noise float64, rng *rand.Rand) Image {
	m := Image{make([]byte, c.W*c.H), c.W, c.W, c.H}
	for i, v := range c.V {
		e := 0.0
		if noise > 0 {
			e = noise * rng.NormFloat64()
		}
		m.Pix[i] = byte(min(max(math.Round(float64(v)+e), 0), 255))
	}
	return m
}

// Clean renders a code without any fault, upright, with room around it.
func Clean(s *Symbol, module float64) Image {
	size := int(float64(s.N+10) * module)
	c := NewCanvas(size, size, 230)
	c.Draw(s, &Pose{Center: Point{float64(size) / 2, float64(size) / 2}, Module: module}, QuietZone, 20, 230)
	return c.Image(0, nil)
}
