package main

import (
	"encoding/json"
	"fmt"
	"os"

	"linetwin.dev/vision"
)

// jsonLines marks commands whose --json prints a line for each image: what is at fault is a
// line, too.
var jsonLines = map[string]string{"json": "lines"}

// imageReport is what a command tells of an image: as JSON or as text, and whether the image is
// as one wishes.
type imageReport struct {
	line any
	text string
	good bool
}

// checkImages looks at what files are, so that a wrong one gives its message and nothing else.
func checkImages(files []string) error {
	for _, name := range files {
		if err := vision.CheckImage(name); err != nil {
			return err
		}
	}
	return nil
}

// eachImage looks at files one by one, so that any number of them can be asked for, and prints
// what is told of each. One that is damaged is told of on standard error, and with asJSON by the
// line that failed makes of it; the others are looked at all the same.
func eachImage(files []string, asJSON bool, look func(i int, name string) (imageReport, error), failed func(name string, err error) any) error {
	code := exitPass
	out := json.NewEncoder(os.Stdout)
	for i, name := range files {
		r, err := look(i, name)
		switch {
		case err != nil:
			code = exitFault
			fmt.Fprintln(os.Stderr, err)
			r = imageReport{line: failed(name, err)}
		case !r.good:
			code = max(code, exitBroken)
		}
		if asJSON {
			err = out.Encode(r.line)
		} else {
			_, err = os.Stdout.WriteString(r.text)
		}
		if err != nil {
			return err
		}
	}
	if code != exitPass {
		return &exitError{code: code}
	}
	return nil
}
