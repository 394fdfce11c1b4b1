package qr

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// charset is what the bytes of a segment stand for.
type charset struct {
	encoding encoding.Encoding // nil: UTF-8, or where nothing was said what fits best
	said     bool
}

var (
	charsetUnsaid   = charset{}
	charsetShiftJIS = charset{japanese.ShiftJIS, true}
	charsetGB18030  = charset{simplifiedchinese.GB18030, true}
)

// charsetOf knows the numbers that AIM's register of ECIs gives to character sets.
func charsetOf(eci int) (charset, bool) {
	if eci >= 0 && eci < len(eciTable) && eciTable[eci] != nil {
		return charset{eciTable[eci], true}, true
	}
	switch eci {
	case 26, 27, 170: // UTF-8; ASCII is part of it
		return charset{nil, true}, true
	case 899: // bytes that are no text
		return charset{charmap.ISO8859_1, true}, true
	}
	return charset{}, false
}

var eciTable = [...]encoding.Encoding{
	0: charmap.CodePage437, 1: charmap.ISO8859_1, 2: charmap.CodePage437, 3: charmap.ISO8859_1,
	4: charmap.ISO8859_2, 5: charmap.ISO8859_3, 6: charmap.ISO8859_4, 7: charmap.ISO8859_5,
	8: charmap.ISO8859_6, 9: charmap.ISO8859_7, 10: charmap.ISO8859_8, 11: charmap.ISO8859_9,
	12: charmap.ISO8859_10, 13: charmap.Windows874, 15: charmap.ISO8859_13, 16: charmap.ISO8859_14,
	17: charmap.ISO8859_15, 18: charmap.ISO8859_16, 20: japanese.ShiftJIS,
	21: charmap.Windows1250, 22: charmap.Windows1251, 23: charmap.Windows1252, 24: charmap.Windows1256,
	25: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 28: traditionalchinese.Big5,
	29: simplifiedchinese.GB18030, 30: korean.EUCKR, 31: simplifiedchinese.GBK, 32: simplifiedchinese.GB18030,
}

// decode gives the text; ok is false where a character set was named and the bytes
// are none of it.
func (c charset) decode(raw []byte) (text string, ok bool) {
	if len(raw) == 0 {
		return "", true
	}
	if c.encoding == nil {
		if utf8.Valid(raw) {
			return string(raw), true
		}
		if c.said {
			return string([]rune(string(raw))), true
		}
		if looksShiftJIS(raw) {
			c = charsetShiftJIS
		} else {
			c.encoding = charmap.ISO8859_1
		}
	}
	out, err := c.encoding.NewDecoder().Bytes(raw)
	if err != nil {
		return "", false
	}
	return string(out), true
}

// looksShiftJIS tells texts of double bytes from Latin ones with accents: every high byte
// must be half of a pair or a half-width katakana, in runs of two or more.
func looksShiftJIS(raw []byte) bool {
	pairs, kana, run, longest := 0, 0, 0, 0
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case b < 0x80:
			run = 0
		case b >= 0xA1 && b <= 0xDF:
			kana++
			run++
			longest = max(longest, run)
		case b >= 0x81 && b <= 0x9F || b >= 0xE0 && b <= 0xFC:
			i++
			if i >= len(raw) || raw[i] < 0x40 || raw[i] == 0x7F || raw[i] > 0xFC {
				return false
			}
			pairs++
			run = 0
		default:
			return false
		}
	}
	return pairs >= 2 && kana <= pairs || longest >= 3
}
