package specs

import (
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"linetwin.dev/specs/mistake"
)

// decoder walks a CUE value along the Go types and fills them, and says about each
// field that does not fit what would fit. It goes on where CUE's own validation
// stops, because a value that is wrong in one place can still be read in others.
type decoder struct {
	*problems
	ix *index
}

// node is a place in the walk.
type node struct {
	v    cue.Value
	path []string
	// def and field are the schema's entry for it, where it has one of its own.
	def   string
	field field
	// partial is set inside what the user wrote, looked at without the schema's
	// defaults, because the whole is in error.
	partial bool
}

func (n node) child(name string, v cue.Value) node {
	return node{v: v, path: append(n.path[:len(n.path):len(n.path)], name), partial: n.partial}
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// fill decodes a node.
func (d *decoder) fill(n node, out reflect.Value) {
	if v, ok := n.v.Default(); ok {
		n.v = v
	}
	if _, ok := out.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.leaf(n, func(v cue.Value) error { return setText(v, out) })
		return
	}
	switch out.Kind() {
	case reflect.Pointer:
		if n.v.Exists() {
			out.Set(reflect.New(out.Type().Elem()))
			d.fill(n, out.Elem())
		}
	case reflect.Struct, reflect.Map:
		d.fillFields(n, out)
	case reflect.Slice, reflect.Array:
		d.fillList(n, out)
	default:
		d.leaf(n, func(v cue.Value) error { return d.setPlain(n, v, out) })
	}
}

// fillFields decodes a struct with known fields, or a map of names to values.
func (d *decoder) fillFields(n node, out reflect.Value) {
	if out.Kind() == reflect.Map && out.IsNil() {
		out.Set(reflect.MakeMap(out.Type()))
	}
	if n.v.Err() != nil && d.otherKind(n, cue.StructKind, "a struct, as in {...}") {
		return
	}
	it, err := n.v.Fields(cue.All())
	if err != nil {
		d.instead(n, out, cue.StructKind, "a struct, as in {...}")
		return
	}
	seen := map[string]cue.Value{}
	var names []string
	for it.Next() {
		sel := it.Selector()
		if sel.IsString() && sel.ConstraintType() == 0 {
			seen[sel.Unquoted()] = it.Value()
			names = append(names, sel.Unquoted())
		}
	}
	if out.Kind() == reflect.Map {
		for _, name := range names {
			d.fillEntry(n.child(name, seen[name]), out)
		}
		return
	}
	def := out.Type().Name()
	known := map[string]int{}
	var order []string
	for i := range out.NumField() {
		name, _, _ := strings.Cut(out.Type().Field(i).Tag.Get("json"), ",")
		known[name] = i
		order = append(order, name)
	}
	for _, name := range names {
		if _, ok := known[name]; !ok {
			d.unknown(n.child(name, seen[name]), order)
		}
	}
	for _, name := range order {
		v, ok := seen[name]
		c := n.child(name, v)
		c.def = def
		c.field, _ = lookup(def, name)
		target := out.Field(known[name])
		switch {
		case ok && closedOff(c):
			if !d.Bad(n.path) {
				d.Add(n.path, d.placeOf(c.v, n), "%s: %q is not allowed by a definition of your own, which is closed; make that one of the line's, as in specs.#%s & {...}",
					mistake.Show(n.path), name, def)
			}
		case ok:
			d.fill(c, target)
		case n.partial || c.field.optional:
		case d.Bad(c.path): // a misspelt one has been found
		default:
			d.missing(c, target.Type())
		}
	}
}

// closedOff tells whether a field of the schema's is shut out by a definition of the
// user's.
func closedOff(n node) bool {
	for _, e := range errors.Errors(n.v.Err()) {
		if format, _ := e.Msg(); strings.HasPrefix(format, "field not allowed") && slices.Equal(mistake.Path(e), n.path) {
			return true
		}
	}
	return false
}

// fillEntry decodes one entry of a map.
func (d *decoder) fillEntry(n node, out reflect.Value) {
	name := n.path[len(n.path)-1]
	class := n.path[len(n.path)-2]
	if form, ok := forms["Scenario."+class]; ok && class == "registers" && !form.re.MatchString(name) {
		d.Add(n.path, d.ix.label(n.path), "%q cannot name a register; write %s", name, form.say)
		return
	} else if class != "expect" && !ok && !nameForm.MatchString(name) {
		d.Add(n.path, d.ix.label(n.path),
			"%q cannot name %s; write lower-case letters, digits and _, and begin with a letter, as in %q",
			name, article(singular(class)), example(name))
		d.Taint(append(slices.Clone(n.path[:len(n.path)-1]), example(name))) // whoever names it meant this
		return
	}
	if class == "expect" {
		n.def = "Scenario"
		n.field, _ = lookup(n.def, class)
	}
	e := reflect.New(out.Type().Elem()).Elem()
	d.fill(n, e)
	out.SetMapIndex(reflect.ValueOf(name), e)
}

