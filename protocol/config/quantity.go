package config

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Duration is a time, written with its unit: "5s".
type Duration time.Duration

// D is the duration as the standard library has it.
func (d Duration) D() time.Duration { return time.Duration(d) }

// timeUnits from large to small.
var timeUnits = []struct {
	name string
	d    time.Duration
}{{"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}, {"us", time.Microsecond}, {"ns", 1}}

// String is exact, in the largest unit of which it is a whole number.
func (d Duration) String() string {
	for _, u := range timeUnits {
		if d != 0 && d.D()%u.d == 0 {
			return strconv.FormatInt(int64(d.D()/u.d), 10) + u.name
		}
	}
	return "0s"
}

// MarshalText is String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a number and its unit.
func (d *Duration) UnmarshalText(b []byte) error {
	text := string(b)
	number := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz")
	unit := text[len(number):]
	for _, u := range timeUnits {
		if u.name != unit {
			continue
		}
		f, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil {
			break
		}
		ns := math.Round(f * float64(u.d))
		if !(ns >= 0 && ns < math.MaxInt64) {
			return fmt.Errorf("%q is more than 292 years", text)
		}
		*d = Duration(ns)
		return nil
	}
	return fmt.Errorf("%q is not a time with its unit, as in \"5s\"", text)
}

// Size is a number of bytes, written with its unit: "64KiB".
type Size int

// sizeUnits from large to small.
var sizeUnits = []struct {
	name string
	n    Size
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// String is exact, in the largest unit of which it is a whole number.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s != 0 && s%u.n == 0 {
			return strconv.Itoa(int(s/u.n)) + u.name
		}
	}
	return "0B"
}

// MarshalText is String.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a number and its unit.
func (s *Size) UnmarshalText(b []byte) error {
	text := string(b)
	for _, u := range sizeUnits {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 31)
		if err != nil || n > math.MaxInt32/uint64(u.n) {
			return fmt.Errorf("%q is not a number of bytes below 2GiB", text)
		}
		*s = Size(n) * u.n
		return nil
	}
	return fmt.Errorf("%q is not a size with its unit, as in \"64KiB\"", text)
}

// Literal is the value of a register as it is written: "true", "12", "-1.5".
type Literal string

// String is the text.
func (l Literal) String() string { return string(l) }

// UnmarshalJSON takes a number, true or false. A whole number is written without an
// exponent, as a register of an integer type wants it.
func (l *Literal) UnmarshalJSON(b []byte) error {
	*l = Literal(b)
	if !strings.ContainsAny(string(b), "eE") || *l == "true" || *l == "false" {
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	if r, ok := new(big.Rat).SetString(string(n)); ok && r.IsInt() && r.Num().BitLen() <= 64 {
		*l = Literal(r.Num().String())
	}
	return nil
}
