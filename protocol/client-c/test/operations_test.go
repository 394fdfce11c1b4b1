package test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"linetwin.dev/protocol/server"
)

func TestTheClientCompilesWithoutWarnings(t *testing.T) {
	found := compilers()
	if len(found) == 0 {
		t.Skip("no C compiler (gcc, clang or cc) is on the PATH")
	}
	for _, cc := range found {
		for _, level := range []string{"-O0", "-O2"} {
			args := append(append([]string{}, strict...), level, "-c", "linetwin.c", "-o", filepath.Join(folder, "library.o"))
			if err := compile(cc, args...); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestTheExampleInTheReadmeCompiles(t *testing.T) {
	found := compilers()
	if len(found) == 0 {
		t.Skip("no C compiler (gcc, clang or cc) is on the PATH")
	}
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, ok := strings.Cut(string(text), "```c\n")
	example, _, end := strings.Cut(example, "```")
	if !ok || !end {
		t.Fatal("the README has no example")
	}
	path := filepath.Join(folder, "example.c")
	program := "#include \"linetwin.h\"\n#include <err.h>\n#include <stdio.h>\nlt_push_func on_push;\nvoid example(void);\nvoid example(void)\n{\n" + example + "}\n"
	if err := os.WriteFile(path, []byte(program), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := compile(found[0], append(append([]string{}, strict...), "-I.", "-c", path, "-o", filepath.Join(folder, "example.o"))...); err != nil {
		t.Error(err)
	}
}

func TestEachOperationDoesWhatItSays(t *testing.T) {
	l := newLine(t, server.Options{Authorise: roles})
	c := start(t, l.addr, "-t", "engineer", "-n", "bench")
	for _, step := range []struct{ command, want string }{
		{"hello", fmt.Sprintf("version 1 features 7 access engineer registers 13 idle 60 digest %x", l.bank.Digest())},
		{"ping", ""},
		{"read belt.count", "belt.count 1234 good"},
		{"read belt.count u16", "belt.count 1234 good"},
		{"read belt.count u16 time", "belt.count 1234 good at 2000000000"},
		{"read eye.dark", "eye.dark false bad"},
		{"get belt.count #99 eye.blocked", "belt.count 1234 good\n? - unknown register\neye.blocked true good"},
		{"get -times belt.count", "belt.count 1234 good at 2000000000"},
		{"block belt.count 3", "belt.count 1234 good\neye.blocked true good\neye.dark false bad"},
		{"block belt.count 2 times", "belt.count 1234 good at 2000000000\neye.blocked true good at 2000000000"},
		{"block belt.count 1 u16", "belt.count 1234 good"},
		{"block eye.blocked 3 bool", "eye.blocked true good\neye.dark false bad\nset.bool false good"},

		{"set set.bool true", ""},
		{"set set.u16 65535", ""},
		{"set set.i16 -32768", ""},
		{"set set.u32 4294967295", ""},
		{"set set.i32 -2147483648", ""},
		{"set set.u64 18446744073709551615", ""},
		{"set set.i64 -9223372036854775808", ""},
		{"set set.f32 -1.5e-3", ""},
		{"set set.f64 1e300", ""},
		{"block set.bool 9", "set.bool true good\nset.u16 65535 good\nset.i16 -32768 good\nset.u32 4294967295 good\n" +
			"set.i32 -2147483648 good\nset.u64 18446744073709551615 good\nset.i64 -9223372036854775808 good\n" +
			"set.f32 -0.00150000001 good\nset.f64 1.0000000000000001e+300 good"},
		{"read set.i64 i64 time", "set.i64 -9223372036854775808 good at 5000000000"},
		{"set set.i16 -7 uncertain", ""},
		{"read set.i16", "set.i16 -7 uncertain"},

		{"add set.i16 10", "set.i16 -7 uncertain"},
		{"read set.i16", "set.i16 3 good"},
		{"cas set.i16 3 4", "set.i16 3 good"},
		{"mask set.u16 255 65280", "set.u16 65535 good"},
		{"read set.u16", "set.u16 65535 good"},
		{"mask set.u16 4660 255", "set.u16 65535 good"},
		{"read set.u16", "set.u16 4863 good"},
		{"transact set set.i32 5 add set.i32 6 cas set.bool true false mask set.u16 0 15 read set.i32 set.bool set.u16 belt.count",
			"set.i32 11 good\nset.bool false good\nset.u16 15 good\nbelt.count 1234 good"},
		{"transact set set.i32 6", ""},
		{"read set.i32", "set.i32 6 good"},
		{"clock", "offset"},
	} {
		got := c.do("%s", step.command)
		if step.want == "offset" {
			var offset, uncertainty int64
			if n, err := fmt.Sscanf(got, "offset %d uncertainty %d", &offset, &uncertainty); n != 2 || err != nil || uncertainty < 0 {
				t.Errorf("%s:\n%s", step.command, got)
			}
			continue
		}
		if got != step.want {
			t.Errorf("%s:\n%s\nwant\n%s", step.command, got, step.want)
		}
	}
	lines := strings.Split(c.do("map"), "\n")
	if len(lines) != 13 || lines[0] != `belt.count u16 read-only abcd "" "bottles seen"` ||
		lines[5] != `set.i16 i16 operator dcba "mm" ""` || lines[12] != `limit i16 engineer abcd "" ""` {
		t.Errorf("the map:\n%s", strings.Join(lines, "\n"))
	}
}

func TestEachRefusalHasItsStatus(t *testing.T) {
	l := newLine(t, server.Options{Authorise: roles, MaxWatched: 5})
	engineer := start(t, l.addr, "-t", "engineer")
	operator := start(t, l.addr, "-t", "operator")
	guest := start(t, l.addr, "-t", "guest")
	for _, step := range []struct {
		c             *client
		command, want string
	}{
		{operator, "read #13", "error 1 read register 13: unknown register"},
		{operator, "read belt.count i16", "error 2 read belt.count: wrong type"},
		{operator, "set belt.count 1", "error 3 write belt.count: read only"},
		{operator, "set limit 1", "error 6 write limit: not authorised"},
		{guest, "set set.u16 1", "error 6 write set.u16: not authorised"},
		{guest, "read set.u16", "error 6 read set.u16: not authorised"},
		{guest, "get belt.count set.u16", "belt.count 1234 good\nset.u16 - not authorised"},
		{guest, "block eye.dark 2", "error 6 block: not authorised"},
		{guest, "watch belt.count set.u16", "error 6 watch: not authorised"},
		{operator, "block limit 2", "error 1 block: unknown register"},
		{operator, "block belt.count 2 u16", "error 2 block: wrong type"},
		{engineer, "set limit 1001", "error 4 write limit: out of range"},
		{engineer, "add limit 901", "error 4 change limit: out of range"},
		{engineer, "add limit 32767", "error 4 change limit: out of range"},
		{engineer, "set limit -1001", "error 8 write limit: device not responding"},
		{engineer, "set set.u16 i16:1", "error 2 write set.u16: wrong type"},
		{engineer, "add set.bool 1", "error 2 change set.bool: wrong type"},
		{engineer, "cas limit 99 5", "error 13 change limit: the register holds another value"},
		{engineer, "transact set limit 7 cas set.u16 1 2 read limit", "error 13 transaction: item 1, change set.u16: the register holds another value"},
		{engineer, "transact set limit 7 read limit #77", "error 1 transaction: item 2, read register 77: unknown register"},
		{engineer, "read limit", "limit 100 good"},
		{engineer, "watch #1 #2 #3 #4 #5 #6", "error 10 watch: limit exceeded"},
		{engineer, "claim 0 belt.count", "error 3 claim: read only"},
		{operator, "claim 0 limit", "error 6 claim: not authorised"},

		{engineer, "set limit 40000", "error -4 out of the type's range: 40000"},
		{engineer, "set set.u16 -1", "error -4 out of the type's range: -1"},
		{engineer, "set set.u64 18446744073709551616", "error -4 out of the type's range: 18446744073709551616"},
		{engineer, "set set.f32 1e39", "error -4 out of the type's range: 1e39"},
		{engineer, "set set.i32 five", "error -4 no value of the register's type: five"},
		{engineer, "read nothing", "error -4 there is no register nothing"},
		{engineer, "block limit 2049", "error -4 2049 registers; a request has 1 to 2048"},
		{engineer, "unwatch 5", "error -4 unwatch: there is no watch 5"},
		{engineer, "ping", ""},
	} {
		if got := step.c.do("%s", step.command); got != step.want {
			t.Errorf("%s:\n%s\nwant\n%s", step.command, got, step.want)
		}
	}
}

func TestOneCommandOnTheCommandLine(t *testing.T) {
	path := needCommand(t)
	l := newLine(t, server.Options{Authorise: roles})
	for _, c := range []struct {
		args   []string
		exit   int
		output string
	}{
		{[]string{"-t", "operator", l.addr, "set", "set.u16", "7"}, 0, "ok\n"},
		{[]string{"-t", "operator", l.addr, "get", "set.u16"}, 0, "set.u16 7 good\nok\n"},
		{[]string{"-t", "operator", l.addr, "set", "limit", "7"}, 1, "error 6 write limit: not authorised\n"},
		{[]string{"-t", "operator", l.addr, "get"}, 2, "error -4 wants [-times] NAME...\n"},
		{[]string{"-t", "operator", l.addr, "frobnicate"}, 2, "error -4 there is no command frobnicate\n"},
		{[]string{"-t", "stranger", l.addr, "map"}, 1, "error 6 the server refused the connection: not authorised\n"},
		{[]string{"-t", strings.Repeat("x", 256), l.addr, "map"}, 2, "error -4 a token and a name have at most 255 bytes\n"},
		{[]string{"-d", strings.Repeat("ab", 32), "-t", "guest", l.addr, "map"}, 1, "error 12 the server refused the connection: the register map differs\n"},
		{[]string{"-d", fmt.Sprintf("%x", l.bank.Digest()), "-t", "guest", l.addr, "ping"}, 0, "ok\n"},
		{[]string{"nowhere", "map"}, 2, "error -4 nowhere: an address is host:port\n"},
		{[]string{l.addr}, 2, ""},
	} {
		cmd := exec.Command(path, c.args...)
		out, err := cmd.Output()
		if exit := cmd.ProcessState.ExitCode(); exit != c.exit || string(out) != c.output {
			t.Errorf("%q: exit %d, %q, %v; want %d, %q", c.args, exit, out, err, c.exit, c.output)
		}
	}
}
