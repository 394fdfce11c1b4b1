package config

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue/token"

	"linetwin.dev/specs/mistake"
)

// Error is one thing that is wrong with a configuration.
type Error = mistake.Error

// Errors is everything that was found wrong, sorted by place.
type Errors = mistake.Errors

// moreFollow is the last of the errors when some checks could not be made.
const moreFollow = "more checks follow once this is right"

// problems collects errors.
type problems struct{ mistake.Problems }

// err is nil when there is nothing wrong.
func (p *problems) err() error {
	all := gather(p.Sorted())
	if all == nil {
		return nil
	}
	if p.Masked {
		all = append(all, Error{Message: moreFollow})
	}
	return all
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
		if i > 0 && e.Line > 0 && about(e) == about(list[i-1]) && position(e) == position(list[i-1]) {
			more++
			continue
		}
		end()
		few = append(few, e)
	}
	end()
	return few
}

func position(e Error) token.Position {
	return token.Position{Filename: e.File, Line: e.Line, Column: e.Column}
}

// hint proposes the nearest of the known names, or lists them.
func hint(name string, known []string, what string) string {
	if guess := mistake.Nearest(name, known); guess != "" {
		return fmt.Sprintf("did you mean %q?", guess)
	}
	return what + " " + strings.Join(known, ", ")
}
