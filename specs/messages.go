package specs

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

// forms of the strings that are more than any text; the schema has the same
// expressions, and a test compares them.
var forms = map[string]struct {
	re  *regexp.Regexp
	say string
}{
	"Scenario.name": {nameForm, `lower-case letters, digits and _, and begin with a letter, as in "bottling"`},
	"QR.prefix":     {regexp.MustCompile(`^[A-Z0-9]{0,8}$`), `at most 8 capital letters and digits, as in "LT"`},
	"Order.id":      {regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`), `letters, digits, _, . and -, as in "A-1001"`},
}

// boundForm is what an expected bound looks like.
var boundForm = regexp.MustCompile(`^(<=|>=|<|>|==) ?[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)? ?(%|[a-zA-Z]+(/[a-z]+2?)?)?$`)

// samples of required strings.
var samples = map[string]string{
	"Scenario.name":      `"bottling"`,
	"Label.artwork":      `"label.png"`,
	"Label.wrongArtwork": `"label-wrong.png"`,
	"CameraHIL.serial":   `"CL8FC3100RM"`,
	"PLCHIL.endpoint":    `"opc.tcp://10.0.0.5:4840"`,
	"Order.id":           `"A-1001"`,
	"Fault.device":       `"top"`,
	"Scenario.duration":  `"5min"`,
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
	reflect.TypeFor[Frequency]():           frequencies,
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
	case reflect.Slice, reflect.Array:
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
	list := errors.Errors(err)
	if len(list) == 0 {
		return err.Error()
	}
	return message(list[0])
}

// message is a CUE error's own text.
func message(e errors.Error) string {
	format, args := e.Msg()
	text := fmt.Sprintf(format, args...)
	if text == "" || strings.HasSuffix(text, "empty disjunction:") {
		text = strings.TrimPrefix(e.Error(), show(e.Path())+": ")
	}
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// place of a CUE error in the user's files.
func (ix *index) placeOf(e errors.Error) token.Position {
	if at, ok := ix.nodes[key(e.Path())]; ok && len(e.Path()) > 0 {
		return at.value
	}
	for _, p := range append([]token.Pos{e.Position()}, e.InputPositions()...) {
		if at := p.Position(); ix.users(at) {
			return at
		}
	}
	return ix.value(e.Path())
}
