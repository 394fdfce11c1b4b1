package specs

import (
	"reflect"
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"
	"github.com/google/go-cmp/cmp"
)

func TestGoTypesAndSchemaHaveTheSameFieldsInTheSameOrder(t *testing.T) {
	for name, fields := range vocabulary() {
		goType, ok := definitions[name]
		if !ok {
			t.Errorf("#%s has no Go type", name)
			continue
		}
		var want, got []string
		for _, f := range fields {
			want = append(want, f.name)
		}
		for i := range goType.NumField() {
			f := goType.Field(i)
			tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			got = append(got, tag)
			if !strings.EqualFold(tag, f.Name) {
				t.Errorf("%s.%s is written %q", name, f.Name, tag)
			}
			schema, _ := lookup(name, tag)
			if pointer := f.Type.Kind() == reflect.Pointer; pointer != schema.optional || pointer != (options == "omitempty") {
				t.Errorf("%s.%s: optional fields, and no others, are pointers with omitempty", name, f.Name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -schema +Go:\n%s", name, diff)
		}
	}
	for name := range definitions {
		if _, ok := vocabulary()[name]; !ok {
			t.Errorf("%s is not in the schema", name)
		}
	}
}

// kindOf is the definition or kind that a schema's expression begins with: #Length,
// int, [#Name], a list of #Joint.
func kindOf(e ast.Expr) string {
	for _, alternative := range terms(e, token.OR) {
		for _, term := range terms(alternative, token.AND) {
			switch x := term.(type) {
			case *ast.Ident:
				return strings.TrimPrefix(x.Name, "#")
			case *ast.BasicLit:
				if x.Kind == token.STRING {
					return "string"
				}
			case *ast.UnaryExpr:
				if x.Op == token.MAT {
					return "string"
				}
			case *ast.ListLit:
				if len(x.Elts) == 0 {
					return "list of anything"
				}
				if e, ok := x.Elts[0].(*ast.Ellipsis); ok {
					return "list of " + kindOf(e.Type)
				}
				return "list of " + kindOf(x.Elts[0])
			case *ast.StructLit:
				if f, ok := x.Elts[0].(*ast.Field); ok {
					return "map of " + kindOf(f.Value)
				}
			}
		}
	}
	return "?"
}

func goKind(t reflect.Type) string {
	if _, ok := quantities[t]; ok {
		return t.Name()
	}
	switch t.Kind() {
	case reflect.Map:
		return "map of " + goKind(t.Elem())
	case reflect.Slice, reflect.Array:
		return "list of " + goKind(t.Elem())
	case reflect.Pointer:
		return goKind(t.Elem())
	case reflect.Struct:
		return t.Name()
	case reflect.Int, reflect.Uint64:
		return "int"
	case reflect.Float64:
		return "number"
	}
	return t.Kind().String()
}

func TestGoTypesAndSchemaAgreeOnEachFieldsType(t *testing.T) {
	for name, fields := range vocabulary() {
		for _, f := range fields {
			var field reflect.StructField
			for i := range definitions[name].NumField() {
				if tag, _, _ := strings.Cut(definitions[name].Field(i).Tag.Get("json"), ","); tag == f.name {
					field = definitions[name].Field(i)
				}
			}
			schema := kindOf(f.expr)
			if schema == "Name" || schema == "Bound" {
				schema = "string"
			}
			schema = strings.ReplaceAll(schema, "of Bound", "of string")
			if got := goKind(field.Type); got != schema {
				t.Errorf("%s.%s is %s in Go and %s in the schema", name, f.name, got, schema)
			}
		}
	}
}

func TestTheFormsOfStringsAreTheSchemas(t *testing.T) {
	for name, form := range forms {
		def, field, _ := strings.Cut(name, ".")
		f, ok := lookup(def, field)
		if !ok {
			t.Errorf("%s is not in the schema", name)
			continue
		}
		if field == "name" || field == "expect" || field == "registers" {
			continue // references; the messages' tests cover them
		}
		var got string
		for _, term := range terms(f.expr, token.OR) {
			if u, ok := term.(*ast.UnaryExpr); ok && u.Op == token.MAT {
				got, _ = literal.Unquote(u.X.(*ast.BasicLit).Value)
			}
		}
		if got != form.re.String() {
			t.Errorf("%s: %s in Go, %s in the schema", name, form.re, got)
		}
	}
}

func TestReferencesAreToClassesOfTheScenario(t *testing.T) {
	for name, goType := range definitions {
		for i := range goType.NumField() {
			f := goType.Field(i)
			if class := f.Tag.Get("ref"); class != "" {
				if e, ok := lookup("Scenario", class); !ok || !strings.HasPrefix(kindOf(e.expr), "map of") {
					t.Errorf("%s.%s refers to %q", name, f.Name, class)
				}
			}
			if rule := f.Tag.Get("check"); rule != "" && rule != ">0" && rule != ">=0" || rule != "" && quantities[f.Type] == nil {
				t.Errorf("%s.%s: no rule %q for %s", name, f.Name, rule, f.Type)
			}
		}
	}
}
