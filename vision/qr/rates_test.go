package qr

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"linetwin.dev/vision/qr/peers"
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
	others := peers.All() // gozxing, zbar
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
			for k, p := range others {
				if p.Missing != "" {
					continue
				}
				theirs, err := p.Read(scene.Image, len(want) > 1)
				if err != nil {
					t.Fatal(err)
				}
				hits[1+k] += count(t, "", theirs, want)
			}
		}
		rate := func(k int) float64 { return 100 * float64(hits[k]) / float64(all) }
		fmt.Fprintf(&table, "| %s | %.0f | %.0f | %s |\n", c.Name, rate(0), rate(1), known(&others[1], rate(2)))
		for k := range mean {
			mean[k] += rate(k) / float64(len(categories))
		}
		// Few pictures scatter: one more may fail.
		if float64(hits[0]+max(1, all/n)) < c.Least*float64(all) || c.Least == 1 && hits[0] < all {
			t.Errorf("%s: %d of %d codes are read, want %.0f %%", c.Name, hits[0], all, 100*c.Least)
		}
	}
	t.Logf("%d pictures each\n| category | this | gozxing | zbarimg |\n| --- | --- | --- | --- |\n%s| mean | %.1f | %.1f | %s |",
		n, table.String(), mean[0], mean[1], known(&others[1], mean[2]))
	if mean[0] <= mean[1] || mean[0] <= mean[2] {
		t.Errorf("mean rate %.1f %%, gozxing %.1f, zbar %.1f: want the best", mean[0], mean[1], mean[2])
	}
}

func known(p *peers.Reader, rate float64) string {
	if p.Missing != "" {
		return "not installed"
	}
	return fmt.Sprintf("%.0f", rate)
}

// count counts texts that were read; this decoder must read no other in a category. Of others it
// is not asked.
func count(t *testing.T, category string, got, want []string) int {
	n := 0
	left := slices.Clone(want)
	for _, g := range got {
		if i := slices.Index(left, g); i >= 0 {
			left = slices.Delete(left, i, i+1)
			n++
		} else if category != "" {
			t.Errorf("%s: read %.40q, which is not in the picture", category, g)
		}
	}
	return n
}
