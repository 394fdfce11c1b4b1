package model

import (
	"bytes"
	"encoding/binary"
)

// Orientation is how the camera was held, as the Exif data of a JPEG or PNG file say: 1
// to 8, 1 for upright, and where nothing is said or what is said cannot be read.
func Orientation(file []byte) int {
	var tiff []byte
	switch {
	case bytes.HasPrefix(file, []byte{0xff, 0xd8}):
		tiff = jpegExif(file[2:])
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")):
		tiff = pngExif(file[8:])
	}
	return tiffOrientation(tiff)
}

// jpegExif finds the Exif data among the segments before the picture.
func jpegExif(b []byte) []byte {
	for len(b) >= 4 && b[0] == 0xff {
		marker, size := b[1], int(binary.BigEndian.Uint16(b[2:]))
		if marker == 0xff { // a byte that only fills
			b = b[1:]
			continue
		}
		if marker == 0xda || marker == 0xd9 || size < 2 || 2+size > len(b) {
			return nil
		}
		if tiff, ok := bytes.CutPrefix(b[4:2+size], []byte("Exif\x00\x00")); marker == 0xe1 && ok {
			return tiff
		}
		b = b[2+size:]
	}
	return nil
}

// pngExif finds the chunk eXIf.
func pngExif(b []byte) []byte {
	for len(b) >= 12 {
		size := binary.BigEndian.Uint32(b)
		if uint64(size)+12 > uint64(len(b)) {
			return nil
		}
		if string(b[4:8]) == "eXIf" {
			return b[8 : 8+size]
		}
		b = b[12+size:]
	}
	return nil
}

const orientationTag = 0x0112

// tiffOrientation looks in the first directory of TIFF data.
func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(b[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return 1
	}
	at := uint64(order.Uint32(b[4:]))
	if order.Uint16(b[2:]) != 42 || at+2 > uint64(len(b)) {
		return 1
	}
	entries := b[at+2:]
	for range order.Uint16(b[at:]) {
		if len(entries) < 12 {
			return 1
		}
		const short = 3 // the type of a 16-bit number
		if order.Uint16(entries) == orientationTag && order.Uint16(entries[2:]) == short {
			if v := int(order.Uint16(entries[8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}
