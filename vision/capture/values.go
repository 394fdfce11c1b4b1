package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"
)

// kind is a type of numbers as NumPy writes it: byte order, letter, bytes.
type kind struct {
	order binary.ByteOrder
	name  string // without the byte order, as f4
	size  int
}

// names of types for messages.
var typeNames = map[string]string{
	"f2": "float16", "f4": "float32", "f8": "float64", "u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64",
	"i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64", "b1": "bool", "c8": "complex64", "c16": "complex128", "O": "object",
}

// kindOf takes a type apart; =, the machine's own order, is never written by NumPy.
func kindOf(descr string) (k kind, err error) {
	if len(descr) < 2 {
		return k, fmt.Errorf("type %q; as in <f4 is right", descr)
	}
	k.order, k.name = binary.LittleEndian, descr[1:]
	switch descr[0] {
	case '>':
		k.order = binary.BigEndian
	case '<', '|':
	default:
		return k, fmt.Errorf("type %q; byte order is one of < > |", descr)
	}
	if k.size, err = strconv.Atoi(k.name[1:]); err != nil || k.size < 0 || k.size > 1<<24 {
		k.size = 0 // objects have none
	}
	return k, nil
}

// String is the type as a person knows it.
func (k kind) String() string {
	if name, ok := typeNames[k.name]; ok {
		return name
	}
	return fmt.Sprintf("%q", k.name)
}

// number gives how a value is read, nil for what is no number here.
func (k kind) number() func(raw []byte) float64 {
	order := k.order
	switch k.name {
	case "f4":
		return func(raw []byte) float64 { return float64(math.Float32frombits(order.Uint32(raw))) }
	case "f8":
		return func(raw []byte) float64 { return math.Float64frombits(order.Uint64(raw)) }
	case "u1", "b1":
		return func(raw []byte) float64 { return float64(raw[0]) }
	case "u2":
		return func(raw []byte) float64 { return float64(order.Uint16(raw)) }
	case "i2":
		return func(raw []byte) float64 { return float64(int16(order.Uint16(raw))) }
	case "u4":
		return func(raw []byte) float64 { return float64(order.Uint32(raw)) }
	case "i4":
		return func(raw []byte) float64 { return float64(int32(order.Uint32(raw))) }
	case "u8":
		return func(raw []byte) float64 { return float64(order.Uint64(raw)) }
	case "i8":
		return func(raw []byte) float64 { return float64(int64(order.Uint64(raw))) }
	}
	return nil
}

var errTruncated = errors.New("truncated: it has fewer values than its shape says")

// each reads n values of size bytes and hands them on in the file's order, many at a time.
func each(r io.Reader, n, size int, use func(first int, raw []byte)) error {
	const piece = 1 << 14
	buf := make([]byte, min(n, piece)*size)
	for i := 0; i < n; i += piece {
		raw := buf[:min(piece, n-i)*size]
		if _, err := io.ReadFull(r, raw); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return errTruncated
			}
			return err
		}
		use(i, raw)
	}
	return nil
}

// place gives where the i-th value of a file belongs when the last index runs fastest.
func (h header) place(i int) int {
	if !h.fortran {
		return i
	}
	at, step := 0, 1
	for d := range h.shape {
		step *= h.shape[d]
	}
	for _, n := range h.shape {
		step /= n
		at += i % n * step
		i /= n
	}
	return at
}

// readFloats sets out to the values of an array.
func readFloats[T float32 | float64](r io.Reader, h header, k kind, out []T) error {
	number := k.number()
	return each(r, len(out), k.size, func(first int, raw []byte) {
		for j := 0; j*k.size < len(raw); j++ {
			out[h.place(first+j)] = T(number(raw[j*k.size:]))
		}
	})
}

// readBytes sets out to the values of an array of bytes.
func readBytes(r io.Reader, h header, out []byte) error {
	return each(r, len(out), 1, func(first int, raw []byte) {
		if !h.fortran {
			copy(out[first:], raw)
			return
		}
		for j, v := range raw {
			out[h.place(first+j)] = v
		}
	})
}

// readText reads a text: one value of NumPy's str, or of bytes, or an array of bytes.
func readText(r io.Reader, h header, k kind) (string, error) {
	n := k.size
	if k.name == "u1" && len(h.shape) == 1 {
		n = h.shape[0]
	} else if len(h.shape) > 1 || len(h.shape) == 1 && h.shape[0] != 1 || k.name[0] != 'U' && k.name[0] != 'S' {
		return "", fmt.Errorf("type %v with %d dimensions; a text is right, as numpy.array(json.dumps(...))", k, len(h.shape))
	}
	wide := k.name[0] == 'U'
	if wide {
		n *= 4
	}
	if n > mostText {
		return "", fmt.Errorf("a text of %d bytes; at most %d are read", n, mostText)
	}
	raw := make([]byte, n)
	if _, err := io.ReadFull(r, raw); err != nil {
		return "", errTruncated
	}
	if wide {
		var text []byte
		for i := 0; i < len(raw); i += 4 {
			text = utf8.AppendRune(text, rune(min(k.order.Uint32(raw[i:]), utf8.MaxRune+1)))
		}
		raw = text
	}
	for len(raw) > 0 && raw[len(raw)-1] == 0 { // NumPy pads with zeros
		raw = raw[:len(raw)-1]
	}
	if !utf8.Valid(raw) {
		return "", errors.New("not UTF-8")
	}
	return string(raw), nil
}

// mostText bounds the bytes of the JSON text.
const mostText = 1 << 20
