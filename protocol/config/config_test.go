package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

func nowhere() time.Duration { return 0 }

func mustLoad(t testing.TB, path string) *Config {
	t.Helper()
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// bankOf defines a configuration's registers in a new bank, beside some of a line.
func bankOf(t testing.TB, c *Config, saved Saved) (*protocol.Bank, *Registers) {
	t.Helper()
	b := protocol.NewBank()
	belt := b.Writer("belt", "line.cue:1:1")
	for _, d := range []protocol.Def{
		{Name: "belt.position", Type: protocol.F64}, {Name: "belt.run", Type: protocol.Bool, Access: protocol.Operator},
	} {
		if _, err := belt.Define(d); err != nil {
			t.Fatal(err)
		}
	}
	r, err := c.Define(b, saved, nowhere)
	if err != nil {
		t.Fatal(err)
	}
	b.Seal()
	return b, r
}

func TestTheExampleIsAcceptedHereAndByTheCueCommand(t *testing.T) {
	mustLoad(t, "testdata/server.cue")
	mustLoad(t, "testdata") // the folder is the same
	if testing.Short() {
		t.Skip("building the cue command takes a while")
	}
	cmd := exec.Command("go", "run", "cuelang.org/go/cmd/cue", "vet", "-c", "./protocol/config/testdata")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("cue vet: %v\n%s", err, out)
	}
}

func TestAConfigurationNeedsNoModuleAndNoImport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plain.cue")
	if err := os.WriteFile(file, []byte("limits: maxClients: 7\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := mustLoad(t, file)
	if c.Limits.MaxClients != 7 || c.Limits.Idle.D() != time.Minute {
		t.Errorf("the limits are %+v", c.Limits)
	}
}

func TestManyRegistersAreMadeByALoopAndKeepTheirOrder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "loop.cue")
	src := "import \"list\"\n\nregisters: {for i in list.Range(20, 0, -1) {\"valve\\(i).open\": type: \"bool\"}}\n"
	if err := os.WriteFile(file, []byte(src), 0o644); err != nil {
		t.Fatal(err)
	}
	b, _ := bankOf(t, mustLoad(t, file), nil)
	if n := b.Registers()[2].Name; b.Len() != 22 || n != "valve20.open" {
		t.Errorf("%d registers, the first is %s", b.Len(), n)
	}
	change(t, file, `"bool"`, `"boolean"`)
	var list Errors
	if _, err := Load(file); !errors.As(err, &list) || len(list) != 1 || list[0].Line != 3 || list[0].Column != 69 ||
		!strings.HasSuffix(list[0].Message, " (and so in 19 more)") {
		t.Errorf("a mistake in the loop is told as %v", err)
	}
}

