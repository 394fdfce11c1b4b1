package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"linetwin.dev/specs/mistake"
)

// Change is one difference between two configurations.
type Change struct {
	// Path of the setting, or of what was added or removed as a whole.
	Path string `json:"path"`
	// Old and New value as text; "" where there is none. Secrets are not in them.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
	// Where the new one is written, or else the old one, as file:line:column; "" for
	// defaults.
	Where string `json:"where,omitempty"`
	// Effect is when it takes effect.
	Effect Effect `json:"effect"`
}

// String is "limits.idle: 60s -> 30s", "registers.recipe: added".
func (c Change) String() string {
	switch {
	case c.New == "added" || c.New == "removed":
		return c.Path + ": " + c.New
	case c.Old == c.New:
		return c.Path + ": other content"
	}
	return fmt.Sprintf("%s: %s -> %s", c.Path, given(c.Old), given(c.New))
}

func given(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// Diff lists what differs, in the order of the schema. That a file has another content
// which a setting names is a difference, too.
func Diff(old, next *Config) []Change {
	d := &differ{old: old, next: next}
	d.values(reflect.ValueOf(old).Elem(), reflect.ValueOf(next).Elem(), nil, AtOnce)
	return d.changes
}

type differ struct {
	old, next *Config
	changes   []Change
}

func (d *differ) add(path []string, before, after string, e Effect) {
	at, ok := d.next.src.places[mistake.Show(path)]
	if !ok {
		at, ok = d.old.src.places[mistake.Show(path)]
	}
	c := Change{Path: mistake.Show(path), Old: before, New: after, Effect: e}
	if ok {
		c.Where = mistake.Where(at.label)
	}
	d.changes = append(d.changes, c)
}

func (d *differ) values(a, b reflect.Value, path []string, e Effect) {
	before, leaf := leafText(a, path)
	after, leaf2 := leafText(b, path)
	switch {
	case leaf && leaf2:
		// Two secrets look alike as texts.
		if before != after || secret(path) && a.String() != b.String() || d.old.src.digests[mistake.Show(path)] != d.next.src.digests[mistake.Show(path)] {
			d.add(path, before, after, e)
		}
	case leaf: // a section that was not given
		d.add(path, "", "added", Restart)
	case leaf2:
		d.add(path, "", "removed", Restart)
	case a.Kind() == reflect.Pointer:
		d.values(a.Elem(), b.Elem(), path, e)
	case a.Kind() == reflect.Map:
		d.entries(a, b, path, e)
	case a.Kind() == reflect.Slice:
		d.elements(a, b, path, e)
	default:
		for i := range a.NumField() {
			if f := a.Type().Field(i); tag(f) != "" {
				d.values(a.Field(i), b.Field(i), append(slices.Clip(path), tag(f)), effectOf(f, e))
			}
		}
	}
}

// elements compares lists of structs, by their places in the list.
func (d *differ) elements(a, b reflect.Value, path []string, e Effect) {
	for i := range max(a.Len(), b.Len()) {
		at := append(slices.Clip(path), strconv.Itoa(i))
		switch {
		case i >= a.Len():
			d.add(at, "", "added", e)
		case i >= b.Len():
			d.add(at, "", "removed", e)
		default:
			d.values(a.Index(i), b.Index(i), at, e)
		}
	}
}

// entries compares maps: what is in one only is one difference, and one more for each
// setting in it that takes longer to take effect than the rest.
func (d *differ) entries(a, b reflect.Value, path []string, e Effect) {
	all := append(keys(a), keys(b)...)
	slices.Sort(all)
	for _, name := range slices.Compact(all) {
		x, y := a.MapIndex(reflect.ValueOf(name)), b.MapIndex(reflect.ValueOf(name))
		at := append(slices.Clip(path), name)
		if x.IsValid() && y.IsValid() {
			d.values(x, y, at, e)
			continue
		}
		what, zero := "added", reflect.Zero(a.Type().Elem())
		if !y.IsValid() {
			what, y = "removed", zero
		} else {
			x = zero
		}
		d.add(at, "", what, e)
		inner := &differ{old: d.old, next: d.next}
		inner.values(x, y, at, e)
		for _, c := range inner.changes {
			if c.Effect > e {
				d.changes = append(d.changes, c)
			}
		}
	}
}
