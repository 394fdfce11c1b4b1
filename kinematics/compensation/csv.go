package compensation

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Error is a mistake in a file of a table: where it is, what is wrong and what would be right.
type Error struct {
	File   string
	Line   int // from 1
	Column int // from 1, in bytes; 0: the line as a whole
	What   string
}

// Error is "file:line:column: what".
func (e *Error) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.What)
}

// Errors are the mistakes in a file in the order of its lines, MaxErrors of them at the most. The
// functions that read tables return them, whenever it is not the reading itself that fails.
type Errors []*Error

// MaxErrors is how many mistakes of a file are told.
const MaxErrors = 20

// Error has a line for each mistake.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i := range e {
		lines[i] = e[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the mistakes one by one.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i := range e {
		all[i] = e[i]
	}
	return all
}

// column is one that a table has or may have.
type column struct {
	name     string
	of       quantity
	optional bool // it may be missing, or a cell of it be empty: NaN
}

// sheet reads one file: a header and rows of numbers.
type sheet struct {
	file     string
	in       *lineLimit
	csv      *csv.Reader
	columns  []column
	field    []int  // of each column; -1 where it is missing
	unit     []unit // of each column
	record   []string
	value    []float64 // of each column; NaN where a cell is empty
	text     string    // of the column that is a name
	rows     int
	last     int // the line of the record
	mistakes Errors
	failed   error // of the reader
}

// readSheet reads a file and calls row for each row without a mistake. It returns an error, or
// nil when the file had no mistake and a row at least; the last line of the file is at s.line().
func readSheet(r io.Reader, file string, columns []column, row func(s *sheet)) (*sheet, error) {
	in := &lineLimit{r: r, line: 1}
	s := &sheet{
		file: file, in: in, csv: csv.NewReader(in), columns: columns,
		field: make([]int, len(columns)), unit: make([]unit, len(columns)), value: make([]float64, len(columns)),
	}
	s.csv.Comment = '#'
	s.csv.FieldsPerRecord = -1
	s.csv.TrimLeadingSpace = true
	s.csv.ReuseRecord = true
	if s.next() && s.header() {
		for len(s.mistakes) < MaxErrors && s.next() {
			if s.rows++; s.rows > MaxNodes {
				s.fail(-1, "more than %d rows", MaxNodes)
				break
			}
			if s.parse() {
				row(s)
			}
		}
	}
	if s.rows == 0 && s.failed == nil && len(s.mistakes) == 0 {
		s.mistakes = Errors{{File: file, Line: in.line, What: "no rows; the file has to be like\n" + s.example()}}
	}
	return s, s.err()
}

// err is what was wrong so far.
func (s *sheet) err() error {
	if s.failed != nil {
		return fmt.Errorf("%s: %w", s.file, s.failed)
	}
	if len(s.mistakes) > 0 {
		return s.mistakes
	}
	return nil
}

// example is a header as it could be.
func (s *sheet) example() string {
	var b strings.Builder
	for i, c := range s.columns {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(c.title())
	}
	return b.String()
}

// title of a column, with its usual unit.
func (c column) title() string {
	if c.of == isText {
		return c.name
	}
	return c.name + "[" + c.usual().name + "]"
}

// usual is the unit in which a column is written: coordinates in mm or rad, errors in um or urad.
func (c column) usual() unit {
	coordinate := slices.Contains([]string{"x", "y", "z", "position"}, c.name)
	want := "s"
	switch {
	case c.of&isLength != 0 && coordinate:
		want = "mm"
	case c.of&isLength != 0:
		want = "um"
	case c.of&isAngle != 0 && coordinate:
		want = "rad"
	case c.of&isAngle != 0:
		want = "urad"
	case c.of == isTemperature:
		want = "degC"
	}
	return units[slices.IndexFunc(units, func(u unit) bool { return u.name == want })]
}

// fail notes a mistake at a field of the record, or of the line where field is -1.
func (s *sheet) fail(field int, format string, args ...any) {
	line, at := s.line(), 0
	if field >= 0 {
		line, at = s.csv.FieldPos(field)
	}
	s.failAt(line, at, format, args...)
}

func (s *sheet) failAt(line, at int, format string, args ...any) {
	if len(s.mistakes) < MaxErrors {
		s.mistakes = append(s.mistakes, &Error{File: s.file, Line: line, Column: at, What: fmt.Sprintf(format, args...)})
	}
}

// failColumn notes a mistake at a column of the row.
func (s *sheet) failColumn(c int, format string, args ...any) {
	s.fail(s.field[c], s.columns[c].name+": "+format, args...)
}

// line of the record that was read last.
func (s *sheet) line() int { return s.last }

