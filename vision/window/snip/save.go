package snip

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"

	"linetwin.dev/vision"
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
)

// Saved is a template that was saved.
type Saved struct {
	Name   string
	Files  []string // PNG, .npz or both
	Source string
	Region vision.Rect
	// W and H are the size of the image that it was cut out of.
	W, H int
}

// endings of a template's files.
var endings = []string{".png", ".npz"}

// taken tells whether a folder has a file of a name already.
func taken(dir, name string) bool {
	for _, e := range endings {
		if _, err := os.Lstat(filepath.Join(dir, name+e)); err == nil {
			return true
		}
	}
	return false
}

// save writes all regions into a folder, which it makes: all of them, or none. Files that
// are there already stay as they are, and are an error.
func save(dir string, regions []Region, sources []Source) (saved []Saved, err error) {
	made, err := makeFolder(dir)
	if err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp(dir, ".templates-*")
	if err != nil {
		return nil, err
	}
	var moved []string
	defer func() {
		err = errors.Join(err, os.RemoveAll(work))
		if err == nil {
			return
		}
		saved = nil
		for _, f := range moved {
			err = errors.Join(err, os.Remove(f))
		}
		if made {
			_ = os.Remove(dir) // only if it is empty
		}
	}()
	for i, s := range sources {
		var shot *Shot
		for _, r := range regions {
			if r.Source != i {
				continue
			}
			if shot == nil {
				loaded, err := s.Load()
				if err != nil {
					return nil, err
				}
				shot = &loaded
			}
			files, err := write(work, r, shot)
			if err != nil {
				return nil, fmt.Errorf("template %s: %w", r.Name, err)
			}
			w, h := shot.size(r.Depth)
			saved = append(saved, Saved{r.Name, files, s.Name, r.Rect, w, h})
		}
	}
	for i := range saved {
		for k, name := range saved[i].Files {
			to := filepath.Join(dir, name)
			// A link, unlike a rename, takes no other file's place.
			if err := os.Link(filepath.Join(work, name), to); err != nil {
				return nil, fmt.Errorf("template %s: %w", saved[i].Name, err)
			}
			moved = append(moved, to)
			saved[i].Files[k] = to
		}
	}
	return saved, nil
}

// makeFolder makes a folder if there is none, and tells whether it did.
func makeFolder(dir string) (made bool, err error) {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return false, fmt.Errorf("%s is a file; templates are saved into a folder", dir)
		}
		return false, nil
	}
	return true, os.MkdirAll(dir, 0o755)
}

// write writes the files of a region into a folder and returns their names.
func write(dir string, r Region, s *Shot) (files []string, err error) {
	if s.hasColor(r.Depth) {
		name := r.Name + ".png"
		if err := capture.WriteFile(filepath.Join(dir, name), func(w io.Writer) error { return png.Encode(w, cut(s.Color, r.Rect)) }); err != nil {
			return nil, err
		}
		files = append(files, name)
	}
	if s.hasDepth(r.Depth) {
		name := r.Name + ".npz"
		if err := depthTemplate(s.Capture, r.Rect).Save(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
		files = append(files, name)
	}
	return files, nil
}

// cut copies a region.
func cut(m vision.Image, r vision.Rect) image.Image {
	out := image.NewNRGBA(image.Rect(0, 0, r.X1-r.X0, r.Y1-r.Y0))
	for y := range out.Rect.Dy() {
		row := m.Pix[3*((r.Y0+y)*m.W+r.X0):]
		for x := range out.Rect.Dx() {
			px := out.Pix[out.PixOffset(x, y):][:4]
			px[0], px[1], px[2], px[3] = row[3*x], row[3*x+1], row[3*x+2], 255
		}
	}
	return out
}

// depthTemplate is a capture of which only a region counts, without its colours.
func depthTemplate(c *capture.Capture, r vision.Rect) *capture.Capture {
	t := *c
	t.Color = align.Image{}
	t.Mask = make([]byte, len(c.Depth.Z))
	for y := r.Y0; y < r.Y1; y++ {
		for i := y*c.Depth.W + r.X0; i < y*c.Depth.W+r.X1; i++ {
			if c.Depth.Z[i] > 0 && (c.Mask == nil || c.Mask[i] != 0) {
				t.Mask[i] = 255
			}
		}
	}
	return &t
}
