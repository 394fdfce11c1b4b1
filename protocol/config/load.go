package config

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/cue/token"

	"linetwin.dev/specs/mistake"
)

const (
	module  = "linetwin.dev" // the CUE module that the schema is a package of
	subject = "protocol/config"
)

// source is where a configuration comes from, and what it takes from other files.
type source struct {
	path    string           // the file or folder, absolute; "" for the default
	places  map[string]place // of what is written, by path
	top     token.Position
	order   []string          // of the registers, as they are written
	reads   []string          // all files that it depends on
	content [sha256.Size]byte // of them, when they were read
	tokens  map[string][sha256.Size]byte
	// digests are of the content of files and variables that settings name.
	digests map[string][sha256.Size]byte
	tls     *tls.Config
}

// place of a setting: its label and its value.
type place struct{ label, value token.Position }

// Load reads the configuration in a file of CUE, or in a folder of it, and all files
// that it names. The error is of type Errors and holds all that was found wrong.
//
// Imports of linetwin.dev/protocol/config resolve to the schema in this binary, wherever
// the file lies; nothing is fetched for them.
func Load(path string) (*Config, error) {
	c, _, err := read(path)
	return c, err
}

// Default is the configuration of which nothing is written.
func Default() *Config {
	ctx := cuecontext.New()
	s, err := newSchema(ctx)
	if err != nil {
		panic(err) // a test loads it
	}
	c := new(Config)
	if err := s.def("#Config").Decode(c); err != nil {
		panic(err)
	}
	return c
}

// read is Load that also tells, whatever comes of it, which files it depends on.
func read(path string) (*Config, []string, error) {
	p := &problems{}
	abs, dir, args := locate(path, p)
	if err := p.err(); err != nil {
		return nil, []string{abs}, err
	}
	cfg, err := configure(dir)
	if err != nil {
		return nil, []string{abs}, Errors{{File: mistake.Short(abs), Message: err.Error()}}
	}
	inst := load.Instances(args, cfg)[0]
	reads := append(filesOf(inst), abs)
	if inst.Err != nil {
		p.cue(inst.Err, abs, nil)
		return nil, reads, p.err()
	}
	ctx := cuecontext.New()
	s, err := newSchema(ctx)
	if err != nil {
		return nil, reads, err
	}
	user := ctx.BuildInstance(inst)
	c := &Config{src: source{path: abs, places: map[string]place{}, top: token.Position{Filename: abs, Line: 1, Column: 1}}}
	k := &checker{problems: p, ctx: ctx, schema: s, src: &c.src}
	k.config(user, c)
	if p.Masked {
		return nil, reads, p.err()
	}
	c.validate(p)
	if len(p.List) == 0 { // what is accepted here, the cue command accepts as well
		if err := s.def("#Config").Unify(user).Validate(cue.Concrete(true)); err != nil {
			p.cue(err, abs, &c.src)
		}
	}
	reads = append(reads, c.src.reads...)
	slices.Sort(reads)
	c.src.reads = slices.Compact(reads)
	if err := p.err(); err != nil {
		return nil, c.src.reads, err
	}
	c.src.content = fingerprint(c.src.reads)
	return c, c.src.reads, nil
}

// locate tells the folder and what to load in it.
func locate(path string, p *problems) (abs, dir string, args []string) {
	fail := func(format string, args ...any) {
		p.Add(nil, token.Position{Filename: path}, format, args...)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		fail("%v", err)
		return path, "", nil
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fail("there is no such file; name a configuration in CUE, as in server.cue")
	case err != nil:
		fail("%v", mistake.Cause(err))
	case info.IsDir():
		found, err := filepath.Glob(filepath.Join(abs, "*.cue"))
		if err != nil || len(found) == 0 {
			fail("there is no CUE file in this folder; a configuration is at least one")
		}
		return abs, abs, []string{"."}
	case info.Size() == 0: // as when somebody is about to write it
		fail("the file is empty; a configuration says at least: package server")
	case filepath.Ext(abs) != ".cue":
		fail("a configuration is a file of CUE, or a folder of such files; its name ends in .cue")
	}
	return abs, filepath.Dir(abs), []string{"./" + filepath.Base(abs)}
}

