package specs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
	"github.com/google/go-cmp/cmp"

	"linetwin.dev/specs/mistake"
)

// scenarios are the folders of ../scenarios that hold CUE.
func scenarios(t testing.TB) []string {
	t.Helper()
	found, err := filepath.Glob("../scenarios/*/*.cue")
	if err != nil || len(found) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	var dirs []string
	for _, f := range found {
		if d := filepath.Dir(f); len(dirs) == 0 || dirs[len(dirs)-1] != d {
			dirs = append(dirs, d)
		}
	}
	return dirs
}

func TestEveryScenarioOfTheRepositoryLoads(t *testing.T) {
	for _, dir := range scenarios(t) {
		if _, err := Load(dir); err != nil {
			t.Errorf("%s:\n%v", dir, err)
		}
	}
}

func TestTheCueCommandAcceptsEveryScenario(t *testing.T) {
	for _, dir := range scenarios(t) {
		cmd := exec.Command("go", "run", "cuelang.org/go/cmd/cue", "vet", "-c", "./scenarios/"+filepath.Base(dir))
		cmd.Dir = ".."
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", dir, err, out)
		}
	}
}

func TestALineDecodesAsCueDecodesIt(t *testing.T) {
	for _, dir := range scenarios(t) {
		l, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		inst := load.Instances([]string{"."}, &load.Config{Dir: dir})[0]
		var want Scenario
		if err := cuecontext.New().BuildInstance(inst).Decode(&want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, l.Scenario); diff != "" {
			t.Errorf("%s: -cue +Load:\n%s", dir, diff)
		}
	}
}

func TestDefaultsAreFilledIn(t *testing.T) {
	l, err := Load(writeLine(t))
	if err != nil {
		t.Fatal(err)
	}
	top := l.Cameras["top"]
	if top.Width != 1280 || !top.Depth || top.Latency != (Latency{20e6, 4e6}) || top.HIL != nil {
		t.Errorf("camera top: %+v", top)
	}
	if got := l.Cameras["eye"].Latency; got != (Latency{Base: 12e6}) {
		t.Errorf("a latency that says only its base has jitter %v", got.Jitter)
	}
	if l.Seed != 1 || l.MES.History.Period != 5*60e9 || l.Products["bottle"].Body.Color != (Color{0xd9, 0xe4, 0xea}) {
		t.Errorf("scenario: %+v", l.Scenario)
	}
	if l.Conveyors["belt"].Length != 6 || l.Conveyors["belt"].Encoder.Resolution != 1e-4 {
		t.Errorf("conveyor: %+v", l.Conveyors["belt"])
	}
}

func TestWhereNamesTheUsersLine(t *testing.T) {
	dir := writeLine(t)
	l, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path []string
		want string
	}{
		{[]string{"cameras", "top"}, ":22:2"},
		{[]string{"gates", "reject", "at"}, ":20:35"},
		{[]string{"machines", "arm", "joints", "1", "min"}, ":41:16"},
		{[]string{"cameras", "top", "sim", "k1"}, ":22:2"}, // a default: what stands around it
		{[]string{"faults", "0"}, ":65:10"},
		{[]string{"nothing"}, ":1:1"},
		{nil, ":1:1"},
	} {
		if got := l.Where(c.path...); got != mistake.Short(filepath.Join(dir, "line.cue"))+c.want {
			t.Errorf("Where(%q) = %s, want line.cue%s", c.path, got, c.want)
		}
	}
}

func TestPathsAreRelativeToTheWorkingDirectoryWhenShorter(t *testing.T) {
	dir := writeLine(t, `"0.5m/s"`, `"fast"`)
	t.Chdir(dir)
	_, err := Load(".")
	if err == nil || !strings.HasPrefix(err.Error(), "line.cue:8:40: conveyors.belt.speed: ") {
		t.Errorf("got %v", err)
	}
}

func TestAFileIsAScenarioToo(t *testing.T) {
	dir := writeLine(t)
	write(t, dir, "other.cue", "package line\ntitle: \"not loaded\"\n")
	l, err := Load(filepath.Join(dir, "line.cue"))
	if err != nil {
		t.Fatal(err)
	}
	if l.Title != "" || l.Dir != dir || l.File("label.png") != filepath.Join(dir, "label.png") {
		t.Errorf("title %q, dir %s", l.Title, l.Dir)
	}
}

func TestAFolderThatIsNoScenarioIsRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "text/readme.txt", "hello")
	write(t, dir, "two/a.cue", "package a\n")
	write(t, dir, "two/b.cue", "package b\n")
	write(t, dir, "empty/a.cue", "")
	write(t, dir, "broken/cue.mod/module.cue", "module: 5\nlanguage: version: \"v0.17.0\"\n")
	write(t, dir, "broken/a.cue", "package a\nimport \"linetwin.dev/specs\"\nspecs.#Scenario\n")
	write(t, dir, "legacy/cue.mod/module.cue", "module: \"plant.example\"\n")
	write(t, dir, "legacy/a.cue", "package a\nimport \"linetwin.dev/specs\"\nspecs.#Scenario\n")
	t.Chdir(dir)
	for _, c := range []struct{ path, want string }{
		{"nowhere", "nowhere: there is no such folder or file; name a folder"},
		{"text", "text: there is no CUE file in this folder; a scenario is"},
		{"text/readme.txt", "text/readme.txt: a scenario is a folder or a file of CUE; its name ends in .cue"},
		{"two", "all files of a scenario begin with the same package clause"},
		{"empty", "empty: there is no CUE package in this folder; begin each file with a package clause, as in package line"},
		{"broken", "broken/cue.mod/module.cue:1:9: conflicting values 5 and"},
		{"legacy", "no language version declared in module.cue; write language: version: \"v0.17.0\" there"},
	} {
		_, err := Load(c.path)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.path, err, c.want)
		}
		if _, ok := err.(Errors); !ok {
			t.Errorf("%s: the error is a %T", c.path, err)
		}
	}
}

