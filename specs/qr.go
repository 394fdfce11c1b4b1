package specs

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/parser"
	cuejson "cuelang.org/go/encoding/json"

	"linetwin.dev/specs/mistake"
)

// qrFile is a file of parameters: a station takes its field qr as it stands.
type qrFile struct {
	QR QRParams `json:"qr"`
}

// LoadQR reads a file of parameters for a reader of codes, as FormatQR writes it: CUE with a
// field qr. Fields that it leaves out have the schema's values. The error is of type Errors.
func LoadQR(path string) (QRParams, error) {
	p := &problems{}
	src, err := os.ReadFile(path)
	if err != nil {
		return QRParams{}, Errors{{File: mistake.Short(path), Message: fmt.Sprintf("cannot be read: %v", mistake.Cause(err))}}
	}
	f, err := parser.ParseFile(path, src)
	if err != nil {
		p.loading(err, &index{}, path)
		return QRParams{}, p.err()
	}
	ctx := cuecontext.New()
	const name = "specs/schema.cue"
	schema := ctx.CompileString(string(schemaSource)+"\nqr: #QRParams\n", cue.Filename(name))
	if err := schema.Err(); err != nil {
		return QRParams{}, err
	}
	ix := newIndex([]*ast.File{f}, name)
	v := schema.Unify(ctx.BuildFile(f))
	ix.root = v
	if len(f.Decls) == 0 {
		p.Add(nil, ix.top, `there is nothing in this file; write the parameters as in qr: {blur: 1.5}`)
		return QRParams{}, p.err()
	}
	out := new(qrFile)
	d := &decoder{problems: p, ix: ix}
	d.fill(node{v: v}, reflect.ValueOf(out).Elem())
	p.rest(v, ix)
	if err := p.err(); err != nil {
		return QRParams{}, err
	}
	return out.QR, nil
}

// FormatQR writes parameters as CUE, so that LoadQR reads them and a station can have them.
func FormatQR(q QRParams) ([]byte, error) {
	if q.Regions == nil {
		q.Regions = []Region{}
	}
	src, err := json.Marshal(qrFile{q})
	if err != nil {
		return nil, err
	}
	expr, err := cuejson.Extract("qr", src)
	if err != nil {
		return nil, err
	}
	return format.Node(&ast.File{Decls: expr.(*ast.StructLit).Elts}, format.Simplify())
}
