package bench

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Unit of a metric's values. The units below are the ones with known multiples
// ("ms" for [Seconds], "mm" for [Metres], ...); any other text is a unit that is
// compared by its spelling only.
type Unit string

// The units with known multiples.
const (
	One               Unit = "1" // counts and ratios
	Seconds           Unit = "s"
	Metres            Unit = "m"
	Radians           Unit = "rad"
	MetresPerSecond   Unit = "m/s"
	MetresPerSecond2  Unit = "m/s2"
	RadiansPerSecond  Unit = "rad/s"
	RadiansPerSecond2 Unit = "rad/s2"
	PerSecond         Unit = "1/s"
	Hertz             Unit = "Hz"
	Bytes             Unit = "B"
	Kilograms         Unit = "kg"
	Pixels            Unit = "px"
)

const (
	degree              = math.Pi / 180
	revolutionPerMinute = 2 * math.Pi / 60
	minute              = 60.0
	hour                = 3600.0
	maxExponent         = 300 // of a number in a bound
)

// multiple of a unit: 10^exp, or factor where that is not a power of ten.
type multiple struct {
	unit   Unit
	exp    int
	factor float64
}

var multiples = map[string]multiple{
	"":    {unit: One},
	"%":   {unit: One, exp: -2},
	"ppm": {unit: One, exp: -6},

	"ns":  {unit: Seconds, exp: -9},
	"us":  {unit: Seconds, exp: -6},
	"µs":  {unit: Seconds, exp: -6},
	"ms":  {unit: Seconds, exp: -3},
	"s":   {unit: Seconds},
	"min": {unit: Seconds, factor: minute},
	"h":   {unit: Seconds, factor: hour},

	"nm": {unit: Metres, exp: -9},
	"um": {unit: Metres, exp: -6},
	"µm": {unit: Metres, exp: -6},
	"mm": {unit: Metres, exp: -3},
	"cm": {unit: Metres, exp: -2},
	"m":  {unit: Metres},
	"km": {unit: Metres, exp: 3},

	"rad":  {unit: Radians},
	"mrad": {unit: Radians, exp: -3},
	"deg":  {unit: Radians, factor: degree},

	"m/s":    {unit: MetresPerSecond},
	"mm/s":   {unit: MetresPerSecond, exp: -3},
	"m/min":  {unit: MetresPerSecond, factor: 1 / minute},
	"m/s2":   {unit: MetresPerSecond2},
	"mm/s2":  {unit: MetresPerSecond2, exp: -3},
	"rad/s":  {unit: RadiansPerSecond},
	"deg/s":  {unit: RadiansPerSecond, factor: degree},
	"rpm":    {unit: RadiansPerSecond, factor: revolutionPerMinute},
	"rad/s2": {unit: RadiansPerSecond2},
	"deg/s2": {unit: RadiansPerSecond2, factor: degree},

	"Hz":   {unit: Hertz},
	"kHz":  {unit: Hertz, exp: 3},
	"MHz":  {unit: Hertz, exp: 6},
	"1/s":  {unit: Hertz},
	"/s":   {unit: Hertz},
	"/min": {unit: Hertz, factor: 1 / minute},
	"/h":   {unit: Hertz, factor: 1 / hour},

	"B":  {unit: Bytes},
	"kB": {unit: Bytes, exp: 3},
	"MB": {unit: Bytes, exp: 6},
	"GB": {unit: Bytes, exp: 9},

	"kg": {unit: Kilograms},
	"g":  {unit: Kilograms, exp: -3},
	"mg": {unit: Kilograms, exp: -6},

	"px": {unit: Pixels},
}

// dimension makes the two spellings of the same unit one.
func (u Unit) dimension() Unit {
	if u == PerSecond {
		return Hertz
	}
	return u
}

// suffixes that may stand behind a number that is compared with u, from small to
// large.
func (u Unit) suffixes() []string {
	var s []string
	for name, m := range multiples {
		if m.unit == u.dimension() && name != "" && name != "µs" && name != "µm" {
			s = append(s, name)
		}
	}
	size := func(name string) float64 {
		m := multiples[name]
		return cmp.Or(m.factor, math.Pow10(m.exp))
	}
	slices.SortFunc(s, func(a, b string) int {
		return cmp.Or(cmp.Compare(size(a), size(b)), cmp.Compare(a, b))
	})
	if len(s) == 0 {
		s = []string{string(u)}
	}
	return s
}

