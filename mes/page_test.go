package mes_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linetwin.dev/mes"
)

// browse gives the document of an address as Chromium has it after a while, and what it shows.
func browse(t *testing.T, address string) (document string, shown image.Image) {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the page is not looked at")
	}
	file := filepath.Join(t.TempDir(), "page.png")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	// Its clock goes on while nothing is on the way from the server.
	out, err := exec.CommandContext(ctx, program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--user-data-dir="+t.TempDir(), "--window-size=1000,900", "--virtual-time-budget=4000", "--screenshot="+file, "--dump-dom", address).Output()
	if err != nil {
		t.Skipf("chromium does not run here: %v", err)
	}
	data, err := os.ReadFile(file)
	must(t, err)
	shown, err = png.Decode(bytes.NewReader(data))
	must(t, err)
	return string(out), shown
}

func TestTheTraceOfAPartShowsItsMeasuresOnTheScaleOfPeople(t *testing.T) {
	_, h := served(t)
	s := httptest.NewServer(h)
	defer s.Close()
	document, _ := browse(t, s.URL+"/#part=3")
	for _, want := range []string{
		"<dt>cap tilt</dt><dd>3°</dd>", "<dt>cap height</dt><dd>187.4&nbsp;mm</dd>", "<dt>torn</dt><dd>1.25&nbsp;%</dd>",
		"<dt>grade</dt><dd>3</dd>", "<dt>length</dt><dd>1.25&nbsp;m</dd>", "<dt>depth</dt><dd>–</dd>",
		`<div title="0.187362 m">`, `<div title="3">`, `<div title="not known">`,
		"<span>500&nbsp;mm</span>", // the step's own value, which none of its measures has
	} {
		if !strings.Contains(document, want) {
			t.Errorf("the document has no %s:\n%s", want, document)
		}
	}
}

func TestThePageShowsThePictureBesideThePartAndInItsTrace(t *testing.T) {
	m, h := served(t)
	violet := image.NewRGBA(image.Rect(0, 0, 300, 400))
	draw.Draw(violet, violet.Rect, image.NewUniform(color.RGBA{160, 0, 200, 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, violet, nil))
	must(t, m.Attach(4, mes.Picture{PictureInfo: mes.PictureInfo{Station: "cap", Camera: "top", At: time.Second, Verdict: "<b>good"}, Data: b.Bytes()}))
	s := httptest.NewServer(h)
	defer s.Close()
	for _, c := range []struct {
		address    string
		least      int // violet pixels
		has, lacks string
	}{
		{"/", 30 * 40 / 2, `<td class="seen"><img src="api/pictures/2" alt="What cap saw: &lt;b&gt;good" loading="lazy"`, "<figure>"},
		{"/#part=4", 300 * 380, `<figcaption class="quiet">cap, camera top, at 0:00:01: &lt;b&gt;good</figcaption>`, "<b>good"},
		{"/#part=3", 0, "Part 103", "<figure>"},
	} {
		document, shown := browse(t, s.URL+c.address)
		if !strings.Contains(document, c.has) || strings.Contains(document, c.lacks) {
			t.Errorf("%s: the document has no %s, or has %s:\n%s", c.address, c.has, c.lacks, document)
		}
		n := 0
		for y := range shown.Bounds().Dy() {
			for x := range shown.Bounds().Dx() {
				if r, g, b, _ := shown.At(x, y).RGBA(); r>>8 > 140 && g>>8 < 30 && b>>8 > 170 {
					n++
				}
			}
		}
		if n < c.least {
			t.Errorf("%s shows %d pixels of the picture, want %d or more", c.address, n, c.least)
		}
	}
}
