package specs

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Quantities as Go holds them: SI.
//
// Each is read from text with its unit and is written back so that reading the
// text again gives the same bits (MarshalText); String rounds to six significant
// digits, for people. Neither is for inner loops: they allocate.
type (
	// Length in metres.
	Length float64
	// Angle in radians.
	Angle float64
	// Duration in nanoseconds.
	Duration int64
	// Speed in metres per second.
	Speed float64
	// Acceleration in metres per second squared.
	Acceleration float64
	// AngularSpeed in radians per second.
	AngularSpeed float64
	// AngularAcceleration in radians per second squared.
	AngularAcceleration float64
	// Jerk in metres per second cubed.
	Jerk float64
	// AngularJerk in radians per second cubed.
	AngularJerk float64
	// Temperature in degrees Celsius.
	Temperature float64
	// Warming is a difference of temperatures in kelvin.
	Warming float64
	// Power in watts.
	Power float64
	// Frequency in hertz.
	Frequency float64
	// DataRate in bits per second.
	DataRate float64
	// Ratio from 0 to 1.
	Ratio float64
	// Color as "#rrggbb" in the specification.
	Color struct{ R, G, B uint8 }
)

// D is the duration as the standard library holds it.
func (d Duration) D() time.Duration { return time.Duration(d) }

// Seconds is the duration as a number of seconds.
func (d Duration) Seconds() float64 { return float64(d) / 1e9 }

// Degrees is the angle in degrees.
func (a Angle) Degrees() float64 { return float64(a) * 180 / math.Pi }

// unit scales a number to SI: value * 10^exp / by * times. The power of ten is
// applied to the decimal text, so that "420mm" is the double nearest to 0.42.
type unit struct {
	name  string
	exp   int
	times float64
	by    float64
}

// quantity is what one kind of quantity may look like.
type quantity struct {
	what    string // with its article
	units   []unit // in the order in which a message lists them
	example string
}

var (
	lengths = &quantity{"a length", []unit{{"mm", -3, 1, 1}, {"m", 0, 1, 1}, {"cm", -2, 1, 1}, {"um", -6, 1, 1}, {"nm", -9, 1, 1}}, "420mm"}
	angles  = &quantity{"an angle", []unit{{"deg", 0, math.Pi, 180}, {"rad", 0, 1, 1}, {"mrad", -3, 1, 1}}, "-90deg"}
	// The exponents of durations lead to nanoseconds.
	durations     = &quantity{"a duration", []unit{{"ms", 6, 1, 1}, {"s", 9, 1, 1}, {"us", 3, 1, 1}, {"ns", 0, 1, 1}, {"min", 9, 60, 1}, {"h", 9, 3600, 1}}, "20ms"}
	speeds        = &quantity{"a speed", []unit{{"m/s", 0, 1, 1}, {"mm/s", -3, 1, 1}, {"m/min", 0, 1, 60}}, "0.5m/s"}
	accelerations = &quantity{"an acceleration", []unit{{"m/s2", 0, 1, 1}, {"mm/s2", -3, 1, 1}}, "1m/s2"}
	angularSpeeds = &quantity{"an angular speed", []unit{{"deg/s", 0, math.Pi, 180}, {"rad/s", 0, 1, 1}, {"rpm", 0, math.Pi, 30}}, "180deg/s"}
	angularAccels = &quantity{"an angular acceleration", []unit{{"deg/s2", 0, math.Pi, 180}, {"rad/s2", 0, 1, 1}}, "900deg/s2"}
	jerks         = &quantity{"a jerk", []unit{{"m/s3", 0, 1, 1}, {"mm/s3", -3, 1, 1}}, "50m/s3"}
	angularJerks  = &quantity{"an angular jerk", []unit{{"deg/s3", 0, math.Pi, 180}, {"rad/s3", 0, 1, 1}}, "20000deg/s3"}
	temperatures  = &quantity{"a temperature", []unit{{"degC", 0, 1, 1}}, "20degC"}
	warmings      = &quantity{"a difference of temperatures", []unit{{"K", 0, 1, 1}}, "15K"}
	powers        = &quantity{"a power", []unit{{"W", 0, 1, 1}, {"mW", -3, 1, 1}, {"kW", 3, 1, 1}}, "4.5W"}
	frequencies   = &quantity{"a frequency", []unit{{"Hz", 0, 1, 1}, {"kHz", 3, 1, 1}}, "30Hz"}
	dataRates     = &quantity{"a data rate", []unit{{"bit/s", 0, 1, 1}, {"kbit/s", 3, 1, 1}, {"Mbit/s", 6, 1, 1}, {"Gbit/s", 9, 1, 1}}, "10Mbit/s"}
	ratios        = &quantity{"a ratio", []unit{{"%", -2, 1, 1}}, "2%"}
)

