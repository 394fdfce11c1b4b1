package main

import (
	"errors"
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linetwin.dev/protocol/wire"
	"linetwin.dev/specs"
)

// seedFlag is a seed that may be left out.
type seedFlag struct {
	value uint64
	given bool
}

func (f *seedFlag) Set(s string) error {
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not a seed; write a whole number, 0 or more, as in 2", s)
	}
	f.value, f.given = v, true
	return nil
}

func (f *seedFlag) String() string {
	if !f.given {
		return ""
	}
	return strconv.FormatUint(f.value, 10)
}

func (f *seedFlag) Type() string { return "N" }

// timeFlag is a time above zero, with its unit; zero where it is left out.
type timeFlag time.Duration

func (f *timeFlag) Set(s string) error {
	d, err := specs.ParseDuration(s)
	if err != nil {
		return err
	}
	if d <= 0 {
		return fmt.Errorf("%q is too little; write a time above zero", s)
	}
	*f = timeFlag(d)
	return nil
}

func (f *timeFlag) String() string {
	if *f == 0 {
		return ""
	}
	return specs.Duration(*f).String()
}

func (f *timeFlag) Type() string { return "TIME" }

// addressFlag is a network address, HOST:PORT.
type addressFlag string

func (f *addressFlag) Set(s string) error {
	_, port, err := net.SplitHostPort(s)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%q is not an address; write HOST:PORT, as in 127.0.0.1:7117", s)
	}
	*f = addressFlag(s)
	return nil
}

func (f *addressFlag) String() string { return string(*f) }

func (f *addressFlag) Type() string { return "ADDRESS" }

// flagError words what is wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var needs *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		name := "--" + unknown.GetSpecifiedName()
		if s := unknown.GetSpecifiedShortnames(); s != "" {
			name = "-" + s
		}
		return fmt.Errorf("%s has no flag %s; it has %s", cmd.CommandPath(), name, strings.Join(flagNames(cmd), ", "))
	case errors.As(err, &needs):
		return fmt.Errorf("--%s takes a value; see %s --help", needs.GetSpecifiedName(), cmd.CommandPath())
	case errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == "bool":
		return fmt.Errorf("--%s: %q is neither true nor false; write --%s alone", invalid.GetFlag().Name, invalid.GetValue(), invalid.GetFlag().Name)
	case errors.As(err, &invalid):
		if errors.Is(err, strconv.ErrRange) {
			return fmt.Errorf("--%s: %s is a larger number than there can be", invalid.GetFlag().Name, invalid.GetValue())
		}
		if kind, ok := plainKinds[invalid.GetFlag().Value.Type()]; ok {
			return fmt.Errorf("--%s: %q is not %s", invalid.GetFlag().Name, invalid.GetValue(), kind)
		}
		return fmt.Errorf("--%s: %w", invalid.GetFlag().Name, invalid.Unwrap())
	}
	return fmt.Errorf("%s: %w", cmd.CommandPath(), err)
}

// plainKinds says what flags of pflag's own types take, which itself tells what the function that parses them did not like.
var plainKinds = map[string]string{
	"int":      "a whole number; write digits alone, as in 12",
	"int64":    "a whole number; write digits alone, as in 12",
	"uint":     "a whole number, 0 or more; write digits alone, as in 12",
	"uint64":   "a whole number, 0 or more; write digits alone, as in 12",
	"float64":  "a number; write digits, as in 1.5",
	"duration": "a time; write a number and its unit, as in 600ms or 2s",
}

func flagNames(cmd *cobra.Command) (names []string) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	})
	return names
}

// deadbandFlag is by how much a number must change: 0.5, or 2%.
type deadbandFlag struct {
	kind  wire.Deadband
	limit float32
	text  string
}

func (f *deadbandFlag) Set(s string) error {
	number, percent := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(number, 32)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%q is not a deadband; write a number, or a percentage, as in 0.5 or 2%%", s)
	}
	f.kind, f.limit, f.text = wire.Absolute, float32(v), s
	if percent {
		f.kind = wire.Percent
	}
	return nil
}

func (f *deadbandFlag) String() string { return f.text }

func (f *deadbandFlag) Type() string { return "LIMIT" }
