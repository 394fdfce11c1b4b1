package specs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// How many significant digits String gives; exact asks for as many as it takes to
// read the same value again.
const (
	forPeople = 6
	exact     = -1
)

// decimal writes v / 10^exp with the digits of v, so that moving the point back
// loses nothing. Few digits are written plainly, very small and very large numbers
// with an exponent.
func decimal(v float64, exp, digits int) string {
	if digits > 0 {
		digits-- // FormatFloat counts those behind the point
	}
	s := strconv.FormatFloat(v, 'e', digits, 64)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	mantissa, e, _ := strings.Cut(s, "e")
	p, _ := strconv.Atoi(e)
	all := strings.TrimRight(strings.Replace(mantissa, ".", "", 1), "0")
	if all == "" {
		return sign + "0"
	}
	point := p + 1 - exp // digits in front of the point
	switch {
	case point > 15 || point < -6:
		s = all[:1]
		if len(all) > 1 {
			s += "." + all[1:]
		}
		return sign + s + "e" + strconv.Itoa(point-1)
	case point <= 0:
		return sign + "0." + strings.Repeat("0", -point) + all
	case point >= len(all):
		return sign + all + strings.Repeat("0", point-len(all))
	}
	return sign + all[:point] + "." + all[point:]
}

// pick is the first of the decimal units, which stand from large to small, of
// which v is at least the given share; 0 gets zero.
func pick(v float64, zero unit, from ...unit) unit {
	if v == 0 {
		return zero
	}
	for _, u := range from {
		if math.Abs(v) >= math.Pow10(u.exp)*(1-1e-12) {
			return u
		}
	}
	return from[len(from)-1]
}

func formatLength(v float64, digits int) string {
	u := pick(v, unit{name: "mm", exp: -3}, unit{name: "m"}, unit{name: "mm", exp: -3}, unit{name: "um", exp: -6}, unit{name: "nm", exp: -9})
	if u.name == "um" && math.Abs(v) >= 1e-5 {
		u = unit{name: "mm", exp: -3} // "0.1mm" is how people say it
	}
	return decimal(v, u.exp, digits) + u.name
}

// formatTurn writes an angle, angular speed or acceleration in degrees if that can
// be read back to the same bits, else in radians.
func formatTurn(v float64, per string, digits int) string {
	deg := v / math.Pi * 180
	if digits != exact {
		return decimal(deg, 0, digits) + "deg" + per
	}
	for n := 1; n <= 17; n++ {
		s := decimal(deg, 0, n)
		if back, err := strconv.ParseFloat(s, 64); err == nil && back/180*math.Pi == v {
			return s + "deg" + per
		}
	}
	return decimal(v, 0, exact) + "rad" + per
}

func formatPerSecond(v float64, per string, digits int) string {
	if a := math.Abs(v); a > 0 && a < 0.1 {
		return decimal(v, -3, digits) + "mm" + per
	}
	return decimal(v, 0, digits) + "m" + per
}

func formatFrequency(v float64, digits int) string {
	if math.Abs(v) >= 10e3 {
		return decimal(v, 3, digits) + "kHz"
	}
	return decimal(v, 0, digits) + "Hz"
}

func formatDataRate(v float64, digits int) string {
	u := pick(v, unit{name: "bit/s"}, unit{name: "Gbit/s", exp: 9}, unit{name: "Mbit/s", exp: 6}, unit{name: "kbit/s", exp: 3}, unit{name: "bit/s"})
	return decimal(v, u.exp, digits) + u.name
}

// decimals writes n / 10^exp exactly.
func decimals(n int64, exp int) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if len(s) <= exp {
		s = strings.Repeat("0", exp+1-len(s)) + s
	}
	whole, part := s[:len(s)-exp], strings.TrimRight(s[len(s)-exp:], "0")
	if part != "" {
		part = "." + part
	}
	return sign + whole + part
}

