package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"linetwin.dev/specs/mistake"
)

// checker walks along the Go types through what the user wrote, without the schema's
// constraints in it, and says about each value that does not fit what would fit.
type checker struct {
	*problems
	ctx    *cue.Context
	schema schema
	src    *source
}

// config checks the whole and fills what is right into c; the rest has its defaults.
func (k *checker) config(v cue.Value, c *Config) {
	if err := v.Err(); err != nil && v.IncompleteKind()&cue.StructKind == 0 {
		k.problems.cue(err, k.src.path, nil)
		return
	}
	k.fields(v, reflect.ValueOf(c).Elem(), nil)
}

// note remembers where a value is written.
func (k *checker) note(v cue.Value, path []string) place {
	p := v.Pos().Position()
	at := place{p, p}
	if f, ok := v.Source().(*ast.Field); ok {
		at.value = f.Value.Pos().Position()
	}
	if !at.label.IsValid() {
		at = k.src.at(path)
	}
	k.src.places[mistake.Show(path)] = at
	return at
}

// structure tells whether a value has fields, and if not says so.
func (k *checker) structure(v cue.Value, path []string, at token.Position) bool {
	if v.IncompleteKind() == cue.StructKind {
		return true
	}
	k.wrong(v, path, at, "a struct, as in {...}")
	return false
}

// fields checks what has the fields of a definition. v may be nothing: then out gets the
// defaults.
func (k *checker) fields(v cue.Value, out reflect.Value, path []string) {
	t := out.Type()
	entries := k.schema.fields("#" + t.Name())
	there := map[string]cue.Value{}
	for name, x := range members(v) {
		there[name] = x
	}
	var known []string
	for i := range t.NumField() {
		if name := tag(t.Field(i)); name != "" {
			known = append(known, name)
		}
	}
	misspelt := map[string]bool{}
	for name, x := range members(v) {
		if !slices.Contains(known, name) {
			at := append(slices.Clip(path), name)
			misspelt[mistake.Nearest(name, known)] = true
			k.Add(at, k.note(x, at).label, "%sthere is no setting %q; %s", within(path), name, hint(name, known, "the settings are"))
		}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name := tag(f)
		if name == "" {
			continue
		}
		e, at := entries[name], append(slices.Clip(path), name)
		x, ok := there[name]
		switch {
		case ok:
			k.value(x, f, e.v, out.Field(i), at)
		case f.Type.Kind() == reflect.Struct:
			k.fields(x, out.Field(i), at)
		case e.required && misspelt[name]:
			k.Taint(at)
		case e.required:
			k.Add(path, k.src.at(path).label, "%s%q is missing; write %s", within(path), name, want(f, e.v))
			k.Taint(at)
		case !e.optional:
			_ = e.v.Decode(out.Field(i).Addr().Interface()) // the schema's own default
		}
	}
}

// within introduces what a message is about.
func within(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return mistake.Show(path) + ": "
}

// members are the fields of a struct that are more than constraints.
func members(v cue.Value) func(yield func(string, cue.Value) bool) {
	return func(yield func(string, cue.Value) bool) {
		if !v.Exists() {
			return
		}
		it, err := v.Fields(cue.All())
		if err != nil {
			return
		}
		for it.Next() {
			if sel := it.Selector(); sel.IsString() && sel.ConstraintType() == 0 && !yield(sel.Unquoted(), it.Value()) {
				return
			}
		}
	}
}

// value checks the value of a field, and fills it in.
func (k *checker) value(v cue.Value, f reflect.StructField, constraint cue.Value, out reflect.Value, path []string) {
	at := k.note(v, path)
	if d, ok := v.Default(); ok {
		v = d
	}
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	_, quantity := reflect.New(t).Interface().(encoding.TextUnmarshaler)
	switch {
	case quantity:
		k.leaf(v, f, constraint, out, path, at)
	case t.Kind() == reflect.Struct:
		if k.structure(v, path, at.value) {
			if out.Kind() == reflect.Pointer {
				out.Set(reflect.New(t))
				out = out.Elem()
			}
			k.fields(v, out, path)
		}
	case t.Kind() == reflect.Map:
		if k.structure(v, path, at.value) {
			k.entries(v, f, out, path)
		}
	case t.Kind() == reflect.Slice:
		k.elements(v, f, constraint, out, path, at)
	default:
		k.leaf(v, f, constraint, out, path, at)
	}
}

// keyForms say what the keys of a map may be.
var keyForms = map[string]string{
	"#Name":         `lower-case letters, digits, _ and -, and begin with a letter, as in "night-shift"`,
	"#RegisterName": `words of letters, digits, _ and - with dots between, and begin with a letter, as in "tank.level"`,
}

