package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// goFile is one Go file of the module, for any operating system and build tag.
type goFile struct {
	path string // from the root, with slashes
	dir  string // the folder that it is in, "." for the root
	test bool
	*ast.File
}

// source parses all Go files of the module once, whatever number of tests look at them.
var source = sync.OnceValues(func() (*goSource, error) {
	s := &goSource{fset: token.NewFileSet()}
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if n := d.Name(); p != "." && (n[0] == '.' || n[0] == '_' || n == "testdata") {
				return filepath.SkipDir // what the go command skips too
			}
			return nil
		case filepath.Ext(p) != ".go":
			return nil
		}
		p = filepath.ToSlash(p)
		parsed, err := parser.ParseFile(s.fset, p, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s.files = append(s.files, goFile{path: p, dir: path.Dir(p), test: strings.HasSuffix(p, "_test.go"), File: parsed})
		return nil
	})
	return s, err
})

type goSource struct {
	fset  *token.FileSet
	files []goFile
}

// readSource gives the module's Go files in the order of their paths.
func readSource(t *testing.T) *goSource {
	t.Helper()
	s, err := source()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.files) == 0 {
		t.Fatal("no Go files: this test runs in the root of the module")
	}
	return s
}

// line is the place of a node, as file:line.
func (s *goSource) line(n ast.Node) string {
	at := s.fset.Position(n.Pos())
	at.Column = 0
	return at.String()
}

// packages groups the files that are no tests by their folder.
func (s *goSource) packages() (dirs []string, files map[string][]goFile) {
	files = map[string][]goFile{}
	for _, f := range s.files {
		if !f.test {
			files[f.dir] = append(files[f.dir], f)
		}
	}
	for d := range files {
		dirs = append(dirs, d)
	}
	slices.Sort(dirs)
	return dirs, files
}
