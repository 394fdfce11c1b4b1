// Package test builds the client in C with the C compilers that are there, with the
// address and undefined-behaviour sanitizers where those are, and drives its command
// against register servers: it says what the client does, and that no server can crash it.
package test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/server"
	"linetwin.dev/protocol/wire"
)

var (
	strict   = []string{"-std=c99", "-O1", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"}
	sanitize = []string{"-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"}
	folder   string // of what is built
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "linetwin-c")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	folder = dir
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// compilers are the C compilers of this machine.
func compilers() (found []string) {
	for _, name := range []string{"gcc", "clang", "cc"} {
		if path, err := exec.LookPath(name); err == nil && (name != "cc" || len(found) == 0) {
			found = append(found, path)
		}
	}
	return found
}

// compile runs a compiler in the folder of the sources.
func compile(cc string, args ...string) error {
	cmd := exec.Command(cc, args...)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return nil
}

// command is the path of linetwin-c, built once.
var command = sync.OnceValues(func() (string, error) {
	cc := compilers()
	if len(cc) == 0 {
		return "", nil
	}
	path := filepath.Join(folder, "linetwin-c")
	args := append(append([]string{}, strict...), "linetwin.c", "command.c", "-o", path)
	probe := filepath.Join(folder, "probe.c")
	if err := os.WriteFile(probe, []byte("int main(void) { return 0; }\n"), 0o666); err != nil {
		return "", err
	}
	if compile(cc[0], append(append([]string{}, sanitize...), probe, "-o", filepath.Join(folder, "probe"))...) == nil &&
		exec.Command(filepath.Join(folder, "probe")).Run() == nil {
		args = append(args, sanitize...)
	}
	return path, compile(cc[0], args...)
})

func needCommand(t *testing.T) string {
	t.Helper()
	path, err := command()
	if err != nil {
		t.Fatal(err)
	}
	if path == "" {
		t.Skip("no C compiler (gcc, clang or cc) is on the PATH")
	}
	return path
}

// client is a running linetwin-c that takes commands from its standard input.
type client struct {
	t      testing.TB
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
	ended  bool
}

// start runs linetwin-c with options (as "-t", "token") at an address.
func start(t *testing.T, addr string, options ...string) *client {
	t.Helper()
	c := &client{t: t, cmd: exec.Command(needCommand(t), append(options, addr, "-")...)}
	in, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.in, c.out, c.cmd.Stderr = in, bufio.NewReader(out), &c.stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.end)
	return c
}

// end closes the client's input and expects it to end without a complaint of a sanitizer.
func (c *client) end() {
	if c.ended {
		return
	}
	c.ended = true
	c.in.Close()
	_, _ = io.Copy(io.Discard, c.out)
	if err := c.cmd.Wait(); err != nil || c.stderr.Len() > 0 {
		c.t.Errorf("linetwin-c ended with %v and says:\n%s", err, &c.stderr)
	}
}

// kill ends it as kill -9 does.
func (c *client) kill() {
	c.ended = true
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

func (c *client) line() string {
	c.t.Helper()
	line, err := c.out.ReadString('\n')
	if err != nil {
		_ = c.cmd.Wait()
		c.ended = true
		c.t.Fatalf("linetwin-c ended: %v\n%s", err, &c.stderr)
	}
	return strings.TrimSuffix(line, "\n")
}

// do carries out a command and returns what it prints, the last line without "ok".
func (c *client) do(format string, args ...any) string {
	c.t.Helper()
	if _, err := fmt.Fprintf(c.in, format+"\n", args...); err != nil {
		c.t.Fatalf("%v\n%s", err, &c.stderr)
	}
	var lines []string
	for {
		line := c.line()
		if line == "ok" {
			break
		}
		lines = append(lines, line)
		if strings.HasPrefix(line, "error ") {
			break
		}
	}
	return strings.Join(lines, "\n")
}

// line is a bank as an operator of the plant would see it, with a store that clients write.
type line struct {
	bank *protocol.Bank
	mu   sync.Mutex // held while count and lights are written
	outs []*protocol.Out
	addr string
	srv  *server.Server
}

const lineTime = 5 * time.Second

func newLine(t *testing.T, o server.Options) *line {
	t.Helper()
	l := &line{bank: protocol.NewBank()}
	w := l.bank.Writer("plant", "line.cue:1:1")
	for _, d := range []protocol.Def{
		{Name: "belt.count", Type: protocol.U16, Doc: "bottles seen"},
		{Name: "eye.blocked", Type: protocol.Bool},
		{Name: "eye.dark", Type: protocol.Bool},
	} {
		out, err := w.Define(d)
		if err != nil {
			t.Fatal(err)
		}
		l.outs = append(l.outs, out)
	}
	store := protocol.NewStore(l.bank, "clients", "line.cue:2:1", func() time.Duration { return lineTime })
	for typ := protocol.Bool; typ <= protocol.F64; typ++ {
		d := protocol.Def{Name: "set." + typ.String(), Type: typ, Access: protocol.Operator, Order: protocol.WordOrder(typ % 4), Unit: "mm"}
		if _, err := store.Define(d, protocol.BoolValue(false)); err != nil {
			t.Fatal(err)
		}
	}
	limit, err := store.Define(protocol.Def{Name: "limit", Type: protocol.I16, Access: protocol.Engineer}, protocol.IntValue(100))
	if err != nil {
		t.Fatal(err)
	}
	limit.Guard(func(v protocol.Value) protocol.Status {
		switch {
		case v.Int() > 1000:
			return protocol.OutOfRange
		case v.Int() < -1000:
			return protocol.DeviceNotResponding
		}
		return protocol.OK
	})
	l.bank.Seal()
	l.outs[0].SetInt(2*time.Second, 1234)
	l.outs[1].SetBool(2*time.Second, true)
	o.Apply = store.Apply
	if o.LineTime == nil {
		o.LineTime = func() time.Duration { return lineTime }
	}
	if l.srv, err = server.Listen("127.0.0.1:0", l.bank, o); err != nil {
		t.Fatal(err)
	}
	l.addr = l.srv.Addr().String()
	t.Cleanup(func() { l.srv.Close() })
	return l
}

// roles gives the access that the token names, and to strangers none.
func roles(c wire.Credentials) (protocol.Grant, bool) {
	switch c.Token {
	case "engineer":
		return protocol.Grant{Access: protocol.Engineer}, true
	case "operator":
		return protocol.Grant{Access: protocol.Operator}, true
	case "guest":
		return protocol.Grant{Read: []protocol.Range{{First: 0, Last: 2}}}, true
	}
	return protocol.Grant{}, false
}

func (l *line) count(v int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outs[0].SetInt(3*time.Second, v)
}
