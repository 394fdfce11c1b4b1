package match

// A pyramid holds an image at full, half, quarter, ... size. Going down, a pixel is the mean of
// 4 x 4 with the weights 1 3 3 1 along each axis: smooth enough that what is seen hardly depends
// on how a pattern lies to the grid, which the mean of 2 x 2 does not give. Pixel x of level l
// has its centre at (x + 1/2) 2^l - 1/2 in full size.
type pyramid struct {
	level []Image // 0 is the image itself, which is not copied
	buf   [][]byte
}

// levels below full size that there can be.
const maxLevel = 7

// resize prepares the pyramid for an image, with levels up to top, or as far as there are pixels.
func (p *pyramid) resize(m Image, top int) {
	p.level = append(p.level[:0], m)
	for l := 1; l <= top && min(m.W, m.H) >= 2; l++ {
		m.W, m.H = m.W/2, m.H/2
		m.Stride = (m.W + 31) &^ 31
		if len(p.buf) < l {
			p.buf = append(p.buf, nil)
		}
		m.Pix = sized(p.buf[l-1], m.Stride*m.H)
		p.buf[l-1] = m.Pix
		p.level = append(p.level, m)
	}
}

// halve computes rows from..to of level l. column is a buffer of at least W + 66 of level l-1.
func (p *pyramid) halve(l, from, to int, column []uint16) {
	src, dst := p.level[l-1], p.level[l]
	n := 2 * dst.W
	column = column[: n+34 : n+34]
	last := src.H - 1
	for y := from; y < to; y++ {
		a, b := src.row(max(2*y-1, 0)), src.row(2*y)
		c, d := src.row(2*y+1), src.row(min(2*y+2, last))
		addColumns(column[1:], a, b, c, d)
		column[0] = column[1]
		if src.W == n {
			column[n+1] = column[n]
		}
		addPairs(dst.row(y), column)
	}
}

// addColumns is the sum a + 3 b + 3 c + d, pixel by pixel.
func addColumns(dst []uint16, a, b, c, d []byte) {
	n := len(a)
	done := 0
	if vector {
		if done = n &^ 15; done > 0 {
			addColumnsVector(&dst[0], &a[0], &b[0], &c[0], &d[0], done)
		}
	}
	dst, b, c, d = dst[:n], b[:n], c[:n], d[:n]
	for i := done; i < n; i++ {
		dst[i] = uint16(a[i]) + uint16(d[i]) + 3*(uint16(b[i])+uint16(c[i]))
	}
}

// addPairs makes a row of half the size of sums of columns, of which the first is that of the
// pixel before the row.
func addPairs(dst []byte, sums []uint16) {
	done := 0
	if vector {
		if done = len(dst) &^ 15; done > 0 {
			addPairsVector(&dst[0], &sums[0], done)
		}
	}
	for i := done; i < len(dst); i++ {
		s := sums[2*i : 2*i+4 : 2*i+4]
		dst[i] = byte((uint32(s[0]) + uint32(s[3]) + 3*(uint32(s[1])+uint32(s[2])) + 32) >> 6)
	}
}

// sized is a slice of n elements on the memory of s where that is large enough.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
