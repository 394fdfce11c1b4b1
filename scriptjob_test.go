package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// job is a command that runs beside a script.
type job struct {
	cmd      *exec.Cmd
	out, err string // files
	done     chan error
}

// jobsKey finds a script's jobs.
type jobsKey struct{}

func jobOf(ts *testscript.TestScript, name string) *job {
	j := ts.Value(jobsKey{}).(map[string]*job)[name]
	if j == nil {
		ts.Fatalf("nothing was started as %s", name)
	}
	return j
}

func scriptStart(ts *testscript.TestScript, neg bool, args []string) {
	full := len(args) > 0 && args[0] == "-full"
	if full {
		args = args[1:]
	}
	need(ts, !neg && len(args) >= 2, "start [-full] NAME COMMAND ARG...")
	name := args[0]
	j := &job{
		cmd: exec.Command(inPath(ts, args[1]), args[2:]...),
		out: ts.MkAbs(name + ".out"), err: ts.MkAbs(name + ".err"), done: make(chan error, 1),
	}
	j.cmd.Dir = ts.MkAbs(".")
	for _, v := range []string{"PATH", "HOME", "TMPDIR", "WORK"} {
		j.cmd.Env = append(j.cmd.Env, v+"="+ts.Getenv(v))
	}
	stderr, err := os.Create(j.err)
	ts.Check(err)
	stdout, err := os.Create(j.out)
	ts.Check(err)
	if full {
		ts.Check(stdout.Close())
		stdout = fullPipe(ts)
	}
	j.cmd.Stdout, j.cmd.Stderr = stdout, stderr
	err = j.cmd.Start()
	ts.Check(errors.Join(err, stdout.Close(), stderr.Close()))
	go func() { j.done <- j.cmd.Wait() }()
	ts.Value(jobsKey{}).(map[string]*job)[name] = j
	ts.Defer(func() {
		// One that has ended is not there any more; that is all right.
		_ = j.cmd.Process.Kill()
	})
}

// inPath finds a command as the script would.
func inPath(ts *testscript.TestScript, name string) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if p, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return p
		}
	}
	ts.Fatalf("there is no command %s", name)
	return ""
}

// fullPipe is a pipe that nobody reads and that takes no more.
func fullPipe(ts *testscript.TestScript) *os.File {
	r, w, err := os.Pipe()
	ts.Check(err)
	ts.Defer(func() { _ = r.Close() })
	ts.Check(w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)))
	if _, err := w.Write(make([]byte, 1<<24)); !errors.Is(err, os.ErrDeadlineExceeded) {
		ts.Fatalf("a pipe took 16 MiB: %v", err)
	}
	return w
}

func waitFor(ts *testscript.TestScript, what string, ok func() bool) {
	for begun := time.Now(); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > enough {
			ts.Fatalf("%s: not after %v", what, enough)
		}
	}
}

func scriptAwait(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) >= 2, "await NAME REGEXP [VARIABLE...]")
	j, re := jobOf(ts, args[0]), regexp.MustCompile("(?m)"+args[1])
	var found []string
	waitFor(ts, args[1], func() bool {
		for _, file := range []string{j.err, j.out} {
			data, err := os.ReadFile(file)
			ts.Check(err)
			if found = re.FindStringSubmatch(string(data)); found != nil {
				return true
			}
		}
		select {
		case err := <-j.done:
			ts.Fatalf("%s ended before: %v\n%s", args[0], err, ts.ReadFile(args[0]+".err"))
		default:
		}
		return false
	})
	for i, v := range args[2:] {
		ts.Setenv(v, found[i+1])
	}
}

func scriptAppears(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) == 1, "appears GLOB")
	waitFor(ts, args[0], func() bool {
		found, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		return len(found) > 0
	})
}

func scriptEventually(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) >= 2, "eventually REGEXP COMMAND ARG...")
	re := regexp.MustCompile("(?m)" + args[0])
	waitFor(ts, args[0], func() bool {
		return ts.Exec(args[1], args[2:]...) == nil && re.MatchString(ts.ReadFile("stdout"))
	})
}

func scriptSignal(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) == 2, "signal NAME INT|TERM|HUP|KILL")
	sig, ok := map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL}[args[1]]
	need(ts, ok, "signal NAME INT|TERM|HUP|KILL")
	ts.Check(jobOf(ts, args[0]).cmd.Process.Signal(sig))
}

func scriptEnded(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) == 2, "ended NAME CODE")
	j := jobOf(ts, args[0])
	select {
	case err := <-j.done:
		if got := exitCode(err); strconv.Itoa(got) != args[1] {
			said, _ := os.ReadFile(j.err)
			ts.Fatalf("%s ended with %d, want %s\n%s", args[0], got, args[1], bytes.TrimSpace(said))
		}
	case <-time.After(enough):
		ts.Fatalf("%s still runs after %v", args[0], enough)
	}
}
