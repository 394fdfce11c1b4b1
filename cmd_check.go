package main

import (
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
		Short: "Find what is wrong with a scenario, without running it",
		Long: `Find what is wrong with a scenario, without running it: every mistake as
file:line:column, what is wrong, and what would be right. Exit 0: nothing, 2: something.`,
		Example: `  linetwin check scenarios/bottling
  linetwin check .
  linetwin check line.cue --json`,
		Args: exactly(1, "one scenario, a folder or file of CUE"),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := check(args[0])
			switch {
			case asJSON:
				return printCheck(s, err)
			case err != nil:
				return err
			}
			_, err = fmt.Printf("%s: ok, %s\n", args[0], contents(s))
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// registry has all devices of this build. It serves one twin.
func registry() twin.Registry {
	return twin.Registry{device.Sim: sim.Devices(), device.HIL: hil.Devices()}
}

// check loads and assembles a scenario, and runs nothing.
func check(path string) (*specs.Scenario, error) {
	l, err := specs.Load(path)
	if err != nil {
		return nil, err
	}
	t, err := twin.New(twin.Scenario{Scenario: &l.Scenario, Dir: l.Dir, Where: l.Where}, twin.Options{Devices: registry(), Models: stationModel, Check: true})
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
		{len(s.Mills), "mill"}, {len(s.CNCs), "CNC"},
		{len(s.Registers), "register"}, {len(s.Networks), "network"}, {len(s.Clients), "client group"},
		{len(s.MES.Orders), "order"}, {len(s.Faults), "fault"}, {len(s.Expect), "bound"},
	} {
		if c.n > 0 {
			out += ", " + plural(uint64(c.n), c.what)
		}
	}
	return out
}

// plural is "1 part", "2 parts".
func plural(n uint64, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// printCheck prints one JSON document: whether it is right, and the errors.
func printCheck(s *specs.Scenario, err error) error {
	doc := struct {
		Scenario string       `json:"scenario,omitempty"`
		OK       bool         `json:"ok"`
		Errors   specs.Errors `json:"errors"`
	}{OK: err == nil, Errors: faults(err)}
	if s != nil {
		doc.Scenario = s.Name
	}
	if err := printJSON(os.Stdout, doc); err != nil {
		return err
	}
	if err != nil {
		return &exitError{code: exitFault}
	}
	return nil
}
