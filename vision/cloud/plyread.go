package cloud

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ReadPLY reads a cloud from PLY, text or binary of either byte order. Of the element vertex it takes x y z, nx ny nz, red
// green blue (also as r g b or diffuse_red ...; real numbers from 0 to 1, uchar, or ushort) and quality or deviation,
// of any type and in any order; other properties, lists, faces and other elements are passed over. Points with a
// coordinate that is not finite are left out, as some programs write so what a camera did not see; so are
// normals that have no direction, and others are brought to unit length.
//
// The error tells the line of a text or the byte of a binary file. Memory grows with what is read, not with what
// the header claims.
func ReadPLY(r io.Reader) (*Cloud, error) {
	l := &lineReader{r: bufio.NewReaderSize(r, 1<<16)}
	h, err := readPLYHeader(l)
	if err != nil {
		return nil, err
	}
	var body records = &binaryRecords{l.r, binary.LittleEndian, l.offset}
	switch h.format {
	case "ascii":
		body = &textRecords{l: l}
	case "binary_big_endian":
		body = &binaryRecords{l.r, binary.BigEndian, l.offset}
	}
	vertex := slices.IndexFunc(h.elements, func(e element) bool { return e.name == "vertex" })
	if vertex < 0 {
		return nil, errors.New("no element vertex in the header; a cloud has one, with x, y and z")
	}
	for i := range h.elements[:vertex] {
		e := &h.elements[i]
		// What stands before the points has to be passed over; what follows need not.
		for range e.count {
			if len(e.properties) == 0 {
				break
			}
			if err := body.record(e, nil); err != nil {
				return nil, err
			}
		}
	}
	return readVertices(&h.elements[vertex], body)
}

// records reads one record after the other; the values that are no lists go into values, where it is
// not nil, and have their property's number.
type records interface {
	record(e *element, values []float64) error
}

// roles are the properties of a vertex that are known, by what they are: 0-2 coordinates, 3-5 normal, 6-8 colour,
// 9 deviation.
var roles = map[string]int{
	"x": 0, "y": 1, "z": 2, "nx": 3, "ny": 4, "nz": 5,
	"red": 6, "green": 7, "blue": 8, "r": 6, "g": 7, "b": 8, "diffuse_red": 6, "diffuse_green": 7, "diffuse_blue": 8,
	"quality": 9, "deviation": 9,
}

// readVertices reads the points.
func readVertices(e *element, body records) (*Cloud, error) {
	where := [10]int{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1}
	for i, p := range e.properties {
		if role, ok := roles[p.name]; ok && !p.list && where[role] < 0 {
			where[role] = i
		}
	}
	for d, name := range []string{"x", "y", "z"} {
		if where[d] < 0 {
			return nil, fmt.Errorf("element vertex has no property %s; a point has x, y and z", name)
		}
	}
	if e.count > MostPoints {
		return nil, fmt.Errorf("%d points; at most %d are read", e.count, MostPoints)
	}
	all := func(from int) bool { return where[from] >= 0 && where[from+1] >= 0 && where[from+2] >= 0 }
	c := &Cloud{}
	normals, color, deviation := all(3), all(6), where[9] >= 0
	c.shape(0, normals, color, deviation)
	factor := 1.0
	if color {
		switch of := e.properties[where[6]].of; {
		case of.float:
			factor = 255
		case of.size == 2:
			factor = 1.0 / 257
		}
	}
	values := make([]float64, len(e.properties))
	for range e.count {
		if err := body.record(e, values); err != nil {
			return nil, err
		}
		x, y, z := float32(values[where[0]]), float32(values[where[1]]), float32(values[where[2]])
		if x-x+y-y+z-z != 0 {
			continue
		}
		c.X, c.Y, c.Z = append(c.X, x), append(c.Y, y), append(c.Z, z)
		if normals {
			n := [3]float64{values[where[3]], values[where[4]], values[where[5]]}
			if l := norm(n); l > 0 && l <= math.MaxFloat64 {
				n = scaled(n, 1/l)
			} else {
				n = [3]float64{}
			}
			c.NX, c.NY, c.NZ = append(c.NX, float32(n[0])), append(c.NY, float32(n[1])), append(c.NZ, float32(n[2]))
		}
		if color {
			for k := 6; k < 9; k++ {
				c.Color = append(c.Color, byte(min(max(math.Round(factor*values[where[k]]), 0), 255)))
			}
		}
		if deviation {
			c.Deviation = append(c.Deviation, float32(values[where[9]]))
		}
	}
	return c, nil
}

