package specs

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/token"
	"github.com/antzucaro/matchr"
)

// Error is one thing that is wrong with a specification.
type Error struct {
	// File, Line and Column say where the user wrote it. File is relative to the
	// working directory when that is shorter. Line is 0 where there is no place.
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

// ErrorAt is an error at a place that Loaded.Where told, "file:line:column".
func ErrorAt(where, message string) Error {
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

// Errors is everything that was found wrong, sorted by place.
type Errors []Error

// Error has one line for each error.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// moreFollow is the last of the errors when some checks could not be made.
const moreFollow = "more checks follow once these are fixed"

// Collect puts errors in order, each once.
func Collect(list ...Error) Errors {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(list)
}

// key joins a path into the key of a map. No name can hold the separator.
func key(path []string) string { return strings.Join(path, "\x00") }

// show writes a path as people do: "machines.capper.joints[2].min".
func show(path []string) string {
	var b strings.Builder
	for i, p := range path {
		switch {
		case p != "" && strings.Trim(p, "0123456789") == "":
			b.WriteString("[" + p + "]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		if strings.ContainsAny(p, ". \t") {
			p = fmt.Sprintf("%q", p)
		}
		b.WriteString(p)
	}
	return b.String()
}

// problems collects errors, and which fields must not be judged any more because
// an error about them is already there.
type problems struct {
	list Errors
	bad  map[string]bool
	// masked is set when a check was left out because of a bad field.
	masked bool
}

// add records an error about the field at path, which makes that field bad.
func (p *problems) add(path []string, at token.Position, format string, args ...any) {
	p.taint(path)
	p.list = append(p.list, Error{
		File: short(at.Filename), Line: at.Line, Column: at.Column,
		Path: show(path), Message: fmt.Sprintf(format, args...),
	})
}

// taint marks a field as bad without an error of its own.
func (p *problems) taint(path []string) {
	if p.bad == nil {
		p.bad = map[string]bool{}
	}
	p.bad[key(path)] = true
}

// touched tells whether the field, something around it or something in it is bad.
func (p *problems) touched(path []string) bool {
	if len(p.bad) == 0 {
		return false
	}
	for i := range path {
		if p.bad[key(path[:i+1])] {
			return true
		}
	}
	prefix := key(path) + "\x00"
	for k := range p.bad {
		if strings.HasPrefix(k, prefix) {
			return true
		}
	}
	return false
}

// err is nil when there is nothing wrong.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	p.list = Collect(p.list...)
	if p.masked {
		p.list = append(p.list, Error{Message: moreFollow})
	}
	return p.list
}

// short is the path relative to the working directory if that is shorter.
func short(path string) string {
	if !filepath.IsAbs(path) {
		return path
	}
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil || len(rel) >= len(path) {
		return path
	}
	return rel
}

// nearest is the known name that a misspelt one most likely means, or "".
func nearest(name string, known []string) string {
	best, bestDistance := "", max(1, len(name)/3)+1
	for _, k := range known {
		if d := matchr.OSA(strings.ToLower(name), strings.ToLower(k)); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// list writes names as `"a", "b" or "c"`.
func list(names []string, last string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	return strings.Join(q[:len(q)-1], ", ") + " " + last + " " + q[len(q)-1]
}
