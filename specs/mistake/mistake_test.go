package mistake

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cuelang.org/go/cue/token"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAnErrorIsReadBackFromThePlaceThatItTells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := token.Position{
			Filename: rapid.StringMatching(`[a-z]{1,8}(:[0-9]{1,3})?\.cue`).Draw(t, "file"),
			Line:     rapid.IntRange(1, 1<<20).Draw(t, "line"),
			Column:   rapid.IntRange(1, 1<<20).Draw(t, "column"),
		}
		e := At(Where(p), "it is too long")
		if e.File != p.Filename || e.Line != p.Line || e.Column != p.Column {
			t.Fatalf("%+v became %+v", p, e)
		}
		if want := Where(p) + ": it is too long"; e.Error() != want {
			t.Fatalf("%q, want %q", e.Error(), want)
		}
	})
}

func TestAnErrorWithoutALineOrAFileSaysWhatItHas(t *testing.T) {
	for _, c := range []struct {
		e    Error
		want string
	}{
		{At("", "wrong"), "wrong"},
		{At("line.cue", "wrong"), "line.cue: wrong"},
		{At("line.cue:7", "wrong"), "line.cue:7: wrong"},
	} {
		if got := c.e.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestErrorsAreTakenInTheOrderOfTheFilesAndEachOnce(t *testing.T) {
	a := Error{File: "a.cue", Line: 9, Column: 1, Message: "first"}
	b := Error{File: "a.cue", Line: 10, Column: 3, Path: "x", Message: "second"}
	c := Error{File: "a.cue", Line: 10, Column: 3, Path: "y", Message: "third"}
	var p Problems
	p.List = Errors{c, b, a, b}
	if diff := cmp.Diff(Errors{a, b, c}, p.Sorted()); diff != "" {
		t.Error(diff)
	}
	if (new(Problems)).Sorted() != nil {
		t.Error("nothing wrong is not nil")
	}
}

func TestABadFieldTouchesWhatIsAroundItAndInItAndNothingElse(t *testing.T) {
	var p Problems
	p.Taint([]string{"faults", "1", "at"})
	for path, want := range map[string]bool{
		"faults": true, "faults/1": true, "faults/1/at": true, "faults/1/at/deep": true,
		"faults/1/for": false, "faults/10": false, "fault": false,
	} {
		if got := p.Touched(strings.Split(path, "/")); got != want {
			t.Errorf("%s: %t", path, got)
		}
	}
	if p.Bad([]string{"faults"}) || !p.Bad([]string{"faults", "1", "at"}) {
		t.Error("the field itself is bad, and no other")
	}
	if len(p.List) != 0 {
		t.Error("an error was made of it")
	}
}

func TestAPathIsWrittenAsPeopleDo(t *testing.T) {
	for _, c := range []struct {
		path []string
		want string
	}{
		{nil, ""},
		{[]string{"machines", "capper", "joints", "2", "min"}, "machines.capper.joints[2].min"},
		{[]string{"registers", "tank.level", "min"}, `registers."tank.level".min`},
	} {
		if got := Show(c.path); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestTheNearestNameIsOneThatIsNear(t *testing.T) {
	known := []string{"conveyors", "cameras", "gates"}
	for name, want := range map[string]string{"gatse": "gates", "Camera": "cameras", "weather": "", "": ""} {
		if got := Nearest(name, known); got != want {
			t.Errorf("%q means %q, want %q", name, got, want)
		}
	}
}

func TestNamesAreListedWithAWordBeforeTheLast(t *testing.T) {
	for want, names := range map[string][]string{``: nil, `"a"`: {"a"}, `"a" or "b"`: {"a", "b"}, `"a", "b" or "c"`: {"a", "b", "c"}} {
		if got := List(names, "or"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestAFileIsToldFromTheWorkingDirectoryWhereThatIsShorter(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if got := Short(filepath.Join(wd, "line.cue")); got != "line.cue" {
		t.Error(got)
	}
	if got := Short("/x"); got != "/x" {
		t.Error(got)
	}
}

func TestTheCauseIsToldWithoutTheOperationAndThePath(t *testing.T) {
	_, open := os.Open(filepath.Join(t.TempDir(), "none"))
	link := os.Rename(filepath.Join(t.TempDir(), "none"), "other")
	for _, err := range []error{open, link} {
		if Cause(err) != syscall.ENOENT {
			t.Errorf("%v: %v", err, Cause(err))
		}
	}
	if own := errors.New("own words"); Cause(own) != own {
		t.Error("an error of another kind changed")
	}
}
