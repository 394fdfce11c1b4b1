package recogniser

import (
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"linetwin.dev/vision/model"
)

func isBrokenPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// refer puts a picture where the recogniser can get at it. done is called when the
// recogniser is done with it.
func (p *process) refer(r *Request) (ref *Reference, done func(), err error) {
	nothing := func() {}
	shared, file := slices.Contains(p.takes, Shared), slices.Contains(p.takes, File)
	switch {
	case r.Reference != nil:
		if r.Reference.Shared != "" && !shared || r.Reference.File != "" && !file {
			return nil, nil, fmt.Errorf("recogniser %s takes images as %q only", p.spec.Name, p.takes)
		}
		return r.Reference, nothing, nil
	case r.Image.Pix != nil && shared:
		if ref, err = p.share(r.Image); err == nil || !file {
			return ref, nothing, err
		}
	case r.File != "" && file:
		path, err := filepath.Abs(r.File) // the recogniser runs elsewhere
		return &Reference{File: path}, nothing, err
	}
	if r.Image.Pix == nil {
		return nil, nil, fmt.Errorf("recogniser %s takes images as %q only, not the file %s", p.spec.Name, p.takes, r.File)
	}
	return spill(r.Image)
}

// share copies an image into memory that the process can map.
func (p *process) share(m model.Image) (*Reference, error) {
	if p.shared == nil || len(p.shared.Bytes()) < len(m.Pix) {
		if p.shared != nil {
			if err := p.shared.Close(); err != nil {
				return nil, err
			}
		}
		var err error
		if p.shared, err = NewSharedMemory(len(m.Pix)); err != nil {
			p.shared = nil
			return nil, err
		}
	}
	copy(p.shared.Bytes(), m.Pix)
	return &Reference{Shared: p.shared.Path(), Width: m.W, Height: m.H, Stride: 3 * m.W, Format: RGB8}, nil
}

// spill writes an image to a file, for a recogniser that takes nothing else.
func spill(m model.Image) (ref *Reference, done func(), err error) {
	f, err := os.CreateTemp("", "linetwin-image-*.png")
	if err != nil {
		return nil, nil, err
	}
	enc := png.Encoder{CompressionLevel: png.NoCompression}
	err = errors.Join(enc.Encode(f, m.RGBA()), f.Close())
	if err != nil {
		os.Remove(f.Name())
		return nil, nil, err
	}
	return &Reference{File: f.Name()}, func() { os.Remove(f.Name()) }, nil
}