// complain says what is wrong with the text and what would be right.
func (q *quantity) complain(text string) error {
	names := make([]string, len(q.units))
	for i, u := range q.units {
		names[i] = u.name
	}
	list := names[0]
	if n := len(names); n > 1 {
		list = strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
	if q == ratios {
		list = "a percentage from 0% to 100%, or a plain number from 0 to 1"
	}
	return fmt.Errorf("%q is not %s; write %s, as in %q", text, q.what, list, q.example)
}

// split parts a text into its number, as digits with a decimal exponent, and its
// unit.
func (q *quantity) split(text string) (mantissa string, exp int, u unit, err error) {
	n := numberLen(text)
	name := strings.TrimPrefix(text[n:], " ")
	found := false
	for _, c := range q.units {
		if c.name == name {
			u, found = c, true
		}
	}
	if n == 0 || !found {
		return "", 0, unit{}, q.complain(text)
	}
	mantissa = text[:n]
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		exp, err = strconv.Atoi(mantissa[i+1:])
		if err != nil || exp > 400 || exp < -400 {
			return "", 0, unit{}, fmt.Errorf("%q is out of range for %s; the exponent is beyond 400", text, q.what)
		}
		mantissa = mantissa[:i]
	}
	return mantissa, exp + u.exp, u, nil
}

// numberLen is the length of the decimal number that the text starts with, 0 when
// it starts with none. It is the schema's #number.
func numberLen(s string) int {
	digits := func(i int) int {
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		return i
	}
	sign := func(i int) int {
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		return i
	}
	start := sign(0)
	i := digits(start)
	count := i - start
	if i < len(s) && s[i] == '.' {
		end := digits(i + 1)
		count += end - i - 1
		i = end
	}
	if count == 0 {
		return 0
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		if from := sign(i + 1); digits(from) > from {
			i = digits(from)
		}
	}
	return i
}

// parse reads a text as SI.
func (q *quantity) parse(text string) (float64, error) {
	mantissa, exp, u, err := q.split(text)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(mantissa+"e"+strconv.Itoa(exp), 64)
	if v = v / u.by * u.times; err != nil || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is out of range for %s; it must fit a 64-bit float", text, q.what)
	}
	return v, nil
}

// ParseLength reads "420mm"; the units are mm, m, cm, um and nm.
func ParseLength(s string) (Length, error) { v, err := lengths.parse(s); return Length(v), err }

// ParseAngle reads "-90deg"; the units are deg, rad and mrad.
func ParseAngle(s string) (Angle, error) { v, err := angles.parse(s); return Angle(v), err }

// ParseSpeed reads "0.5m/s"; the units are m/s, mm/s and m/min.
func ParseSpeed(s string) (Speed, error) { v, err := speeds.parse(s); return Speed(v), err }

// ParseAcceleration reads "1m/s2"; the units are m/s2 and mm/s2.
func ParseAcceleration(s string) (Acceleration, error) {
	v, err := accelerations.parse(s)
	return Acceleration(v), err
}

