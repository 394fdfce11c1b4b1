package vision

// bits4x4 of the dictionary 4x4_50, as published with ArUco in OpenCV: row by row
// from the top left, the first in the highest bit, 1 for white.
var bits4x4 = [50]uint16{
	0xb532, 0x0f9a, 0x332d, 0x9946, 0x549e, 0x79cd, 0x9e2e, 0xc4f2, 0xfeda, 0xcf56,
	0xf991, 0x11a7, 0x0eb7, 0x2a0f, 0x24b1, 0x263e, 0x4665, 0x6600, 0x6c5e, 0x76af,
	0x868b, 0xb02b, 0xccd5, 0xdd82, 0xfe47, 0x9471, 0xace4, 0xa554, 0x2123, 0x346f,
	0x4415, 0x57b2, 0x9ecf, 0xf0cb, 0x08ae, 0x0929, 0x1875, 0x04ff, 0x0df6, 0x1c5a,
	0x1718, 0x2a28, 0x328c, 0x38b2, 0x24e8, 0x2eeb, 0x2d3f, 0x4b64, 0x502e, 0x5013,
}

// MarkerBits returns what to paint for a marker: side rows of side modules from
// its top left, true for white. Around them goes a border of one black module,
// which belongs to the marker's stated size, and around that white. The dictionary
// 4x4_50 is known in every build; others are asked of OpenCV.
func MarkerBits(dictionary string, id int) (bits []bool, side int, err error) {
	if dictionary != "4x4_50" {
		return openCVMarkerBits(dictionary, id)
	}
	if _, err := markerDictionary(dictionary, id); err != nil {
		return nil, 0, err
	}
	bits = make([]bool, 16)
	for i := range bits {
		bits[i] = bits4x4[id]>>(15-i)&1 == 1
	}
	return bits, 4, nil
}
