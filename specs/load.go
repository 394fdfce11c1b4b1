package specs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/load"
	cuejson "cuelang.org/go/encoding/json"

	"linetwin.dev/specs/mistake"
)

// module is the CUE module that the schema is a package of.
const module = "linetwin.dev"

// Loaded is a scenario that was read, checked and found right. It is immutable.
type Loaded struct {
	Scenario
	// Dir is the scenario's folder, absolute. Artwork lies relative to it.
	Dir string

	ix *index
}

// Load reads the scenario in a folder of CUE, or in one file of it, and checks
// everything that can be checked without running it. The error is of type Errors
// and holds all that was found wrong.
//
// Imports of linetwin.dev/specs resolve to the schema in this binary, wherever the
// folder lies; nothing is fetched for them.
func Load(path string) (*Loaded, error) {
	p := &problems{}
	dir, args := locate(path, p)
	if err := p.err(); err != nil {
		return nil, err
	}
	cfg, schema, err := configure(dir)
	if err != nil {
		return nil, Errors{{File: mistake.Short(path), Message: err.Error()}}
	}
	instances := load.Instances(args, cfg)
	inst := instances[0]
	ix := newIndex(inst.Files, schema)
	if inst.Err != nil {
		p.loading(inst.Err, ix, path)
		return nil, p.err()
	}
	v := cuecontext.New().BuildInstance(inst)
	ix.root = v
	if !v.LookupPath(cue.ParsePath("mes.history")).Exists() {
		p.unbuilt(v, inst, ix)
		return nil, p.err()
	}
	s := decode(v, ix, p)
	validate(s, ix, p, dir)
	p.rest(v, ix)
	if err := p.err(); err != nil {
		return nil, err
	}
	return &Loaded{Scenario: *s, Dir: dir, ix: ix}, nil
}

// locate tells the folder and what to load in it.
func locate(path string, p *problems) (dir string, args []string) {
	fail := func(format string, args ...any) {
		p.List = append(p.List, Error{File: path, Message: fmt.Sprintf(format, args...)})
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		fail("%v", err)
		return "", nil
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fail("there is no such folder or file; name a folder that holds a scenario in CUE, as in scenarios/bottling")
		return "", nil
	case err != nil:
		fail("%v", err)
		return "", nil
	case !info.IsDir():
		if filepath.Ext(abs) != ".cue" {
			fail("a scenario is a folder or a file of CUE; its name ends in .cue")
		}
		return filepath.Dir(abs), []string{"./" + filepath.Base(abs)}
	}
	entries, err := os.ReadDir(abs)
	if err != nil {
		fail("this folder cannot be read: %v; a scenario must be readable", mistake.Cause(err))
		return "", nil
	}
	if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return filepath.Ext(e.Name()) == ".cue" }) {
		fail("there is no CUE file in this folder; a scenario is at least one, which embeds specs.#Scenario")
	}
	return abs, []string{"."}
}

