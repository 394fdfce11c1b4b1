package qr_test

import (
	"fmt"

	"github.com/makiuchi-d/gozxing"
	zxqr "github.com/makiuchi-d/gozxing/qrcode"

	"linetwin.dev/vision/qr"
)

func Example() {
	printed, err := zxqr.NewQRCodeWriter().Encode("bottle 00000017", gozxing.BarcodeFormat_QR_CODE, 200, 200, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	img := qr.Image{Pix: make([]byte, 200*200), Stride: 200, W: 200, H: 200}
	for i := range img.Pix {
		if !printed.Get(i%200, i/200) {
			img.Pix[i] = 255
		}
	}

	d := qr.NewDecoder(qr.Options{})
	for _, c := range d.Decode(img, 0) {
		fmt.Printf("%s: version %d-%v, %d errors, grade %d\n", c.Text, c.Version, c.Level, c.Errors, c.Quality.Grade)
	}
	// Output: bottle 00000017: version 1-L, 0 errors, grade 4
}
