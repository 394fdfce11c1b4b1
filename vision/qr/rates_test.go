package qr

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxmulti "github.com/makiuchi-d/gozxing/multi/qrcode"
	zxqr "github.com/makiuchi-d/gozxing/qrcode"

	"linetwin.dev/vision/qr/scenes"
)

// picturesEach is how many pictures of a category are made: few, or as many as LINETWIN_QR says.
func picturesEach() int {
	if n, err := strconv.Atoi(os.Getenv("LINETWIN_QR")); err == nil && n > 0 {
		return n
	}
	return 2
}

// TestRatesByKindOfFault reads rendered pictures with this decoder and with those of others
// that are here, and holds this one to a rate. With LINETWIN_QR=50 it makes the table of the README.
func TestRatesByKindOfFault(t *testing.T) {
	n := picturesEach()
	d := NewDecoder(Options{})
	zbar, _ := exec.LookPath("zbarimg")
	dir := t.TempDir()
	var table strings.Builder
	var mean [3]float64
	categories := slices.DeleteFunc(scenes.Categories(), func(c scenes.Category) bool { return c.Available() != nil })
	for _, c := range categories {
		var hits [3]int
		all := 0
		for i := range n {
			scene := faulty(t, c, 77, i)
			img := Image(scene.Image)
			var want, got []string
			for _, w := range scene.Codes {
				want = append(want, w.Text)
			}
			all += len(want)
			for _, r := range d.Decode(img, 0) {
				got = append(got, r.Text)
			}
			hits[0] += count(t, c.Name, got, want)
			hits[1] += count(t, "gozxing", readGozxing(img, len(want) > 1), want)
			if zbar != "" {
				hits[2] += count(t, "zbar", readZbar(t, zbar, filepath.Join(dir, "x.png"), scene.Image), want)
			}
		}
		rate := func(k int) float64 { return 100 * float64(hits[k]) / float64(all) }
		fmt.Fprintf(&table, "| %s | %.0f | %.0f | %s |\n", c.Name, rate(0), rate(1), known(zbar, rate(2)))
		for k := range mean {
			mean[k] += rate(k) / float64(len(categories))
		}
		// Few pictures scatter: one more may fail.
		if float64(hits[0]+max(1, all/n)) < c.Least*float64(all) || c.Least == 1 && hits[0] < all {
			t.Errorf("%s: %d of %d codes are read, want %.0f %%", c.Name, hits[0], all, 100*c.Least)
		}
	}
	t.Logf("%d pictures each\n| category | this | gozxing | zbarimg |\n| --- | --- | --- | --- |\n%s| mean | %.1f | %.1f | %s |",
		n, table.String(), mean[0], mean[1], known(zbar, mean[2]))
	if mean[0] <= mean[1] || zbar != "" && mean[0] <= mean[2] {
		t.Errorf("mean rate %.1f %%, gozxing %.1f, zbar %.1f: want the best", mean[0], mean[1], mean[2])
	}
}

func known(path string, rate float64) string {
	if path == "" {
		return "not installed"
	}
	return fmt.Sprintf("%.0f", rate)
}

// count counts texts that were read; this decoder must read no other.
func count(t *testing.T, who string, got, want []string) int {
	n := 0
	left := slices.Clone(want)
	for _, g := range got {
		if i := slices.Index(left, g); i >= 0 {
			left = slices.Delete(left, i, i+1)
			n++
		} else if who != "gozxing" && who != "zbar" {
			t.Errorf("%s: read %.40q, which is not in the picture", who, g)
		}
	}
	return n
}

func readGozxing(m Image, several bool) (texts []string) {
	defer func() { _ = recover() }() // it panics on some pictures
	src, err := gozxing.NewPlanarYUVLuminanceSource(m.Pix, m.W, m.H, 0, 0, m.W, m.H, false)
	if err != nil {
		return nil
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	for _, s := range []gozxing.LuminanceSource{src, gozxing.NewInvertedLuminanceSource(src)} {
		bits, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(s))
		if err != nil {
			return nil
		}
		if several {
			all, err := zxmulti.NewQRCodeMultiReader().DecodeMultiple(bits, hints)
			if err == nil {
				for _, r := range all {
					texts = append(texts, r.GetText())
				}
				return texts
			}
		} else if r, err := zxqr.NewQRCodeReader().Decode(bits, hints); err == nil {
			return []string{r.GetText()}
		}
	}
	return nil
}

func readZbar(t *testing.T, path, file string, m scenes.Image) []string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m.Gray()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command(path, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "-Stest-inverted", file).Output() // status 4: nothing found
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
