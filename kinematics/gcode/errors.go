package gcode

import (
	"fmt"
	"strings"
)

// Error is a mistake in a program: where it is, and what is wrong.
type Error struct {
	File   string
	Line   int // from 1; 0: no line in particular
	Column int // from 1, in bytes; 0: the line as a whole
	What   string
}

// Error is "file:line:column: what".
func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return fmt.Sprintf("%s: %s", e.File, e.What)
	case e.Column == 0:
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.What)
}

// fail is an error at a place in the stripped text of the line.
func (in *Interpreter) fail(at int, format string, args ...any) error {
	return &Error{File: in.src.name, Line: in.src.line, Column: in.column(at), What: fmt.Sprintf(format, args...)}
}

// failLine is an error of the line as a whole.
func (in *Interpreter) failLine(format string, args ...any) error {
	return &Error{File: in.src.name, Line: in.src.line, What: fmt.Sprintf(format, args...)}
}

// failWord is an error at a word of the block, or of the line when it has no such word.
func (in *Interpreter) failWord(letter byte, format string, args ...any) error {
	if !in.block.has(letter) {
		return in.failLine(format, args...)
	}
	return in.fail(int(in.block.at[wordIndex(letter)]), format, args...)
}

// failG is an error at a G code of a modal group.
func (in *Interpreter) failG(group int, format string, args ...any) error {
	if in.block.g[group] == none {
		return in.failLine(format, args...)
	}
	return in.fail(int(in.block.gAt[group]), format, args...)
}

// failM is an error at an M code of a modal group.
func (in *Interpreter) failM(group int, format string, args ...any) error {
	if in.block.m[group] == none {
		return in.failLine(format, args...)
	}
	return in.fail(int(in.block.mAt[group]), format, args...)
}

// codeName writes a code of ten times a G number as a program does.
func codeName(code int16) string {
	if code%10 == 0 {
		return fmt.Sprintf("G%d", code/10)
	}
	return fmt.Sprintf("G%d.%d", code/10, code%10)
}

// quoted shows one byte of a program.
func quoted(c byte) string {
	if c < ' ' || c > '~' {
		return fmt.Sprintf("byte 0x%02x", c)
	}
	return fmt.Sprintf("%q", strings.ToUpper(string(rune(c))))
}
