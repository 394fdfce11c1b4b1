package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"linetwin.dev/specs"
)

// Exit codes. An interrupted run ends with 128 and the signal's number, as shells have it.
const (
	exitPass   = 0
	exitBroken = 1 // a bound is broken, two runs differ, an image has no code
	exitFault  = 2 // the specification, the command line or a device is at fault
)

// exitError ends the program with a code; its message, if any, goes to standard error.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// report tells what a command ended with, and gives the exit code. With --json, what
// is at fault is also a document on standard output, where one is expected; of one line
// where lines are.
func report(cmd *cobra.Command, err error) int {
	if err == nil {
		return exitPass
	}
	code := exitFault
	var ee *exitError
	if errors.As(err, &ee) {
		if code, err = ee.code, ee.err; err == nil {
			return code
		}
	}
	fmt.Fprintln(os.Stderr, err)
	if f := cmd.Flag("json"); code == exitFault && f != nil && f.Value.String() == "true" {
		// What cannot be printed has been said on standard error already.
		doc := struct {
			Errors specs.Errors `json:"errors"`
		}{faults(err)}
		if cmd.Annotations["json"] == jsonLines["json"] {
			_ = json.NewEncoder(os.Stdout).Encode(doc)
		} else {
			_ = printJSON(os.Stdout, doc)
		}
	}
	return code
}

// faults are the single errors of an error, with their places where it has them.
func faults(err error) specs.Errors {
	var list specs.Errors
	if err == nil {
		return specs.Errors{}
	}
	if errors.As(err, &list) {
		return list
	}
	return specs.Errors{{Message: err.Error()}}
}

// printJSON prints one document, readable for people too.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
