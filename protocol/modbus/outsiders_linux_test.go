package modbus

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// overSerial starts a gateway in test mode on a serial line, and returns the line's
// other end.
func overSerial(t *testing.T, open func(Serial) (io.ReadWriteCloser, error)) (*Gateway, string) {
	t.Helper()
	ours, theirs := newLine(t)
	p, s := newTestMode(t)
	s.Addr = ""
	s.Serial = []Serial{{Device: ours, Baud: 115200, Parity: "none", StopBits: 1, Units: []int{17}}}
	g, err := New(p.bank, s, Options{Apply: p.apply, OpenSerial: open})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	return g, theirs
}

func TestLibmodbusUnitTestClientPassesOverASerialLine(t *testing.T) {
	t.Parallel()
	client := unitTestClient(t, "unit-test-client-rtu")
	g, line := overSerial(t, func(s Serial) (io.ReadWriteCloser, error) {
		port, err := openSerial(s)
		return faultyPort{port}, err
	})
	dir := t.TempDir()
	if err := os.Symlink(line, filepath.Join(dir, "tty")); err != nil {
		t.Fatal(err)
	}
	runUnitTestClient(t, dir, client, "rtu")
	if stats := g.Stats(); stats.Requests < 60 || stats.Exceptions < 30 {
		t.Errorf("the gateway was hardly asked: %+v", stats)
	}
}

func TestPymodbusIsServedOverASerialLine(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import pymodbus.client").Run(); err != nil {
		t.Skip("pymodbus is not there" + builtBy)
	}
	_, line := overSerial(t, nil)
	if output, err := outsider(t, "testdata", "all of it", python, "-B", "pymodbus_client.py", "rtu", line); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
