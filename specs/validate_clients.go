package specs

import (
	"fmt"
	"math"

	"linetwin.dev/specs/mistake"
)

// exactly is up to where a specification's numbers, which are float64, are all the whole
// ones that there are.
const exactly = 1 << 53

// spans are the numbers that a register's type can hold, as a specification says them.
var spans = map[string][2]float64{
	"bool": {0, 1},
	"u16":  {0, math.MaxUint16}, "i16": {math.MinInt16, math.MaxInt16},
	"u32": {0, math.MaxUint32}, "i32": {math.MinInt32, math.MaxInt32},
	"u64": {0, exactly}, "i64": {-exactly, exactly},
	"f32": {-math.MaxFloat32, math.MaxFloat32}, "f64": {-math.MaxFloat64, math.MaxFloat64},
}

// register checks that its first value and its bounds are ones that it can hold.
func (c *checker) register(name string) {
	r := c.s.Registers[name]
	sub := func(part string) []string { return at("registers", name, part) }
	if !c.ok(sub("type")) {
		return
	}
	span := spans[r.Type]
	whole := r.Type[0] != 'f'
	fits := func(part string, v *float64) bool {
		if v == nil || !c.ok(sub(part)) {
			return false
		}
		if *v < span[0] || *v > span[1] || whole && *v != math.Trunc(*v) {
			kind := "a number"
			if whole {
				kind = "a whole number"
			}
			c.fail(sub(part), "%v is no value of a %s; write %s from %v to %v", *v, r.Type, kind, span[0], span[1])
			return false
		}
		return true
	}
	low, high := fits("min", r.Min), fits("max", r.Max)
	if low && high && *r.Min > *r.Max {
		c.fail(sub("max"), "%v is less than the least value, %v; write more", *r.Max, *r.Min)
		return
	}
	if !fits("initial", &r.Initial) {
		return
	}
	if low && r.Initial < *r.Min || high && r.Initial > *r.Max {
		c.fail(sub("initial"), "the register begins with %v, which clients may not write; write %s", r.Initial, within(r.Min, r.Max))
	}
}

// within says between which bounds, of which one may be missing, a number is.
func within(low, high *float64) string {
	switch {
	case low == nil:
		return fmt.Sprintf("%v or less", *high)
	case high == nil:
		return fmt.Sprintf("%v or more", *low)
	}
	return fmt.Sprintf("%v to %v", *low, *high)
}

// clients checks that they have something to do.
func (c *checker) clients(name string) {
	s := c.s.Clients[name]
	base := at("clients", name)
	if !c.ok(base) || len(s.Watch.Registers)+len(s.Read.Registers)+len(s.Write.Registers)+len(s.Publish.Registers) > 0 || s.Clock.Every > 0 {
		return
	}
	c.Add(base, c.ix.label(base), "%s: these clients do nothing; let them watch, read, write or publish registers, as in watch: registers: [\"*\"]", mistake.Show(base))
}