// String is exact, in whole hours or minutes, or in s, ms, us or ns.
func (d Duration) String() string {
	size := func(n int64) bool { return int64(d) >= n || int64(d) <= -n }
	switch n := int64(d); {
	case n == 0:
		return "0s"
	case n%3600e9 == 0:
		return strconv.FormatInt(n/3600e9, 10) + "h"
	case n%60e9 == 0:
		return strconv.FormatInt(n/60e9, 10) + "min"
	case size(1e9):
		return decimals(n, 9) + "s"
	case size(1e6):
		return decimals(n, 6) + "ms"
	case size(1e3):
		return decimals(n, 3) + "us"
	default:
		return strconv.FormatInt(n, 10) + "ns"
	}
}

// String gives six significant digits, as "420mm".
func (v Length) String() string { return formatLength(float64(v), forPeople) }

// String gives six significant digits, in degrees.
func (a Angle) String() string { return formatTurn(float64(a), "", forPeople) }

// String gives six significant digits, as "0.5m/s".
func (v Speed) String() string { return formatPerSecond(float64(v), "/s", forPeople) }

// String gives six significant digits, as "1m/s2".
func (v Acceleration) String() string { return formatPerSecond(float64(v), "/s2", forPeople) }

// String gives six significant digits, in degrees per second.
func (v AngularSpeed) String() string { return formatTurn(float64(v), "/s", forPeople) }

// String gives six significant digits, in degrees per second squared.
func (v AngularAcceleration) String() string { return formatTurn(float64(v), "/s2", forPeople) }

// String gives six significant digits, as "50m/s3".
func (v Jerk) String() string { return formatPerSecond(float64(v), "/s3", forPeople) }

// String gives six significant digits, in degrees per second cubed.
func (v AngularJerk) String() string { return formatTurn(float64(v), "/s3", forPeople) }

// String gives six significant digits, as "20degC".
func (v Temperature) String() string { return decimal(float64(v), 0, forPeople) + "degC" }

// String gives six significant digits, as "15K".
func (v Warming) String() string { return decimal(float64(v), 0, forPeople) + "K" }

// String gives six significant digits, as "4.5W".
func (v Power) String() string { return decimal(float64(v), 0, forPeople) + "W" }

// String gives six significant digits, as "30Hz".
func (v Frequency) String() string { return formatFrequency(float64(v), forPeople) }

// String gives six significant digits, as "10Mbit/s".
func (v DataRate) String() string { return formatDataRate(float64(v), forPeople) }

// String gives six significant digits, as "2%".
func (v Ratio) String() string { return decimal(float64(v), -2, forPeople) + "%" }

// String is "#rrggbb".
func (c Color) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// finite refuses what no specification can say.
func finite(v float64, s func() string) ([]byte, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, fmt.Errorf("%v is not a quantity; it must be finite", v)
	}
	return []byte(s()), nil
}

// MarshalText is exact.
func (v Length) MarshalText() ([]byte, error) {
	return finite(float64(v), func() string { return formatLength(float64(v), exact) })
}

// MarshalText is exact.
func (a Angle) MarshalText() ([]byte, error) {
	return finite(float64(a), func() string { return formatTurn(float64(a), "", exact) })
}

// MarshalText is exact.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// MarshalText is exact.
func (v Speed) MarshalText() ([]byte, error) {
	return finite(float64(v), func() string { return formatPerSecond(float64(v), "/s", exact) })
}

// MarshalText is exact.
func (v Acceleration) MarshalText() ([]byte, error) {
	return finite(float64(v), func() string { return formatPerSecond(float64(v), "/s2", exact) })
}

// MarshalText is exact.
func (v AngularSpeed) MarshalText() ([]byte, error) {
	return finite(float64(v), func() string { return formatTurn(float64(v), "/s", exact) })
}

// MarshalText is exact.
func (v AngularAcceleration) MarshalText() ([]byte, error) {
	return finite(float64(v), func() string { return formatTurn(float64(v), "/s2", exact) })
}

// MarshalText is exact.
func (v Jerk) MarshalText() ([]byte, error) {
	return finite(float64(v), func() string { return formatPerSecond(float64(v), "/s3", exact) })
}

// MarshalText is exact.
func (v AngularJerk) MarshalText() ([]byte, error) {
	return finite(float64(v), func() string { return formatTurn(float64(v), "/s3", exact) })
}

