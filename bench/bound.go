package bench

import (
	"fmt"
	"strings"
)

// Op compares a value with a limit.
type Op string

// The comparisons. Equality is exact: it is meant for counts.
const (
	AtMost  Op = "<="
	AtLeast Op = ">="
	Below   Op = "<"
	Above   Op = ">"
	Equal   Op = "=="
)

// Bound is a comparison with a limit, as in "<= 30ms".
type Bound struct {
	Op    Op
	limit quantity
}

// ParseBound reads "<= 30ms", ">= 10", "== 0", "<= 0.2mm", "<= 1%": an operator
// (<=, >=, <, >, ==), a decimal number, and the unit unless the number is plain or 0.
// Whether the unit fits is known when there is a metric: see [CheckBounds].
func ParseBound(s string) (Bound, error) {
	t := strings.TrimSpace(s)
	for _, op := range []Op{AtMost, AtLeast, Equal, Below, Above} {
		rest, ok := strings.CutPrefix(t, string(op))
		if !ok {
			continue
		}
		q, err := parseQuantity(rest)
		if err != nil {
			return Bound{}, fmt.Errorf("bound %q: %w; write an operator, a number and a unit, like \"<= 30ms\"", s, err)
		}
		return Bound{op, q}, nil
	}
	return Bound{}, fmt.Errorf("bound %q does not start with an operator (<=, >=, <, >, ==); write it like \"<= 30ms\"", s)
}

// String is the bound in its usual form, "<= 30 ms".
func (b Bound) String() string { return string(b.Op) + " " + b.limit.text() }

// Limit of the bound in SI, for a metric of unit u; the error says which units
// would fit.
func (b Bound) Limit(u Unit) (float64, error) { return b.limit.in(u) }

// Holds tells whether v keeps the bound; both are in SI. A value that is not a
// number keeps none.
func (b Bound) Holds(v, limit float64) bool {
	switch b.Op {
	case AtMost:
		return v <= limit
	case AtLeast:
		return v >= limit
	case Below:
		return v < limit
	case Above:
		return v > limit
	case Equal:
		return v == limit
	}
	return false
}

// worst is the part of a distribution that decides a bound on every sample.
func (b Bound) worst(v Value, limit float64) string {
	hi, _ := v.Part("max")
	if b.Op == AtLeast || b.Op == Above || b.Op == Equal && hi == limit {
		return "min"
	}
	return "max"
}

// scale in which the limit was written, for values of unit u; ok is false for a
// limit without a unit.
func (b Bound) scale(u Unit) (s scale, ok bool) {
	m, known := multiples[b.limit.suffix]
	if b.limit.suffix == "" || !known || m.unit != u.dimension() {
		return scale{}, false
	}
	one, err := quantity{mantissa: "1", suffix: b.limit.suffix}.in(u)
	return scale{one, " " + b.limit.suffix}, err == nil
}
