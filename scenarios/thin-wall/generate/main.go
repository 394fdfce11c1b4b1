// Command generate makes the files of the scenario thin-wall that nobody writes by hand: the
// program of the blade, and the tables of a calibration of its mill. A test holds the files to it.
//
//	go run ./scenarios/thin-wall/generate
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// made is a file.
type made struct {
	name string
	text []byte
}

// generate makes the files of the scenario in a folder.
func generate(dir string) (all []made, err error) {
	m, err := measure(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range []struct {
		name  string
		write func(out io.Writer) error
	}{
		{"blade.ngc", blade},
		{"screw-x.csv", func(out io.Writer) error { return m.screw(out, m.mill.X) }},
		{"screw-y.csv", func(out io.Writer) error { return m.screw(out, m.mill.Y) }},
		{"screw-z.csv", func(out io.Writer) error { return m.screw(out, m.mill.Z) }},
		{"warm-x.csv", func(out io.Writer) error { return m.warm(out, m.mill.X, "x") }},
		{"warm-y.csv", func(out io.Writer) error { return m.warm(out, m.mill.Y, "y") }},
		{"warm-z.csv", func(out io.Writer) error { return m.warm(out, m.mill.Z, "z") }},
		{"volume.csv", m.volume},
	} {
		var b bytes.Buffer
		if err := f.write(&b); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		all = append(all, made{f.name, b.Bytes()})
	}
	return all, nil
}

func main() {
	dir := flag.String("dir", "scenarios/thin-wall", "folder of the scenario")
	flag.Parse()
	all, err := generate(*dir)
	for _, f := range all {
		if err == nil {
			err = os.WriteFile(filepath.Join(*dir, f.name), f.text, 0o644)
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "generate: %v\n", err)
		os.Exit(1)
	}
}
