package qr

import (
	"math"
	"slices"
)

// reading is what the modules of one grid came to.
type reading struct {
	version  int
	level    Level
	mask     int
	mirrored bool
	errors   int     // wrong code words that were corrected
	restored int     // wrong code words among those that were taken for suspect
	erased   int     // code words that were taken for suspect
	unused   float64 // of the worst block: the part of the power of correction that is left
	format   int     // wrong bits of the better copy of the format information
	data     []byte  // the data words, blocks joined
}

// solver turns grids of soft modules into data words. It holds the buffers.
type solver struct {
	lay      layout
	words    [maxWords]byte
	doubt    [maxWords]float32 // of each word: how sure its least sure bit is
	place    [maxWords]int32   // of each word in block order: its index in printed order
	data     []byte
	block    [256]byte
	erased   [maxCheck]int
	order    [256]uint64 // doubt and place in one number, for sorting
	formats  [32]formatGuess
	spareSum int
}

// formatGuess is a level and mask with how badly they fit what was read.
type formatGuess struct {
	level Level
	mask  int
	wrong int     // bits of the better copy
	cost  float32 // confidence of the wrong bits in both copies
}

// guessFormats sorts the 32 words by how well they fit both copies.
func (s *solver) guessFormats(soft []float32, n int, mirrored bool) []formatGuess {
	var a, b [15]float32
	for i := range 15 {
		r1, c1, r2, c2 := formatAt(i, n)
		if mirrored {
			r1, c1, r2, c2 = c1, r1, c2, r2
		}
		a[i], b[i] = soft[r1*n+c1], soft[r2*n+c2]
	}
	for k := range s.formats {
		f := formatGuess{level: Level(k >> 3), mask: k & 7}
		word := formatWord(f.level, f.mask)
		w1, w2 := 0, 0
		for i := range 15 {
			sign := float32(1)
			if word>>i&1 == 0 {
				sign = -1
			}
			if v := sign * a[i]; v < 0 {
				w1++
				f.cost -= v
			}
			if v := sign * b[i]; v < 0 {
				w2++
				f.cost -= v
			}
		}
		f.wrong = min(w1, w2)
		s.formats[k] = f
	}
	slices.SortStableFunc(s.formats[:], func(p, q formatGuess) int {
		pc, qc := p.cost+2*float32(p.wrong), q.cost+2*float32(q.wrong)
		switch {
		case pc < qc:
			return -1
		case pc > qc:
			return 1
		}
		return 0
	})
	return s.formats[:]
}

// readVersion gives the version that is printed from version 7 on, and how many of the bits
// of its better copy are wrong.
func readVersion(soft []float32, n int) (version, wrong int) {
	var one, two uint32
	for i := range 18 {
		if soft[(i/3)*n+n-11+i%3] > 0 {
			one |= 1 << i
		}
		if soft[(n-11+i%3)*n+i/3] > 0 {
			two |= 1 << i
		}
	}
	v1, w1 := nearestVersion(one)
	v2, w2 := nearestVersion(two)
	if w2 < w1 {
		return v2, w2
	}
	return v1, w1
}

// fixedFit compares the modules of fixed patterns with what they must be: the part that is
// wrong.
func (l *layout) fixedFit(soft []float32) float64 {
	wrong, all := 0, 0
	for i, k := range l.kind[:l.n*l.n] {
		if k != moduleLight && k != moduleDark {
			continue
		}
		all++
		if (soft[i] > 0) != (k == moduleDark) {
			wrong++
		}
	}
	return float64(wrong) / float64(all)
}

// solve reads a grid of modules: soft holds for each how dark it is, from -1 (surely light)
// to 1 (surely dark). tries is how many formats may be tried.
func (s *solver) solve(version int, soft []float32, tries int, w *work) (reading, bool) {
	s.lay.set(version)
	n := s.lay.n
	for _, mirrored := range [...]bool{false, true} {
		w.spend(4_000)
		guesses := s.guessFormats(soft, n, mirrored)
		for i := range min(tries, len(guesses)) {
			f := guesses[i]
			if f.wrong > 4 || i > 0 && f.cost > 3*guesses[0].cost+3 {
				break
			}
			w.spend(5 * n * n)
			s.collect(soft, f.mask, mirrored)
			r := reading{version: version, level: f.level, mask: f.mask, mirrored: mirrored, format: f.wrong}
			if s.restore(&r, w) {
				return r, true
			}
		}
	}
	return reading{}, false
}