// example makes a name out of what was meant to be one.
func example(name string) string {
	s := strings.ToLower(strings.TrimLeft(name, "0123456789_- "))
	s = regexp.MustCompile(`[^a-z0-9_]+`).ReplaceAllString(s, "_")
	if s = strings.Trim(s, "_"); nameForm.MatchString(s) {
		return s
	}
	return "name_1"
}

// fillList decodes a list, of any length or of a fixed one.
func (d *decoder) fillList(n node, out reflect.Value) {
	const want = "a list, as in [...]"
	if n.v.Err() != nil && !n.partial {
		if d.otherKind(n, cue.ListKind, want) {
			return
		}
		for _, w := range d.written(n.v) {
			if length, err := w.Len().Int64(); err == nil && length == 0 && out.Kind() == reflect.Slice {
				d.Add(n.path, d.placeOf(w, n), "%s is empty; write one element or more, as in %s", mistake.Show(n.path), d.sampleOf(n, out.Type()))
				return
			}
		}
	}
	whole := n.v.Err() == nil && n.v.IsConcrete() && n.v.Kind() == cue.ListKind
	if !whole && !n.v.LookupPath(cue.MakePath(cue.Index(0))).Exists() {
		d.instead(n, out, cue.ListKind, want)
		return
	}
	var items []cue.Value
	for i := 0; ; i++ {
		e := n.v.LookupPath(cue.MakePath(cue.Index(i)))
		if !e.Exists() {
			break
		}
		items = append(items, e)
	}
	if out.Kind() == reflect.Array && len(items) != out.Len() {
		d.Add(n.path, d.at(n), "%s has %s; write %d, as in %s", mistake.Show(n.path), count(len(items), "element"), out.Len(), d.sampleOf(n, out.Type()))
		return
	}
	if out.Kind() == reflect.Slice {
		out.Set(reflect.MakeSlice(out.Type(), len(items), len(items)))
	}
	for i, e := range items {
		d.fill(n.child(strconv.Itoa(i), e), out.Index(i))
	}
}

// instead looks at what the user wrote where the whole is in error, so that the
// error can be told in its own place.
func (d *decoder) instead(n node, out reflect.Value, kind cue.Kind, want string) {
	before := len(d.List)
	if !n.partial {
		if d.otherKind(n, kind, want) {
			return
		}
		for _, w := range d.written(n.v) {
			c := n
			c.v, c.partial = w, true
			d.fill(c, out)
		}
	}
	if len(d.List) > before {
		return
	}
	if n.v.Err() == nil {
		d.Add(n.path, d.at(n), "%s is %s; write %s", mistake.Show(n.path), mistake.Source(n.v), want)
		return
	}
	if !d.Touched(n.path) {
		d.Add(n.path, d.at(n), "%s: %s; write %s", mistake.Show(n.path), plain(n.v.Err()), want)
	}
}

// otherKind reports a part that the user wrote and that is of another kind.
func (d *decoder) otherKind(n node, kind cue.Kind, want string) bool {
	for _, w := range d.written(n.v) {
		if w.Err() == nil && w.IncompleteKind()&kind == 0 {
			d.Add(n.path, d.placeOf(w, n), "%s is %s; write %s", mistake.Show(n.path), mistake.Source(w), want)
			return true
		}
	}
	return false
}

// leaf decodes what has no fields.
func (d *decoder) leaf(n node, set func(cue.Value) error) {
	if n.v.Err() == nil && n.v.IsConcrete() {
		if err := set(n.v); err != nil {
			d.Add(n.path, d.at(n), "%s: %v", mistake.Show(n.path), err)
		}
		return
	}
	values := d.written(n.v)
	var kept []cue.Value
	for _, w := range values {
		if w.Err() != nil || !w.IsConcrete() {
			continue
		}
		if err := set(w); err != nil {
			d.Add(n.path, d.placeOf(w, n), "%s: %v", mistake.Show(n.path), err)
			return
		}
		kept = append(kept, w)
	}
	for _, w := range kept {
		if first := kept[0]; mistake.Source(w) != mistake.Source(first) {
			d.Add(n.path, d.placeOf(first, n), "%s is %s here and %s at %s; keep one of them",
				mistake.Show(n.path), mistake.Source(first), mistake.Source(w), mistake.Where(d.placeOf(w, n)))
			return
		}
	}
	if err := n.v.Err(); err != nil && n.v.IncompleteKind() == cue.BottomKind {
		d.Add(n.path, d.at(n), "%s: %s; write one value, as in %s", mistake.Show(n.path), plain(err), d.sample(n))
		return
	}
	if choice := n.field.chosenBy(); choice != "" && d.Bad(append(slices.Clone(n.path[:len(n.path)-1]), choice)) {
		return // the choice that its default follows has been found wrong
	}
	d.Add(n.path, d.at(n), "%s has no value yet; write one, as in %s", mistake.Show(n.path), d.sample(n))
}