// configure finds the CUE module that a folder belongs to and puts the schema into it:
// in this repository in its own place, elsewhere where a module keeps packages that it
// was given. A folder without a module gets one for the time of loading.
func configure(dir string) (*load.Config, error) {
	root, name := dir, ""
	for at := dir; ; at = filepath.Dir(at) {
		src, err := os.ReadFile(filepath.Join(at, "cue.mod", "module.cue"))
		if err == nil {
			v := cuecontext.New().CompileBytes(src)
			name, _ = v.LookupPath(cue.ParsePath("module")).String()
			name, _, _ = strings.Cut(name, "@")
			root = at
			break
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return nil, fmt.Errorf("the CUE module cannot be read: %w", err)
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	overlay := map[string]load.Source{}
	if root == dir && name == "" {
		overlay[filepath.Join(root, "cue.mod", "module.cue")] =
			load.FromString("module: \"server.local\"\nlanguage: version: \"v0.17.0\"\n")
	}
	at := filepath.Join(root, "cue.mod", "pkg", module, subject, "schema.cue")
	if name == module {
		at = filepath.Join(root, subject, "schema.cue")
	}
	overlay[at] = load.FromBytes(openSchema())
	return &load.Config{Dir: dir, ModuleRoot: root, Overlay: overlay}, nil
}

// filesOf are the files of a package and of those that it imports.
func filesOf(inst *build.Instance) []string {
	var all []string
	for _, f := range slices.Concat(inst.BuildFiles, inst.InvalidFiles) {
		if filepath.IsAbs(f.Filename) {
			all = append(all, f.Filename)
		}
	}
	for _, i := range inst.Imports {
		if i.ImportPath != module+"/"+subject {
			all = append(all, filesOf(i)...)
		}
	}
	return all
}

// cue reports what CUE says, at the user's place.
func (p *problems) cue(err error, path string, src *source) {
	for _, e := range mistake.Each(err) {
		names := mistake.Path(e)
		at, also := token.Position{Filename: path}, ""
		for _, pos := range append([]token.Pos{e.Position()}, e.InputPositions()...) {
			switch q := pos.Position(); {
			case !q.IsValid() || !users(q) || q == at:
			case !at.IsValid():
				at = q
			case also == "":
				also = ", also at " + mistake.Where(q)
			}
		}
		if src != nil && !at.IsValid() {
			at = src.at(names).value
		}
		text := advise(mistake.Message(e) + also)
		if secret(names) {
			text = "what is written does not fit" + also + "; write one text in quotes"
		}
		if len(names) > 0 {
			text = mistake.Show(names) + ": " + text
		}
		p.Add(names, at, "%s", text)
	}
	p.Masked = true
}

// users tells whether a place is in a file of the user's.
func users(at token.Position) bool {
	return at.Filename != "" && at.Filename != schemaName && !strings.HasSuffix(filepath.ToSlash(at.Filename), "/"+schemaName) &&
		!strings.HasSuffix(filepath.ToSlash(at.Filename), "/"+module+"/"+subject+"/schema.cue")
}

// advise adds to CUE's own words what would be right.
func advise(text string) string {
	switch {
	case strings.Contains(text, "no language version"):
		return text + `; write language: version: "v0.17.0" there`
	case strings.Contains(text, "cannot find package"), strings.Contains(text, "imports are unavailable"), strings.Contains(text, "import failed"):
		return text + `; a configuration may import "` + module + "/" + subject + `", CUE's standard library and packages of its own module`
	case strings.HasPrefix(text, "expected '"):
		return text + "; close what is open, in the order in which it was opened"
	case strings.Contains(text, "literal not terminated"):
		return text + "; end the text with a quote on the same line"
	case strings.HasPrefix(text, "missing ','"):
		return text + "; begin a new line for each setting, and write quantities in quotes, as in \"5s\""
	case strings.Contains(text, "undefined field: #"):
		return text + "; a configuration embeds config.#Config"
	case strings.Contains(text, "reference") && strings.Contains(text, "not found"):
		return text + "; a text is written in quotes, a name without them must be defined"
	case strings.Contains(text, "imported and not used"):
		return text + "; remove the import, or embed config.#Config on a line of its own"
	}
	return text
}

// at is where a setting is written, or the nearest thing around it.
func (s *source) at(path []string) place {
	for n := len(path); n > 0; n-- {
		if p, ok := s.places[mistake.Show(path[:n])]; ok {
			if n < len(path) {
				return place{p.label, p.label}
			}
			return p
		}
	}
	return place{s.top, s.top}
}

// Where tells as "file:line:column" where the setting at a path is written, as in
// Where("clients", "hmi", "role"), or the nearest thing around it; "" in a default
// configuration.
func (c *Config) Where(path ...string) string { return mistake.Where(c.src.at(path).label) }

// Path of the file or folder that the configuration was loaded from, absolute; "" for
// the default one.
func (c *Config) Path() string { return c.src.path }

// Dir is the configuration's folder.
func (c *Config) Dir() string {
	if filepath.Ext(c.src.path) == ".cue" {
		return filepath.Dir(c.src.path)
	}
	return c.src.path
}

// File is the path of a file that a setting names.
func (c *Config) File(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.Dir(), filepath.FromSlash(name))
}

// ValuesFile is the path of the file in which the values of registers persist; "" for the
// default configuration, which has no registers.
func (c *Config) ValuesFile() string {
	switch {
	case c.Values.File != "":
		return c.File(c.Values.File)
	case filepath.Ext(c.src.path) == ".cue":
		return strings.TrimSuffix(c.src.path, ".cue") + ".values"
	case c.src.path != "":
		return filepath.Join(c.src.path, "registers.values")
	}
	return ""
}

// TLS is what a server's listener takes, with the certificates as they were read; nil
// where the connections are in the clear.
func (c *Config) TLS() *tls.Config {
	if c.src.tls == nil {
		return nil
	}
	return c.src.tls.Clone()
}