// next reads a record.
func (s *sheet) next() bool {
	record, err := s.csv.Read()
	var malformed *csv.ParseError
	var long *longLine
	switch {
	case err == nil:
		s.record = record
		s.last, _ = s.csv.FieldPos(0)
		for i := range record {
			record[i] = strings.TrimSpace(record[i])
		}
		return true
	case errors.Is(err, io.EOF):
	case errors.As(err, &malformed):
		s.failAt(malformed.Line, malformed.Column, "%v; fields with quotes have to be quoted as a whole, with quotes within doubled", malformed.Err)
	case errors.As(err, &long):
		s.failAt(long.line, 0, "a line of more than %d bytes, or a quote that does not end", maxLine)
	default:
		s.failed = err
	}
	return false
}

// header finds out which field is which column.
func (s *sheet) header() bool {
	for c := range s.field {
		s.field[c] = -1
	}
	for f, title := range s.record {
		label, in, _ := strings.Cut(title, "[")
		label = strings.TrimSpace(label)
		c := slices.IndexFunc(s.columns, func(c column) bool { return c.name == label })
		switch {
		case strings.Contains(title, ";"):
			s.fail(f, "column %q; columns are separated by commas, as in\n%s", shorten(title), s.example())
		case c < 0:
			s.fail(f, "column %q; the columns are\n%s", shorten(title), s.example())
		case s.field[c] >= 0:
			s.fail(f, "column %q is there twice", label)
		case s.columns[c].of == isText:
			s.field[c] = f
			if in != "" {
				s.fail(f, "column %q has no unit", label)
			}
		default:
			s.field[c] = f
			u, err := unitOf(strings.TrimSpace(strings.TrimSuffix(in, "]")), s.columns[c].of)
			if err != nil || !strings.HasSuffix(in, "]") {
				if err == nil {
					err = fmt.Errorf("unit without a ]")
				}
				s.fail(f, "column %q: %v, as in %q", label, err, s.columns[c].title())
			}
			s.unit[c] = u
		}
	}
	for c, f := range s.field {
		if f < 0 && !s.columns[c].optional {
			s.fail(-1, "no column %q; the header has to be like\n%s", s.columns[c].name, s.example())
		}
	}
	return len(s.mistakes) == 0
}

// parse the record into value and text.
func (s *sheet) parse() bool {
	if want := len(s.field) - s.missing(); len(s.record) != want {
		hint := ""
		if len(s.record) > want {
			hint = " (decimals are written with a point)"
		}
		s.fail(-1, "%d fields; the header has %d%s", len(s.record), want, hint)
		return false
	}
	before := len(s.mistakes)
	for c, f := range s.field {
		s.value[c] = math.NaN()
		switch {
		case f < 0:
		case s.columns[c].of == isText:
			s.text = s.record[f]
		case s.record[f] == "" && s.columns[c].optional:
		default:
			v, err := s.unit[c].parse(s.record[f])
			if err != nil {
				s.failColumn(c, "%v", err)
			}
			s.value[c] = v
		}
	}
	return len(s.mistakes) == before
}

// missing is the number of columns that are not there.
func (s *sheet) missing() (n int) {
	for _, f := range s.field {
		if f < 0 {
			n++
		}
	}
	return n
}

// maxLine is the most bytes of a line.
const maxLine = 4096

// longLine says that a line has more than maxLine bytes.
type longLine struct{ line int }

func (e *longLine) Error() string { return "long line" }

// lineLimit passes a file on, less a byte order mark at its start, and fails when a line becomes
// too long. Quotes hold lines together, but not in comments.
type lineLimit struct {
	r       io.Reader
	line    int // of the last byte
	bytes   int // of the record
	ended   bool
	quoted  bool
	comment bool
	begun   bool
}

func (l *lineLimit) Read(p []byte) (int, error) {
	if !l.begun {
		l.begun = true
		const mark = "\ufeff"
		var first [len(mark)]byte
		n, err := io.ReadFull(l.r, first[:])
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, err
		}
		if string(first[:n]) != mark {
			l.r = io.MultiReader(strings.NewReader(string(first[:n])), l.r)
		}
	}
	n, err := l.r.Read(p)
	for i, c := range p[:n] {
		if l.ended {
			l.line++
			l.ended = false
		}
		l.bytes++
		if l.bytes > maxLine {
			return i, &longLine{line: l.line}
		}
		switch {
		case l.bytes == 1 && c == '#':
			l.comment = true
		case c == '"' && !l.comment:
			l.quoted = !l.quoted
		case c == '\n':
			l.ended = true
			if !l.quoted {
				l.bytes, l.comment = 0, false
			}
		}
	}
	return n, err
}