func TestAUsersOwnModuleMayShareParts(t *testing.T) {
	src, err := os.ReadFile(filepath.Join(writeLine(t), "line.cue"))
	if err != nil {
		t.Fatal(err)
	}
	for name, mod := range map[string]string{
		"with a module":        "module: \"plant.example\"\nlanguage: version: \"v0.16.0\"\n",
		"with a major version": "module: \"plant.example@v0\"\nlanguage: version: \"v0.17.0\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(t, root, "cue.mod/module.cue", mod)
			write(t, root, "parts/parts.cue", "package parts\n#Fast: {length: \"6m\", speed: \"0.5m\"}\n")
			dir := writeLine(t)
			for _, f := range []string{"label.png", "wrong.png", "tools.tbl", "part.ngc"} {
				b, err := os.ReadFile(filepath.Join(dir, f))
				if err != nil {
					t.Fatal(err)
				}
				write(t, root, "lines/a/"+f, string(b))
			}
			text := strings.Replace(string(src), `{length: "6m", speed: "0.5m/s"}`, "parts.#Fast", 1)
			text = strings.Replace(text, "import ", "import \"plant.example/parts\"\nimport ", 1)
			write(t, root, "lines/a/line.cue", text)
			_, err := Load(filepath.Join(root, "lines/a"))
			if err == nil || !strings.Contains(err.Error(), "parts.cue:2:30: conveyors.belt.speed: \"0.5m\" is not a speed") {
				t.Fatalf("an error in a shared part: %v", err)
			}
			write(t, root, "parts/parts.cue", "package parts\n#Fast: {length: \"6m\", speed: \"0.5m/s\"}\n")
			_, err = Load(filepath.Join(root, "lines/a"))
			if err == nil || !strings.Contains(err.Error(), "is not allowed by a definition of your own, which is closed; make that one of the line's, as in specs.#Conveyor & {...}") {
				t.Fatalf("a closed definition: %v", err)
			}
			write(t, root, "parts/parts.cue", "package parts\nimport \"linetwin.dev/specs\"\n#Fast: specs.#Conveyor & {length: \"6m\", speed: \"0.5m/s\"}\n")
			l, err := Load(filepath.Join(root, "lines/a"))
			if err != nil {
				t.Fatal(err)
			}
			if l.Conveyors["belt"].Speed != 0.5 {
				t.Errorf("speed %v", l.Conveyors["belt"].Speed)
			}
		})
	}
}

func TestWhatAComprehensionMakesIsCheckedInItsPlace(t *testing.T) {
	_, err := Load(writeLine(t, "gates:", "for i in [1, 2] {photoeyes: \"pe_\\(i)\": {conveyor: \"belt\", at: \"\\(i*4)m\"}}\ngates:"))
	want := `line.cue:20:63: photoeyes.pe_2.at: 8m is beyond the end of conveyor "belt"; write at most 6m`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestTheEmbeddedSchemaCompilesAndIsACopy(t *testing.T) {
	Schema()[0] = 'x'
	v := cuecontext.New().CompileBytes(Schema())
	if err := v.Validate(cue.All()); err != nil {
		t.Fatal(err)
	}
	if !v.LookupPath(cue.ParsePath("#Scenario")).Exists() {
		t.Error("no #Scenario")
	}
}

func TestNamesAreInOrder(t *testing.T) {
	if diff := cmp.Diff([]string{"a", "b", "c"}, Names(map[string]int{"c": 1, "a": 2, "b": 3})); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkLoad(b *testing.B) {
	dir := writeLine(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(dir); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzLoadTellsWhatIsWrongWithAnyText(f *testing.F) {
	line, err := os.ReadFile("testdata/line.cue")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(line))
	f.Add("package a\nimport \"linetwin.dev/specs\"\nspecs.#Scenario\nname: \"a\"\nduration: \"1s\"\n")
	f.Add("package a\nimport \"linetwin.dev/specs\"\nspecs.#Scenario & {cameras: a: {model: *1 | \"x\", pose: xyz: [...]}}\n")
	f.Add("{}")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "import") && !strings.Contains(text, "linetwin.dev") {
			return // other modules are none of ours
		}
		dir := t.TempDir()
		write(t, dir, "a.cue", text)
		l, err := Load(dir)
		if (l == nil) == (err == nil) {
			t.Fatal("neither a scenario nor an error, or both")
		}
		if err == nil {
			return
		}
		list, ok := err.(Errors)
		if !ok || len(list) == 0 {
			t.Fatalf("the error is a %T: %v", err, err)
		}
		for _, e := range list {
			if e.Message == "" || strings.Contains(e.Error(), "\n") {
				t.Errorf("not one line: %q", e.Error())
			}
		}
	})
}
