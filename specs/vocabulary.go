package specs

import (
	_ "embed" // the schema
	"fmt"
	"strconv"
	"strings"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

//go:embed schema.cue
var schemaSource []byte

// Schema is the source of schema.cue, the CUE package linetwin.dev/specs. A folder
// that holds it as cue.mod/pkg/linetwin.dev/specs/schema.cue can be checked by the cue
// command too.
func Schema() []byte { return append([]byte(nil), schemaSource...) }

// field of a definition as the schema writes it.
type field struct {
	name     string
	required bool // written with "!"
	optional bool // written with "?"
	expr     ast.Expr
}

// vocabulary is the schema's definitions that are structs, by name without "#",
// each with its fields in the order of the file.
var vocabulary = sync.OnceValue(func() map[string][]field {
	f, err := parser.ParseFile("specs/schema.cue", schemaSource)
	if err != nil {
		panic(err) // a test compiles it
	}
	all := map[string][]field{}
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
		name = strings.TrimPrefix(name, "#")
		all[name] = nil
		for _, d := range body.Elts {
			x, ok := d.(*ast.Field)
			if !ok {
				continue
			}
			label, _, _ := ast.LabelName(x.Label)
			all[name] = append(all[name], field{label, x.Constraint == token.NOT, x.Constraint == token.OPTION, x.Value})
		}
	}
	return all
})

// lookup finds a field of a definition.
func lookup(def, name string) (field, bool) {
	for _, f := range vocabulary()[def] {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// terms are the operands of a chain of one operator.
func terms(e ast.Expr, op token.Token) []ast.Expr {
	switch x := e.(type) {
	case *ast.ParenExpr:
		return terms(x.X, op)
	case *ast.BinaryExpr:
		if x.Op == op {
			return append(terms(x.X, op), terms(x.Y, op)...)
		}
	case *ast.UnaryExpr:
		if x.Op == token.MUL { // the default mark
			return terms(x.X, op)
		}
	}
	return []ast.Expr{e}
}

// alternatives are the strings of an enumeration; nil if the field is none.
func (f field) alternatives() []string {
	var names []string
	for _, t := range terms(f.expr, token.OR) {
		lit, ok := t.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return nil
		}
		s, err := literal.Unquote(lit.Value)
		if err != nil {
			return nil
		}
		known := false
		for _, n := range names {
			known = known || n == s
		}
		if !known {
			names = append(names, s)
		}
	}
	return names
}

// chosenBy is the field by whose value the default is looked up, as in *{...}[noise]; empty
// where there is none.
func (f field) chosenBy() string {
	for _, t := range terms(f.expr, token.OR) {
		if x, ok := t.(*ast.IndexExpr); ok {
			if name, ok := x.Index.(*ast.Ident); ok {
				return name.Name
			}
		}
	}
	return ""
}

// numbers says in words which numbers a field takes, as "a whole number from 64 to
// 4096".
func (f field) numbers() string {
	kind, low, high := "", "", ""
	for _, alternative := range terms(f.expr, token.OR) {
		for _, t := range terms(alternative, token.AND) {
			switch t := t.(type) {
			case *ast.Ident:
				kind = map[string]string{"int": "a whole number", "number": "a number"}[t.Name]
			case *ast.UnaryExpr:
				lit, ok := t.X.(*ast.BasicLit)
				if !ok {
					continue
				}
				switch t.Op {
				case token.GEQ:
					low = "from " + lit.Value
				case token.GTR:
					low = "above " + lit.Value
				case token.LEQ:
					high = "to " + lit.Value
				case token.LSS:
					high = "below " + lit.Value
				}
			}
		}
	}
	switch {
	case low == "" && high == "":
		return kind
	case high == "":
		if strings.HasPrefix(low, "from") {
			low = strings.TrimPrefix(low, "from ") + " or more"
			return fmt.Sprintf("%s, %s", kind, low)
		}
		return fmt.Sprintf("%s %s", kind, low)
	case strings.HasPrefix(high, "to") && strings.HasPrefix(low, "above"):
		return fmt.Sprintf("%s %s and up %s", kind, low, high)
	case strings.HasPrefix(high, "below"):
		return fmt.Sprintf("%s %s and %s", kind, low, high)
	}
	return strings.Join(strings.Fields(kind+" "+low+" "+high), " ")
}

// bounds are the tests that a number must pass.
func (f field) bounds() (low, high func(float64) bool) {
	low = func(float64) bool { return true }
	high = low
	if f.expr == nil {
		return low, high
	}
	for _, alternative := range terms(f.expr, token.OR) {
		for _, t := range terms(alternative, token.AND) {
			u, ok := t.(*ast.UnaryExpr)
			if !ok {
				continue
			}
			lit, ok := u.X.(*ast.BasicLit)
			if !ok {
				continue
			}
			bound, err := strconv.ParseFloat(lit.Value, 64)
			if err != nil {
				continue
			}
			switch u.Op {
			case token.GEQ:
				low = func(v float64) bool { return v >= bound }
			case token.GTR:
				low = func(v float64) bool { return v > bound }
			case token.LEQ:
				high = func(v float64) bool { return v <= bound }
			case token.LSS:
				high = func(v float64) bool { return v < bound }
			}
		}
	}
	return low, high
}

// scenarioPath leads from the schema to a scenario's definition.
var scenarioPath = cue.MakePath(cue.Def("Scenario"))
