package bench

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/jpeg"
	_ "image/png" // PNG pictures can be scaled down
	"net/http"
	"time"

	"golang.org/x/image/draw"
)

const (
	// pictureWidth is what a picture is scaled down to, and pictureQuality the
	// JPEG quality that it is then written with.
	pictureWidth   = 720
	pictureQuality = 82
	// pictureBytes is the size above which a picture is written anew.
	pictureBytes = 90_000
)

// Picture is what a camera saw, as PNG or JPEG. A report scales large pictures
// down; it leaves those out that would make it too large, and says how many.
type Picture struct {
	Caption string // which part, which camera
	Verdict string // "good", "dent, no QR"
	Kind    Tone
	At      time.Duration
	Data    []byte
}

// fit gives the picture's type and bytes for a web page.
func (p Picture) fit() (mime string, data []byte, err error) {
	mime = http.DetectContentType(p.Data)
	if mime != "image/png" && mime != "image/jpeg" {
		return "", nil, fmt.Errorf("is neither PNG nor JPEG")
	}
	img, _, err := image.Decode(bytes.NewReader(p.Data))
	if err != nil {
		return "", nil, err
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if len(p.Data) <= pictureBytes && w <= 2*pictureWidth {
		return mime, p.Data, nil
	}
	if w > pictureWidth {
		small := image.NewRGBA(image.Rect(0, 0, pictureWidth, max(1, h*pictureWidth/w)))
		draw.BiLinear.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
		img = small
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: pictureQuality}); err != nil {
		return "", nil, err
	}
	return "image/jpeg", b.Bytes(), nil
}

// pictureView is a picture as the page shows it.
type pictureView struct {
	Picture
	URL  template.URL
	Time string
	Icon string
}

// pictureViews are the pictures that fit into so many bytes, and sentences about
// those that do not.
func pictureViews(pictures []Picture, room int) (views []pictureView, notes []string) {
	left := 0
	for _, p := range pictures {
		mime, data, err := p.fit()
		if err != nil {
			notes = append(notes, fmt.Sprintf("The picture %q could not be shown: %v.", p.Caption, err))
			continue
		}
		size := base64.StdEncoding.EncodedLen(len(data))
		if size > room {
			left++
			continue
		}
		room -= size
		views = append(views, pictureView{
			Picture: p,
			// The type is one of two, and the rest is base64.
			URL:  template.URL("data:" + mime + ";base64," + base64.StdEncoding.EncodeToString(data)),
			Time: clockTime(p.At.Seconds()),
			Icon: p.Kind.icon(),
		})
	}
	if left > 0 {
		notes = append(notes, fmt.Sprintf("%s left out to keep this page small.", plural(uint64(left), "more picture")))
	}
	return views, notes
}

// icon that tells the tone without colour.
func (t Tone) icon() string {
	switch t {
	case Good:
		return "✓"
	case Bad, Struck:
		return "✕"
	case Warn:
		return "▲"
	}
	return "•"
}
