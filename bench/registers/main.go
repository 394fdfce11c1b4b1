//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"linetwin.dev/bench"
)

// part of the benchmark: some lines of the table that are measured together.
type part struct {
	name string
	run  func(*session) ([]bench.Row, error)
}

var parts = []part{
	{"bytes", measureBytes},
	{"latency", measureLatency},
	{"cpu", measureCPU},
	{"pipelined", measurePipelined},
	{"many", measureMany},
	{"idle", measureIdle},
	{"push", measurePush},
	{"process", measureProcess},
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
	only := flag.String("only", "", "measure this part alone, and write no file: "+strings.Join(names(), ", "))
	rounds := flag.Int("rounds", 7, "rounds of each server, of which the median counts")
	profile := flag.String("profile", "", "write a processor profile of the register server to this `file`; with -only")
	serve := flag.String("serve", "", "be a server, for the benchmark itself: registers or echo")
	rate := flag.Float64("rate", 0, "of -serve registers: changes of the watched registers per second")
	flag.Parse()
	var err error
	switch {
	case *serve != "":
		err = beServer(*serve, *rate, *profile)
	case flag.NArg() > 0:
		err = fmt.Errorf("there are no arguments beside flags; %q is one", flag.Arg(0))
	case *only != "" && !slices.Contains(names(), *only):
		err = fmt.Errorf("there is no part %q; there is %s", *only, strings.Join(names(), ", "))
	case *rounds < 1:
		err = fmt.Errorf("%d rounds measure nothing; take 1 or more", *rounds)
	case *profile != "" && *only == "":
		err = errors.New("a profile is of one part; name it with -only")
	default:
		err = run(*only, *rounds, *profile)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func names() []string {
	var s []string
	for _, p := range parts {
		s = append(s, p.name)
	}
	return s
}

func run(only string, rounds int, profile string) error {
	begin := time.Now()
	if _, err := raiseFileLimit(); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "bench-registers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s := &session{rounds: rounds, profile: profile, registers: ownPeer(ours, registerDialect{}, "registers", profile),
		echo: ownPeer("bare Go echo", echoDialect{}, "echo", ""), redis: findRedis(), modbus: findModbus(folder)}
	for _, p := range []*peer{s.redis, s.modbus} {
		if p.absent != "" {
			fmt.Printf("%s is not measured: %s\n", p.name, p.absent)
		}
	}
	var rows []bench.Row
	for _, p := range parts {
		if only != "" && p.name != only {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring %s\n", p.name)
		more, err := p.run(s)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		rows = append(rows, more...)
	}
	fmt.Println()
	if err := bench.WriteTable(os.Stdout, rows); err != nil {
		return err
	}
	fmt.Printf("\n%d rounds, in %.0f s\n", rounds, time.Since(begin).Seconds())
	if only == "" {
		if err := bench.Publish(os.Stdout, "registers", rows); err != nil {
			return err
		}
	}
	return bench.Reached(rows)
}
