package compensation

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// quantity is what the numbers of a column are.
type quantity uint8

const (
	isLength quantity = 1 << iota
	isAngle
	isTemperature
	isDuration
	isText
)

// unit is how a file may write a quantity: a power of ten of the SI unit, which keeps every digit,
// or a factor.
type unit struct {
	name   string
	of     quantity
	power  int
	factor float64 // 0: by the power
}

// units are all that files may use.
var units = []unit{
	{name: "m", of: isLength}, {name: "mm", of: isLength, power: -3}, {name: "um", of: isLength, power: -6},
	{name: "nm", of: isLength, power: -9}, {name: "in", of: isLength, factor: 0.0254},
	{name: "rad", of: isAngle}, {name: "mrad", of: isAngle, power: -3}, {name: "urad", of: isAngle, power: -6},
	{name: "nrad", of: isAngle, power: -9},
	{name: "deg", of: isAngle, factor: math.Pi / 180}, {name: "arcsec", of: isAngle, factor: math.Pi / 648000},
	{name: "degC", of: isTemperature},
	{name: "s", of: isDuration}, {name: "min", of: isDuration, factor: 60}, {name: "h", of: isDuration, factor: 3600},
}

// unitOf finds a unit of one of some quantities by its name.
func unitOf(text string, of quantity) (unit, error) {
	i := slices.IndexFunc(units, func(u unit) bool { return u.name == text && u.of&of != 0 })
	if i >= 0 {
		return units[i], nil
	}
	var names []string
	for _, u := range units {
		if u.of&of != 0 {
			names = append(names, u.name)
		}
	}
	return unit{}, fmt.Errorf("unit %q; it has to be %s", shorten(text), oneOf(names))
}

// oneOf is a list for people: "a, b or c".
func oneOf(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
	return strings.Join(names, "")
}

// shorten text from a file for an error.
func shorten(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}

// maxNumber is the most characters of a number.
const maxNumber = 64

// parse a number of a unit into SI, rounded once where the unit is a power of ten.
func (u unit) parse(s string) (float64, error) {
	mantissa, exponent, err := splitNumber(s)
	if err != nil {
		return 0, err
	}
	if u.factor != 0 {
		u.power = 0
	}
	var buf [maxNumber + 24]byte
	b := append(buf[:0], mantissa...)
	b = append(b, 'e')
	b = strconv.AppendInt(b, int64(exponent+u.power), 10)
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return 0, fmt.Errorf("%q is too large", s)
	}
	if u.factor != 0 {
		v *= u.factor
	}
	return v, nil
}

// splitNumber takes a decimal number apart: what is before its exponent, and that. It refuses
// what Go reads beyond them: hexadecimal numbers, infinities, underscores.
func splitNumber(s string) (mantissa string, exponent int, err error) {
	if s == "" {
		return "", 0, errors.New("no number")
	}
	if len(s) > maxNumber {
		return "", 0, fmt.Errorf("%q is longer than %d characters", shorten(s), maxNumber)
	}
	mantissa, power, scientific := s, "", false
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, power, scientific = s[:i], s[i+1:], true
	}
	digits := 0
	for i := range len(mantissa) {
		switch c := mantissa[i]; {
		case c >= '0' && c <= '9':
			digits++
		case (c == '+' || c == '-') && i == 0:
		case c == '.' && strings.IndexByte(mantissa, '.') == i:
		default:
			return "", 0, noNumber(s)
		}
	}
	if digits == 0 {
		return "", 0, noNumber(s)
	}
	if scientific {
		if exponent, err = strconv.Atoi(power); err != nil || exponent < -9999 || exponent > 9999 {
			return "", 0, noNumber(s)
		}
	}
	return mantissa, exponent, nil
}

func noNumber(s string) error {
	return fmt.Errorf("%q is no number; it has to be like 12.5 or -3e-6", s)
}

// format a finite number of SI in a unit that is a power of ten, with the fewest digits that parse
// gives back exactly.
func (u unit) format(v float64) string {
	var buf, out [64]byte
	b := strconv.AppendFloat(buf[:0], v, 'e', -1, 64) // -d.ddde-xx
	o := out[:0]
	if b[0] == '-' {
		o, b = append(o, '-'), b[1:]
	}
	e := slices.Index(b, 'e')
	exponent, _ := strconv.Atoi(string(b[e+1:])) // strconv wrote it
	digits := append([]byte{b[0]}, b[min(2, e):e]...)
	if v == 0 {
		return string(append(o, '0'))
	}
	exponent -= u.power
	switch n := len(digits); {
	case exponent < -6 || exponent > 15:
		o = append(o, digits[0])
		if n > 1 {
			o = append(append(o, '.'), digits[1:]...)
		}
		o = strconv.AppendInt(append(o, 'e'), int64(exponent), 10)
	case exponent < 0:
		o = append(o, "0."...)
		for range -exponent - 1 {
			o = append(o, '0')
		}
		o = append(o, digits...)
	case n <= exponent+1:
		o = append(o, digits...)
		for range exponent + 1 - n {
			o = append(o, '0')
		}
	default:
		o = append(o, digits[:exponent+1]...)
		o = append(append(o, '.'), digits[exponent+1:]...)
	}
	return string(o)
}
