// Package scenes renders pictures of QR codes with known faults: blurred, noisy, tilted, glared
// at, in shadow, of low contrast, damaged, small and large, bent, several at once; and
// pictures that look like codes and hold none. Text and corners of every code are known.
//
// Category is the main type. A seed and a number name a picture, the same on any machine:
//
//	for _, c := range scenes.Categories() {
//		s, err := c.Scene(1, 0)
//		if err != nil { ... }
//		found := read(s.Image)
//		fmt.Println(c.Name, s.Codes[0].Text, s.Codes[0].Corners, found)
//	}
//
// Codes are printed by encoders of others, gozxing's and Debian's qrencode, so a reader is not
// held against its own idea of the standard. Nothing here imports a reader of this module:
// tests of any may use it. Lengths are in pixels, the centre of the first pixel is (0, 0), y
// points down; grey goes from 0, black, to 255. All functions may be called concurrently, a
// Canvas and a random stream by one goroutine at a time. README.md tells what is in a category.
package scenes