func TestAnEmptyConfigurationIsTheDefault(t *testing.T) {
	file := filepath.Join(t.TempDir(), "empty.cue")
	if err := os.WriteFile(file, []byte("package server\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if d := Diff(Default(), mustLoad(t, file)); len(d) != 0 {
		t.Errorf("it differs in %v", d)
	}
}

func TestAFileThatIsNotThereIsOneClearError(t *testing.T) {
	for path, want := range map[string]string{
		"nowhere.cue":       `nowhere.cue: there is no such file; name a configuration in CUE, as in server.cue`,
		"doc.go":            `doc.go: a configuration is a file of CUE, or a folder of such files; its name ends in .cue`,
		"testdata/tokens":   `testdata/tokens: there is no CUE file in this folder; a configuration is at least one`,
		"doc.go/server.cue": `doc.go/server.cue: not a directory`,
	} {
		if _, err := Load(path); err == nil || err.Error() != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestClientsAreToldByWhatTheyShow(t *testing.T) {
	b, _ := bankOf(t, mustLoad(t, "testdata/server.cue"), nil)
	g, err := mustLoad(t, "testdata/server.cue").Grants(b)
	if err != nil {
		t.Fatal(err)
	}
	ref := func(name string) *protocol.In {
		info, err := b.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		return b.At(info.Ref)
	}
	if _, ok := g.Authorise(wire.Credentials{}); ok {
		t.Error("who shows nothing is let in")
	}
	if _, ok := g.Authorise(wire.Credentials{Token: "guessed-by-somebody"}); ok {
		t.Error("who shows a token that nobody has is let in")
	}
	panel, ok := g.Authorise(wire.Credentials{Token: "a-secret-of-the-panel"})
	if !ok || panel.Name != "panel_1" || panel.Access != protocol.Operator || !panel.MayRead(ref("belt.position").Ref()) {
		t.Errorf("the panel gets %+v, %v", panel, ok)
	}
	for name, want := range map[string]protocol.Status{
		"tank.setpoint": protocol.OK, "recipe": protocol.OK, "tank.level": protocol.NotAuthorised,
		"belt.run": protocol.NotAuthorised, "belt.position": protocol.NotWritable,
	} {
		if got := panel.MayWrite(ref(name)); got != want {
			t.Errorf("the panel's write of %s: %v, want %v", name, got, want)
		}
	}
	office, _ := g.Authorise(wire.Credentials{Token: "look-but-do-not-touch"})
	if office.MayRead(ref("belt.run").Ref()) || !office.MayRead(ref("tank.pump").Ref()) || office.MayWrite(ref("tank.pump")) == protocol.OK {
		t.Errorf("the office gets %+v", office)
	}
	for _, u := range []struct {
		name, password string
		want           bool
	}{{"panel_1", "a-secret-of-the-panel", true}, {"panel_1", "look-but-do-not-touch", false}, {"", "", false}, {"panel_1", "", false}} {
		if grant, ok := g.User(u.name, u.password); ok != u.want || ok && grant.Name != u.name {
			t.Errorf("user %s with %s: %v", u.name, u.password, ok)
		}
	}
	if r, ok := g.Role("operator"); !ok || r.Access != protocol.Operator || r.Read != nil {
		t.Errorf("the built-in role operator is %+v", r)
	}
}

func TestWhoMayWriteWithoutProofDependsOnWhatIsWritten(t *testing.T) {
	for _, c := range []struct {
		edit []string
		open bool
	}{
		{[]string{"anonymous: \"\"\n", ""}, false},
		{[]string{`anonymous: ""`, `anonymous: "office"`}, false},
		{[]string{`anonymous: ""`, `anonymous: "panel"`}, true},
		{[]string{`anonymous: ""`, `anonymous: "read-only"`}, false},
		{[]string{`anonymous: ""`, `anonymous: "operator"`}, true},
	} {
		conf := mustLoad(t, write(t, c.edit...))
		if conf.Open() != c.open {
			t.Errorf("%q: open %v, want %v", c.edit[1], conf.Open(), c.open)
		}
	}
	if !Default().Open() {
		t.Error("without a configuration nobody may write")
	}
}

func TestATokenAndACertificateThatBelongTogetherAreBothAskedFor(t *testing.T) {
	file := write(t, `tokenFile: "tokens/panel"`, `tokenFile: "tokens/panel", certificate: "panel-1"`,
		`listen: address: ":7117"`, `listen: {address: ":7117", tls: {cert: "server.pem", key: "server.key", clientCA: "server.pem"}}`,
		`clients: {`, "clients: {\n\tpanel_2: {certificate: \"panel-2\", role: \"panel\"}")
	certificate(t, filepath.Dir(file), "server")
	c := mustLoad(t, file)
	b, _ := bankOf(t, c, nil)
	g, err := c.Grants(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		token, certificate, want string
	}{
		{"a-secret-of-the-panel", "panel-1", "panel_1"}, {"a-secret-of-the-panel", "", ""}, {"", "panel-1", ""},
		{"a-secret-of-the-panel", "panel-2", ""}, {"", "panel-2", "panel_2"}, {"wrong-token", "panel-2", ""},
		{"look-but-do-not-touch", "panel-2", "office"},
	} {
		got, _ := g.Authorise(wire.Credentials{Token: x.token, Certificate: x.certificate})
		if got.Name != x.want {
			t.Errorf("token %q, certificate %q: %q, want %q", x.token, x.certificate, got.Name, x.want)
		}
	}
	if conf := c.TLS(); conf == nil || len(conf.Certificates) != 1 || conf.ClientAuth != tls.VerifyClientCertIfGiven || conf.ClientCAs == nil {
		t.Errorf("the listener takes %+v", conf)
	}
}

// certificate writes NAME.pem and NAME.key.
func certificate(t testing.TB, dir, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true}
	cert, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{".pem": {Type: "CERTIFICATE", Bytes: cert}, ".key": {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(filepath.Join(dir, name+file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestClientsWritesKeepWithinBoundsWhichAReloadMoves(t *testing.T) {
	file := write(t)
	b, r := bankOf(t, mustLoad(t, file), nil)
	set := func(name string, v protocol.Value) protocol.Status {
		info, err := b.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		tx := protocol.NewWrite(info.Ref, v)
		if !r.Store.Apply(tx) {
			t.Fatal("the store answers later")
		}
		return tx.Status
	}
	for _, c := range []struct {
		name string
		v    protocol.Value
		want protocol.Status
	}{
		{"recipe", protocol.UintValue(40), protocol.OK}, {"recipe", protocol.UintValue(41), protocol.OutOfRange}, {"recipe", protocol.UintValue(0), protocol.OutOfRange},
		{"tank.setpoint", protocol.FloatValue(1800), protocol.OK}, {"tank.setpoint", protocol.FloatValue(1800.5), protocol.OutOfRange},
		{"tank.level", protocol.FloatValue(-1e9), protocol.OK},
	} {
		if got := set(c.name, c.v); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	change(t, file, "max: 40", "max: 50", `"tank.level": {type: "f32"`, `"tank.level": {type: "f32", min: 0`)
	r.Limit(mustLoad(t, file))
	if got := set("recipe", protocol.UintValue(41)); got != protocol.OK {
		t.Errorf("after the reload: %v", got)
	}
	if got := set("tank.level", protocol.FloatValue(-1)); got != protocol.OutOfRange {
		t.Errorf("a new bound: %v", got)
	}
}

// memory is Saved.
type memory map[string]protocol.Value

func (m memory) Value(name string, _ protocol.Type) (protocol.Value, bool) {
	v, ok := m[name]
	return v, ok
}

func TestRegistersThatPersistBeginWithTheirSavedValueIfItIsStillAllowed(t *testing.T) {
	b, r := bankOf(t, mustLoad(t, "testdata/server.cue"), memory{
		"tank.setpoint": protocol.FloatValue(1200), "recipe": protocol.UintValue(99), "tank.pump": protocol.BoolValue(true),
	})
	var got []string
	for _, info := range b.Registers() {
		s := b.At(info.Ref).Sample()
		got = append(got, fmt.Sprintf("%s %s %v", info.Name, s.Value.Format(info.Type), s.Quality))
	}
	want := []string{"belt.position 0 bad", "belt.run false bad", "tank.level 0 good", "tank.setpoint 1200 good", "tank.pump false good", "recipe 1 good"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"recipe"}, r.Refused); diff != "" {
		t.Error(diff)
	}
	if len(r.Persistent) != 2 || b.Registers()[r.Persistent[0]].Name != "tank.setpoint" {
		t.Errorf("%v persist", r.Persistent)
	}
}

func TestARegisterThatTheLineHasAlreadyIsToldWithBothPlaces(t *testing.T) {
	file := write(t, `"tank.pump"`, `"belt.run"`)
	b := protocol.NewBank()
	if _, err := b.Writer("belt", "line.cue:1:1").Define(protocol.Def{Name: "belt.run", Type: protocol.Bool}); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(file))
	c, err := Load("server.cue")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Define(b, nil, nowhere)
	if err == nil || !strings.Contains(err.Error(), "server.cue:29:2: ") || !strings.Contains(err.Error(), "line.cue:1:1") {
		t.Errorf("it is told as %v", err)
	}
}

func TestLookupFindsSettingsByTheirPath(t *testing.T) {
	c := mustLoad(t, "testdata/server.cue")
	for path, want := range map[string]Setting{
		"limits.idle":                     {"limits.idle", "30s", "testdata/server.cue:10:14", AtOnce},
		"limits.half":                     {"limits.half", "5s", "", AtOnce},
		"listen.address":                  {"listen.address", ":7117", "testdata/server.cue:7:18", Restart},
		"clients.office.token":            {"clients.office.token", "(secret)", "testdata/server.cue:21:18", AtOnce},
		`registers."tank.setpoint".max`:   {`registers."tank.setpoint".max`, "1800", "testdata/server.cue:28:80", AtOnce},
		`registers.tank.setpoint.persist`: {`registers."tank.setpoint".persist`, "true", "testdata/server.cue:28:109", Restart},
		"roles.panel.write":               {"roles.panel.write", `["tank.*" "recipe"]`, "testdata/server.cue:16:50", AtOnce},
	} {
		got, err := c.Lookup(path)
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
	if all, err := c.Lookup("limits"); err != nil || len(all) != 8 {
		t.Errorf("limits: %v, %v", all, err)
	}
	if all, err := c.Lookup(""); err != nil || len(all) != len(c.Settings()) {
		t.Errorf("all: %d, %v", len(all), err)
	}
	if all, err := Default().Lookup("clients"); err != nil || len(all) != 0 {
		t.Errorf("no clients: %v, %v", all, err)
	}
	for path, want := range map[string]string{
		"limits.idel": `there is no setting "limits.idel"; did you mean "limits.idle"?`,
		"limitz":      `there is no setting "limitz"; did you mean "limits"?`,
		"weather":     `there is no setting "weather"; the settings begin with listen, limits, roles, clients, anonymous, http, modbus, opcua, log, values, registers`,
	} {
		if _, err := c.Lookup(path); err == nil || err.Error() != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestNoTextHasASecretInIt(t *testing.T) {
	file := write(t)
	c := mustLoad(t, file)
	change(t, file, "look-but-do-not-touch", "another-secret")
	next := mustLoad(t, file)
	text := fmt.Sprintf("%+v %+v", c.Settings(), Diff(c, next))
	data, err := json.Marshal(c.Settings())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"look-but", "another", "a-secret"} {
		if strings.Contains(text, secret) || strings.Contains(string(data), secret) {
			t.Errorf("%s shows", secret)
		}
	}
}

func TestDiffTellsWhatChangedAndWhenItTakesEffect(t *testing.T) {
	file := write(t)
	certificate(t, filepath.Dir(file), "server")
	old := mustLoad(t, file)
	change(t, file, `":7117"`, `":7118"`, `"30s"`, `"20s"`, `"look-but-do-not-touch"`, `"another-secret"`, "max: 40", "max: 50", "initial: 900", "initial: 800",
		"commissioning:", "fitter:", "roles: {", "roles: {\n\tcleaner: {}", `"tank.pump": {type: "bool"`, `"tank.fan": {type: "bool"`,
		"listen:", "listen: tls: {cert: \"server.pem\", key: \"server.key\"}\nlisten:", "anonymous:", "clients: fitter: clock: true\nanonymous:")
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "tokens", "panel"), []byte("another-secret-of-the-panel"), 0o600); err != nil {
		t.Fatal(err)
	}
	next := mustLoad(t, file)
	var got []string
	for _, c := range Diff(old, next) {
		got = append(got, fmt.Sprintf("%v; %v", c, c.Effect))
	}
	want := []string{
		"listen.address: :7117 -> :7118; after a restart",
		"listen.tls: added; after a restart",
		"limits.idle: 30s -> 20s; at once",
		"roles.cleaner: added; at once",
		"clients.commissioning: removed; at once",
		"clients.fitter: added; at once",
		"clients.fitter.clock: false -> true; after a restart",
		"clients.office.token: other content; at once",
		"clients.panel_1.tokenFile: other content; at once",
		"registers.recipe.max: 40 -> 50; at once",
		`registers."tank.fan": added; after a restart`,
		`registers."tank.pump": removed; after a restart`,
		`registers."tank.setpoint".initial: 900 -> 800; after a restart`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	certificate(t, filepath.Dir(file), "server")
	renewed := mustLoad(t, file)
	d := Diff(next, renewed)
	if len(d) != 2 || d[0].Path != "listen.tls.cert" || d[0].Effect != Connection {
		t.Errorf("a renewed certificate is told as %v", d)
	}
}
