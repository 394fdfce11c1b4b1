package mistake

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Error is one thing that is wrong with what a user wrote.
type Error struct {
	// File, Line and Column say where it is written. File is relative to the working
	// directory when that is shorter. Line is 0 where there is no place.
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	// Path of the field, as "conveyors.belt.speed"; empty where there is none.
	Path string `json:"path,omitempty"`
	// Message says what is wrong; and behind a semicolon what would be right.
	Message string `json:"message"`
}

// Error is "file:line:column: message".
func (e Error) Error() string {
	switch {
	case e.File == "":
		return e.Message
	case e.Line == 0:
		return e.File + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// At is an error at a place "file:line:column", as Where writes it.
func At(where, message string) Error {
	e := Error{File: where, Message: message}
	rest, column, ok := cutLast(where)
	file, line, ok2 := cutLast(rest)
	if ok && ok2 {
		e.File, e.Line, e.Column = file, line, column
	}
	return e
}

// cutLast cuts the number behind the last colon off.
func cutLast(s string) (rest string, n int, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, 0, false
	}
	n, err := strconv.Atoi(s[i+1:])
	return s[:i], n, err == nil
}

// Errors is everything that was found wrong.
type Errors []Error

// Error has one line for each error.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Collect puts errors in order, by place, path and message, each once.
func Collect(list ...Error) Errors {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(list)
}

// Cause is an error of the file system without the operation and the path, which a
// message says in its own words; other errors stay as they are.
func Cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	var le *os.LinkError
	if errors.As(err, &le) {
		return le.Err
	}
	return err
}
