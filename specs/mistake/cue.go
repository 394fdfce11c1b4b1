package mistake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/literal"
)

// Each are the errors in an error of CUE's, without the headings "2 errors in empty
// disjunction" of which the parts follow.
func Each(err error) []errors.Error {
	all := errors.Errors(err)
	parts := slices.DeleteFunc(slices.Clone(all), func(e errors.Error) bool {
		format, _ := e.Msg()
		return strings.HasSuffix(format, "empty disjunction:")
	})
	if len(parts) == 0 {
		return all
	}
	return parts
}

// Path is the path of an error of CUE's, its names without quotes.
func Path(e errors.Error) []string {
	path := slices.Clone(e.Path())
	for i, p := range path {
		if s, err := literal.Unquote(p); err == nil {
			path[i] = s
		}
	}
	return path
}

// Message is the own text of an error of CUE's on one line, without the path and the
// places that are said already.
func Message(e errors.Error) string {
	format, args := e.Msg()
	text := fmt.Sprintf(format, args...)
	if w := errors.Unwrap(e); w != nil && text != "" {
		why, _, _ := strings.Cut(w.Error(), ": cannot find module") // says the same twice
		text += ": " + why
	}
	if text == "" || strings.HasSuffix(text, "empty disjunction:") {
		text = strings.TrimPrefix(e.Error(), strings.Join(e.Path(), ".")+": ")
	}
	line, _, _ := strings.Cut(text, "\n")
	return places.ReplaceAllString(line, "")
}

var places = regexp.MustCompile(`\S+\.cue:\d+:\d+: `)

// Source is a value as CUE writes it, on one line and not too long.
func Source(v fmt.Formatter) string {
	s := strings.Join(strings.Fields(fmt.Sprint(v)), " ")
	if r := []rune(s); len(r) > 60 {
		s = string(r[:57]) + "..."
	}
	return s
}
