package qr

// bitmap is a picture of dark (1) and light (0) pixels, row by row without gaps.
type bitmap struct {
	pix  []byte
	w, h int
}

// binarizer splits a picture by thresholds that follow its brightness.
type binarizer struct {
	bits          bitmap
	mid, spans    []int32 // of each cell: middle and span of its grey values
	level         []int32 // of each cell: the threshold, times 16
	sumMid, sumWt []int64 // summed over the rectangle from the first cell
	columns       []int32
	flat          int32 // the span below which a cell of this picture shows nothing
}

// flatSpan is the span of grey values below which a cell shows nothing but noise; where the
// picture is noisy it is more, up to flatMost.
const (
	flatSpan = 14
	flatMost = 48
)

// threshold splits a picture. The threshold of a cell of cell x cell pixels is the mean of
// the middles between darkest and lightest of the cells up to reach cells away, weighted by how
// much there is to see in them; between the centres of cells it is interpolated. bias is added to it.
// Where there is nothing to see all is light.
func (b *binarizer) threshold(m Image, cell, reach, bias int, w *work) *bitmap {
	cw, ch := (m.W+cell-1)/cell, (m.H+cell-1)/cell
	b.bits.w, b.bits.h = m.W, m.H
	b.bits.pix = sized(b.bits.pix, m.W*m.H)
	w.spend(2 * m.W * m.H)
	n := cw * ch
	b.mid, b.spans, b.level = sized(b.mid, n), sized(b.spans, n), sized(b.level, n)
	for cy := range ch {
		for cx := range cw {
			lo, hi := byte(255), byte(0)
			x0, x1 := cx*cell, min((cx+1)*cell, m.W)
			for y := cy * cell; y < min((cy+1)*cell, m.H); y++ {
				for _, v := range m.Pix[y*m.Stride+x0 : y*m.Stride+x1] {
					lo, hi = min(lo, v), max(hi, v)
				}
			}
			if int(hi)-int(lo) < flatSpan {
				lo, hi = b.border(m, lo, hi, cx*cell, cy*cell, cell)
			}
			b.mid[cy*cw+cx] = (int32(lo) + int32(hi)) * 8
			b.spans[cy*cw+cx] = int32(hi) - int32(lo)
		}
	}
	b.flat = b.noise(n)
	b.sumCells(cw, ch)
	for cy := range ch {
		y0, y1 := max(cy-reach, 0), min(cy+reach+1, ch)
		for cx := range cw {
			x0, x1 := max(cx-reach, 0), min(cx+reach+1, cw)
			mid := rectSum(b.sumMid, cw+1, x0, y0, x1, y1)
			weight := rectSum(b.sumWt, cw+1, x0, y0, x1, y1)
			t := int32(0)
			if weight > 0 {
				t = int32(mid/weight) + int32(16*bias)
			}
			b.level[cy*cw+cx] = t
		}
	}
	b.split(m, cell, cw, ch)
	return &b.bits
}

