//go:build linux

package main

import (
	"flag"

	"linetwin.dev/bench/suite"
	"linetwin.dev/hil/realtime"
)

var parts = []suite.Part[*session]{
	{Name: "chain", Measure: measureChain},
	{Name: "dynamics", Measure: measureDynamics},
	{Name: "solve", Measure: measureSolve},
	{Name: "inverse", Measure: measureInverse},
	{Name: "sincos", Measure: measureSincos},
	{Name: "jerk", Measure: measureJerk},
	{Name: "gcode", Measure: measureGCode},
	{Name: "path", Measure: measurePath},
	{Name: "ring", Measure: measureRing},
	{Name: "thread", Measure: measureThread},
}

// session is one run of the benchmark.
type session struct {
	rounds int
	arms   []*arm
	kdl    *kdl
}

func main() {
	realtime.Main(nil) // the deadline thread has a process of its own
	c := suite.Flags("motion", suite.Names(parts), 21, "of each contender")
	flag.Parse()
	suite.Exit(run(c, flag.Args()))
}

func run(c *suite.Command, args []string) error {
	if err := c.Check(args); err != nil {
		return err
	}
	arms, err := referenceArms()
	if err != nil {
		return err
	}
	s := &session{rounds: c.Rounds(), arms: arms, kdl: newKDL()}
	defer s.kdl.close()
	return suite.Run(c, parts, s)
}
