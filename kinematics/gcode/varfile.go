package gcode

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// ReadParameters reads LinuxCNC's parameter file: a number and a value a line, in
// ascending order; lines that begin otherwise are passed over, as it does. What the file
// lacks is 0. The name stands in errors, which are *Error.
func ReadParameters(name string, r io.Reader) (*Parameters, error) {
	p := &Parameters{}
	lines := bufio.NewScanner(r)
	last := 0
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) < 2 {
			continue
		}
		number, err := strconv.Atoi(words[0])
		if err != nil {
			continue
		}
		v, err := strconv.ParseFloat(words[1], 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, &Error{File: name, Line: n, What: fmt.Sprintf("parameter %d has %q, which is no number", number, words[1])}
		}
		switch {
		case number < 1 || number >= mostParameters:
			return nil, &Error{File: name, Line: n, What: fmt.Sprintf("there is no parameter %d; they go from 1 to %d", number, mostParameters-1)}
		case number <= last:
			return nil, &Error{File: name, Line: n, What: fmt.Sprintf("parameter %d comes after %d; they stand in ascending order", number, last)}
		}
		last = number
		p[number] = v
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// WriteParameters writes a parameter file with all that LinuxCNC asks for, and whatever
// else is not 0 and lasts longer than a program.
func WriteParameters(w io.Writer, p *Parameters) error {
	b := bufio.NewWriter(w)
	for n := mostArguments + 1; n < mostParameters; n++ {
		if persistent(n) && (p[n] != 0 || required(n)) {
			fmt.Fprintf(b, "%d\t%f\n", n, p[n])
		}
	}
	return b.Flush()
}

// required tells whether a parameter file has to have a parameter: the homes, G92, the
// active coordinate system, and each coordinate system with its rotation.
func required(n int) bool {
	switch {
	case n >= paramHome && n < paramHome+axisCount, n >= paramHome2 && n < paramHome2+axisCount, n >= paramLocalActive && n < paramLocal+axisCount, n == paramSystem:
		return true
	case n < systemParam(1) || n > systemRotation(9):
		return false
	}
	return (n-paramSystems)%20 <= axisCount
}

// persistent tells whether a parameter's value means something to the next program.
func persistent(n int) bool {
	return n <= 5000 || required(n) || n >= paramProbe && n <= paramProbeTripped
}
