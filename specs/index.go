package specs

import (
	"strconv"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"linetwin.dev/specs/mistake"
)

// index knows where in the user's files a field is written.
type index struct {
	nodes  map[string]place
	schema string // the file name of the schema, whose places are not the user's
	root   cue.Value
	top    token.Position // of the package clause
}

// place of a field: its label and its value.
type place struct{ label, value token.Position }

func newIndex(files []*ast.File, schema string) *index {
	ix := &index{nodes: map[string]place{}, schema: schema}
	for i, f := range files {
		if i == 0 {
			ix.top = token.Position{Filename: f.Filename, Line: 1, Column: 1}
			if p := f.Pos().Position(); p.IsValid() {
				ix.top = p
			}
		}
		ix.decls(f.Decls, nil)
	}
	return ix
}

func (ix *index) decls(decls []ast.Decl, path []string) {
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.Field:
			name, isIdent, err := ast.LabelName(d.Label)
			if err != nil || isIdent && (name[0] == '#' || name[0] == '_') {
				continue // a pattern, a computed label, a definition, a hidden field
			}
			at := append(path[:len(path):len(path)], name)
			if _, ok := ix.nodes[mistake.Key(at)]; !ok {
				ix.nodes[mistake.Key(at)] = place{d.Label.Pos().Position(), d.Value.Pos().Position()}
			}
			ix.expr(d.Value, at)
		case *ast.EmbedDecl:
			ix.expr(d.Expr, path)
		case *ast.Comprehension:
			ix.expr(d.Value, path)
		}
	}
}

func (ix *index) expr(e ast.Expr, path []string) {
	switch e := e.(type) {
	case *ast.StructLit:
		ix.decls(e.Elts, path)
	case *ast.ParenExpr:
		ix.expr(e.X, path)
	case *ast.Comprehension:
		ix.expr(e.Value, path)
	case *ast.BinaryExpr:
		ix.expr(e.X, path)
		ix.expr(e.Y, path)
	case *ast.ListLit:
		for i, x := range e.Elts {
			switch x.(type) {
			case *ast.Ellipsis, *ast.Comprehension:
				return // which element it makes is not known here
			}
			at := append(path[:len(path):len(path)], strconv.Itoa(i))
			if _, ok := ix.nodes[mistake.Key(at)]; !ok {
				p := x.Pos().Position()
				ix.nodes[mistake.Key(at)] = place{p, p}
			}
			ix.expr(x, at)
		}
	}
}

// label is where the user named the field, or the nearest thing around it that the
// user wrote.
func (ix *index) label(path []string) token.Position {
	return ix.find(path, func(p place) token.Position { return p.label })
}

// value is where the user wrote the field's value, or the nearest thing around it
// that the user wrote.
func (ix *index) value(path []string) token.Position {
	return ix.find(path, func(p place) token.Position { return p.value })
}

func (ix *index) find(path []string, pick func(place) token.Position) token.Position {
	for n := len(path); n > 0; n-- {
		if p, ok := ix.nodes[mistake.Key(path[:n])]; ok {
			if n < len(path) {
				return p.label // of what stands around it
			}
			return pick(p)
		}
		// Made by a comprehension, a pattern or a package of the user's own: ask
		// the evaluator.
		if p := ix.evaluated(ix.root.LookupPath(cuePath(path[:n])), 4); p.label.IsValid() {
			return pick(p)
		}
	}
	return ix.top
}

// evaluated is the first place of the user's that contributed to a value.
func (ix *index) evaluated(v cue.Value, depth int) place {
	if !v.Exists() {
		return place{}
	}
	if op, parts := v.Expr(); op == cue.AndOp && depth > 0 {
		for _, x := range parts {
			if p := ix.evaluated(x, depth-1); p.label.IsValid() {
				return p
			}
		}
		return place{}
	}
	if p := placeIn(v); ix.users(p.label) {
		return p
	}
	return place{}
}

// placeIn is where a value was written that has one source only.
func placeIn(v cue.Value) place {
	p := v.Pos().Position()
	if f, ok := v.Source().(*ast.Field); ok {
		return place{p, f.Value.Pos().Position()}
	}
	return place{p, p}
}

// users tells whether a place is in a file of the user's.
func (ix *index) users(at token.Position) bool {
	return at.IsValid() && at.Filename != "" && at.Filename != ix.schema
}

// cuePath is the path as CUE looks it up.
func cuePath(path []string) cue.Path {
	sel := make([]cue.Selector, len(path))
	for i, p := range path {
		if n, err := strconv.Atoi(p); err == nil && n >= 0 && i > 0 {
			sel[i] = cue.Index(n)
		} else {
			sel[i] = cue.Str(p)
		}
	}
	return cue.MakePath(sel...)
}
