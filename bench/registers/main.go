//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"linetwin.dev/bench/suite"
)

var parts = []suite.Part[*session]{
	{Name: "bytes", Measure: measureBytes},
	{Name: "latency", Measure: measureLatency},
	{Name: "cpu", Measure: measureCPU},
	{Name: "pipelined", Measure: measurePipelined},
	{Name: "many", Measure: measureMany},
	{Name: "idle", Measure: measureIdle},
	{Name: "push", Measure: measurePush},
	{Name: "process", Measure: measureProcess},
}

// session is one run of the benchmark.
type session struct {
	rounds        int
	profile       string // of the register server, "" for none
	registers     *peer
	echo          *peer
	redis, modbus *peer
}

func main() {
	c := suite.Flags("registers", suite.Names(parts), 7, "of each server")
	profile := flag.String("profile", "", "write a processor profile of the register server to this `file`; with -only")
	serve := flag.String("serve", "", "be a server, for the benchmark itself: registers or echo")
	rate := flag.Float64("rate", 0, "of -serve registers: changes of the watched registers per second")
	flag.Parse()
	switch {
	case *serve != "":
		suite.Exit(beServer(*serve, *rate, *profile))
	case *profile != "" && c.All():
		suite.Exit(errors.New("a profile is of one part; name it with -only"))
	}
	suite.Exit(run(c, flag.Args(), *profile))
}

func run(c *suite.Command, args []string, profile string) error {
	if err := c.Check(args); err != nil {
		return err
	}
	if _, err := raiseFileLimit(); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "bench-registers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s := &session{rounds: c.Rounds(), profile: profile, registers: ownPeer(ours, registerDialect{}, "registers", profile),
		echo: ownPeer("bare Go echo", echoDialect{}, "echo", ""), redis: findRedis(), modbus: findModbus(folder)}
	for _, p := range []*peer{s.redis, s.modbus} {
		if p.absent != "" {
			fmt.Printf("%s is not measured: %s\n", p.name, p.absent)
		}
	}
	return suite.Run(c, parts, s)
}