// written are the parts of a value that the user wrote.
func (d *decoder) written(v cue.Value) []cue.Value {
	if op, parts := v.Expr(); op == cue.AndOp {
		var all []cue.Value
		for _, p := range parts {
			all = append(all, d.written(p)...)
		}
		return all
	}
	if d.ix.users(v.Pos().Position()) {
		return []cue.Value{v}
	}
	return nil
}

// at is where the user wrote the node's value.
func (d *decoder) at(n node) token.Position { return d.ix.value(n.path) }

// placeOf is the place of a part that the user wrote.
func (d *decoder) placeOf(w cue.Value, n node) token.Position {
	if at := placeIn(w).value; d.ix.users(at) {
		return at
	}
	return d.at(n)
}

// unknown reports a field that the schema does not have.
func (d *decoder) unknown(n node, known []string) {
	name := n.path[len(n.path)-1]
	parent := n.path[:len(n.path)-1]
	in := ""
	if len(parent) > 0 {
		in = mistake.Show(parent) + ": "
	}
	if guess := mistake.Nearest(name, known); guess != "" {
		d.Add(n.path, d.ix.label(n.path), "%sthere is no field %q; did you mean %q?", in, name, guess)
		// What is missing there is what was misspelt here.
		d.Taint(append(slices.Clone(parent), guess))
		return
	}
	d.Add(n.path, d.ix.label(n.path), "%sthere is no field %q; the fields are %s", in, name, strings.Join(known, ", "))
}

// missing reports a field that must be written.
func (d *decoder) missing(n node, t reflect.Type) {
	name := n.path[len(n.path)-1]
	parent := n.path[:len(n.path)-1]
	in := "the scenario: "
	if len(parent) > 0 {
		in = mistake.Show(parent) + ": "
	}
	d.Add(n.path, d.ix.label(parent), "%s%q is missing; write for example %s: %s", in, name, name, d.sampleOf(n, t))
}

// setText gives a quantity its text; a number stands as it is written.
func setText(v cue.Value, out reflect.Value) error {
	u := out.Addr().Interface().(encoding.TextUnmarshaler)
	s, err := v.String()
	if err == nil {
		return u.UnmarshalText([]byte(s))
	}
	text := mistake.Source(v)
	if _, ratio := u.(*Ratio); ratio && v.IncompleteKind()&cue.NumberKind != 0 {
		f, err := v.Float64()
		if err != nil || f < 0 || f > 1 {
			return fmt.Errorf("%s is not a ratio; write a plain number from 0 to 1, or a percentage as in %q", text, "2%")
		}
		out.SetFloat(f)
		return nil
	}
	// A number without a unit, or something else that is no string.
	if err := u.UnmarshalText(nil); err != nil {
		return fmt.Errorf("%s%s", text, strings.TrimPrefix(err.Error(), `""`))
	}
	return nil
}

// setPlain gives a bool, a number or a string its value.
func (d *decoder) setPlain(n node, v cue.Value, out reflect.Value) error {
	wrong := func(want string) error { return fmt.Errorf("%s does not fit; write %s", mistake.Source(v), want) }
	switch out.Kind() {
	case reflect.Bool:
		b, err := v.Bool()
		if err != nil {
			return wrong("true or false")
		}
		out.SetBool(b)
	case reflect.Int:
		i, err := v.Int64()
		if err != nil || !d.fits(n, v) {
			return wrong(n.field.numbers())
		}
		out.SetInt(i)
	case reflect.Uint64:
		i, err := v.Uint64()
		if err != nil || !d.fits(n, v) {
			return wrong(n.field.numbers())
		}
		out.SetUint(i)
	case reflect.Float64:
		f, err := v.Float64()
		if err != nil || !d.fits(n, v) {
			return wrong(n.field.numbers())
		}
		out.SetFloat(f)
	case reflect.String:
		s, err := v.String()
		if some := n.field.alternatives(); some != nil && (err != nil || !slices.Contains(some, s)) {
			if guess := mistake.Nearest(s, some); guess != "" {
				return fmt.Errorf("%s is none of the choices %s; did you mean %q?", mistake.Source(v), mistake.List(some, "and"), guess)
			}
			return wrong(mistake.List(some, "or"))
		}
		if err != nil {
			return wrong("a string, as in " + d.sampleOf(n, out.Type()))
		}
		if form := forms[n.def+"."+n.field.name]; form.re != nil && !form.re.MatchString(s) {
			return wrong(form.say)
		}
		out.SetString(s)
	default:
		panic("specs: no rule for " + out.Type().String())
	}
	return nil
}

// fits tells whether the schema's bounds of the field accept a number.
func (d *decoder) fits(n node, v cue.Value) bool {
	low, high := n.field.bounds()
	f, err := v.Float64()
	return err == nil && low(f) && high(f)
}

// count says "1 element", "2 elements".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
