// Package qr reads QR codes that others do not: blurred, bent, glared at, in half shadow,
// damaged, tilted, with modules of two pixels, several in one picture.
//
// The main type is Decoder. It keeps its buffers, so that reading frame after frame allocates
// nothing but the results:
//
//	d := qr.NewDecoder(qr.Options{})
//	for frame := range frames {
//		for _, c := range d.Decode(qr.Image{Pix: frame.Pix, Stride: frame.W, W: frame.W, H: frame.H}, 0) {
//			fmt.Println(c.Text, c.Corners, c.Quality.Grade)
//		}
//	}
//
// Work is counted and not timed: a budget bounds how much is tried, cheap things first, and
// equal pictures and budgets give equal results on any machine. There are no goroutines,
// no clocks and no random numbers. Pure Go.
//
// Symbols are those of ISO/IEC 18004, versions 1 to 40; Micro QR is not read. README.md tells
// the stages, with sources, and how often they succeed.
package qr
