package depth

import (
	"fmt"
	"math"
)

// Map is a depth image: millimetres along the optical axis, rows from the top. Row y begins at
// Z[y*Stride]; a Stride of 0 stands for W.
type Map struct {
	W, H, Stride int
	Z            []float32
}

// NewMap makes an image without depth.
func NewMap(w, h int) Map { return Map{W: w, H: h, Z: make([]float32, max(w, 0)*max(h, 0))} }

// mostSide bounds the width and the height of an image: 4096 is beyond any depth sensor and holds depth
// aligned with 4K colour, and keeps what is counted in a row within 32 bits.
const mostSide = 4096

// Check says what is wrong with the size of m, if anything.
func (m Map) Check() error {
	switch {
	case m.W < 1 || m.H < 1 || m.W > mostSide || m.H > mostSide:
		return fmt.Errorf("depth: an image of %d x %d; each side has from 1 to %d pixels", m.W, m.H, mostSide)
	case m.Stride != 0 && m.Stride < m.W:
		return fmt.Errorf("depth: rows of %d pixels lie %d apart; they would overlap", m.W, m.Stride)
	case len(m.Z) < (m.H-1)*m.stride()+m.W:
		return fmt.Errorf("depth: %d values for %d x %d pixels in rows %d apart; %d are needed", len(m.Z), m.W, m.H, m.stride(), (m.H-1)*m.stride()+m.W)
	}
	return nil
}

func (m Map) stride() int {
	if m.Stride == 0 {
		return m.W
	}
	return m.Stride
}

// Row y of the image.
func (m Map) Row(y int) []float32 {
	at := y * m.stride()
	return m.Z[at : at+m.W : at+m.W]
}

// Valid tells whether z is a depth: positive and finite.
func Valid(z float32) bool { return z > 0 && z <= math.MaxFloat32 }

// sameSize says so when images that belong together have different sizes.
func sameSize(what string, m Map, w, h int) error {
	if err := m.Check(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if m.W != w || m.H != h {
		return fmt.Errorf("depth: %s has %d x %d pixels, want %d x %d", what, m.W, m.H, w, h)
	}
	return nil
}
