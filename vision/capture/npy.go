package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// header is what a .npy array says of itself.
type header struct {
	descr   string // the type in NumPy's short form, as <f4
	fortran bool   // whether the first index runs fastest
	shape   []int
}

const (
	npyMagic = "\x93NUMPY"
	// mostHeader is NumPy's own limit for headers from files that one does not trust.
	mostHeader = 10_000
	// mostValues bounds the number of values of an array, so that sizes cannot overflow.
	mostValues = 1 << 30
)

// readHeader reads up to the array's first value.
func readHeader(r io.Reader) (header, error) {
	var lead [8]byte
	if _, err := io.ReadFull(r, lead[:]); err != nil {
		return header{}, errors.New("truncated before its header; a .npy array begins with \\x93NUMPY")
	}
	if string(lead[:6]) != npyMagic {
		return header{}, fmt.Errorf("not a .npy array: it begins with %q; \\x93NUMPY is right", lead[:6])
	}
	size := 0
	switch lead[6] {
	case 1:
		var n [2]byte
		if _, err := io.ReadFull(r, n[:]); err != nil {
			return header{}, errors.New("truncated within its header")
		}
		size = int(binary.LittleEndian.Uint16(n[:]))
	case 2, 3:
		var n [4]byte
		if _, err := io.ReadFull(r, n[:]); err != nil {
			return header{}, errors.New("truncated within its header")
		}
		size = int(min(binary.LittleEndian.Uint32(n[:]), mostHeader+1))
	default:
		return header{}, fmt.Errorf("version %d.%d of the .npy format; versions 1 to 3 can be read", lead[6], lead[7])
	}
	if size > mostHeader {
		return header{}, fmt.Errorf("a header of more than %d bytes; that of a plain array is shorter", mostHeader)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r, text); err != nil {
		return header{}, errors.New("truncated within its header")
	}
	h, err := parseHeader(string(text))
	if err != nil {
		return header{}, fmt.Errorf("damaged header %.80q: %w", strings.TrimSpace(string(text)), err)
	}
	return h, nil
}

// parseHeader reads the Python dictionary that a header is:
// {'descr': '<f4', 'fortran_order': False, 'shape': (576, 640), }
func parseHeader(s string) (header, error) {
	p := headerParser{s}
	var h header
	seen := map[string]bool{}
	if !p.take("{") {
		return h, errors.New("a dictionary begins with {")
	}
	for !p.take("}") {
		key, ok := p.quoted()
		if !ok || !p.take(":") {
			return h, errors.New("keys are quoted, and followed by a colon")
		}
		if seen[key] {
			return h, fmt.Errorf("it says %s twice", key)
		}
		seen[key] = true
		if err := p.value(&h, key); err != nil {
			return h, err
		}
		if !p.take(",") && !p.peek("}") {
			return h, errors.New("entries are separated by commas")
		}
	}
	if strings.TrimSpace(p.rest) != "" {
		return h, errors.New("something follows the dictionary")
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return h, fmt.Errorf("%s is missing", key)
		}
	}
	return h, nil
}

// headerParser takes a header apart from the front.
type headerParser struct{ rest string }

func (p *headerParser) peek(token string) bool {
	p.rest = strings.TrimLeft(p.rest, " \t\n")
	return strings.HasPrefix(p.rest, token)
}

func (p *headerParser) take(token string) bool {
	if !p.peek(token) {
		return false
	}
	p.rest = p.rest[len(token):]
	return true
}

func (p *headerParser) quoted() (string, bool) {
	for _, q := range []string{"'", `"`} {
		if p.take(q) {
			text, rest, ok := strings.Cut(p.rest, q)
			p.rest = rest
			return text, ok
		}
	}
	return "", false
}

// value reads what stands behind a key.
func (p *headerParser) value(h *header, key string) (err error) {
	switch key {
	case "descr":
		if p.peek("[") {
			return errors.New("it has records; plain numbers are right")
		}
		var ok bool
		if h.descr, ok = p.quoted(); !ok {
			return errors.New("descr is a quoted type, as '<f4'")
		}
	case "fortran_order":
		if h.fortran = p.take("True"); !h.fortran && !p.take("False") {
			return errors.New("fortran_order is True or False")
		}
	case "shape":
		h.shape, err = p.tuple()
	default:
		return fmt.Errorf("unknown key %q", key)
	}
	return err
}

// tuple reads (), (3,) or (576, 640).
func (p *headerParser) tuple() (shape []int, err error) {
	if !p.take("(") {
		return nil, errors.New("shape is a tuple, as (576, 640)")
	}
	values := 1
	for !p.take(")") {
		end := strings.IndexFunc(p.rest, func(r rune) bool { return r < '0' || r > '9' })
		if end <= 0 || len(shape) == 8 {
			return nil, errors.New("shape is a tuple of up to eight whole numbers")
		}
		n, err := strconv.Atoi(p.rest[:end])
		if err != nil || n > mostValues {
			return nil, fmt.Errorf("a side of %s; at most %d are read", p.rest[:end], mostValues)
		}
		if values *= max(n, 1); values > mostValues {
			return nil, fmt.Errorf("more than %d values", mostValues)
		}
		shape, p.rest = append(shape, n), p.rest[end:]
		if !p.take(",") && !p.peek(")") {
			return nil, errors.New("sides are separated by commas")
		}
		p.peek("") // past white space
	}
	return shape, nil
}

// appendHeader writes the header of an array in C order, padded so that values begin at a
// multiple of 64 bytes.
func appendHeader(b []byte, descr string, shape ...int) []byte {
	dims := make([]string, len(shape))
	for i, n := range shape {
		dims[i] = strconv.Itoa(n)
	}
	tuple := strings.Join(dims, ", ")
	if len(shape) == 1 {
		tuple += ","
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, tuple)
	text += strings.Repeat(" ", 63-(len(npyMagic)+4+len(text))%64) + "\n"
	b = append(b, npyMagic+"\x01\x00"...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	return append(b, text...)
}
