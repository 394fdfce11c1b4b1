package mistake

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"cuelang.org/go/cue/token"
	"github.com/antzucaro/matchr"
)

// separator stands between the names of a path in a key. No name can hold it.
const separator = "\x00"

// Key joins a path into the key of a map.
func Key(path []string) string { return strings.Join(path, separator) }

// Show writes a path as people do: `machines.capper.joints[2].min`,
// `registers."tank.level"`.
func Show(path []string) string {
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

// Where is a place as "file:line:column".
func Where(p token.Position) string {
	if p.Line == 0 {
		return Short(p.Filename)
	}
	return fmt.Sprintf("%s:%d:%d", Short(p.Filename), p.Line, p.Column)
}

// Short is the path relative to the working directory if that is shorter.
func Short(path string) string {
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

// Nearest is the known name that a misspelt one most likely means, or "".
func Nearest(name string, known []string) string {
	best, bestDistance := "", max(1, len(name)/3)+1
	for _, k := range known {
		if d := matchr.OSA(strings.ToLower(name), strings.ToLower(k)); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// List writes names as `"a", "b" or "c"`, with the given word before the last one.
func List(names []string, last string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	return strings.Join(q[:len(q)-1], ", ") + " " + last + " " + q[len(q)-1]
}
