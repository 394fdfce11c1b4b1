package trial

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"linetwin.dev/vision"
)

// Folder tries a reader on the images below a folder: PNG and JPEG files that have their labels in a text
// file of the same name beside them, as in photo.jpg and photo.txt. Each folder is a category.
//
// A label file holds the texts of the codes, one in a line; the whole file may also be one text
// of several lines. Or it holds the corners of the codes, as BoofCV's benchmark has them: after
// a line SETS, a line of eight numbers x y x y x y x y for each code; without it, the eight numbers
// of one code on any lines; lines that begin with # are comments. Corners are in raw pixels,
// EXIF orientation ignored. A code with corners counts as read, as in that benchmark, when a
// code that was read covers more than a tenth of its area; what covers none is wrong.
//
// Images without a label file are left out, and unlabelled tells how many.
func Folder(reader *vision.QRReader, dir string) (s *Subject, unlabelled int, err error) {
	s = &Subject{Name: "images", Title: "Images of " + dir, Item: "code", Error: "corner", Unit: "px", Detection: true}
	byFolder := map[string][]labelled{}
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		ext := filepath.Ext(path)
		if !slices.Contains([]string{".png", ".jpg", ".jpeg"}, strings.ToLower(ext)) {
			return nil
		}
		text, err := os.ReadFile(strings.TrimSuffix(path, ext) + ".txt")
		if errors.Is(err, fs.ErrNotExist) {
			unlabelled++
			return nil
		}
		if err != nil {
			return err
		}
		l, err := parseLabels(text)
		if err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSuffix(path, ext)+".txt", err)
		}
		l.path = path
		name, err := filepath.Rel(dir, filepath.Dir(path))
		if err != nil {
			return err
		}
		byFolder[name] = append(byFolder[name], l)
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	if len(byFolder) == 0 {
		return nil, unlabelled, fmt.Errorf("below %s there is no PNG or JPEG image with a label file of the same name and .txt beside it", dir)
	}
	for name, images := range byFolder {
		s.Categories = append(s.Categories, Category{Name: filepath.ToSlash(name), Count: len(images), Try: func(_ uint64, i int) (Outcome, error) {
			img, err := vision.LoadImage(images[i].path)
			if err != nil {
				return Outcome{}, err
			}
			return readLabelled(reader, img, &images[i]), nil
		}})
	}
	slices.SortFunc(s.Categories, func(a, b Category) int { return strings.Compare(a.Name, b.Name) })
	return s, unlabelled, nil
}

// labelled is an image file with what is in it: texts or corners.
type labelled struct {
	path    string
	texts   []string
	whole   string // of the label file, where it may be one text
	corners [][4]vision.Point
}

// parseLabels reads a label file; see Folder. Texts that look like corners are taken for such.
func parseLabels(data []byte) (l labelled, err error) {
	var numbers []float64
	sets, comments, pairs := false, false, true
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSuffix(lines.Text(), "\r")
		switch {
		case strings.HasPrefix(line, "#"):
			comments = true
			continue
		case strings.TrimSpace(line) == "SETS":
			sets = true
			continue
		case strings.TrimSpace(line) == "":
			continue
		}
		l.texts = append(l.texts, line)
		row, ok := floats(line)
		pairs = pairs && ok && len(row)%2 == 0
		if sets && (!ok || len(row) != 8) {
			return l, fmt.Errorf("line %d: %.40q is not the corners of a code; write eight numbers, x y of each corner", n, line)
		}
		numbers = append(numbers, row...)
	}
	if err := lines.Err(); err != nil {
		return l, err
	}
	if sets || pairs && (comments || len(numbers) == 8) {
		if len(numbers)%8 != 0 {
			return l, fmt.Errorf("%d numbers are not the corners of codes; write eight for each, x y of each corner", len(numbers))
		}
		for ; len(numbers) > 0; numbers = numbers[8:] {
			var c [4]vision.Point
			for k := range c {
				c[k] = vision.Point{X: numbers[2*k], Y: numbers[2*k+1]}
			}
			l.corners = append(l.corners, c)
		}
		l.texts = nil
		return l, nil
	}
	l.whole = normal(string(data))
	return l, nil
}

// normal is a text with line ends of one kind, and none at its end.
func normal(s string) string { return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n") }

func floats(line string) (list []float64, ok bool) {
	for _, f := range strings.Fields(line) {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, false
		}
		list = append(list, v)
	}
	return list, true
}

func readLabelled(reader *vision.QRReader, img vision.Image, l *labelled) Outcome {
	var found []vision.Code
	out := Outcome{Took: Timed(func() { found = reader.Read(img, vision.Rect{}) })}
	for _, f := range found {
		out.Grades = append(out.Grades, f.Quality.Grade)
	}
	missed := make([]bool, len(l.corners))
	if l.corners != nil {
		scoreCorners(&out, found, l.corners, missed)
	} else {
		scoreTexts(&out, found, l)
	}
	if out.failed() {
		out.Note = fmt.Sprintf("%s: %d of %d read, %d wrong", filepath.Base(l.path), out.Right, out.Items, out.Wrong)
		out.Picture = func() image.Image {
			d := newDrawing(img)
			for k, c := range l.corners {
				d.polygon(truthColor(missed[k]), c[:]...)
			}
			for _, f := range found {
				if l.corners == nil || !slices.ContainsFunc(l.corners, func(c [4]vision.Point) bool { return covers(f.Corners, c) > leastCover }) {
					d.polygon(falseColor, f.Corners[:]...)
				}
			}
			return d.img
		}
	}
	return out
}

func scoreTexts(out *Outcome, found []vision.Code, l *labelled) {
	if len(found) == 1 && normal(found[0].Text) == l.whole {
		out.Items, out.Right = 1, 1
		return
	}
	out.Items = len(l.texts)
	left := slices.Clone(l.texts)
	for _, f := range found {
		if i := slices.Index(left, f.Text); i >= 0 {
			left = slices.Delete(left, i, i+1)
			out.Right++
		} else {
			out.Wrong++
		}
	}
}

// leastCover is the share of a code's area by which it counts as read.
const leastCover = 0.1

func scoreCorners(out *Outcome, found []vision.Code, want [][4]vision.Point, missed []bool) {
	out.Items = len(want)
	paired := make([]bool, len(found))
	for k, w := range want {
		best, most := -1, leastCover
		for i, f := range found {
			if c := covers(f.Corners, w); c > leastCover {
				paired[i] = true
				if c > most {
					best, most = i, c
				}
			}
		}
		if missed[k] = best < 0; !missed[k] {
			out.Right++
			out.Errors = append(out.Errors, apart(found[best].Corners, w))
		}
	}
	for _, p := range paired {
		if !p {
			out.Wrong++
		}
	}
}
