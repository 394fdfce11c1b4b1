package main

import (
	"bytes"
	"go/ast"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	mostLines = 600     // of a Go file: one file, one idea
	mostBytes = 200_000 // of a file that is no source of its own
)

// largeFiles are the files that may be larger than mostBytes, with the reason.
var largeFiles = map[string]string{}

// tracked lists the files that git keeps and that are here, and that are no links.
// Without git, as in an unpacked release, it lists all files that a build leaves alone.
func tracked(t *testing.T) []string {
	t.Helper()
	var names []string
	// The folder may belong to somebody else, as in a container; it is only read.
	out, err := exec.Command("git", "-c", "safe.directory=*", "ls-files", "-z").Output()
	if err == nil {
		names = strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
	} else {
		names = everyFile(t)
	}
	names = slices.DeleteFunc(names, func(n string) bool {
		info, err := os.Lstat(n)
		return err != nil || !info.Mode().IsRegular()
	})
	if len(names) == 0 {
		t.Fatal("no files: this test runs in the root of the repository")
	}
	return names
}

func everyFile(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(".", func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "bin", "out", "runs"}, p) {
			return filepath.SkipDir
		}
		if !d.IsDir() {
			names = append(names, filepath.ToSlash(p))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// isText tells text from pictures and other data by the NUL that text does not have.
func isText(data []byte) bool { return bytes.IndexByte(data[:min(len(data), 8000)], 0) < 0 }

func TestGoFilesHoldOneIdea(t *testing.T) {
	s := readSource(t)
	for _, f := range s.files {
		if n := s.fset.File(f.FileStart).LineCount(); n > mostLines {
			t.Errorf("%s has %d lines, more than %d; split it by ideas", f.path, n, mostLines)
		}
	}
}

func TestEveryPackageOpensWithItsPurpose(t *testing.T) {
	dirs, packages := readSource(t).packages()
	for _, dir := range dirs {
		files := packages[dir]
		name := files[0].Name.Name
		if name == "main" {
			continue
		}
		// A package of one file says there what it is for.
		i := slices.IndexFunc(files, func(f goFile) bool { return len(files) == 1 || path.Base(f.path) == "doc.go" })
		switch {
		case i < 0:
			t.Errorf("%s has no doc.go; it says what the package is for", dir)
		case !strings.HasPrefix(files[i].Doc.Text(), "Package "+name+" "):
			t.Errorf("%s does not open with a comment \"Package %s ...\"", files[i].path, name)
		}
	}
}

// commonMethods need no comment: their meaning is that of the interface that they serve.
var commonMethods = []string{"Error", "Is", "String", "Unwrap", "Len", "Less", "Swap",
	"Close", "Read", "Write", "ServeHTTP",
	"MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText"}

func TestExportedNamesHaveComments(t *testing.T) {
	s := readSource(t)
	for _, f := range s.files {
		if f.test || f.Name.Name == "main" {
			continue
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if !d.Name.IsExported() || d.Doc != nil || d.Recv != nil && (!exportedReceiver(d) || slices.Contains(commonMethods, d.Name.Name)) {
					continue
				}
				t.Errorf("%s: exported %s has no comment", s.line(d), d.Name.Name)
			case *ast.GenDecl:
				checkComments(t, s, d)
			}
		}
	}
}

// checkComments looks at types, constants and variables: one comment may serve a group.
func checkComments(t *testing.T, s *goSource, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && spec.Doc == nil && d.Doc == nil {
				t.Errorf("%s: exported type %s has no comment", s.line(spec), spec.Name.Name)
			}
		case *ast.ValueSpec:
			for _, n := range spec.Names {
				if n.IsExported() && spec.Doc == nil && spec.Comment == nil && d.Doc == nil {
					t.Errorf("%s: exported %s has no comment", s.line(n), n.Name)
				}
			}
		}
	}
}

// exportedReceiver tells whether a method belongs to a type that others can name.
func exportedReceiver(d *ast.FuncDecl) bool {
	t := d.Recv.List[0].Type
	for {
		switch of := t.(type) {
		case *ast.StarExpr:
			t = of.X
		case *ast.IndexExpr:
			t = of.X
		case *ast.IndexListExpr:
			t = of.X
		case *ast.Ident:
			return of.IsExported()
		default:
			return false
		}
	}
}

func TestNothingRunsBeforeMain(t *testing.T) {
	s := readSource(t)
	for _, f := range s.files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: an init function; let a caller call it by a name", s.line(fn))
			}
		}
	}
}

// unfinished finds words that say that something is left to do.
var unfinished = regexp.MustCompile(`\b(` + "TO" + "DO|FIX" + "ME|XX" + `X)\b`)

// machinePath finds folders that only the machine of an author has.
var machinePath = regexp.MustCompile("/" + "(work|root|home)/")

// tidyLines are the kinds of file whose lines end where their text ends.
var tidyLines = []string{".md", ".cue", ".go", ".sh", ".css", ".js", ".html", ".sql", ".cpp", ".h", ".mod"}

func TestTextIsFinishedAndTidy(t *testing.T) {
	for _, name := range tracked(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !isText(data) {
			continue
		}
		tidy := slices.Contains(tidyLines, path.Ext(name)) || name == "Makefile" || strings.HasPrefix(name, ".ci/")
		for i, line := range bytes.Split(data, []byte("\n")) {
			if m := unfinished.Find(line); m != nil {
				t.Errorf("%s:%d: %s; do it or leave it out", name, i+1, m)
			}
			if m := machinePath.Find(line); m != nil {
				t.Errorf("%s:%d: a path below %s, which another machine does not have", name, i+1, m)
			}
			if tidy && len(bytes.TrimRight(line, " \t\r")) != len(line) {
				t.Errorf("%s:%d: white space at the end of the line", name, i+1)
			}
		}
	}
}

func TestTrackedFilesAreSmall(t *testing.T) {
	names := tracked(t)
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > mostBytes && largeFiles[name] == "" {
			t.Errorf("%s has %d bytes, more than %d; make it smaller, or give the reason in largeFiles", name, info.Size(), mostBytes)
		}
	}
	for name := range largeFiles {
		if !slices.Contains(names, name) {
			t.Errorf("largeFiles names %s, which is not there", name)
		}
	}
}
