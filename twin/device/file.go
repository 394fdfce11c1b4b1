package device

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"linetwin.dev/kinematics/compensation"
	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/specs"
	"linetwin.dev/specs/mistake"
)

// Path of a file that the specification names: relative to the scenario's folder.
func (s *Site) Path(name string) string { return filePath(s.Dir, name) }

// filePath is the path of a file that a specification in dir names.
func filePath(dir, name string) string {
	if name = filepath.FromSlash(name); filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// ReadFile reads a file that the specification names. Mistakes in the file are specs.Errors, with
// their place in it; other errors are for the place in the specification that names it.
func ReadFile[T any](s *Site, name string, read func(r io.Reader, file string) (T, error)) (T, error) {
	var none T
	f, err := os.Open(s.Path(name))
	if err != nil {
		return none, fmt.Errorf("%q cannot be read: %w", name, mistake.Cause(err))
	}
	defer f.Close()
	v, err := read(f, mistake.Short(s.Path(name)))
	if err != nil {
		return none, InFile(err)
	}
	return v, nil
}

// ReadTools reads a tool table as gcode.ReadToolTable does, for ReadFile.
func ReadTools(r io.Reader, file string) (*gcode.ToolTable, error) {
	return gcode.ReadToolTable(file, r)
}

// InFile gives an error about the inside of a file, with its line there, the form of the
// loader's; others it leaves as they are.
func InFile(err error) error {
	var one *gcode.Error
	if errors.As(err, &one) {
		return specs.Errors{{File: one.File, Line: one.Line, Column: max(one.Column, 1), Message: one.What}}
	}
	var many compensation.Errors
	if errors.As(err, &many) {
		list := make([]specs.Error, len(many))
		for i, e := range many {
			list[i] = specs.Error{File: e.File, Line: e.Line, Column: max(e.Column, 1), Message: e.What}
		}
		return mistake.Collect(list...)
	}
	return err
}
