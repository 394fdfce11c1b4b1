package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"linetwin.dev/hil/realtime"
)

var update = flag.Bool("update", false, "write what the command line prints into testdata/script")

// TestMain lets the test binary be linetwin, too: scripts run the real command line.
func TestMain(m *testing.M) {
	realtime.Main(servoLoops()) // gcode run starts this program again
	testscript.Main(m, map[string]func(){"linetwin": main})
}

// TestTheCommandLine runs the scripts of testdata/script. Beside testscript's own
// commands they have those of scriptCommands. Each script finds in its folder
//
//	line    the reference line with modelled cameras
//	quick   the same for 10 s, with one bound, which holds
//
// and the reference line itself at $BOTTLING.
func TestTheCommandLine(t *testing.T) {
	reference, err := filepath.Abs(filepath.Join("scenarios", "bottling"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Cmds:               scriptCommands,
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "soak":
				return os.Getenv("LINETWIN_SOAK") != "", nil
			case "opencv":
				return hasOpenCV, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("BOTTLING", reference)
			env.Values[jobsKey{}] = map[string]*job{}
			if err := letBuild(env); err != nil {
				return err
			}
			return writeLines(env.WorkDir, reference)
		},
	})
}

// letBuild lets a script build linetwin.
func letBuild(env *testscript.Env) error {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	env.Setenv("ROOT", root)
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOFLAGS", "GOPROXY"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			return err
		}
		env.Setenv(name, strings.TrimSpace(string(out)))
	}
	return nil
}

// writeLines writes the scenarios line and quick.
func writeLines(dir, reference string) error {
	line, quick := filepath.Join(dir, "line"), filepath.Join(dir, "quick")
	if err := os.CopyFS(line, os.DirFS(reference)); err != nil {
		return err
	}
	// A picture for people is no part of the line.
	if err := os.RemoveAll(filepath.Join(line, "report.png")); err != nil {
		return err
	}
	for _, e := range []struct{ file, camera string }{{"inspection.cue", "top"}, {"capping.cue", "eye"}} {
		head := "cameras: " + e.camera + ": {"
		if err := edit(filepath.Join(line, e.file), head, head+"\n\tfidelity: \"modelled\""); err != nil {
			return err
		}
	}
	if err := os.CopyFS(quick, os.DirFS(line)); err != nil {
		return err
	}
	for _, e := range [][2]string{
		{`"5min"`, `"10s"`},
		{`{at: "60s", for: "2s", device: "top", kind: "drop-frames"},`, ""}, // it ends before
	} {
		if err := edit(filepath.Join(quick, "line.cue"), e[0], e[1]); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(quick, "expect.cue"), []byte("package bottling\n\nexpect: \"line.bad_passed\": \"== 0\"\n"), 0o644)
}

// edit puts one text in the place of another, which the file has once.
func edit(file, before, after string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text := string(data)
	if n := strings.Count(text, before); n != 1 {
		return fmt.Errorf("%s has %q %d times; an edit takes it once", file, before, n)
	}
	return os.WriteFile(file, []byte(strings.Replace(text, before, after, 1)), 0o644)
}

// parses tells whether a line would be taken as a command line of linetwin.
func parses(line string) error {
	args := strings.Fields(strings.SplitN(line, ">", 2)[0])
	cmd, rest, err := newRoot().Find(args[1:])
	switch {
	case err != nil:
		return err
	case !cmd.HasParent():
		return fmt.Errorf("there is no such command")
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	return cmd.ValidateArgs(cmd.Flags().Args())
}

// commandIn finds the lines of the README that call linetwin.
var commandIn = regexp.MustCompile(`(?m)^    (bin/linetwin [^\n#]*)`)

func TestTheReadmeCallsCommandsThatAreThere(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	calls := commandIn.FindAllSubmatch(readme, -1)
	if len(calls) == 0 {
		t.Fatal("the README calls no command")
	}
	for _, call := range calls {
		if err := parses(string(call[1])); err != nil {
			t.Errorf("%s: %v", call[1], err)
		}
	}
}

func TestEveryCommandHasAnExampleThatParses(t *testing.T) {
	all := newRoot().Commands()
	for i := 0; i < len(all); i++ {
		c := all[i]
		all = append(all, c.Commands()...)
		if c.Name() == "help" || c.Hidden {
			continue
		}
		if c.Example == "" {
			t.Errorf("%s has no example", c.CommandPath())
			continue
		}
		for line := range strings.SplitSeq(c.Example, "\n") {
			if !strings.HasPrefix(line, "  linetwin ") {
				t.Errorf("%s: example %q does not call linetwin, two spaces from the margin", c.CommandPath(), line)
			} else if err := parses(strings.TrimSpace(line)); err != nil {
				t.Errorf("%q: %v", line, err)
			}
		}
	}
}