// configure finds the CUE module that a folder belongs to and puts the schema into
// it: in this repository in its own place, elsewhere where a module keeps packages
// that it was given. A folder without a module gets one for the time of loading.
func configure(dir string) (cfg *load.Config, schema string, err error) {
	root, name := dir, ""
	for at := dir; ; at = filepath.Dir(at) {
		src, err := os.ReadFile(filepath.Join(at, "cue.mod", "module.cue"))
		if err == nil {
			root, name = at, moduleName(src)
			break
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return nil, "", fmt.Errorf("the CUE module cannot be read: %w", err)
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	overlay := map[string]load.Source{}
	if name == "" {
		overlay[filepath.Join(root, "cue.mod", "module.cue")] =
			load.FromString("module: \"scenario.local\"\nlanguage: version: \"v0.17.0\"\n")
	}
	schema = filepath.Join(root, "cue.mod", "pkg", module, "specs", "schema.cue")
	if name == module {
		schema = filepath.Join(root, "specs", "schema.cue")
	}
	overlay[schema] = load.FromBytes(schemaSource)
	return &load.Config{Dir: dir, ModuleRoot: root, Overlay: overlay}, schema, nil
}

// moduleName reads the module path out of a module.cue, without its version.
func moduleName(src []byte) string {
	v := cuecontext.New().CompileBytes(src)
	s, err := v.LookupPath(cue.ParsePath("module")).String()
	if err != nil || s == "" {
		return "unnamed" // loading says what is wrong with it
	}
	s, _, _ = strings.Cut(s, "@")
	return s
}

// decode fills a scenario from its value, and says what does not fit.
func decode(v cue.Value, ix *index, p *problems) *Scenario {
	s := new(Scenario)
	d := &decoder{problems: p, ix: ix}
	d.fill(node{v: v}, reflect.ValueOf(s).Elem())
	return s
}

// loading reports what kept CUE from reading the files.
func (p *problems) loading(err error, ix *index, path string) {
	for _, e := range mistake.Each(err) {
		at := ix.placeOf(e)
		if pos := e.Position().Position(); pos.IsValid() {
			at = pos
		}
		if at.Filename == "" {
			at.Filename = path
		}
		p.Add(mistake.Path(e), at, "%s", advise(mistake.Message(e)))
	}
	p.Masked = true
}

// advise adds to CUE's own words what would be right.
func advise(text string) string {
	switch {
	case strings.Contains(text, "no language version"):
		return text + `; write language: version: "v0.17.0" there`
	case strings.Contains(text, "module field"):
		return text + `; cue.mod/module.cue says a name, as in module: "plant.example"`
	case strings.Contains(text, "build constraints exclude"):
		return "there is no CUE package in this folder; begin each file with a package clause, as in package line"
	case strings.Contains(text, "cannot find package"), strings.Contains(text, "imports are unavailable"), strings.Contains(text, "import failed"):
		return text + `; a scenario may import "linetwin.dev/specs", CUE's standard library and packages of its own module`
	case strings.HasPrefix(text, "expected '"):
		return text + "; close what is open, in the order in which it was opened"
	case strings.Contains(text, "literal not terminated"):
		return text + "; end the text with a quote on the same line"
	case strings.HasPrefix(text, "missing ','"):
		return text + "; begin a new line for each field, and write quantities in quotes, as in \"420mm\""
	case strings.HasPrefix(text, "undefined field: #"):
		return text + "; a scenario embeds specs.#Scenario"
	case strings.Contains(text, "reference") && strings.Contains(text, "not found"):
		return text + "; a text is written in quotes, a name without them must be defined"
	case strings.Contains(text, "imported and not used"):
		return text + "; remove the import, or use it as in specs.#Scenario"
	case strings.Contains(text, "found packages"), strings.Contains(text, "multiple packages"):
		return text + "; all files of a scenario begin with the same package clause"
	}
	return text
}

// unbuilt reports why the files do not make a scenario.
func (p *problems) unbuilt(v cue.Value, inst *build.Instance, ix *index) {
	p.Masked = true
	for _, e := range mistake.Each(v.Err()) {
		p.Add(mistake.Path(e), ix.placeOf(e), "%s", advise(mistake.Message(e)))
	}
	if len(p.List) > 0 {
		return
	}
	imported := slices.ContainsFunc(inst.Files, func(f *ast.File) bool {
		return slices.ContainsFunc(slices.Collect(f.ImportSpecs()), func(i *ast.ImportSpec) bool {
			return strings.HasPrefix(i.Path.Value, `"`+module+`/specs`)
		})
	})
	if imported {
		p.Add(nil, ix.top, "the package does not embed the scenario's definition; write specs.#Scenario on a line of its own")
		return
	}
	p.Add(nil, ix.top, `the package is not a scenario; write import "linetwin.dev/specs" and, on a line of its own, specs.#Scenario`)
}

// rest reports what CUE finds wrong in fields about which nothing was said yet.
func (p *problems) rest(v cue.Value, ix *index) {
	for _, e := range mistake.Each(v.Validate(cue.Concrete(true))) {
		path := mistake.Path(e)
		if p.Touched(path) || len(path) == 0 && len(p.List) > 0 {
			continue
		}
		p.Add(path, ix.placeOf(e), "%s: %s", mistake.Show(path), advise(mistake.Message(e)))
	}
}

// Where tells as "file:line:column" where the user wrote the field at the path, as
// in Where("cameras", "top"), or the nearest thing around it.
func (l *Loaded) Where(path ...string) string { return mistake.Where(l.ix.label(path)) }

// File is the path of a file that the scenario names, such as a label's artwork.
func (l *Loaded) File(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.Dir, filepath.FromSlash(name))
}

// ResolvedJSON is the scenario with all defaults filled in, for people and machines:
// ParseResolved reads back the same values, bit for bit.
func (s *Scenario) ResolvedJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // "<= 0" is for people too
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return nil, fmt.Errorf("scenario %s: %w", s.Name, err)
	}
	return b.Bytes(), nil
}

// ParseResolved reads what ResolvedJSON wrote and checks it as Load does, except
// for the files that it names. The error is of type Errors.
func ParseResolved(data []byte) (*Scenario, error) {
	const name = "spec.json"
	p := &problems{}
	expr, err := cuejson.Extract(name, data)
	if err != nil {
		p.loading(err, &index{}, name)
		return nil, p.err()
	}
	ctx := cuecontext.New()
	schema := ctx.CompileBytes(schemaSource, cue.Filename("specs/schema.cue"))
	if err := schema.Err(); err != nil {
		return nil, err
	}
	ix := newIndex([]*ast.File{{Filename: name, Decls: []ast.Decl{&ast.EmbedDecl{Expr: expr}}}}, "specs/schema.cue")
	v := schema.LookupPath(scenarioPath).Unify(ctx.BuildExpr(expr))
	ix.root = v
	s := decode(v, ix, p)
	validate(s, ix, p, "")
	p.rest(v, ix)
	if err := p.err(); err != nil {
		return nil, err
	}
	return s, nil
}
