package match

import "math"

// A field holds the direction of the gradient at each pixel of an image, as two bytes: 16 plus
// its x and y, of which the length is unit times g / sqrt(g^2 + soft^2) for a difference of g
// between the neighbours on either side. So an edge counts for what it is in any light, and noise
// counts for little. Around the image there are pad pixels without a direction.
type field struct {
	w, h, pad, stride int // stride in bytes
	data              []byte
}

const (
	unit   = 15 // length of a clear direction
	centre = 16 // what stands for 0
	soft   = 5  // grey levels at which a direction counts 0.7
)

// resize prepares a field for an image of w x h; its pixels are not cleared, the pad is.
func (f *field) resize(w, h, pad int) {
	stride := 2 * ((w + 2*pad + 31) &^ 31)
	if f.w == w && f.h == h && f.pad == pad {
		return
	}
	f.w, f.h, f.pad, f.stride = w, h, pad, stride
	f.data = sized(f.data, stride*(h+2*pad)+2*block)
	for i := range f.data {
		f.data[i] = centre
	}
}

// at is where the bytes of a pixel are, which may lie in the pad.
func (f *field) at(x, y int) int { return (y+f.pad)*f.stride + 2*(x+f.pad) }

// fill computes rows from..to. The pixels of the border have no direction.
func (f *field) fill(m Image, from, to int) {
	for y := max(from, 1); y < min(to, m.H-1); y++ {
		up, row, down := m.row(y-1), m.row(y), m.row(y+1)
		if m.W < 3 {
			continue
		}
		dst := f.data[f.at(1, y):][:2*(m.W-2)]
		up, down = up[1:m.W-1], down[1:m.W-1]
		right := row[2:]
		row = row[:len(right)]
		up, down = up[:len(right)], down[:len(right)]
		for x := range right {
			gx, gy := int(right[x])-int(row[x]), int(down[x])-int(up[x])
			if uint(gx+128) > 255 || uint(gy+128) > 255 {
				gx, gy = gx/2, gy/2
			}
			d := directions[(gy+128)&255][(gx+128)&255]
			dst[2*x], dst[2*x+1] = byte(d), byte(d>>8)
		}
	}
}

// directions are the two bytes of each difference from -128 to 127 along y and x.
var directions = tabulate()

func tabulate() *[256][256]uint16 {
	t := new([256][256]uint16)
	for y := range t {
		for x := range t[y] {
			dx, dy := direction(float64(x-128), float64(y-128))
			t[y][x] = uint16(byte(dx+centre)) | uint16(byte(dy+centre))<<8
		}
	}
	return t
}

// direction is a gradient in whole parts, rounded towards zero so that it is never too long.
func direction(gx, gy float64) (x, y int8) {
	s := unit / math.Sqrt(gx*gx+gy*gy+soft*soft)
	return int8(s*gx + math.Copysign(0.3, gx)), int8(s*gy + math.Copysign(0.3, gy))
}
