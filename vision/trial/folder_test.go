package trial

import (
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linetwin.dev/vision"
	"linetwin.dev/vision/qr/scenes"
)

// put writes scene i of a category, and labels beside it.
func put(t *testing.T, path, category string, i int, label func(scenes.Scene) string) {
	t.Helper()
	c, ok := scenes.Find(category)
	if !ok {
		t.Fatalf("there is no category %q", category)
	}
	s, err := c.Scene(1, i)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, s.Image.Gray()); err != nil {
		t.Fatal(err)
	}
	if text := label(s); text != "" {
		if err := os.WriteFile(strings.TrimSuffix(path, filepath.Ext(path))+".txt", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestImagesOfAFolderAreScoredByTextsOrCorners(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "texts", "a.png"), "clean", 0, func(s scenes.Scene) string { return s.Codes[0].Text + "\r\n" })
	put(t, filepath.Join(dir, "texts", "b.PNG"), "clean", 1, func(s scenes.Scene) string { return "another text\n" })
	put(t, filepath.Join(dir, "lots", "of", "c.png"), "several", 0, func(s scenes.Scene) string {
		b := "# corners by hand\nSETS\n"
		for _, c := range s.Codes {
			for k := range 4 { // from the third corner on, the other way round
				p := c.Corners[(6-k)%4]
				b += fmt.Sprintf("%.2f %.2f ", p.X, p.Y+1)
			}
			b += "\n"
		}
		return b
	})
	put(t, filepath.Join(dir, "lots", "of", "d.png"), "clean", 2, func(s scenes.Scene) string {
		return "# elsewhere\n5 5\n20 5\n20 20\n5 20\n"
	})
	put(t, filepath.Join(dir, "e.png"), "clean", 3, func(s scenes.Scene) string { return "" })
	s, unlabelled, err := Folder(vision.NewQRReader(vision.QROptions{}), dir)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, s)
	if f := r.Subjects[0].F(); math.Abs(f-(2./4+24./26)/2) > 1e-9 {
		t.Errorf("the mean F score is %.3f, want that of 1 of 2 with 1 wrong and 12 of 13 with 1 wrong", f)
	}
	got := map[string]string{}
	for i := range r.Subjects[0].Groups {
		g := &r.Subjects[0].Groups[i]
		got[g.Category.Name] = fmt.Sprintf("%d pictures, %d codes, %d right, %d wrong", g.Pictures, g.Items, g.Right, g.Wrong)
		if g.Category.Name == "lots/of" && math.Abs(quantile(g.Errors, 0.5)-1) > 0.1 {
			t.Errorf("labels that are 1 pixel too low give an error of %.2f", quantile(g.Errors, 0.5))
		}
	}
	want := map[string]string{
		"texts":   "2 pictures, 2 codes, 1 right, 1 wrong",
		"lots/of": "2 pictures, 13 codes, 12 right, 1 wrong",
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s: %s, want %s", k, got[k], v)
		}
	}
	if len(got) != len(want) || unlabelled != 1 {
		t.Errorf("%d categories and %d images without labels, want %d and 1", len(got), unlabelled, len(want))
	}
}

func TestFoldersThatCannotBeScoredAreRefused(t *testing.T) {
	reader := vision.NewQRReader(vision.QROptions{})
	if _, _, err := Folder(reader, t.TempDir()); err == nil || !strings.Contains(err.Error(), "no PNG or JPEG image with a label file") {
		t.Errorf("an empty folder gives %v", err)
	}
	if _, _, err := Folder(reader, filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("a folder that is not there is taken")
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.png"), "clean", 0, func(scenes.Scene) string { return "SETS\n1 2 3\n" })
	if _, _, err := Folder(reader, dir); err == nil || !strings.Contains(err.Error(), "a.txt: line 2") {
		t.Errorf("labels of three numbers give %v", err)
	}
}

func TestLabelsAreTextsUnlessTheyAreCorners(t *testing.T) {
	for _, c := range []struct {
		file           string
		texts, corners int
	}{
		{"hello\nworld\n", 2, 0},
		{"", 0, 0},
		{"SETS\n1 2 3 4 5 6 7 8\n8 7 6 5 4 3 2 1\n", 0, 2},
		{"SETS\n", 0, 0},
		{"# by hand\n1 2\n3 4\n5 6\n7 8\n", 0, 1},
		{"1 2 3 4 5 6 7 8\n", 0, 1},
		{"1\n2\n3\n4\n5\n6\n7\n8\n", 8, 0},
		{"00000017\n00000018\n", 2, 0},
		{"12 34\n", 1, 0},
	} {
		l, err := parseLabels([]byte(c.file))
		if err != nil || len(l.texts) != c.texts || len(l.corners) != c.corners {
			t.Errorf("%q is %d texts and %d corners, error %v; want %d and %d", c.file, len(l.texts), len(l.corners), err, c.texts, c.corners)
		}
	}
}

func TestTextsOfSeveralLinesAreOneTextToo(t *testing.T) {
	l, err := parseLabels([]byte("BEGIN:VCARD\r\nEND:VCARD\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	var one, two Outcome
	scoreTexts(&one, []vision.Code{{Text: "BEGIN:VCARD\nEND:VCARD"}}, &l)
	scoreTexts(&two, []vision.Code{{Text: "END:VCARD"}, {Text: "BEGIN:VCARD"}}, &l)
	if one.Items != 1 || one.Right != 1 || two.Items != 2 || two.Right != 2 {
		t.Errorf("one text gives %+v, two %+v", one, two)
	}
}

func TestQuadranglesCoverEachOther(t *testing.T) {
	square := func(x, y, size float64) [4]vision.Point {
		return [4]vision.Point{{X: x, Y: y}, {X: x + size, Y: y}, {X: x + size, Y: y + size}, {X: x, Y: y + size}}
	}
	reversed := func(q [4]vision.Point) [4]vision.Point { return [4]vision.Point{q[0], q[3], q[2], q[1]} }
	for _, c := range []struct {
		a, b [4]vision.Point
		want float64
	}{
		{square(0, 0, 10), square(0, 0, 10), 1},
		{square(0, 0, 10), square(5, 0, 10), 0.5},
		{reversed(square(0, 0, 10)), square(5, 5, 10), 0.25},
		{square(0, 0, 10), reversed(square(5, 5, 10)), 0.25},
		{square(0, 0, 10), square(20, 0, 10), 0},
		{square(2, 2, 1), square(0, 0, 10), 0.01},
		{square(0, 0, 10), square(2, 2, 1), 1},
		{square(0, 0, 10), square(3, 3, 0), 0},
	} {
		if got := covers(c.a, c.b); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v covers %.3f of %v, want %.3f", c.a, got, c.b, c.want)
		}
	}
	if d := apart(square(0, 0, 10), reversed(square(3, 4, 10))); math.Abs(d-5) > 1e-9 {
		t.Errorf("squares that are moved by 5 are %.2f apart", d)
	}
}

func FuzzLabels(f *testing.F) {
	f.Add([]byte("SETS\n1 2 3 4 5 6 7 8\n"))
	f.Add([]byte("# x\n1 2 3\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := parseLabels(data); err == nil && l.texts != nil && l.corners != nil {
			t.Errorf("%q is both texts and corners", data)
		}
	})
}
