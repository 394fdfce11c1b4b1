package modbus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// testMode is the configuration in testdata of the bank that libmodbus's
// unit-test-client expects.
type testMode struct {
	Registers []struct {
		Name, Type, Access, Initial, Bits string
		Count                             int
	}
	Settings Settings
}

// newTestMode is that bank, and the gateway's settings for it.
func newTestMode(t *testing.T) (*plant, Settings) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "libmodbus-test-mode.json"))
	if err != nil {
		t.Fatal(err)
	}
	var mode testMode
	if err := json.Unmarshal(data, &mode); err != nil {
		t.Fatal(err)
	}
	var defs []protocol.Def
	initial := map[string]string{}
	for _, r := range mode.Registers {
		d := protocol.Def{}
		if d.Type, err = protocol.ParseType(r.Type); err != nil {
			t.Fatal(err)
		}
		if r.Access == "operator" {
			d.Access = protocol.Operator
		}
		bits := unhex(t, r.Bits)
		for i := range r.Count {
			d.Name = fmt.Sprintf("%s.%d", r.Name, i)
			defs = append(defs, d)
			initial[d.Name] = r.Initial
			if len(bits) > 0 {
				initial[d.Name] = fmt.Sprint(bits[i/8] >> (i % 8) & 1)
			}
		}
	}
	p := newPlant(t, defs...)
	for _, d := range defs {
		if text := initial[d.Name]; text != "" {
			v, err := protocol.ParseValue(d.Type, text)
			if err != nil {
				t.Fatal(err)
			}
			p.set(d.Name, v)
		}
	}
	return p, mode.Settings
}

// The faults that libmodbus's unit-test-server shows on purpose, and its client looks
// for. They are between the gateway and the network: the gateway has none of them.

// faulty is what a request becomes: another request for the gateway, or a reply of its
// own, of which each byte waits for a while if it is slow. wrong says that the reply is of
// another transaction or unit.
func faulty(pdu []byte) (request, reply []byte, wrong, slow bool) {
	if len(pdu) != 5 {
		return pdu, nil, false, false
	}
	switch f, address, n := Function(pdu[0]), be.Uint16(pdu[1:]), be.Uint16(pdu[3:]); {
	case f == WriteSingleCoil && address == 0x132, f == WriteSingleRegister && address == 0x170:
		return append(bytes.Clone(pdu), make([]byte, 20)...), nil, false, false // longer than it may be
	case f != ReadHoldingRegisters:
	case n == 2:
		return []byte{pdu[0], pdu[1], pdu[2], 0, 1}, nil, false, false
	case address == 0x170:
		return nil, appendException(nil, ReadHoldingRegisters, ServerBusy), false, false
	case address == 0x171:
		return nil, []byte{3, 2, 0, 0}, true, false
	case address == 0x172:
		time.Sleep(500 * ms) // which is the fault
	case address == 0x173:
		return nil, []byte{3, 2, 0, 0}, false, true
	}
	return pdu, nil, false, false
}

// trickle sends a byte each 5 ms.
func trickle(w io.Writer, b []byte) error {
	for i := range b {
		time.Sleep(5 * ms)
		if _, err := w.Write(b[i : i+1]); err != nil {
			return err
		}
	}
	return nil
}

// faultyListener gives connections that are faulty.
type faultyListener struct{ net.Listener }

func (l faultyListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &faultyConn{TCPConn: c.(*net.TCPConn)}, nil
}

type faultyConn struct {
	*net.TCPConn
	in, ready []byte
}

func (c *faultyConn) Read(b []byte) (int, error) {
	for len(c.ready) == 0 {
		buf := make([]byte, MaxTCP)
		n, err := c.TCPConn.Read(buf)
		if err != nil {
			return 0, err
		}
		c.in = append(c.in, buf[:n]...)
		for {
			h, pdu, size, err := ParseTCP(c.in)
			if err != nil || size == 0 {
				break
			}
			request, reply, wrong, slow := faulty(pdu)
			if request != nil {
				c.ready = AppendTCP(c.ready, h, request)
			} else {
				if wrong {
					h.Transaction += 100
				}
				b, send := AppendTCP(nil, h, reply), c.TCPConn.Write
				if slow {
					send = func(b []byte) (int, error) { return len(b), trickle(c.TCPConn, b) }
				}
				if _, err := send(b); err != nil {
					return 0, err
				}
			}
			c.in = c.in[size:]
		}
	}
	n := copy(b, c.ready)
	c.ready = c.ready[n:]
	return n, nil
}