// collect takes the code words off the grid, in the order in which they are printed.
func (s *solver) collect(soft []float32, mask int, mirrored bool) {
	n, total := s.lay.n, totalWords(s.lay.version)
	at, bit := 0, 0
	word, doubt := byte(0), float32(math.MaxFloat32)
	up := true
	for right := n - 1; right > 0; right -= 2 {
		if right == 6 {
			right--
		}
		for step := range n {
			row := step
			if up {
				row = n - 1 - step
			}
			for c := right; c > right-2; c-- {
				if s.lay.kind[row*n+c] != moduleData {
					continue
				}
				i := row*n + c
				if mirrored {
					i = c*n + row
				}
				v := soft[i]
				dark := v > 0
				if v < 0 {
					v = -v
				}
				doubt = min(doubt, v)
				word <<= 1
				if dark != masked(mask, row, c) {
					word |= 1
				}
				if bit++; bit == 8 {
					if at == total {
						return
					}
					s.words[at], s.doubt[at] = word, doubt
					at++
					bit, word, doubt = 0, 0, math.MaxFloat32
				}
			}
		}
		up = !up
	}
}

// restore corrects the blocks and joins their data.
func (s *solver) restore(r *reading, w *work) bool {
	total := totalWords(r.version)
	blocks := int(blockCounts[r.level][r.version-1])
	check := int(checkWords[r.level][r.version-1])
	short := total / blocks // words of a short block
	long := total % blocks  // number of blocks with one data word more
	s.data = s.data[:0]
	r.unused = 1
	s.spareSum = 0
	for b := range blocks {
		size := short
		if b >= blocks-long {
			size++
		}
		data := size - check
		for i := range size {
			// Data words are printed in turn, one of each block; those of the long blocks
			// that are left over follow; then the check words in turn.
			var p int
			switch {
			case i < short-check:
				p = i*blocks + b
			case i < data:
				p = i*blocks + b - (blocks - long)
			default:
				p = (total - check*blocks) + (i-data)*blocks + b
			}
			s.block[i], s.place[i] = s.words[p], int32(p)
		}
		if !s.restoreBlock(r, size, check, w) {
			return false
		}
		s.data = append(s.data, s.block[:data]...)
	}
	r.data = s.data
	return r.erased == 0 || s.spareSum >= spareTotal
}

// An erasure gives no evidence of its own, so where words were erased some check words must
// be left over: in each block, and in the whole code.
const (
	spareErased = 2
	spareTotal  = 4
)

// spareWords are the check words that the standard keeps for detection (table 9, note b).
func spareWords(version int, level Level) int {
	switch {
	case version == 1 && level == L:
		return 3
	case version == 1 && level == M, version == 2 && level == L:
		return 2
	case version == 1, version == 3 && level == L:
		return 1
	}
	return 0
}

// restoreBlock corrects one block: first all words as they are, then with more and more of
// the least sure ones erased (Forney's generalized minimum distance decoding).
func (s *solver) restoreBlock(r *reading, size, check int, w *work) bool {
	spare := spareWords(r.version, r.level)
	w.spend(9 * size * check / 4)
	e, _, ok := correct(s.block[:size], check, nil)
	if ok && 2*e <= check-spare {
		r.errors += e
		r.unused = min(r.unused, 1-float64(2*e)/float64(max(check-spare, 1)))
		s.spareSum += check - 2*e
		return true
	}
	if ok { // too near to the bound to be believed: take back what was changed
		for i := range size {
			s.block[i] = s.words[s.place[i]]
		}
	}
	for i := range size {
		s.order[i] = uint64(math.Float32bits(s.doubt[s.place[i]]))<<16 | uint64(i)
	}
	slices.Sort(s.order[:size])
	spare = max(spare, spareErased)
	step := max(2, check/5)
	for count := step; count <= check-spare; count += step {
		for i := range count {
			s.erased[i] = int(s.order[i] & 0xFFFF)
		}
		w.spend(7 * size * check / 2)
		e, f, ok := correct(s.block[:size], check, s.erased[:count])
		if !ok {
			continue
		}
		if 2*e+count <= check-spare {
			r.errors += e
			r.restored += f
			r.erased += count
			r.unused = min(r.unused, 1-float64(2*e+count)/float64(check-spare))
			s.spareSum += check - 2*e - count
			return true
		}
		for i := range size {
			s.block[i] = s.words[s.place[i]]
		}
	}
	return false
}
