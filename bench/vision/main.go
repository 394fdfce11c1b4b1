//go:build linux

package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	"linetwin.dev/bench/suite"
)

var parts = []suite.Part[*session]{
	{Name: "rates", Measure: measureRates},
	{Name: "first", Measure: measureFirst},
	{Name: "budget", Measure: measureBudget},
	{Name: "none", Measure: measureNone},
	{Name: "templates", Measure: measureTemplates},
	{Name: "depth", Measure: measureDepth},
	{Name: "align", Measure: measureAlign},
	{Name: "frame", Measure: measureFrame},
	{Name: "camera", Measure: measureCamera},
	{Name: "inspect", Measure: measureInspect},
}

// session is one run of the benchmark.
type session struct {
	rounds   int
	pictures int // of QR codes
	none     int // pictures without a code
}

func main() {
	c := suite.Flags("vision", suite.Names(parts), 21, "of each contender")
	pictures := flag.Int("pictures", 400, "`number` of pictures of QR codes")
	none := flag.Int("none", 400, "`number` of pictures without a QR code")
	plain := flag.Bool("plain", false, "compare depth, for the benchmark itself, and print what it took as JSON")
	flag.Parse()
	if *plain {
		suite.Exit(printDepth(c.Rounds()))
	}
	suite.Exit(run(c, flag.Args(), &session{pictures: *pictures, none: *none}))
}

func printDepth(rounds int) error {
	t, err := timeDepth(rounds)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(t)
}

func run(c *suite.Command, args []string, s *session) error {
	if err := c.Check(args); err != nil {
		return err
	}
	if s.pictures < 1 || s.none < 1 {
		return fmt.Errorf("%d pictures with and %d without a code tell nothing; take 1 or more of each", s.pictures, s.none)
	}
	s.rounds = c.Rounds()
	err := suite.Run(c, parts, s)
	if load, e := os.ReadFile("/proc/loadavg"); e == nil {
		fmt.Printf("load of the machine over 1, 5 and 15 minutes: %s\n", strings.Join(strings.Fields(string(load))[:3], ", "))
	}
	return err
}
