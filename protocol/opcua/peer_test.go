package opcua

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// peer is a stock node-opcua client, run by testdata/peer.cjs.
type peer struct {
	t     *testing.T
	lines *bufio.Scanner
	in    io.WriteCloser
	// passed is what it said that nobody asked for.
	passed []string
}

// startPeer starts it; where node-opcua is not installed the test is skipped.
func startPeer(t *testing.T, p *plant) *peer {
	t.Helper()
	modules := must(filepath.Abs(filepath.Join("..", "..", "out", "npm", "node_modules")))
	if _, err := os.Stat(filepath.Join(modules, "node-opcua-client")); err != nil {
		t.Skip("node-opcua-client is not in out/npm; .ci/need test installs it")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	dir, a, u := t.TempDir(), applications()["client"], applications()["operator"]
	p.trust(a)
	p.known[Thumbprint(must(parseCertificate(u.der)))] = protocol.Grant{Access: protocol.Operator}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: a.der}, "key.pem": {Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(a.key))},
		"user.pem": {Type: "CERTIFICATE", Bytes: u.der}, "user-key.pem": {Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(u.key))},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), node, filepath.Join("testdata", "peer.cjs"), p.server.URL(), dir)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	cmd.Stderr = os.Stderr
	in, out := must(cmd.StdinPipe()), must(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &peer{t: t, lines: bufio.NewScanner(out), in: in}
}

// next is the next line about what, decoded; lines about other things are passed over.
func (p *peer) next(what string) any {
	p.t.Helper()
	for p.lines.Scan() {
		var line struct {
			What  string
			Value any
		}
		if json.Unmarshal(p.lines.Bytes(), &line) == nil && line.What == what {
			return line.Value
		}
		p.passed = append(p.passed, line.What)
	}
	p.t.Fatalf("node-opcua ended before it said %q", what)
	return nil
}

func (p *peer) expect(what string, want any) {
	p.t.Helper()
	if got := p.next(what); !reflect.DeepEqual(got, want) {
		p.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// never checks that it has said nothing else about something.
func (p *peer) never(what string) {
	p.t.Helper()
	if slices.Contains(p.passed, what) {
		p.t.Errorf("%s was told too often", what)
	}
}

// tree and list are JSON's.
type (
	tree = map[string]any
	list = []any
)

func TestNodeOPCUABrowsesReadsWritesSubscribesAndComesBack(t *testing.T) {
	p := newPlant(t, func(o *Options) { o.AllowNone, o.AllowAnonymous = false, false })
	c := startPeer(t, p)
	unit := tree{"EngineeringUnits": tree{}}
	c.expect("tree", tree{
		"belt": tree{"position": tree{"EngineeringUnits": tree{}, "EURange": tree{}}, "speed": unit, "limit": unit, "count": unit},
		"gate": tree{"open": tree{}, "arm": tree{"width": unit}},
		"plc":  tree{"wanted": tree{}, "state": tree{}},
		"eye":  tree{"blocked": tree{}}, "total": tree{},
	})
	c.expect("position", tree{"value": 12.5, "type": "Double", "status": "Good", "source": "2026-03-01T08:00:03.000Z"})
	c.expect("state", tree{"value": 6.0, "type": "Int32", "status": "Good", "source": "2026-03-01T08:00:02.000Z"})
	c.expect("never", tree{"value": nil, "type": "Null", "status": "BadWaitingForInitialData", "source": nil})
	c.expect("unit", tree{"id": 5066068.0, "name": "mm", "namespace": unitsURI})
	c.expect("range", list{0.0, 200.0})
	c.expect("builtin", "Int32")
	c.expect("states", list{list{1.0, "Clearing"}, list{2.0, "Stopped"}, list{4.0, "Idle"}, list{6.0, "Execute"}, list{9.0, "Aborted"}})
	c.expect("definition", 5.0)
	c.expect("server", list{0.0, 3.0})
	c.expect("path", list{"ns=2;s=gate.arm.width"})
	c.expect("writes", list{"Good", "BadTypeMismatch", "BadUserAccessDenied", "BadNotWritable", "Good", "BadOutOfRange"})
	c.expect("certificate", "Good")

	c.expect("belt.position", 12.5)
	// 14 and 17 are within 5 of what was told last; the count shows that they were sampled.
	p.set("belt.position", protocol.FloatValue(14))
	p.set("belt.position", protocol.FloatValue(17))
	p.count.SetUint(4*time.Second, 1235)
	c.expect("belt.count", 1234.0)
	c.expect("belt.count", 1235.0)
	p.set("belt.position", protocol.FloatValue(18))
	c.expect("belt.position", 18.0)
	p.set("belt.position", protocol.FloatValue(24))
	c.expect("belt.position", 24.0)
	c.never("belt.position")

	p.restart()
	c.next("reconnected")
	c.expect("belt.position", 24.0)
	p.set("belt.position", protocol.FloatValue(100))
	c.expect("belt.position", 100.0)
	if _, err := io.WriteString(c.in, "end\n"); err != nil {
		t.Fatal(err)
	}
	c.expect("done", true)
	eventually(t, "no session is left", func() bool { return p.server.Sessions() == 0 })
}