// quantity is a number as it was written, with its suffix. Decimal multiples are
// applied to the text, so that "30ms" is exactly the float64 nearest to 0.03.
type quantity struct {
	mantissa string // without an exponent
	exp      int
	suffix   string
}

// in gives the quantity in SI, for a metric of unit u.
func (q quantity) in(u Unit) (float64, error) {
	m, known := multiples[q.suffix]
	switch {
	case q.suffix == string(u):
		m = multiple{}
	case q.suffix == "" && u == One:
	case q.suffix == "" && q.number() == 0:
		return 0, nil // nothing is nothing in any unit
	case q.suffix == "":
		return 0, fmt.Errorf("%s has no unit, and the metric is in %s; write it with one of %s", q.text(), u, strings.Join(u.suffixes(), ", "))
	case !known:
		return 0, fmt.Errorf("unknown unit %q; the metric is in %s, so write one of %s", q.suffix, u, strings.Join(u.suffixes(), ", "))
	case m.unit != u.dimension() && u == One:
		return 0, fmt.Errorf("unit %q does not fit a plain number; write it without a unit, or in %%", q.suffix)
	case m.unit != u.dimension():
		return 0, fmt.Errorf("unit %q does not fit a metric in %s; write one of %s", q.suffix, u, strings.Join(u.suffixes(), ", "))
	}
	v, err := strconv.ParseFloat(q.mantissa+"e"+strconv.Itoa(q.exp+m.exp), 64)
	if err != nil {
		return 0, fmt.Errorf("%s is too large for a number", q.text())
	}
	if m.factor != 0 {
		v *= m.factor
	}
	return v, nil
}

// number is the quantity in the unit in which it was written.
func (q quantity) number() float64 {
	v, _ := strconv.ParseFloat(q.mantissa+"e"+strconv.Itoa(q.exp), 64)
	return v
}

// text is the quantity with a space before its unit, as in "30 ms".
func (q quantity) text() string {
	s := q.mantissa
	if q.exp != 0 {
		s += "e" + strconv.Itoa(q.exp)
	}
	if q.suffix != "" {
		s += " " + q.suffix
	}
	return s
}

// parseQuantity reads number and unit: [+-] digits [. digits] [e [+-] digits] [unit].
func parseQuantity(s string) (quantity, error) {
	s = strings.TrimSpace(s)
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	digits := 0
	for i < len(s) && isDigit(s[i]) {
		i, digits = i+1, digits+1
	}
	if i < len(s) && s[i] == '.' {
		i++
		for i < len(s) && isDigit(s[i]) {
			i, digits = i+1, digits+1
		}
	}
	if digits == 0 {
		return quantity{}, fmt.Errorf("no number in %q", s)
	}
	q := quantity{mantissa: strings.TrimPrefix(s[:i], "+")}
	if n := exponent(s[i:]); n > 0 {
		e, err := strconv.Atoi(s[i+1 : i+n])
		if err != nil || e > maxExponent || e < -maxExponent {
			return quantity{}, fmt.Errorf("the exponent of %q is out of range", s)
		}
		q.exp = e
		i += n
	}
	q.suffix = strings.TrimSpace(s[i:])
	for _, r := range q.suffix {
		if !strings.ContainsRune("%/µ", r) && !isLetter(r) && !(r >= '0' && r <= '9') {
			return quantity{}, fmt.Errorf("%q is not a unit", q.suffix)
		}
	}
	if math.IsInf(q.number(), 0) {
		return quantity{}, fmt.Errorf("%s is too large for a number", q.text())
	}
	return q, nil
}

// exponent is the length of the exponent at the start of s, 0 if there is none.
func exponent(s string) int {
	if len(s) < 2 || s[0] != 'e' && s[0] != 'E' {
		return 0
	}
	i := 1
	if s[i] == '+' || s[i] == '-' {
		i++
	}
	start := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i == start {
		return 0
	}
	return i
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
