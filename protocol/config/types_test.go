package config

import (
	"encoding"
	"reflect"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"
	"github.com/google/go-cmp/cmp"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// structs are the Go types that mirror definitions.
func structs() map[string]reflect.Type {
	all := map[string]reflect.Type{}
	var visit func(reflect.Type)
	visit = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Map, reflect.Slice, reflect.Pointer:
			visit(t.Elem())
		case reflect.Struct:
			all["#"+t.Name()] = t
			for i := range t.NumField() {
				if f := t.Field(i); f.IsExported() {
					visit(f.Type)
				}
			}
		}
	}
	visit(reflect.TypeFor[Config]())
	return all
}

func TestGoTypesAndSchemaHaveTheSameFieldsInTheSameOrder(t *testing.T) {
	f, err := parser.ParseFile(schemaName, schemaSource)
	if err != nil {
		t.Fatal(err)
	}
	types := structs()
	for _, d := range f.Decls {
		def, ok := d.(*ast.Field)
		if !ok {
			continue
		}
		body, ok := def.Value.(*ast.StructLit)
		if !ok {
			continue
		}
		name, _, _ := ast.LabelName(def.Label)
		goType, ok := types[name]
		if !ok {
			t.Errorf("%s has no Go type", name)
			continue
		}
		delete(types, name)
		var want, got []string
		for _, x := range body.Elts {
			if field, ok := x.(*ast.Field); ok {
				label, _, _ := ast.LabelName(field.Label)
				want = append(want, label)
			}
		}
		for i := range goType.NumField() {
			if field := goType.Field(i); field.IsExported() {
				got = append(got, tag(field))
				if !strings.EqualFold(tag(field), field.Name) {
					t.Errorf("%s.%s is written %q", name, field.Name, tag(field))
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -schema +Go:\n%s", name, diff)
		}
	}
	for name := range types {
		t.Errorf("%s is not in the schema", name)
	}
}

func TestGoTypesAndSchemaAgreeOnEachFieldsKind(t *testing.T) {
	s, err := newSchema(cuecontext.New())
	if err != nil {
		t.Fatal(err)
	}
	for name, goType := range structs() {
		entries := s.fields(name)
		for i := range goType.NumField() {
			f := goType.Field(i)
			if !f.IsExported() {
				continue
			}
			e := entries[tag(f)]
			if pointer := f.Type.Kind() == reflect.Pointer; pointer != e.optional {
				t.Errorf("%s.%s: optional fields, and no others, are pointers", name, f.Name)
			}
			want := cue.StringKind
			switch x := reflect.Zero(f.Type).Interface().(type) {
			case bool:
				want = cue.BoolKind
			case int:
				want = cue.IntKind
			case []string, []int, []Unit, []Block, []Serial:
				want = cue.ListKind
			case Literal:
				want = cue.BoolKind | cue.NumberKind
			case *Literal:
				want = cue.NumberKind
			case string, *string, encoding.TextUnmarshaler, Duration, Size:
			default:
				want = cue.StructKind
				_ = x
			}
			if got := e.v.IncompleteKind(); got != want {
				t.Errorf("%s.%s is %v in Go and %v in the schema", name, f.Name, want, got)
			}
			if def := f.Tag.Get("keys"); (f.Type.Kind() == reflect.Map) != (def != "") || def != "" && (!s.def(def).Exists() || keyForms[def] == "") {
				t.Errorf("%s.%s: maps, and no others, say which definition their keys have", name, f.Name)
			}
		}
	}
}

func TestTheSchemaHasTheNamesOfTheBank(t *testing.T) {
	s, err := newSchema(cuecontext.New())
	if err != nil {
		t.Fatal(err)
	}
	var types, access, orders []string
	for x := protocol.Bool; x.Valid(); x++ {
		types = append(types, x.String())
	}
	for x := protocol.ReadOnly; x.Valid(); x++ {
		access = append(access, x.String())
	}
	for x := protocol.ABCD; x.Valid(); x++ {
		orders = append(orders, x.String())
	}
	register, role := s.fields("#Register"), s.fields("#Role")
	for _, c := range []struct {
		what      string
		got, want []string
	}{
		{"types", alternatives(register["type"].v), types}, {"access", alternatives(register["access"].v), access},
		{"word orders", alternatives(register["order"].v), orders}, {"access of roles", alternatives(role["access"].v), access},
		{"built-in roles", builtIn, access},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: -bank +schema\n%s", c.what, diff)
		}
	}
}

func TestDefaultsAreThoseOfTheServer(t *testing.T) {
	l, s := Default().Limits, wire.ServerConfig{}.WithDefaults()
	if l.Idle.D() != s.Idle || l.Half.D() != s.Half || l.Stall.D() != s.Stall ||
		int(l.MaxOutput) != s.MaxOutput || l.MaxWatched != s.MaxWatched || l.MaxPending != s.MaxPending {
		t.Errorf("the schema's limits are %+v, the server's %+v", l, s)
	}
}

func TestQuantitiesReadBackWhatTheyWrite(t *testing.T) {
	for _, text := range []string{"0s", "1ns", "1500us", "2min", "36h", "1001ms"} {
		var d Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || d.String() != text {
			t.Errorf("%s reads as %v, %v", text, d, err)
		}
	}
	for _, text := range []string{"0B", "1B", "64KiB", "1025B", "3MiB", "1GiB"} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s.String() != text {
			t.Errorf("%s reads as %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"5", "s", "5 parsecs", "1e300h", "", "-1s"} {
		if err := new(Duration).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for a time", text)
		}
	}
	for _, text := range []string{"5", "KiB", "5 KB", "3GiB", "-1B"} {
		if err := new(Size).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for a size", text)
		}
	}
	for text, want := range map[string]Literal{"1e3": "1000", "true": "true", "1.5": "1.5", "18446744073709551615": "18446744073709551615", "1e-3": "1e-3"} {
		var l Literal
		if err := l.UnmarshalJSON([]byte(text)); err != nil || l != want {
			t.Errorf("%s reads as %v, %v; want %v", text, l, err, want)
		}
	}
}