// entries checks a map of names to structs.
func (k *checker) entries(v cue.Value, f reflect.StructField, out reflect.Value, path []string) {
	t := f.Type
	out.Set(reflect.MakeMap(t))
	form := k.schema.def(f.Tag.Get("keys"))
	for name, x := range members(v) {
		at := append(slices.Clip(path), name)
		where := k.note(x, at)
		if form.Unify(k.ctx.Encode(name)).Validate(cue.Concrete(true)) != nil {
			k.Add(at, where.label, "%q cannot name one of the %s; write %s", name, mistake.Show(path), keyForms[f.Tag.Get("keys")])
			continue
		}
		if t.Elem() == reflect.TypeFor[Register]() {
			k.src.order = append(k.src.order, name)
		}
		one := reflect.New(t.Elem()).Elem()
		if k.structure(x, at, where.value) {
			k.fields(x, one, at)
		}
		out.SetMapIndex(reflect.ValueOf(name), one)
	}
}

// elements checks a list.
func (k *checker) elements(v cue.Value, f reflect.StructField, constraint cue.Value, out reflect.Value, path []string, at place) {
	it, err := v.List()
	if err != nil {
		k.wrong(v, path, at.value, want(f, constraint))
		return
	}
	t := f.Type.Elem()
	out.Set(reflect.MakeSlice(f.Type, 0, 0))
	for i := 0; it.Next(); i++ {
		x, here := it.Value(), append(slices.Clip(path), fmt.Sprint(i))
		at := k.note(x, here)
		one := reflect.New(t).Elem()
		switch {
		case t.Kind() == reflect.Struct:
			if k.structure(x, here, at.value) {
				k.fields(x, one, here)
			}
		case t.Kind() == reflect.String && k.schema.def("#Pattern").Unify(x).Validate(cue.Concrete(true)) != nil:
			k.wrong(x, here, at.value, `a pattern of register names, as in "belt.*"`)
		case t.Kind() == reflect.Int && constraint.Unify(k.ctx.NewList(x)).Validate(cue.Concrete(true)) != nil:
			k.wrong(x, here, at.value, want(f, constraint))
		default:
			_ = x.Decode(one.Addr().Interface()) // it fits the constraint
		}
		out.Set(reflect.Append(out, one))
	}
}

// leaf checks what has no fields: a text or a number.
func (k *checker) leaf(v cue.Value, f reflect.StructField, constraint cue.Value, out reflect.Value, path []string, at place) {
	whole := constraint.Unify(v)
	if d, ok := whole.Default(); ok {
		whole = d
	}
	if whole.Validate(cue.Concrete(true)) != nil || whole.Decode(out.Addr().Interface()) != nil {
		k.wrong(v, path, at.value, want(f, constraint))
		_ = constraint.Decode(out.Addr().Interface()) // its default, if it has one
	}
}

// wrong says what a value is, and what would be right. It does not say secrets.
func (k *checker) wrong(v cue.Value, path []string, at token.Position, want string) {
	switch all := errors.Errors(v.Err()); {
	case secret(path):
		k.Add(path, at, "%s: what is written does not fit; write %s", mistake.Show(path), want)
	case len(all) > 0 && v.IncompleteKind() == cue.BottomKind:
		text := mistake.Message(all[0])
		for _, p := range all[0].InputPositions() {
			if q := p.Position(); users(q) && q != at {
				text += ", also at " + mistake.Where(q)
				break
			}
		}
		k.Add(path, at, "%s: %s; write one value, %s", mistake.Show(path), text, want)
	case !v.IsConcrete() && v.Kind() == cue.BottomKind:
		k.Add(path, at, "%s has no value yet; write %s", mistake.Show(path), want)
	default:
		k.Add(path, at, "%s: %s does not fit; write %s", mistake.Show(path), mistake.Source(v), want)
	}
}

// want says what would be right for a field.
func want(f reflect.StructField, v cue.Value) string {
	if s := f.Tag.Get("want"); s != "" {
		return s
	}
	if some := alternatives(v); some != nil {
		return mistake.List(some, "or")
	}
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[Duration]():
		return `a time with its unit, as in "5s"`
	case reflect.TypeFor[Size]():
		return `a size with its unit, as in "64KiB"`
	case reflect.TypeFor[Literal]():
		return "a number, or true or false for a bool"
	}
	switch t.Kind() {
	case reflect.Slice:
		return "a list, as in [{...}]"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return numbers(v)
	}
	return `a text in quotes`
}

// secret tells whether a setting's value must not be shown: a token, and what stands
// where a client should.
func secret(path []string) bool {
	return len(path) > 0 && path[0] == "clients" && (len(path) <= 2 || path[2] == "token")
}
