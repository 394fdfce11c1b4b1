package config

import (
	"bytes"
	_ "embed" // the schema
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
)

//go:embed schema.cue
var schemaSource []byte

// schemaName is what errors in the schema call it.
const schemaName = "protocol/config/schema.cue"

// Schema is the source of schema.cue, the CUE package linetwin.dev/protocol/config. A
// folder that holds it as cue.mod/pkg/linetwin.dev/protocol/config/schema.cue can be
// checked by the cue command too.
func Schema() []byte { return bytes.Clone(schemaSource) }

// openSchema is the schema with definitions that accept everything. While the files are
// read it stands for the schema: so each value is the user's alone, and what is wrong
// in one place hides nothing in another.
func openSchema() []byte {
	f, err := parser.ParseFile(schemaName, schemaSource)
	if err != nil {
		panic(err) // a test compiles it
	}
	b := bytes.NewBufferString("package config\n")
	for _, d := range f.Decls {
		def, ok := d.(*ast.Field)
		if !ok {
			continue
		}
		name, _, _ := ast.LabelName(def.Label)
		if _, ok := def.Value.(*ast.StructLit); ok {
			fmt.Fprintf(b, "%s: {...}\n", name)
		} else {
			fmt.Fprintf(b, "%s: _\n", name)
		}
	}
	return b.Bytes()
}

// schema is the compiled schema, in the context of one load.
type schema struct{ v cue.Value }

func newSchema(ctx *cue.Context) (schema, error) {
	v := ctx.CompileBytes(schemaSource, cue.Filename(schemaName))
	return schema{v}, v.Err()
}

// def is a definition, as "#Listen".
func (s schema) def(name string) cue.Value { return s.v.LookupPath(cue.ParsePath(name)) }

// entry is a field of a definition.
type entry struct {
	v        cue.Value
	required bool // written with "!"
	optional bool // written with "?"
}

// fields of a definition by name.
func (s schema) fields(def string) map[string]entry {
	all := map[string]entry{}
	it, err := s.def(def).Fields(cue.All())
	if err != nil {
		return all
	}
	for it.Next() {
		if sel := it.Selector(); sel.IsString() {
			kind := sel.ConstraintType()
			all[sel.Unquoted()] = entry{it.Value(), kind == cue.RequiredConstraint, kind == cue.OptionalConstraint}
		}
	}
	return all
}

// alternatives are the texts of an enumeration; nil if v is none.
func alternatives(v cue.Value) []string {
	op, parts := v.Expr()
	if op != cue.OrOp {
		return nil
	}
	var names []string
	for _, p := range parts {
		s, err := p.String()
		if err != nil {
			return nil
		}
		names = append(names, s)
	}
	return names
}

// limits finds the bounds in a constraint as CUE writes it: "int & >=1 & <=65536".
var limits = regexp.MustCompile(`>=(\d+) & <=(\d+)`)

// numbers says in words which numbers v takes.
func numbers(v cue.Value) string {
	if m := limits.FindStringSubmatch(fmt.Sprint(v)); m != nil {
		return fmt.Sprintf("a whole number from %s to %s", m[1], m[2])
	}
	return "a whole number"
}

// tag is the name of a struct's field in CUE; "" when it has none.
func tag(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
