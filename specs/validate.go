package specs

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"linetwin.dev/specs/mistake"
)

// checker holds a decoded scenario against what the schema cannot say: that names
// lead somewhere, that quantities are in range, and that the parts fit each other.
// A check whose fields are in error already is left out.
type checker struct {
	*problems
	s   *Scenario
	ix  *index
	dir string // of the files that the scenario names; empty: do not look
}

// validate adds what it finds to p.
func validate(s *Scenario, ix *index, p *problems, dir string) {
	c := &checker{p, s, ix, dir}
	c.tags(reflect.ValueOf(s).Elem(), nil)
	c.names()
	for _, name := range Names(s.Products) {
		c.product(name)
	}
	for _, name := range Names(s.Feeders) {
		c.feeder(name)
	}
	for _, name := range Names(s.Photoeyes) {
		e := s.Photoeyes[name]
		c.within(at("photoeyes", name, "at"), e.At, e.Conveyor)
	}
	for _, name := range Names(s.Gates) {
		c.gate(name)
	}
	for _, name := range Names(s.Cameras) {
		c.camera(name)
	}
	for _, name := range Names(s.Inspections) {
		c.inspection(name)
	}
	for _, name := range Names(s.Machines) {
		c.machine(name)
	}
	for _, name := range Names(s.Servos) {
		c.servo(name)
	}
	for _, name := range Names(s.PLCs) {
		c.plc(name)
	}
	for _, name := range Names(s.Mills) {
		c.mill(name)
	}
	for _, name := range Names(s.CNCs) {
		c.cnc(name)
	}
	for _, name := range Names(s.Registers) {
		c.register(name)
	}
	for _, name := range Names(s.Clients) {
		c.clients(name)
	}
	c.driven()
	c.orders()
	c.faults()
}

// at is a path.
func at(parts ...string) []string { return parts }

// ok tells whether all the fields can be judged.
func (c *checker) ok(paths ...[]string) bool {
	for _, p := range paths {
		if c.Touched(p) {
			c.Masked = true
			return false
		}
	}
	return true
}

// fail reports the value of a field.
func (c *checker) fail(path []string, format string, args ...any) {
	c.Add(path, c.ix.value(path), "%s: %s", mistake.Show(path), fmt.Sprintf(format, args...))
}

// tags checks the rules that stand in the types' tags.
func (c *checker) tags(v reflect.Value, path []string) {
	sub := func(name string) []string { return append(path[:len(path):len(path)], name) }
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.tags(v.Elem(), path)
		}
	case reflect.Map:
		for _, k := range slices.SortedFunc(slices.Values(v.MapKeys()), func(a, b reflect.Value) int {
			return strings.Compare(a.String(), b.String())
		}) {
			c.tags(v.MapIndex(k), sub(k.String()))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			c.tags(v.Index(i), sub(strconv.Itoa(i)))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			p := sub(name)
			if rule := f.Tag.Get("check"); rule != "" {
				c.inRange(v.Field(i), p, rule, samples[v.Type().Name()+"."+name])
			}
			if class := f.Tag.Get("ref"); class != "" {
				known, _ := lookup(v.Type().Name(), name)
				c.refers(v.Field(i).String(), p, class, known.required)
			}
			c.tags(v.Field(i), p)
		}
	}
}

// inRange checks a quantity against ">0" or ">=0".
func (c *checker) inRange(v reflect.Value, path []string, rule, sample string) {
	if c.Touched(path) {
		return
	}
	var sign int
	if v.CanInt() {
		sign = cmp.Compare(v.Int(), 0)
	} else {
		sign = cmp.Compare(v.Float(), 0)
	}
	q := quantities[v.Type()]
	if sample == "" {
		sample = strconv.Quote(q.example)
	}
	switch {
	case sign < 0 && rule == ">=0":
		c.fail(path, "%v is negative; write %s of zero or more, as in %s", v, q.what, sample)
	case sign < 0:
		c.fail(path, "%v is negative; write %s above zero, as in %s", v, q.what, sample)
	case sign == 0 && rule == ">0":
		c.fail(path, "%v is too little; write %s above zero, as in %s", v, q.what, sample)
	}
}

// classes are the maps of a scenario whose entries have registers, and products.
func (c *checker) classes() map[string][]string {
	return map[string][]string{
		"conveyors": Names(c.s.Conveyors), "photoeyes": Names(c.s.Photoeyes), "gates": Names(c.s.Gates),
		"products": Names(c.s.Products), "feeders": Names(c.s.Feeders), "cameras": Names(c.s.Cameras),
		"inspections": Names(c.s.Inspections), "machines": Names(c.s.Machines),
		"servos": Names(c.s.Servos), "plcs": Names(c.s.PLCs),
		"mills": Names(c.s.Mills), "cncs": Names(c.s.CNCs),
		"networks": Names(c.s.Networks), "clients": Names(c.s.Clients),
	}
}

