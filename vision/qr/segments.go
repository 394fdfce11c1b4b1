package qr

import "strings"

// bitReader takes bits off data words.
type bitReader struct {
	data []byte
	at   int // bits
}

func (b *bitReader) left() int { return 8*len(b.data) - b.at }

// take gives the next n bits, at most 24; ok is false where fewer are left.
func (b *bitReader) take(n int) (v int, ok bool) {
	if b.left() < n {
		return 0, false
	}
	for n > 0 {
		k := min(n, 8-b.at%8)
		w := int(b.data[b.at/8]) >> (8 - b.at%8 - k) & (1<<k - 1)
		v = v<<k | w
		b.at += k
		n -= k
	}
	return v, true
}

// Modes of segments, as printed.
const (
	modeEnd       = 0
	modeNumeric   = 1
	modeAlpha     = 2
	modeAppend    = 3
	modeByte      = 4
	modeFNC1      = 5
	modeECI       = 7
	modeKanji     = 8
	modeFNC1Other = 9
	modeHanzi     = 13 // GB/T 18284
)

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// countBits is the length of a segment's character count.
func countBits(mode, version int) int {
	class := 0
	if version >= 27 {
		class = 2
	} else if version >= 10 {
		class = 1
	}
	switch mode {
	case modeNumeric:
		return [...]int{10, 12, 14}[class]
	case modeAlpha:
		return [...]int{9, 11, 13}[class]
	case modeByte:
		return [...]int{8, 16, 16}[class]
	default: // kanji, hanzi
		return [...]int{8, 10, 12}[class]
	}
}

// Append says which part of a structured append a code is. The zero value is none.
type Append struct {
	Index  int  // from 0
	Total  int  // 2 to 16
	Parity byte // of the whole message's bytes
}

// message is what the data words say.
type message struct {
	text   string
	raw    []byte // bytes of the characters before any character set is applied
	append Append
	gs1    bool
	clean  bool // the words after the end are the pad words of the standard
}

// parseMessage reads the segments. A message that breaks off, or has a mode, count or
// character that there is none of, is refused.
func parseMessage(version int, data []byte) (m message, ok bool) {
	b := bitReader{data: data}
	var text strings.Builder
	set := charsetUnsaid
	fnc1 := false
	// Byte segments of one character set that follow one another are one text: encoders cut
	// texts in the middle of characters. run is where the present one began in raw.
	run := 0
	flush := func() bool {
		s, good := set.decode(m.raw[run:])
		text.WriteString(s)
		run = len(m.raw)
		return good
	}
	for b.left() >= 4 {
		mode, _ := b.take(4)
		if mode == modeEnd {
			break
		}
		switch mode {
		case modeAppend:
			v, good := b.take(16)
			if !good {
				return m, false
			}
			m.append = Append{Index: v >> 12, Total: v>>8&15 + 1, Parity: byte(v)}
			continue
		case modeFNC1:
			fnc1, m.gs1 = true, true
			continue
		case modeFNC1Other:
			if _, good := b.take(8); !good {
				return m, false
			}
			fnc1 = true
			continue
		case modeECI:
			number, good := b.eci()
			if !good || !flush() {
				return m, false
			}
			if set, good = charsetOf(number); !good {
				return m, false
			}
			continue
		case modeHanzi:
			if sub, good := b.take(4); !good || sub != 1 {
				return m, false
			}
		case modeNumeric, modeAlpha, modeByte, modeKanji:
		default:
			return m, false
		}
		count, good := b.take(countBits(mode, version))
		if !good {
			return m, false
		}
		if mode != modeByte && !flush() {
			return m, false
		}
		switch mode {
		case modeNumeric:
			good = b.numeric(&m.raw, count)
		case modeAlpha:
			good = b.alpha(&m.raw, count, fnc1)
		case modeByte:
			good = b.bytes(&m.raw, count)
		case modeKanji:
			good = b.kanji(&m.raw, count)
		case modeHanzi:
			good = b.hanzi(&m.raw, count)
		}
		if !good {
			return m, false
		}
		switch mode {
		case modeNumeric, modeAlpha:
			text.Write(m.raw[run:])
			run = len(m.raw)
		case modeKanji, modeHanzi:
			of := charsetShiftJIS
			if mode == modeHanzi {
				of = charsetGB18030
			}
			s, good := of.decode(m.raw[run:])
			if !good {
				return m, false
			}
			text.WriteString(s)
			run = len(m.raw)
		}
	}
	if !flush() {
		return m, false
	}
	m.text = text.String()
	m.clean = b.padded()
	return m, true
}

