package cloud

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"linetwin.dev/vision/capture"
)

// Format is how the numbers of a PLY file are written.
type Format int

// The formats that are written. Files of either byte order are read.
const (
	Binary Format = iota // little-endian
	Text
)

// LoadPLY reads a cloud from a PLY file. The error names the file, the line or the byte, and what would be right.
func LoadPLY(path string) (*Cloud, error) {
	f, _, err := capture.OpenFile(path)
	if err != nil {
		return nil, fmt.Errorf("cloud %s: %w", path, err)
	}
	defer f.Close()
	c, err := ReadPLY(f)
	if err != nil {
		return nil, fmt.Errorf("cloud %s: %w", path, err)
	}
	return c, nil
}

// SavePLY writes a cloud to a PLY file: all of it, or the file stays as it was.
func SavePLY(path string, c *Cloud, f Format) error {
	if err := capture.WriteFile(path, func(w io.Writer) error { return WritePLY(w, c, f) }); err != nil {
		return fmt.Errorf("cloud %s: %w", path, err)
	}
	return nil
}

// scalar is a type of numbers in PLY, by its size in bytes.
type scalar struct {
	size   int
	float  bool
	signed bool
}

var scalars = map[string]scalar{
	"char": {1, false, true}, "int8": {1, false, true},
	"uchar": {1, false, false}, "uint8": {1, false, false},
	"short": {2, false, true}, "int16": {2, false, true},
	"ushort": {2, false, false}, "uint16": {2, false, false},
	"int": {4, false, true}, "int32": {4, false, true},
	"uint": {4, false, false}, "uint32": {4, false, false},
	"float": {4, true, true}, "float32": {4, true, true},
	"double": {8, true, true}, "float64": {8, true, true},
}

// property of an element; a list has a type for its length.
type property struct {
	name string
	of   scalar
	list bool
	len  scalar
}

// element is a sequence of equal records.
type element struct {
	name       string
	count      int
	properties []property
}

// plyHeader is what a PLY file says of itself.
type plyHeader struct {
	format   string
	elements []element
}

const (
	mostHeaderLines = 1000
	mostProperties  = 256
)

// lineReader reads lines of limited length and counts them and all bytes.
type lineReader struct {
	r      *bufio.Reader
	line   int
	offset int64
}

// next gives the next line without its end. At the end of the file it gives io.EOF, and a last line without an
// end as if it had one.
func (l *lineReader) next() (string, error) {
	b, err := l.r.ReadSlice('\n')
	l.offset += int64(len(b))
	if len(b) > 0 {
		l.line++
	}
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", fmt.Errorf("line %d: longer than %d bytes", l.line, l.r.Size())
	case errors.Is(err, io.EOF) && len(b) > 0:
	case err != nil:
		return "", err
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// readPLYHeader reads up to the line end_header.
func readPLYHeader(l *lineReader) (plyHeader, error) {
	var h plyHeader
	first, err := l.next()
	if err != nil && !errors.Is(err, io.EOF) || err == nil && first != "ply" {
		return h, errors.New("not a PLY file: its first line is not ply")
	} else if err != nil {
		return h, errors.New("empty; a PLY file begins with the line ply")
	}
	for l.line < mostHeaderLines {
		text, err := l.next()
		if errors.Is(err, io.EOF) {
			return h, fmt.Errorf("line %d: truncated within the header; it ends with end_header", l.line+1)
		} else if err != nil {
			return h, err
		}
		words := strings.Fields(text)
		if len(words) == 0 || words[0] == "comment" || words[0] == "obj_info" {
			continue
		}
		if text == "end_header" {
			if h.format == "" {
				return h, fmt.Errorf("line %d: the header says no format; as in format binary_little_endian 1.0", l.line)
			}
			return h, nil
		}
		if err := h.take(words); err != nil {
			return h, fmt.Errorf("line %d: %q: %w", l.line, shorten(text), err)
		}
	}
	return h, fmt.Errorf("line %d: a header of more than %d lines", l.line, mostHeaderLines)
}

func shorten(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}

// take reads a line of the header.
func (h *plyHeader) take(words []string) error {
	switch words[0] {
	case "format":
		switch {
		case h.format != "":
			return errors.New("a second format")
		case len(words) != 3 || words[2] != "1.0" || words[1] != "ascii" && words[1] != "binary_little_endian" && words[1] != "binary_big_endian":
			return errors.New("ascii, binary_little_endian or binary_big_endian, and 1.0, are right")
		}
		h.format = words[1]
	case "element":
		if len(words) != 3 {
			return errors.New("a name and a number are right, as in element vertex 1000")
		}
		n, err := strconv.ParseInt(words[2], 10, 64)
		if err != nil || n < 0 || n > 16*MostPoints {
			return fmt.Errorf("a number from 0 to %d is right", 16*MostPoints)
		}
		for _, e := range h.elements {
			if e.name == words[1] {
				return fmt.Errorf("a second element %s", words[1])
			}
		}
		h.elements = append(h.elements, element{name: words[1], count: int(n)})
	case "property":
		if len(h.elements) == 0 {
			return errors.New("it belongs to no element; a line element stands before it")
		}
		p, err := parseProperty(words[1:])
		if err != nil {
			return err
		}
		e := &h.elements[len(h.elements)-1]
		for _, q := range e.properties {
			if q.name == p.name {
				return fmt.Errorf("a second property %s", p.name)
			}
		}
		if len(e.properties) == mostProperties {
			return fmt.Errorf("more than %d properties", mostProperties)
		}
		e.properties = append(e.properties, p)
	default:
		return errors.New("format, element, property, comment, obj_info or end_header is right")
	}
	return nil
}

func parseProperty(words []string) (p property, err error) {
	if len(words) == 4 && words[0] == "list" {
		p.list = true
		if p.len, err = parseScalar(words[1]); err == nil && p.len.float {
			err = fmt.Errorf("a list whose length is a %s; a whole number is right", words[1])
		}
		if err != nil {
			return p, err
		}
		words = words[2:]
	}
	if len(words) != 2 {
		return p, errors.New("a type and a name are right, as in property float x, or property list uchar int vertex_indices")
	}
	p.name = words[1]
	p.of, err = parseScalar(words[0])
	return p, err
}

func parseScalar(name string) (scalar, error) {
	s, ok := scalars[name]
	if !ok {
		return s, fmt.Errorf("type %s; char, uchar, short, ushort, int, uint, float or double is right", shorten(name))
	}
	return s, nil
}