// refers checks that a name is one of its class.
func (c *checker) refers(name string, path []string, class string, required bool) {
	if name == "" && !required || c.Touched(path) {
		return
	}
	if c.Bad(at(class)) || c.Bad(at(class, name)) {
		c.Masked = true // the class as a whole or what the name means could not be read
		return
	}
	all := c.classes()
	if slices.Contains(all[class], name) {
		return
	}
	hint := fmt.Sprintf("describe it under %s", class)
	if guess := mistake.Nearest(name, all[class]); guess != "" && name != "" {
		hint = fmt.Sprintf("did you mean %q?", guess)
	} else if n := len(all[class]); n == 1 {
		hint = fmt.Sprintf("the only %s is %q", singular(class), all[class][0])
	} else if n > 1 {
		hint = fmt.Sprintf("the %s are %s", plural(class), mistake.List(all[class], "and"))
	}
	for _, other := range Names(all) {
		if slices.Contains(all[other], name) {
			c.fail(path, "%q is %s, not %s; %s", name, article(singular(other)), article(singular(class)), hint)
			return
		}
	}
	c.fail(path, "there is no %s %q; %s", singular(class), name, hint)
}

// reserved are the names of what every line has.
var reserved = []string{"mes", "operator", "world"}

// names checks that no two devices or stations have one name.
func (c *checker) names() {
	first := map[string]string{}
	all := c.classes()
	for _, class := range []string{"conveyors", "photoeyes", "gates", "feeders", "cameras", "inspections", "machines", "servos", "plcs", "mills", "cncs", "networks", "clients"} {
		for _, name := range all[class] {
			if slices.Contains(reserved, name) {
				p := at(class, name)
				c.Add(p, c.ix.label(p), "%s: %q is a part of every line; give this one another name", mistake.Show(p), name)
			}
			other, taken := first[name]
			if !taken {
				first[name] = class
				continue
			}
			p := at(class, name)
			c.Add(p, c.ix.label(p), "%s: %q is also %s (%s), and the names of their registers would collide; rename one of them",
				mistake.Show(p), name, article(singular(other)), mistake.Where(c.ix.label(at(other, name))))
		}
	}
}

// orders checks that each order has a name of its own.
func (c *checker) orders() {
	first := map[string]int{}
	for i, o := range c.s.MES.Orders {
		p := at("mes", "orders", strconv.Itoa(i), "id")
		if !c.ok(p) {
			continue
		}
		if j, taken := first[o.ID]; taken {
			other := at("mes", "orders", strconv.Itoa(j), "id")
			c.fail(p, "%q is the id of another order (%s) already; give each order its own", o.ID, mistake.Where(c.ix.value(other)))
			continue
		}
		first[o.ID] = i
	}
}

// faultKinds tells which classes a kind of fault can strike.
var faultKinds = map[string][]string{
	"drop-frames": {"cameras"},
	"unplug":      {"cameras"},
	"freeze":      {"cameras"},
	"clock-jump":  {"cameras"},
	"offline":     {"cameras", "clients", "conveyors", "gates", "machines", "mills", "networks", "photoeyes", "plcs"},
	"stuck":       {"conveyors", "gates", "photoeyes"},
	"reset":       {"networks"},
}

// faults checks that each strikes something that can have it, while the line runs.
func (c *checker) faults() {
	all := c.classes()
	for i, f := range c.s.Faults {
		base := at("faults", strconv.Itoa(i))
		sub := func(name string) []string { return append(base[:2:2], name) }
		if c.ok(sub("device"), sub("kind")) {
			var can []string
			for _, class := range faultKinds[f.Kind] {
				can = append(can, all[class]...)
			}
			slices.Sort(can)
			if !slices.Contains(can, f.Device) {
				c.faultDevice(sub("device"), f, all, can)
			}
		}
		if !c.ok(sub("at"), sub("for"), at("duration")) {
			continue
		}
		switch {
		case f.At >= c.s.Duration:
			c.fail(sub("at"), "the fault begins at %v, but the run ends at %v; let it begin earlier, or run longer", f.At, c.s.Duration)
		case f.At+f.For > c.s.Duration:
			c.fail(sub("for"), "the fault ends at %v, but the run at %v; make it shorter, or run longer", f.At+f.For, c.s.Duration)
		}
	}
}

// faultDevice reports a fault that strikes nothing that can have it.
func (c *checker) faultDevice(path []string, f Fault, all map[string][]string, can []string) {
	for _, class := range Names(all) {
		if slices.Contains(all[class], f.Device) {
			kinds := make([]string, len(faultKinds[f.Kind]))
			for i, k := range faultKinds[f.Kind] {
				kinds[i] = plural(k)
			}
			c.fail(path, "%q is %s and cannot have %q, which is for %s", f.Device, article(singular(class)), f.Kind, strings.Join(kinds, ", "))
			return
		}
	}
	var devices []string
	for _, class := range faultKinds["offline"] {
		devices = append(devices, all[class]...)
	}
	hint := "describe it first"
	if guess := mistake.Nearest(f.Device, devices); guess != "" {
		hint = fmt.Sprintf("did you mean %q?", guess)
	} else if len(can) > 0 {
		hint = fmt.Sprintf("%q can strike %s", f.Kind, mistake.List(can, "or"))
	}
	c.fail(path, "there is no device %q; %s", f.Device, hint)
}