// faultyPort is a serial line whose requests are faulty.
type faultyPort struct{ io.ReadWriteCloser }

func (p faultyPort) Read(b []byte) (int, error) {
	for {
		n, err := p.ReadWriteCloser.Read(b)
		unit, pdu, ok := ParseRTU(b[:n])
		if err != nil || !ok || unit != 17 {
			return n, err
		}
		request, reply, wrong, _ := faulty(pdu)
		if request != nil {
			return copy(b, AppendRTU(nil, unit, request)), nil
		}
		if wrong {
			unit++
		}
		if _, err := p.Write(AppendRTU(nil, unit, reply)); err != nil {
			return 0, err
		}
	}
}

// outsider runs a program of others, which is to end well and to say a word.
func outsider(t *testing.T, dir, word string, args ...string) (output string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	var all bytes.Buffer
	cmd.Stdout, cmd.Stderr = &all, &all
	err = cmd.Run()
	if err == nil && !strings.Contains(all.String(), word) {
		err = fmt.Errorf("it does not say %q", word)
	}
	return all.String(), err
}

const (
	passed = "ALL TESTS PASS WITH SUCCESS."
	// builtBy says how what is missing comes here.
	builtBy = "; .ci/need test gets it"
)

func unitTestClient(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "out", "libmodbus", name))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Skipf("libmodbus's %s is not there%s", name, builtBy)
	}
	return path
}

// isTiming tells whether the client stopped at a line that measures milliseconds between
// bytes or replies. Those may go wrong on a machine that is busy, whatever the server, so
// that the client then has another try.
func isTiming(output string) bool {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return strings.Contains(strings.Join(lines[max(0, len(lines)-4):], "\n"), "timeout (")
}

func runUnitTestClient(t *testing.T, dir, client string, args ...string) {
	t.Helper()
	for try := 1; ; try++ {
		output, err := outsider(t, dir, passed, append([]string{client}, args...)...)
		if err == nil {
			return
		}
		if !isTiming(output) || try == 5 {
			t.Fatalf("%v; its last words:\n%s", err, output[max(0, len(output)-3000):])
		}
		t.Logf("try %d: the machine was too busy to keep the times that the client measures", try)
	}
}

func TestLibmodbusUnitTestClientPasses(t *testing.T) {
	t.Parallel()
	client := unitTestClient(t, "unit-test-client")
	p, s := newTestMode(t)
	l, err := net.Listen("tcp", s.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		t.Skipf("%s, where the client looks, is taken by another program", s.Addr)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Addr = ""
	g := p.gateway(t, s)
	g.Serve(faultyListener{l})
	runUnitTestClient(t, t.TempDir(), client)
	if stats := g.Stats(); stats.Requests < 60 || stats.Exceptions < 30 {
		t.Errorf("the gateway was hardly asked: %+v", stats)
	}
}

// serveTestMode serves the bank that libmodbus's client wants, at an address of its own.
func serveTestMode(t *testing.T) (host, port string) {
	t.Helper()
	p, s := newTestMode(t)
	host, port, err := net.SplitHostPort(start(t, p, s).Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}

func TestPymodbusIsServed(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import pymodbus.client").Run(); err != nil {
		t.Skip("pymodbus is not there" + builtBy)
	}
	host, port := serveTestMode(t)
	if output, err := outsider(t, "testdata", "all of it", python, "-B", "pymodbus_client.py", "tcp", host, port); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

func TestModbusSerialIsServed(t *testing.T) {
	node, err := exec.LookPath("node")
	modules, errAbs := filepath.Abs(filepath.Join("..", "..", "out", "npm", "node_modules"))
	if err == nil && errAbs == nil {
		_, err = os.Stat(filepath.Join(modules, "modbus-serial"))
	}
	if err != nil {
		t.Skip("node or npm's modbus-serial is not there" + builtBy)
	}
	t.Setenv("NODE_PATH", modules)
	host, port := serveTestMode(t)
	if output, err := outsider(t, "testdata", "all of it", node, "modbus-serial-client.js", host, port); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
