package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"linetwin.dev/hil"
	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
)

func newCheck() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check SCENARIO",
		Short: "Validate a scenario; every error with file:line:column and what would be right",
		Args:  exactly(1, "one scenario, a folder or file of CUE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := check(args[0])
			if asJSON {
				return printCheck(s, err)
			}
			if err != nil {
				return err
			}
			fmt.Printf("%s: ok, %s\n", args[0], contents(s))
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// check loads and assembles a scenario, and runs nothing.
func check(path string) (*specs.Scenario, error) {
	l, err := specs.Load(path)
	if err != nil {
		return nil, err
	}
	t, err := twin.New(twin.Scenario{Scenario: &l.Scenario, Dir: l.Dir, Where: l.Where}, twin.Options{
		Devices: twin.Registry{device.Sim: sim.Devices(), device.HIL: hil.Devices()},
	})
	if err != nil {
		return nil, err
	}
	return &l.Scenario, t.Close()
}

// contents says what a scenario has.
func contents(s *specs.Scenario) string {
	out := fmt.Sprintf("%s of line time", s.Duration)
	for _, c := range []struct {
		n    int
		what string
	}{
		{len(s.Conveyors), "conveyor"}, {len(s.Photoeyes), "photo-eye"}, {len(s.Gates), "gate"},
		{len(s.Feeders), "feeder"}, {len(s.Cameras), "camera"}, {len(s.Inspections), "inspection"},
		{len(s.Machines), "machine"}, {len(s.Servos), "servo station"}, {len(s.PLCs), "PLC"},
		{len(s.MES.Orders), "order"}, {len(s.Faults), "fault"}, {len(s.Expect), "bound"},
	} {
		switch {
		case c.n == 1:
			out += ", 1 " + c.what
		case c.n > 1:
			out += fmt.Sprintf(", %d %ss", c.n, c.what)
		}
	}
	return out
}

// printCheck prints one JSON document: whether it is right, and the errors.
func printCheck(s *specs.Scenario, err error) error {
	type place struct {
		File    string `json:"file,omitempty"`
		Line    int    `json:"line,omitempty"`
		Column  int    `json:"column,omitempty"`
		Message string `json:"message"`
	}
	doc := struct {
		Scenario string  `json:"scenario,omitempty"`
		OK       bool    `json:"ok"`
		Errors   []place `json:"errors"`
	}{OK: err == nil, Errors: []place{}}
	if s != nil {
		doc.Scenario = s.Name
	}
	var list specs.Errors
	switch {
	case errors.As(err, &list):
		for _, e := range list {
			doc.Errors = append(doc.Errors, place{e.File, e.Line, e.Column, e.Message})
		}
	case err != nil:
		doc.Errors = append(doc.Errors, place{Message: err.Error()})
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	if e := enc.Encode(doc); e != nil {
		return e
	}
	if err != nil {
		return &exitError{code: exitFault}
	}
	return nil
}
