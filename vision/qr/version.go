package qr

import "math/bits"

// Level is how much of a code may be damaged and still be read.
type Level byte

// The levels of error correction, from the least to the most.
const (
	L Level = iota // about 7 % of the code words can be restored
	M              // 15 %
	Q              // 25 %
	H              // 30 %
)

func (l Level) String() string { return "LMQH"[l&3 : l&3+1] }

const (
	maxVersion = 40
	maxSide    = 17 + 4*maxVersion
	maxWords   = 3706 // code words of the largest version
)

// checkWords are the error correction code words of one block, by level and version (ISO/IEC
// 18004, table 9).
var checkWords = [4][maxVersion]byte{
	{7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
	{10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28},
	{13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
	{17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
}

// blockCounts are the numbers of blocks, by level and version (same table).
var blockCounts = [4][maxVersion]byte{
	{1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25},
	{1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49},
	{1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68},
	{1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81},
}

// side is the number of modules along one side of a version.
func side(version int) int { return 17 + 4*version }

// totalWords is the number of code words, data and check together, of a version.
func totalWords(version int) int {
	n := (16*version+128)*version + 64
	if version >= 2 {
		a := version/7 + 2
		n -= (25*a-10)*a - 55
		if version >= 7 {
			n -= 36
		}
	}
	return n / 8
}

// alignment gives the rows and columns on which alignment patterns are centred.
func alignment(version int) (at [7]int, n int) {
	if version == 1 {
		return at, 0
	}
	n = version/7 + 2
	step := (8*version + 3*n + 5) / (4*n - 4) * 2
	at[0] = 6
	for i, p := n-1, side(version)-7; i > 0; i, p = i-1, p-step {
		at[i] = p
	}
	return at, n
}

// formatWord is the 15-bit format information of a level and a mask, as printed.
func formatWord(level Level, mask int) uint32 {
	data := [...]uint32{1, 0, 3, 2}[level]<<3 | uint32(mask)
	rem := data << 10
	for b := 14; b >= 10; b-- {
		if rem>>b&1 != 0 {
			rem ^= 0x537 << (b - 10)
		}
	}
	return (data<<10 | rem) ^ 0x5412
}

// versionWord is the 18-bit version information, printed from version 7 on.
func versionWord(version int) uint32 {
	rem := uint32(version) << 12
	for b := 17; b >= 12; b-- {
		if rem>>b&1 != 0 {
			rem ^= 0x1F25 << (b - 12)
		}
	}
	return uint32(version)<<12 | rem
}

// nearestVersion finds the version whose word is nearest to what was read.
func nearestVersion(word uint32) (version, distance int) {
	distance = 99
	for v := 7; v <= maxVersion; v++ {
		if d := bits.OnesCount32(word ^ versionWord(v)); d < distance {
			version, distance = v, d
		}
	}
	return version, distance
}

// formatAt says where bit i of the format information is printed, the first time
// and the second.
func formatAt(i, n int) (row1, col1, row2, col2 int) {
	switch {
	case i < 6:
		row1, col1 = i, 8
	case i == 6:
		row1, col1 = 7, 8
	case i == 7:
		row1, col1 = 8, 8
	case i == 8:
		row1, col1 = 8, 7
	default:
		row1, col1 = 8, 14-i
	}
	if i < 8 {
		return row1, col1, 8, n - 1 - i
	}
	return row1, col1, n - 15 + i, 8
}

// What a module is for. Those of a fixed pattern have a known colour.
const (
	moduleData  byte = iota
	moduleLight      // of a finder, separator, timing or alignment pattern
	moduleDark
	moduleInfo // format or version information
)

// layout is what each module of a version is for, row by row.
type layout struct {
	version, n int
	kind       [maxSide * maxSide]byte
}

// set makes l the layout of a version.
func (l *layout) set(version int) {
	if l.version == version {
		return
	}
	n := side(version)
	l.version, l.n = version, n
	kind := l.kind[:n*n]
	clear(kind)
	ring := func(row, col, radius int) {
		for r := row - radius; r <= row+radius; r++ {
			for c := col - radius; c <= col+radius; c++ {
				if r < 0 || c < 0 || r >= n || c >= n {
					continue
				}
				k := moduleDark
				if d := max(abs(r-row), abs(c-col)); d == 4 || d == 2 && radius == 4 || d == 1 && radius == 2 {
					k = moduleLight
				}
				kind[r*n+c] = k
			}
		}
	}
	for i := range n {
		k := moduleDark - byte(i&1)
		kind[6*n+i], kind[i*n+6] = k, k
	}
	at, count := alignment(version)
	for i := range count {
		for j := range count {
			if i == 0 && j == 0 || i == 0 && j == count-1 || i == count-1 && j == 0 {
				continue
			}
			ring(at[i], at[j], 2)
		}
	}
	ring(3, 3, 4)
	ring(3, n-4, 4)
	ring(n-4, 3, 4)
	for i := range 15 {
		r1, c1, r2, c2 := formatAt(i, n)
		kind[r1*n+c1], kind[r2*n+c2] = moduleInfo, moduleInfo
	}
	kind[(n-8)*n+8] = moduleDark
	if version >= 7 {
		for i := range 18 {
			kind[(i/3)*n+n-11+i%3], kind[(n-11+i%3)*n+i/3] = moduleInfo, moduleInfo
		}
	}
}

// masked tells whether a mask turns a module over.
func masked(mask, row, col int) bool {
	switch mask {
	case 0:
		return (row+col)%2 == 0
	case 1:
		return row%2 == 0
	case 2:
		return col%3 == 0
	case 3:
		return (row+col)%3 == 0
	case 4:
		return (row/2+col/3)%2 == 0
	case 5:
		return row*col%2+row*col%3 == 0
	case 6:
		return (row*col%2+row*col%3)%2 == 0
	default:
		return ((row+col)%2+row*col%3)%2 == 0
	}
}

func abs(x int) int {
	if x < 0 {
		return -x
	}
	return x
}