// padded tells whether what follows the end is what the standard fills up with.
func (b *bitReader) padded() bool {
	if n := (8 - b.at%8) % 8; n > 0 {
		if v, _ := b.take(n); v != 0 {
			return false
		}
	}
	for i := 0; b.left() >= 8; i++ {
		if v, _ := b.take(8); v != 0xEC && i%2 == 0 || v != 0x11 && i%2 == 1 {
			return false
		}
	}
	return true
}

// eci reads the number of an Extended Channel Interpretation.
func (b *bitReader) eci() (int, bool) {
	v, ok := b.take(8)
	switch {
	case !ok || v>>5 == 7:
		return 0, false
	case v>>7 == 0:
		return v, true
	case v>>6 == 2:
		w, ok := b.take(8)
		return v&63<<8 | w, ok
	}
	w, ok := b.take(16)
	return v&31<<16 | w, ok
}

func (b *bitReader) numeric(out *[]byte, count int) bool {
	for count > 0 {
		k := min(count, 3)
		v, ok := b.take([...]int{0, 4, 7, 10}[k])
		if !ok || v >= [...]int{1, 10, 100, 1000}[k] {
			return false
		}
		for unit := [...]int{0, 1, 10, 100}[k]; unit > 0; unit /= 10 {
			*out = append(*out, byte('0'+v/unit%10))
		}
		count -= k
	}
	return true
}

// alpha reads alphanumeric characters. After FNC1 a % is the separator GS, and %% is a %.
func (b *bitReader) alpha(out *[]byte, count int, fnc1 bool) bool {
	start := len(*out)
	for count > 0 {
		n, size, bound := 2, 11, 45*45
		if count == 1 {
			n, size, bound = 1, 6, 45
		}
		v, ok := b.take(size)
		if !ok || v >= bound {
			return false
		}
		if n == 2 {
			*out = append(*out, alphabet[v/45])
		}
		*out = append(*out, alphabet[v%45])
		count -= n
	}
	if !fnc1 {
		return true
	}
	w := start
	for r := start; r < len(*out); r++ {
		c := (*out)[r]
		if c == '%' {
			if r+1 < len(*out) && (*out)[r+1] == '%' {
				r++
			} else {
				c = 0x1D
			}
		}
		(*out)[w] = c
		w++
	}
	*out = (*out)[:w]
	return true
}

func (b *bitReader) bytes(out *[]byte, count int) bool {
	if b.left() < 8*count {
		return false
	}
	for range count {
		v, _ := b.take(8)
		*out = append(*out, byte(v))
	}
	return true
}

// kanji reads characters of 13 bits into Shift JIS.
func (b *bitReader) kanji(out *[]byte, count int) bool {
	for range count {
		v, ok := b.take(13)
		if !ok {
			return false
		}
		c := v/0xC0<<8 | v%0xC0
		if c < 0x1F00 {
			c += 0x8140
		} else {
			c += 0xC140
		}
		*out = append(*out, byte(c>>8), byte(c))
	}
	return true
}

// hanzi reads characters of 13 bits into GB 2312.
func (b *bitReader) hanzi(out *[]byte, count int) bool {
	for range count {
		v, ok := b.take(13)
		if !ok {
			return false
		}
		c := v/0x60<<8 | v%0x60
		if c < 0xA00 {
			c += 0xA1A1
		} else {
			c += 0xA6A1
		}
		*out = append(*out, byte(c>>8), byte(c))
	}
	return true
}
