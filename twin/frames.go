package twin

import (
	"image"
	"image/png"
	"io"
	"math"
	"slices"
	"sync"

	"linetwin.dev/vision"
)

// heldFrames are those that a station holds: from the camera's hand, which may be on
// another thread, until it has looked at them. What it still holds when the run ends is
// given back then.
type heldFrames struct {
	mu     sync.Mutex
	frames []*vision.Frame
}

// keep retains a frame.
func (h *heldFrames) keep(f *vision.Frame) { h.own(f.Retain()) }

// own takes over a reference that somebody else had.
func (h *heldFrames) own(f *vision.Frame) {
	h.mu.Lock()
	h.frames = append(h.frames, f)
	h.mu.Unlock()
}

// drop releases a frame that was kept.
func (h *heldFrames) drop(f *vision.Frame) {
	h.mu.Lock()
	if i := slices.Index(h.frames, f); i >= 0 {
		h.frames = slices.Delete(h.frames, i, i+1)
	}
	h.mu.Unlock()
	f.Release()
}

// dropAll releases those that are still kept. Nobody may look at them any more.
func (h *heldFrames) dropAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.frames {
		f.Release()
	}
	h.frames = nil
}

// recordFrame puts a frame into the recording: colour as PNG, which loses nothing, and
// depth as PNG of 16 bits in millimetres. The frame is lent to the recorder, which reads it
// when it comes to it: it lets few wait, and then the line waits for it.
func (t *Twin) recordFrame(f *vision.Frame) {
	if t.rec == nil || !f.Color.Valid() {
		return
	}
	f.Lend()
	t.rec.FrameThen(f.Exposed, "/"+f.Camera+"/color", f.Camera, "png", func(w io.Writer) error {
		return t.pictures.color(w, f.Color)
	}, f.Return)
	if len(f.Depth.Z) > 0 {
		f.Lend()
		t.rec.FrameThen(f.Exposed, "/"+f.Camera+"/depth", f.Camera, "png", func(w io.Writer) error {
			return t.pictures.depth(w, f.Depth)
		}, f.Return)
	}
}

// pictures encodes frames, one at a time, with memory that it uses again.
type pictures struct {
	rgba   image.RGBA
	gray   image.Gray16
	buffer *png.EncoderBuffer
}

// Get and Put make it the encoder's memory.
func (p *pictures) Get() *png.EncoderBuffer  { return p.buffer }
func (p *pictures) Put(b *png.EncoderBuffer) { p.buffer = b }

func (p *pictures) encode(w io.Writer, m image.Image) error {
	enc := png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: p}
	return enc.Encode(w, m)
}

// color writes an image as the standard library's encoder wants it.
func (p *pictures) color(w io.Writer, m vision.Image) error {
	pix := slices.Grow(p.rgba.Pix[:0], 4*m.W*m.H)[:4*m.W*m.H]
	for i, o := 0, 0; i+2 < len(m.Pix); i, o = i+3, o+4 {
		pix[o], pix[o+1], pix[o+2], pix[o+3] = m.Pix[i], m.Pix[i+1], m.Pix[i+2], 255
	}
	p.rgba = image.RGBA{Pix: pix, Stride: 4 * m.W, Rect: image.Rect(0, 0, m.W, m.H)}
	return p.encode(w, &p.rgba)
}

// depth writes a depth image in whole millimetres, 0 where there is none.
func (p *pictures) depth(w io.Writer, d vision.Depth) error {
	pix := slices.Grow(p.gray.Pix[:0], 2*d.W*d.H)[:2*d.W*d.H]
	for i, z := range d.Z {
		var mm uint16
		if z > 0 {
			mm = uint16(min(z+0.5, math.MaxUint16))
		}
		pix[2*i], pix[2*i+1] = byte(mm>>8), byte(mm)
	}
	p.gray = image.Gray16{Pix: pix, Stride: 2 * d.W, Rect: image.Rect(0, 0, d.W, d.H)}
	return p.encode(w, &p.gray)
}

var _ png.EncoderBufferPool = (*pictures)(nil)
