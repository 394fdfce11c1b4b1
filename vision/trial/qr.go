package trial

import (
	"fmt"
	"image"
	"math"
	"slices"
	"strings"

	"linetwin.dev/vision"
	"linetwin.dev/vision/qr/scenes"
)

// QR tries a reader on n rendered pictures of QR codes: see package scenes.
func QR(reader *vision.QRReader, n int) *Subject {
	return QROf(func(scene *scenes.Scene) (Outcome, error) { return readScene(reader, scene), nil }, n)
}

// Texts scores the texts that a reader found in a picture, of which nothing else is known.
func Texts(scene *scenes.Scene, found []string) Outcome {
	out := Outcome{Items: len(scene.Codes)}
	left := slices.Clone(scene.Codes)
	for _, f := range found {
		if i := slices.IndexFunc(left, func(c scenes.Code) bool { return c.Text == f }); i >= 0 {
			left = slices.Delete(left, i, i+1)
			out.Right++
		} else {
			out.Wrong++
		}
	}
	return out
}

// QROf is QR for any reader: read gives a picture to it, and scores what it finds.
func QROf(read func(*scenes.Scene) (Outcome, error), n int) *Subject {
	s := &Subject{Name: "qr", Title: "QR codes", Item: "code", Error: "corner", Unit: "px", LeastMean: 0.84, Strict: true}
	for _, c := range scenes.Categories() {
		k := Category{Name: c.Name, About: c.About, Least: c.Least, Try: func(seed uint64, i int) (Outcome, error) {
			scene, err := c.Scene(seed, i)
			if err != nil {
				return Outcome{}, err
			}
			return read(&scene)
		}}
		if err := c.Available(); err != nil {
			k.Skipped = err.Error()
		}
		s.Categories = append(s.Categories, k)
	}
	share(s.Categories, n)
	return s
}

// colored is a grey picture as a camera's image.
func colored(m scenes.Image) vision.Image { return vision.Image{W: m.W, H: m.H, Pix: m.RGB()} }

func readScene(reader *vision.QRReader, scene *scenes.Scene) Outcome {
	img := colored(scene.Image)
	var found []vision.Code
	out := Outcome{Items: len(scene.Codes), Took: Timed(func() { found = reader.Read(img, vision.Rect{}) })}
	left := slices.Clone(scene.Codes)
	var wrong []vision.Code
	for _, f := range found {
		i := slices.IndexFunc(left, func(c scenes.Code) bool { return c.Text == f.Text })
		if i < 0 {
			wrong = append(wrong, f)
			continue
		}
		out.Right++
		for k, p := range left[i].Corners {
			out.Errors = append(out.Errors, math.Hypot(f.Corners[k].X-p.X, f.Corners[k].Y-p.Y))
		}
		out.Grades = append(out.Grades, f.Quality.Grade)
		left = slices.Delete(left, i, i+1)
	}
	out.Wrong = len(wrong)
	if out.failed() {
		var note []string
		for _, w := range wrong {
			note = append(note, fmt.Sprintf("read %.30q, which is not there", w.Text))
		}
		if len(left) > 0 {
			note = append(note, fmt.Sprintf("missed %d of %d", len(left), out.Items))
		}
		out.Note = strings.Join(note, "; ")
		out.Picture = func() image.Image {
			d := newDrawing(img)
			for _, c := range scene.Codes {
				missed := slices.ContainsFunc(left, func(l scenes.Code) bool { return l.Corners == c.Corners })
				d.polygon(truthColor(missed), points(c.Corners)...)
			}
			for _, w := range wrong {
				d.polygon(falseColor, w.Corners[:]...)
			}
			return d.img
		}
	}
	return out
}

// NoCodes tries a reader on n rendered pictures without a code, of 160 x 120 to 640 x 480 pixels: whatever it
// reads is wrong.
func NoCodes(reader *vision.QRReader, n int) *Subject {
	s := &Subject{Name: "none", Title: "Pictures without a code", Item: "code", Strict: true}
	for _, t := range scenes.Textures() {
		s.Categories = append(s.Categories, Category{Name: t.String(), Try: func(seed uint64, i int) (Outcome, error) {
			rng := scenes.Stream(seed, i)
			w := 160 + rng.IntN(481)
			return readScene(reader, &scenes.Scene{Image: t.Render(rng, w, w*3/4)}), nil
		}})
	}
	share(s.Categories, n)
	return s
}

// points are corners as points of package vision.
func points(c [4]scenes.Point) []vision.Point {
	var out []vision.Point
	for _, p := range c {
		out = append(out, vision.Point(p))
	}
	return out
}
