package match

// block is how many places a pass over the model scores at once.
const block = 64

// feature is a point of a model: where its direction is looked for, in bytes from that of the
// place, and what it must be.
type feature struct {
	at     int32
	dx, dy int8
	_      [2]byte
}

// scorePlain adds up the products of directions for len(dst) neighbouring places from data[base];
// bias is centre times the sum of all dx and dy. It returns the greatest.
func scorePlain(dst []int16, data []byte, base int, points []feature, bias int16) int16 {
	for i := range dst {
		dst[i] = -bias
	}
	for _, p := range points {
		row := data[base+int(p.at):][:2*len(dst)]
		for i := range dst {
			dst[i] += int16(p.dx)*int16(row[2*i]) + int16(p.dy)*int16(row[2*i+1])
		}
	}
	best := dst[0]
	for _, s := range dst {
		best = max(best, s)
	}
	return best
}

// scoreBlock scores block neighbouring places, and returns the greatest score.
func scoreBlock(dst *[block]int16, data []byte, base int, points []feature, bias int16) int16 {
	if !vector || len(points) == 0 {
		return scorePlain(dst[:], data, base, points, bias)
	}
	return scoreBlockVector(dst, &data[base], &points[0], len(points), bias)
}

// few is how many places a short pass scores at once.
const few = 16

// scoreFew scores a few neighbouring places.
func scoreFew(dst *[few]int16, data []byte, base int, points []feature, bias int16) {
	if !vector || len(points) == 0 {
		scorePlain(dst[:], data, base, points, bias)
		return
	}
	scoreFewVector(dst, &data[base], &points[0], len(points), bias)
}