// textRecords reads records that are lines.
type textRecords struct{ l *lineReader }

func (t *textRecords) record(e *element, values []float64) error {
	text, err := "", error(nil)
	for text == "" { // some programs leave lines empty
		if text, err = t.l.next(); errors.Is(err, io.EOF) {
			return fmt.Errorf("line %d: truncated: element %s has %d records", t.l.line+1, e.name, e.count)
		} else if err != nil {
			return err
		}
		text = strings.TrimSpace(text)
	}
	rest := text
	word := func() string {
		w, r, _ := strings.Cut(strings.TrimLeft(rest, " \t"), " ")
		if at := strings.IndexByte(w, '\t'); at >= 0 {
			w, r = w[:at], w[at+1:]+" "+r
		}
		rest = r
		return w
	}
	for i := range e.properties {
		p := &e.properties[i]
		w := word()
		v, err := strconv.ParseFloat(w, 64)
		switch {
		case w == "":
			return fmt.Errorf("line %d: %q: %s is missing; a record of element %s has %d properties", t.l.line, shorten(text), p.name, e.name, len(e.properties))
		case errors.Is(err, strconv.ErrSyntax):
			return fmt.Errorf("line %d: %q: %q is not a number, and %s is one", t.l.line, shorten(text), shorten(w), p.name)
		}
		if !p.list {
			if values != nil {
				values[i] = v
			}
			continue
		}
		if !(v >= 0 && v == math.Trunc(v) && v <= math.MaxUint32) {
			return fmt.Errorf("line %d: %q: list %s has the length %s; a whole number is right", t.l.line, shorten(text), p.name, shorten(w))
		}
		for n := int64(v); n > 0; n-- {
			if word() == "" {
				return fmt.Errorf("line %d: %q: list %s has fewer than %s values", t.l.line, shorten(text), p.name, shorten(w))
			}
		}
	}
	if strings.TrimSpace(rest) != "" {
		return fmt.Errorf("line %d: %q: more values than the properties of element %s", t.l.line, shorten(text), e.name)
	}
	return nil
}

// binaryRecords reads records without separators.
type binaryRecords struct {
	r      *bufio.Reader
	order  binary.ByteOrder
	offset int64
}

func (b *binaryRecords) record(e *element, values []float64) error {
	for i := 0; i < len(e.properties); {
		// Properties up to the next list have a known size.
		end, size := i, 0
		for end < len(e.properties) && !e.properties[end].list {
			size += e.properties[end].of.size
			end++
		}
		raw, err := b.take(size, e)
		if err != nil {
			return err
		}
		for ; i < end; i++ {
			of := e.properties[i].of
			if values != nil {
				values[i] = of.number(b.order, raw)
			}
			raw = raw[of.size:]
		}
		if i == len(e.properties) {
			break
		}
		p := &e.properties[i]
		if raw, err = b.take(p.len.size, e); err != nil {
			return err
		}
		n := int64(p.len.number(b.order, raw))
		if n < 0 {
			return fmt.Errorf("byte %d: list %s has the length %d; it is not negative", b.offset-int64(p.len.size), p.name, n)
		}
		done, err := io.CopyN(io.Discard, b.r, n*int64(p.of.size))
		if b.offset += done; err != nil {
			return b.failed(err, e)
		}
		i++
	}
	return nil
}

// take gives the next bytes, which are good until the next call.
func (b *binaryRecords) take(size int, e *element) ([]byte, error) {
	raw, err := b.r.Peek(size)
	if err != nil {
		b.offset += int64(len(raw))
		return nil, b.failed(err, e)
	}
	b.offset += int64(size)
	_, err = b.r.Discard(size)
	return raw, err
}

// number reads one value.
func (s scalar) number(order binary.ByteOrder, raw []byte) float64 {
	switch {
	case s.float && s.size == 4:
		return float64(math.Float32frombits(order.Uint32(raw)))
	case s.float:
		return math.Float64frombits(order.Uint64(raw))
	case s.size == 1 && s.signed:
		return float64(int8(raw[0]))
	case s.size == 1:
		return float64(raw[0])
	case s.size == 2 && s.signed:
		return float64(int16(order.Uint16(raw)))
	case s.size == 2:
		return float64(order.Uint16(raw))
	case s.signed:
		return float64(int32(order.Uint32(raw)))
	}
	return float64(order.Uint32(raw))
}

func (b *binaryRecords) failed(err error, e *element) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("byte %d: truncated: element %s has %d records", b.offset, e.name, e.count)
	}
	return fmt.Errorf("byte %d: %w", b.offset, err)
}