// ParseAngularSpeed reads "180deg/s"; the units are deg/s, rad/s and rpm.
func ParseAngularSpeed(s string) (AngularSpeed, error) {
	v, err := angularSpeeds.parse(s)
	return AngularSpeed(v), err
}

// ParseAngularAcceleration reads "900deg/s2"; the units are deg/s2 and rad/s2.
func ParseAngularAcceleration(s string) (AngularAcceleration, error) {
	v, err := angularAccels.parse(s)
	return AngularAcceleration(v), err
}

// ParseJerk reads "50m/s3"; the units are m/s3 and mm/s3.
func ParseJerk(s string) (Jerk, error) { v, err := jerks.parse(s); return Jerk(v), err }

// ParseAngularJerk reads "20000deg/s3"; the units are deg/s3 and rad/s3.
func ParseAngularJerk(s string) (AngularJerk, error) {
	v, err := angularJerks.parse(s)
	return AngularJerk(v), err
}

// ParseTemperature reads "20degC"; the unit is degC.
func ParseTemperature(s string) (Temperature, error) {
	v, err := temperatures.parse(s)
	return Temperature(v), err
}

// ParseWarming reads "15K"; the unit is K.
func ParseWarming(s string) (Warming, error) { v, err := warmings.parse(s); return Warming(v), err }

// ParsePower reads "4.5W"; units: W, mW, kW.
func ParsePower(s string) (Power, error) { v, err := powers.parse(s); return Power(v), err }

// ParseFrequency reads "30Hz"; the units are Hz and kHz.
func ParseFrequency(s string) (Frequency, error) {
	v, err := frequencies.parse(s)
	return Frequency(v), err
}

// ParseDataRate reads "10Mbit/s"; the units are bit/s, kbit/s, Mbit/s and Gbit/s.
func ParseDataRate(s string) (DataRate, error) {
	v, err := dataRates.parse(s)
	return DataRate(v), err
}

// ParseRatio reads "2%", or a plain number from 0 to 1.
func ParseRatio(s string) (Ratio, error) {
	var v float64
	var err error
	if n := numberLen(s); n > 0 && n == len(s) {
		v, err = strconv.ParseFloat(s, 64)
	} else {
		v, err = ratios.parse(s)
	}
	if err != nil || v < 0 || v > 1 {
		return 0, ratios.complain(s)
	}
	return Ratio(v), nil
}

// ParseDuration reads "250us"; the units are ms, s, us, ns, min and h. The result
// is the nearest nanosecond.
func ParseDuration(s string) (Duration, error) {
	mantissa, exp, u, err := durations.split(s)
	if err != nil {
		return 0, err
	}
	// Exact: a float would lose the nanoseconds of long durations.
	r, ok := new(big.Rat).SetString(mantissa + "e" + strconv.Itoa(exp))
	if !ok {
		return 0, durations.complain(s)
	}
	r.Mul(r, new(big.Rat).SetInt64(int64(u.times)))
	half := big.NewRat(1, 2)
	if r.Sign() < 0 {
		half.Neg(half)
	}
	r.Add(r, half)
	ns := new(big.Int).Quo(r.Num(), r.Denom()) // truncates towards zero
	if !ns.IsInt64() {
		return 0, fmt.Errorf("%q is out of range for a duration; the longest is 292 years", s)
	}
	return Duration(ns.Int64()), nil
}

// ParseColor reads "#rrggbb".
func ParseColor(s string) (Color, error) {
	if len(s) == 7 && s[0] == '#' {
		if v, err := strconv.ParseUint(s[1:], 16, 24); err == nil {
			return Color{uint8(v >> 16), uint8(v >> 8), uint8(v)}, nil
		}
	}
	return Color{}, fmt.Errorf("%q is not a color; write # and six hexadecimal digits, as in %q", s, "#f4f4f4")
}