// border widens the span of a flat cell by the pixels right of it and below: where all edges of a
// picture lie on cells' borders, as those of a code drawn with modules of a cell's size, there is nothing
// to see in any cell.
func (b *binarizer) border(m Image, lo, hi byte, x, y, cell int) (byte, byte) {
	x1, y1 := min(x+cell, m.W-1), min(y+cell, m.H-1)
	for _, v := range m.Pix[y1*m.Stride+x : y1*m.Stride+x1+1] {
		lo, hi = min(lo, v), max(hi, v)
	}
	for ; y < y1; y++ {
		v := m.Pix[y*m.Stride+x1]
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo, hi
}

// noise takes the quarter of the cells with the least span for ones that show nothing.
func (b *binarizer) noise(n int) int32 {
	var counts [256]int
	for _, r := range b.spans[:n] {
		counts[r]++
	}
	seen := 0
	for span, c := range counts {
		if seen += c; 4*seen >= n {
			return int32(min(max(span*3/2, flatSpan), flatMost))
		}
	}
	return flatSpan
}

// sumCells makes the tables from which the sum over any rectangle of cells is four look-ups.
func (b *binarizer) sumCells(cw, ch int) {
	b.sumMid, b.sumWt = sized(b.sumMid, (cw+1)*(ch+1)), sized(b.sumWt, (cw+1)*(ch+1))
	clear(b.sumMid[:cw+1])
	clear(b.sumWt[:cw+1])
	for cy := range ch {
		var mid, weight int64
		row := (cy + 1) * (cw + 1)
		b.sumMid[row], b.sumWt[row] = 0, 0
		for cx := range cw {
			if r := b.spans[cy*cw+cx]; r >= b.flat {
				mid += int64(r) * int64(b.mid[cy*cw+cx])
				weight += int64(r)
			}
			b.sumMid[row+cx+1] = b.sumMid[row-cw+cx] + mid
			b.sumWt[row+cx+1] = b.sumWt[row-cw+cx] + weight
		}
	}
}

func rectSum(table []int64, stride, x0, y0, x1, y1 int) int64 {
	return table[y1*stride+x1] - table[y0*stride+x1] - table[y1*stride+x0] + table[y0*stride+x0]
}

// split compares each pixel with the threshold interpolated there.
func (b *binarizer) split(m Image, cell, cw, ch int) {
	half := cell / 2
	b.columns = sized(b.columns, cw+1)
	for y := range m.H {
		// The two rows of cells whose centres are above and below.
		cy := (y + half) / cell
		f := int32(y + half - cy*cell)
		above, below := max(cy-1, 0), min(cy, ch-1)
		for cx := range cw {
			a, c := b.level[above*cw+cx], b.level[below*cw+cx]
			b.columns[cx] = a + (c-a)*f/int32(cell)
		}
		in := m.Pix[y*m.Stride:][:m.W]
		out := b.bits.pix[y*m.W:][:m.W]
		last := b.columns[cw-1]
		b.columns[cw] = last
		x := 0
		for cx := 0; x < m.W; cx++ {
			t, next := b.columns[max(cx-1, 0)], b.columns[min(cx, cw-1)]
			step := (next - t) / int32(cell)
			end := min(cx*cell+half, m.W)
			if cx == 0 {
				t, step = next, 0
			}
			for ; x < end; x++ {
				// 1 where 16 times the pixel is below the threshold.
				out[x] = byte(uint32(int32(in[x])<<4-t) >> 31)
				t += step
			}
		}
	}
}

// localMean splits a picture by the mean of the square of 2 radius + 1 pixels around each pixel,
// less margin. It finds the rings of blurred finders, which have little contrast within.
func (b *binarizer) localMean(m Image, radius, margin int, w *work) *bitmap {
	b.bits.w, b.bits.h = m.W, m.H
	b.bits.pix = sized(b.bits.pix, m.W*m.H)
	b.columns = sized(b.columns, m.W)
	b.flat = flatSpan
	w.spend(3 * m.W * m.H / 2)
	sums := b.columns
	clear(sums)
	add := func(y int, sign int32) {
		for x, v := range m.Pix[y*m.Stride:][:m.W] {
			sums[x] += sign * int32(v)
		}
	}
	for y := range min(radius, m.H) {
		add(y, 1)
	}
	for y := range m.H {
		if y+radius < m.H {
			add(y+radius, 1)
		}
		if y-radius-1 >= 0 {
			add(y-radius-1, -1)
		}
		rows := int32(min(y+radius, m.H-1) - max(y-radius, 0) + 1)
		in := m.Pix[y*m.Stride:][:m.W]
		out := b.bits.pix[y*m.W:][:m.W]
		sum, wide := int32(0), int32(0)
		for x := range min(radius, m.W) {
			sum += sums[x]
			wide++
		}
		for x := range out {
			if x+radius < m.W {
				sum += sums[x+radius]
				wide++
			}
			if x-radius-1 >= 0 {
				sum -= sums[x-radius-1]
				wide--
			}
			out[x] = byte(uint32((int32(in[x])+int32(margin))*rows*wide-sum) >> 31)
		}
	}
	return &b.bits
}
