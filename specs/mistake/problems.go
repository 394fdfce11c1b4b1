package mistake

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue/token"
)

// Problems collects what is wrong while files are read. The zero value is empty. It is
// for one goroutine.
type Problems struct {
	// List is what was found so far, in the order in which it was found.
	List Errors
	// Masked is set when a check was left out because of a bad field.
	Masked bool

	bad map[string]bool
}

// Add records an error about the field at path, which makes that field bad.
func (p *Problems) Add(path []string, at token.Position, format string, args ...any) {
	p.Taint(path)
	p.List = append(p.List, Error{
		File: Short(at.Filename), Line: at.Line, Column: at.Column,
		Path: Show(path), Message: fmt.Sprintf(format, args...),
	})
}

// Taint marks a field as bad without an error of its own.
func (p *Problems) Taint(path []string) {
	if p.bad == nil {
		p.bad = map[string]bool{}
	}
	p.bad[Key(path)] = true
}

// Bad tells whether the field itself is bad.
func (p *Problems) Bad(path []string) bool { return p.bad[Key(path)] }

// Touched tells whether the field, something around it or something in it is bad.
func (p *Problems) Touched(path []string) bool {
	if len(p.bad) == 0 {
		return false
	}
	for i := range path {
		if p.Bad(path[:i+1]) {
			return true
		}
	}
	prefix := Key(path) + separator
	for k := range p.bad {
		if strings.HasPrefix(k, prefix) {
			return true
		}
	}
	return false
}

// Sorted is what was found, in order and each once; nil when there is nothing wrong.
func (p *Problems) Sorted() Errors {
	if len(p.List) == 0 {
		return nil
	}
	return Collect(p.List...)
}