// MarshalText is exact.
func (v Temperature) MarshalText() ([]byte, error) {
	return finite(float64(v), func() string { return decimal(float64(v), 0, exact) + "degC" })
}

// MarshalText is exact.
func (v Warming) MarshalText() ([]byte, error) {
	return finite(float64(v), func() string { return decimal(float64(v), 0, exact) + "K" })
}

// MarshalText is exact.
func (v Power) MarshalText() ([]byte, error) {
	return finite(float64(v), func() string { return decimal(float64(v), 0, exact) + "W" })
}

// MarshalText is exact.
func (v Frequency) MarshalText() ([]byte, error) {
	return finite(float64(v), func() string { return formatFrequency(float64(v), exact) })
}

// MarshalText is exact.
func (v DataRate) MarshalText() ([]byte, error) {
	return finite(float64(v), func() string { return formatDataRate(float64(v), exact) })
}

// MarshalText is exact.
func (v Ratio) MarshalText() ([]byte, error) {
	return finite(float64(v), func() string { return decimal(float64(v), -2, exact) + "%" })
}

// MarshalText gives "#rrggbb".
func (c Color) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// read stores what parse makes of the text.
func read[T any](to *T, text []byte, parse func(string) (T, error)) error {
	v, err := parse(string(text))
	if err == nil {
		*to = v
	}
	return err
}

// UnmarshalText reads as ParseLength does.
func (v *Length) UnmarshalText(b []byte) error { return read(v, b, ParseLength) }

// UnmarshalText reads as ParseAngle does.
func (a *Angle) UnmarshalText(b []byte) error { return read(a, b, ParseAngle) }

// UnmarshalText reads as ParseDuration does.
func (d *Duration) UnmarshalText(b []byte) error { return read(d, b, ParseDuration) }

// UnmarshalText reads as ParseSpeed does.
func (v *Speed) UnmarshalText(b []byte) error { return read(v, b, ParseSpeed) }

// UnmarshalText reads as ParseAcceleration does.
func (v *Acceleration) UnmarshalText(b []byte) error { return read(v, b, ParseAcceleration) }

// UnmarshalText reads as ParseAngularSpeed does.
func (v *AngularSpeed) UnmarshalText(b []byte) error { return read(v, b, ParseAngularSpeed) }

// UnmarshalText reads as ParseAngularAcceleration does.
func (v *AngularAcceleration) UnmarshalText(b []byte) error {
	return read(v, b, ParseAngularAcceleration)
}

// UnmarshalText reads as ParseJerk does.
func (v *Jerk) UnmarshalText(b []byte) error { return read(v, b, ParseJerk) }

// UnmarshalText reads as ParseAngularJerk does.
func (v *AngularJerk) UnmarshalText(b []byte) error { return read(v, b, ParseAngularJerk) }

// UnmarshalText reads as ParseTemperature does.
func (v *Temperature) UnmarshalText(b []byte) error { return read(v, b, ParseTemperature) }

// UnmarshalText reads as ParseWarming does.
func (v *Warming) UnmarshalText(b []byte) error { return read(v, b, ParseWarming) }

// UnmarshalText reads as ParsePower does.
func (v *Power) UnmarshalText(b []byte) error { return read(v, b, ParsePower) }

// UnmarshalText reads as ParseFrequency does.
func (v *Frequency) UnmarshalText(b []byte) error { return read(v, b, ParseFrequency) }

// UnmarshalText reads as ParseDataRate does.
func (v *DataRate) UnmarshalText(b []byte) error { return read(v, b, ParseDataRate) }

// UnmarshalText reads as ParseRatio does.
func (v *Ratio) UnmarshalText(b []byte) error { return read(v, b, ParseRatio) }

// UnmarshalText reads as ParseColor does.
func (c *Color) UnmarshalText(b []byte) error { return read(c, b, ParseColor) }

// UnmarshalJSON takes a string as ParseRatio does, and a plain number: both are
// what a specification may say.
func (v *Ratio) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte{'"'}) {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		return v.UnmarshalText([]byte(s))
	}
	return v.UnmarshalText(b)
}
