package specs

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"linetwin.dev/specs/mistake"
)

// forms of the strings that are more than any text; the schema has the same
// expressions, and a test compares them.
var forms = map[string]struct {
	re  *regexp.Regexp
	say string
}{
	"Scenario.name":      {nameForm, `lower-case letters, digits and _, and begin with a letter, as in "bottling"`},
	"QR.prefix":          {regexp.MustCompile(`^[A-Z0-9]{0,8}$`), `at most 8 capital letters and digits, as in "LT"`},
	"Scenario.expect":    {boundForm, `<=, >=, <, > or ==, a number and its unit, as in "<= 30ms"`},
	"Scenario.registers": {registerForm, `words of letters, digits, _ and - with dots between, as in "recipe.fill"`},
	"Order.id":           {regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`), `letters, digits, _, . and -, as in "A-1001"`},
}

// registerForm is what the name of a register looks like that is named in full.
var registerForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$`)

// boundForm is what an expected bound looks like.
var boundForm = regexp.MustCompile(`^(<=|>=|<|>|==) ?[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)? ?(%|[a-zA-Z]+(/[a-z]+2?)?)?$`)

// samples of required strings.
var samples = map[string]string{
	"Scenario.name":      `"bottling"`,
	"Label.artwork":      `"label.png"`,
	"Label.wrongArtwork": `"label-wrong.png"`,
	"CameraHIL.serial":   `"CL8FC3100RM"`,
	"Template.file":      `"logo.png"`,
	"Relief.file":        `"front.npz"`,
	"Recogniser.bad":     `["crushed", "open"]`,
	"PLCHIL.endpoint":    `"opc.tcp://10.0.0.5:4840"`,
	"Order.id":           `"A-1001"`,
	"Fault.device":       `"top"`,
	"Clients.network":    `"wifi"`,
	"Scenario.duration":  `"5min"`,
	"Scenario.expect":    `"<= 30ms"`,
	"Conveyor.length":    `"6m"`,
	"PhotoEye.at":        `"1.2m"`,
	"Gate.at":            `"4.9m"`,
	"Spacing.min":        `"300mm"`,
	"Spacing.mean":       `"500mm"`,
	"Servo.from":         `"2.4m"`,
	"Servo.to":           `"3.5m"`,
	"Fault.at":           `"60s"`,
	"Fault.for":          `"2s"`,
	"Joint.max":          `"90deg"`,
	"Mill.tools":         `"tools.tbl"`,
	"CNC.program":        `"part.ngc"`,
	"Mill.x":             `{min: "-200mm", max: "200mm"}`,
	"Mill.y":             `{min: "-200mm", max: "200mm"}`,
	"Mill.z":             `{min: "-100mm", max: "300mm"}`,
	"Mill.tilt":          `{min: "-110deg", max: "40deg"}`,
	"Mill.turn":          `{}`,
	"LinearAxis.min":     `"-200mm"`,
	"LinearAxis.max":     `"200mm"`,
	"Machine.joints":     `[{a: "420mm", min: "-90deg", max: "90deg"}]`,
}

// quantities by their Go type.
var quantities = map[reflect.Type]*quantity{
	reflect.TypeFor[Length]():              lengths,
	reflect.TypeFor[Angle]():               angles,
	reflect.TypeFor[Duration]():            durations,
	reflect.TypeFor[Speed]():               speeds,
	reflect.TypeFor[Acceleration]():        accelerations,
	reflect.TypeFor[AngularSpeed]():        angularSpeeds,
	reflect.TypeFor[AngularAcceleration](): angularAccels,
	reflect.TypeFor[Jerk]():                jerks,
	reflect.TypeFor[AngularJerk]():         angularJerks,
	reflect.TypeFor[Temperature]():         temperatures,
	reflect.TypeFor[Warming]():             warmings,
	reflect.TypeFor[Power]():               powers,
	reflect.TypeFor[Frequency]():           frequencies,
	reflect.TypeFor[DataRate]():            dataRates,
	reflect.TypeFor[Ratio]():               ratios,
}

// sample is a value that the node could have.
func (d *decoder) sample(n node) string {
	var t reflect.Type
	if def, ok := definitions[n.def]; ok {
		for i := range def.NumField() {
			if tag, _, _ := strings.Cut(def.Field(i).Tag.Get("json"), ","); tag == n.field.name {
				t = def.Field(i).Type
			}
		}
	}
	return d.sampleOf(n, t)
}

// sampleOf is a value that a field of the type could have; for a name it is one
// that the scenario has.
func (d *decoder) sampleOf(n node, t reflect.Type) string {
	if s, ok := samples[n.def+"."+n.field.name]; ok {
		return s
	}
	if class := classOf(n.def, n.field.name); class != "" {
		if it, err := d.ix.root.LookupPath(cue.MakePath(cue.Str(class))).Fields(); err == nil && it.Next() {
			return fmt.Sprintf("%q", it.Selector().Unquoted())
		}
		return `"main"`
	}
	if some := n.field.alternatives(); some != nil {
		return fmt.Sprintf("%q", some[0])
	}
	if t == nil {
		return `"..."`
	}
	if q, ok := quantities[t]; ok {
		return fmt.Sprintf("%q", q.example)
	}
	switch t.Kind() {
	case reflect.Int, reflect.Uint64, reflect.Float64:
		return "1"
	case reflect.Bool:
		return "true"
	case reflect.Struct, reflect.Map:
		return "{...}"
	case reflect.Array:
		one := d.sampleOf(node{}, t.Elem())
		return "[" + strings.Repeat(one+", ", t.Len()-1) + one + "]"
	case reflect.Slice:
		return "[...]"
	}
	return `"..."`
}

// definitions are the Go structs that a scenario is made of, by name.
var definitions = func() map[string]reflect.Type {
	all := map[string]reflect.Type{}
	var visit func(reflect.Type)
	visit = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Map, reflect.Slice, reflect.Array, reflect.Pointer:
			visit(t.Elem())
		case reflect.Struct:
			if _, ok := all[t.Name()]; ok || t == reflect.TypeFor[Color]() {
				return
			}
			all[t.Name()] = t
			for i := range t.NumField() {
				visit(t.Field(i).Type)
			}
		}
	}
	visit(reflect.TypeFor[Scenario]())
	return all
}()

// classOf is the class that a field's name must be found in, or "".
func classOf(def, name string) string {
	t, ok := definitions[def]
	if !ok {
		return ""
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == name {
			return f.Tag.Get("ref")
		}
	}
	return ""
}

// singular is what one of a class is called.
func singular(class string) string {
	switch class {
	case "photoeyes":
		return "photo-eye"
	case "plcs":
		return "PLC"
	case "cncs":
		return "CNC"
	}
	return strings.TrimSuffix(class, "s")
}

// plural is what those of a class are called.
func plural(class string) string { return singular(class) + "s" }

// article puts "a" or "an" in front.
func article(s string) string {
	if strings.ContainsAny(s[:1], "aeiou") {
		return "an " + s
	}
	return "a " + s
}

// plain is the first line of a CUE error without its path.
func plain(err error) string {
	if all := mistake.Each(err); len(all) > 0 {
		return mistake.Message(all[0])
	}
	return err.Error()
}

// place of a CUE error in the user's files.
func (ix *index) placeOf(e errors.Error) token.Position {
	path := mistake.Path(e)
	if at, ok := ix.nodes[mistake.Key(path)]; ok && len(path) > 0 {
		return at.value
	}
	for _, p := range append([]token.Pos{e.Position()}, e.InputPositions()...) {
		if at := p.Position(); ix.users(at) {
			return at
		}
	}
	return ix.value(path)
}
