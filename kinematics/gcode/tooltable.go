package gcode

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Tool is an entry of a tool table. Lengths are in machine units, angles in degrees.
type Tool struct {
	Number      int // -1: none
	Pocket      int
	Offset      Axes
	Diameter    float64
	FrontAngle  float64
	BackAngle   float64
	Orientation int // of a lathe tool's tip, 1 to 9; 0: a round tool
	Comment     string
}

var noTool = Tool{Number: -1, Pocket: -1}

const mostPockets = 1000

// ToolTable is a list of tools.
type ToolTable struct{ Tools []Tool }

// SampleTools is the table that rs274 reads when it is given none: the one that comes
// with LinuxCNC as a sample, in inches.
func SampleTools() *ToolTable {
	entry := func(number, pocket int, length, diameter float64) Tool {
		return Tool{Number: number, Pocket: pocket, Offset: Axes{Z: length}, Diameter: diameter}
	}
	return &ToolTable{Tools: []Tool{entry(1, 1, 0.511, 0.125), entry(2, 2, 0.1, 0.0625), entry(3, 3, 1.273, 0.201), entry(99999, 123, 0.1, 0)}}
}

// ReadToolTable reads LinuxCNC's tool table: a tool a line, as in
//
//	T1 P1 D6.0 Z+25.4 ;end mill
//
// with T number, P pocket, D diameter, X to W offsets, I and J front and back angle, Q
// orientation. The name stands in errors, which are *Error.
func ReadToolTable(name string, r io.Reader) (*ToolTable, error) {
	table := &ToolTable{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, comment, _ := strings.Cut(lines.Text(), ";")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		t := noTool
		t.Comment = strings.TrimSpace(comment)
		column := 0
		for _, w := range words {
			column += strings.Index(text[column:], w)
			if err := t.set(w); err != nil {
				return nil, &Error{File: name, Line: n, Column: column + 1, What: err.Error()}
			}
			column += len(w)
		}
		switch {
		case t.Number < 0:
			return nil, &Error{File: name, Line: n, What: "the tool has no number; write T and its number"}
		case t.Pocket < 0:
			return nil, &Error{File: name, Line: n, What: fmt.Sprintf("tool %d has no pocket; write P and its number", t.Number)}
		case len(table.Tools) == mostPockets:
			return nil, &Error{File: name, Line: n, What: fmt.Sprintf("a tool table has %d tools at most", mostPockets)}
		}
		table.Tools = append(table.Tools, t)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return table, nil
}

// set takes one word of an entry.
func (t *Tool) set(word string) error {
	letter, number := small(word[0]), word[1:]
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return fmt.Errorf("%q is not a letter with a number, as in Z25.4", word)
	}
	whole := int(v)
	if strings.IndexByte("tpq", letter) >= 0 && (float64(whole) != v || v < 0 || v > 1e9) {
		return fmt.Errorf("%q: %c has a whole number, 0 or more", word, letter-'a'+'A')
	}
	switch letter {
	case 't':
		t.Number = whole
	case 'p':
		t.Pocket = whole
	case 'd':
		t.Diameter = v
	case 'i':
		t.FrontAngle = v
	case 'j':
		t.BackAngle = v
	case 'q':
		if whole > 9 {
			return fmt.Errorf("%q: a tool's orientation is 0 to 9", word)
		}
		t.Orientation = whole
	default:
		axis := strings.IndexByte(axisWord, letter)
		if axis < 0 {
			return fmt.Errorf("%q: a tool has the words T P D X Y Z A B C U V W I J Q", word)
		}
		t.Offset[axis] = v
	}
	return nil
}
