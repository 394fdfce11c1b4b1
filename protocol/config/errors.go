package config

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cuelang.org/go/cue/token"
	"github.com/antzucaro/matchr"
)

// Error is one thing that is wrong with a configuration.
type Error struct {
	// File, Line and Column say where it is written. File is relative to the working
	// directory when that is shorter. Line is 0 where there is no place.
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	// Path of the setting, as "limits.idle"; empty where there is none.
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
const moreFollow = "more checks follow once this is right"

// problems collects errors.
type problems struct {
	list   Errors
	masked bool            // some checks were not made
	bad    map[string]bool // settings about which something was said
}

// taint marks a setting as bad without an error of its own.
func (p *problems) taint(path []string) {
	if p.bad == nil {
		p.bad = map[string]bool{}
	}
	p.bad[show(path)] = true
}

// tainted tells whether something was said about a setting, what is around it, or what
// is in it.
func (p *problems) tainted(path []string) bool {
	for n := range path {
		if p.bad[show(path[:n+1])] {
			return true
		}
	}
	within := show(path) + "."
	for bad := range p.bad {
		if strings.HasPrefix(bad, within) {
			return true
		}
	}
	return false
}

func (p *problems) add(at token.Position, path []string, format string, args ...any) {
	if len(path) > 0 {
		p.taint(path)
	}
	p.list = append(p.list, Error{
		File: short(at.Filename), Line: at.Line, Column: at.Column, Path: show(path), Message: fmt.Sprintf(format, args...),
	})
}

// err is nil when there is nothing wrong.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	p.list = gather(p.list)
	if p.masked {
		p.list = append(p.list, Error{Message: moreFollow})
	}
	return p.list
}

// gather leaves one of several errors that say the same about one place, as of the
// registers that a loop makes.
func gather(list Errors) (few Errors) {
	about := func(e Error) string { return strings.TrimPrefix(e.Message, e.Path) }
	more := 0
	end := func() {
		if more > 0 {
			few[len(few)-1].Message += fmt.Sprintf(" (and so in %d more)", more)
		}
		more = 0
	}
	for i, e := range list {
		if i > 0 && e.Line > 0 && about(e) == about(list[i-1]) && e.position() == list[i-1].position() {
			more++
			continue
		}
		end()
		few = append(few, e)
	}
	end()
	return few
}

func (e Error) position() token.Position {
	return token.Position{Filename: e.File, Line: e.Line, Column: e.Column}
}

// show writes a path as people do: `registers."tank.level".min`, "roles.shift.read[1]".
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

// where is a place as "file:line:column".
func where(p token.Position) string {
	if p.Line == 0 {
		return short(p.Filename)
	}
	return fmt.Sprintf("%s:%d:%d", short(p.Filename), p.Line, p.Column)
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

// hint proposes the nearest of the known names, or lists them.
func hint(name string, known []string, what string) string {
	if guess := nearest(name, known); guess != "" {
		return fmt.Sprintf("did you mean %q?", guess)
	}
	return what + " " + strings.Join(known, ", ")
}

// list writes names as `"a", "b" or "c"`.
func list(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	return strings.Join(q[:len(q)-1], ", ") + " or " + q[len(q)-1]
}
