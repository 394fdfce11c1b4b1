package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands are what scripts can do beside testscript's own commands.
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	// exits CODE COMMAND ARG...: runs a command that must exit with the code.
	"exits": scriptExits,
	// mistake SCENARIO: check and run must refuse it alike, with exit code 2, and leave
	// nothing; stderr is what they say.
	"mistake": scriptMistake,
	// variant NAME FROM [FILE OLD NEW]...: copies a folder and edits the copy, with \n,
	// \t, \0 and \1 for the bytes that they stand for. "-" for OLD appends, "-" for NEW
	// removes.
	"variant": scriptVariant,
	// only FOLDER [NAME...]: the folder has these entries, hidden ones as well.
	"only": scriptOnly,
	// json FILE [PATH VALUE]...: the file is one JSON document with these values.
	"json": scriptJSON,
	// lines FILE N: the file has N lines.
	"lines": scriptLines,
	// cut FILE PERCENT: leaves the first part of a file.
	"cut": scriptCut,
	// flip FILE PERCENT: flips a bit of the byte there.
	"flip": scriptFlip,
	// captures: writes what a depth camera saw of a part; see scriptCaptures.
	"captures": scriptCaptures,
	// http METHOD URL: makes a request that must succeed, or with ! be refused; stdout is
	// the body.
	"http": scriptHTTP,
	// start [-full] NAME COMMAND ARG...: starts a command beside the script. What it
	// prints goes to NAME.out and NAME.err; with -full, stdout is a pipe that is full.
	"start": scriptStart,
	// await NAME REGEXP [VARIABLE...]: waits until NAME.err or NAME.out matches, and sets
	// the variables to what the groups match.
	"await": scriptAwait,
	// appears GLOB: waits until there is such a file.
	"appears": scriptAppears,
	// eventually REGEXP COMMAND ARG...: repeats a command until its stdout matches.
	"eventually": scriptEventually,
	// signal NAME INT|TERM|HUP|KILL
	"signal": scriptSignal,
	// ended NAME CODE: waits until the command has ended, with the code.
	"ended": scriptEnded,
}

// need ends a script that uses a command wrongly.
func need(ts *testscript.TestScript, ok bool, usage string) {
	if !ok {
		ts.Fatalf("usage: %s", usage)
	}
}

func exitCode(err error) int {
	var ee *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &ee):
		return ee.ExitCode()
	}
	return -1
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) >= 2, "exits CODE COMMAND ARG...")
	err := ts.Exec(args[1], args[2:]...)
	if got := exitCode(err); strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

func scriptMistake(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) == 1, "mistake SCENARIO")
	var said string
	for _, command := range [][]string{{"run", args[0], "--out", "deep/er/mistake"}, {"check", args[0]}} {
		scriptExits(ts, false, append([]string{"2", "linetwin"}, command...))
		if out := ts.ReadFile("stdout"); out != "" {
			ts.Fatalf("%s prints on stdout: %s", command[0], out)
		}
		text := ts.ReadFile("stderr")
		if said != "" && text != said {
			ts.Fatalf("check says\n%s\nrun says\n%s", text, said)
		}
		said = text
	}
	if _, err := os.Stat(ts.MkAbs("deep")); err == nil {
		ts.Fatalf("something was written")
	}
	scriptOnly(ts, false, []string{ts.Getenv("TMPDIR")})
}

func scriptVariant(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args)%3 == 2, "variant NAME FROM [FILE OLD NEW]...")
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), os.DirFS(ts.MkAbs(args[1]))))
	bytes := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\0`, "\x00", `\1`, "\x01")
	for a := args[2:]; len(a) > 0; a = a[3:] {
		file, before, after := filepath.Join(ts.MkAbs(args[0]), a[0]), bytes.Replace(a[1]), bytes.Replace(a[2])
		if after == "-" {
			after = ""
		}
		if before != "-" {
			ts.Check(edit(file, before, after))
			continue
		}
		f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		ts.Check(err)
		_, err = f.WriteString(after)
		ts.Check(errors.Join(err, f.Close()))
	}
}

func scriptOnly(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) >= 1, "only FOLDER [NAME...]")
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := slices.Sorted(slices.Values(args[1:]))
	if !slices.Equal(names, want) {
		ts.Fatalf("%s holds %q, want %q", args[0], names, want)
	}
}

func scriptJSON(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args)%2 == 1, "json FILE [PATH VALUE]...")
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	dec.UseNumber()
	var doc any
	ts.Check(dec.Decode(&doc))
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("%s goes on after its JSON document", args[0])
	}
	for a := args[1:]; len(a) > 0; a = a[2:] {
		v, ok := member(doc, strings.Split(a[0], "/"))
		if got := fmt.Sprint(v); !ok || got != a[1] {
			ts.Fatalf("%s: %s is %q, want %q", args[0], a[0], got, a[1])
		}
	}
}

// member is what a path leads to in a JSON document.
func member(doc any, path []string) (any, bool) {
	if len(path) == 0 {
		return doc, true
	}
	switch x := doc.(type) {
	case map[string]any:
		if v, ok := x[path[0]]; ok {
			return member(v, path[1:])
		}
	case []any:
		if i, err := strconv.Atoi(path[0]); err == nil && i < len(x) {
			return member(x[i], path[1:])
		}
	}
	return nil, false
}

func scriptLines(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) == 2, "lines FILE N")
	if n := strings.Count(ts.ReadFile(args[0]), "\n"); strconv.Itoa(n) != args[1] {
		ts.Fatalf("%s has %d lines, want %s", args[0], n, args[1])
	}
}

func scriptCut(ts *testscript.TestScript, neg bool, args []string) {
	change(ts, args, "cut FILE PERCENT", func(data []byte, at int) []byte { return data[:at] })
}

func scriptFlip(ts *testscript.TestScript, neg bool, args []string) {
	change(ts, args, "flip FILE PERCENT", func(data []byte, at int) []byte {
		data[at] ^= 1
		return data
	})
}

func change(ts *testscript.TestScript, args []string, usage string, f func(data []byte, at int) []byte) {
	need(ts, len(args) == 2, usage)
	percent, err := strconv.Atoi(args[1])
	ts.Check(err)
	file := ts.MkAbs(args[0])
	data, err := os.ReadFile(file)
	ts.Check(err)
	ts.Check(os.WriteFile(file, f(data, len(data)*percent/100), 0o644))
}

func scriptHTTP(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 2, "http METHOD URL")
	req, err := http.NewRequest(args[0], args[1], nil)
	ts.Check(err)
	client := http.Client{Timeout: enough}
	res, err := client.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	_, err = io.Copy(ts.Stdout(), res.Body)
	ts.Check(err)
	if ok := res.StatusCode < 300; ok == neg {
		ts.Fatalf("%s", res.Status)
	}
}

// enough is how long a script waits for something that should happen at once. It is
// long because a machine may be busy; nothing waits that long where all is well.
const enough = time.Minute
