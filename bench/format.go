package bench

import (
	"math"
	"strconv"
	"strings"
)

// scale is a display unit: a value in SI divided by it is the number to show.
type scale struct {
	per   float64
	label string // with its leading space, if it has one
}

var (
	scalePlain   = scale{1, ""}
	scalePercent = scale{0.01, " %"}
)

// Format writes a value in SI for people, with three significant digits and the
// multiple of the unit that suits it: 0.0061 s is "6.1 ms".
func (u Unit) Format(v float64) string { return u.scale(v).format(v, 3) }

// step is a scale that is used from this value up.
type step struct {
	from float64
	scale
}

var (
	secondSteps = []step{
		{0, scale{1e-9, " ns"}}, {1e-6, scale{1e-6, " µs"}}, {1e-3, scale{1e-3, " ms"}}, {1, scale{1, " s"}},
		{2 * minute, scale{minute, " min"}}, {2 * hour, scale{hour, " h"}},
	}
	metreSteps = []step{
		{0, scale{1e-9, " nm"}}, {1e-6, scale{1e-6, " µm"}}, {0.1e-3, scale{1e-3, " mm"}}, {1, scale{1, " m"}},
		{1e4, scale{1e3, " km"}},
	}
	speedSteps    = []step{{0, scale{1e-3, " mm/s"}}, {0.1, scale{1, " m/s"}}}
	rateSteps     = []step{{0, scale{1 / minute, " /min"}}, {1, scale{1, " /s"}}}
	hertzSteps    = []step{{0, scale{1, " Hz"}}, {1e3, scale{1e3, " kHz"}}, {1e6, scale{1e6, " MHz"}}}
	byteSteps     = []step{{0, scale{1, " B"}}, {1e3, scale{1e3, " kB"}}, {1e6, scale{1e6, " MB"}}, {1e9, scale{1e9, " GB"}}}
	kilogramSteps = []step{{0, scale{1e-6, " mg"}}, {1e-3, scale{1e-3, " g"}}, {1, scale{1, " kg"}}}
)

// scale that suits a value of this size.
func (u Unit) scale(v float64) scale {
	switch u {
	case One:
		return scalePlain
	case Seconds:
		return pick(v, secondSteps)
	case Metres:
		return pick(v, metreSteps)
	case Radians:
		return scale{degree, " deg"}
	case RadiansPerSecond:
		return scale{degree, " deg/s"}
	case RadiansPerSecond2:
		return scale{degree, " deg/s2"}
	case MetresPerSecond:
		return pick(v, speedSteps)
	case PerSecond:
		return pick(v, rateSteps)
	case Hertz:
		return pick(v, hertzSteps)
	case Bytes:
		return pick(v, byteSteps)
	case Kilograms:
		return pick(v, kilogramSteps)
	}
	return scale{1, " " + string(u)}
}

// pick chooses the last step that is not above v. Zero gets the SI unit itself.
func pick(v float64, steps []step) scale {
	best := steps[0].scale
	for _, s := range steps {
		// What rounds to 1000 in three digits is 1 of the next unit.
		if v == 0 && s.per == 1 || math.Abs(v) >= s.from*0.9995 {
			best = s.scale
		}
		if v == 0 && s.per == 1 {
			break
		}
	}
	return best
}

func (s scale) format(v float64, digits int) string { return s.number(v, digits) + s.label }

// number without the unit.
func (s scale) number(v float64, digits int) string { return formatNumber(v/s.per, digits) }

// formatNumber writes v with this many significant digits, without trailing
// zeros, and with commas in numbers of five digits and more. Digits before the
// decimal point are never rounded away.
func formatNumber(v float64, digits int) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "not a number"
	case v == 0:
		return "0"
	}
	e := strconv.FormatFloat(v, 'e', digits-1, 64)
	exp, _ := strconv.Atoi(e[strings.IndexByte(e, 'e')+1:])
	if exp < -6 || exp > 15 {
		return strconv.FormatFloat(v, 'g', digits, 64)
	}
	return fixed(v, max(0, digits-1-exp), true)
}

// fixed writes v with this many decimals.
func fixed(v float64, decimals int, trim bool) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if trim && strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return group(s)
}

// group puts commas into the whole part of a decimal number of five digits and more.
func group(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, rest, dot := strings.Cut(s, ".")
	if len(whole) >= 5 {
		var b strings.Builder
		for i, c := range whole {
			if i > 0 && (len(whole)-i)%3 == 0 {
				b.WriteByte(',')
			}
			b.WriteRune(c)
		}
		whole = b.String()
	}
	if dot {
		whole += "." + rest
	}
	return sign + whole
}
