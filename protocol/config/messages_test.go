package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"linetwin.dev/protocol"
)

var update = flag.Bool("update", false, "write testdata/messages.golden and the table of README.md")

// write makes a user's folder, far from any CUE module, that holds the example with some
// of its text replaced (old, new, old, new...). It returns the configuration's path.
func write(t testing.TB, replace ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "server.cue")
	change(t, file, replace...)
	return file
}

func change(t testing.TB, file string, replace ...string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			t.Fatalf("the configuration does not contain %q", replace[i])
		}
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	put(t, file, text)
}

// put writes a file as editors do, a new one in the place of the old one: nobody reads
// half of it.
func put(t testing.TB, file, text string) {
	t.Helper()
	temp := file + ".new"
	if err := os.WriteFile(temp, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(temp, file); err != nil {
		t.Fatal(err)
	}
}

// badConfigurations are mistakes that users make; testdata/messages.golden has what they
// are told.
var badConfigurations = []struct {
	name string
	edit []string
}{
	{"syntax: a brace is missing", []string{"roles: {", "roles: "}},
	{"syntax: a quote is missing", []string{`"30s"`, `"30s`}},
	{"syntax: a quantity without quotes", []string{`"30s"`, `30s`}},
	{"a name without quotes", []string{`role: "panel"`, `role: panel`}},
	{"an import that is not there", []string{`protocol/config"`, `protocol/confg"`}},
	{"a definition that is not there", []string{"config.#Config", "config.#Server"}},
	{"imported and not used", []string{"config.#Config", ""}},

	{"an unknown setting on top", []string{"limits:", "limts:"}},
	{"an unknown setting that resembles nothing", []string{"limits:", "weather: \"fine\"\nlimits:"}},
	{"an unknown setting in a section", []string{"maxClients:", "maxClient:"}},
	{"an unknown setting that is a required one misspelt", []string{`type: "f32", unit`, `typ: "f32", unit`}},
	{"a required setting is missing", []string{`type: "bool", `, ""}},
	{"a role is missing", []string{`role: "panel", `, ``}},
	{"a name that is none", []string{"panel_1:", `"Panel 1":`}},
	{"a register's name that is none", []string{`"tank.level"`, `"tank..level"`}},

	{"a time without a unit", []string{`"30s"`, `30`}},
	{"a time in the wrong unit", []string{`"30s"`, `"30mm"`}},
	{"no time at all", []string{`"30s"`, `"0s"`}},
	{"a number out of range", []string{"2000", "0"}},
	{"half a client", []string{"2000", "2000.5"}},
	{"a number where a text is meant", []string{`":7117"`, `7117`}},
	{"an address without a port", []string{`":7117"`, `"localhost"`}},
	{"a port that there is not", []string{`":7117"`, `":71170"`}},
	{"a struct where a text is meant", []string{`":7117"`, `{port: 7117}`}},
	{"a text where a struct is meant", []string{"limits: {", "limits: \"none\"\n_l: {"}},
	{"a word where a bool is meant", []string{"persist: true}", `persist: "yes"}`}},
	{"a choice misspelt", []string{`access: "operator"`, `access: "operater"`}},
	{"a type that there is not", []string{`"u16"`, `"uint16"`}},
	{"a pattern that is none", []string{`"tank.*", "recipe"`, `"tank.*", "re cipe"`}},
	{"a text where a list is meant", []string{`read: ["tank.*"]`, `read: "tank.*"`}},
	{"two values for one setting", []string{"anonymous:", "limits: idle: \"40s\"\nanonymous:"}},
	{"output too little", []string{"maxClients: 2000", `maxOutput: "1KiB"`}},

	{"a role that is not there", []string{`role: "panel"`, `role: "pannel"`}},
	{"nobody's role that is not there", []string{`anonymous: ""`, `anonymous: "guest"`}},
	{"a client without proof", []string{`tokenFile: "tokens/panel", `, ""}},
	{"a client with two tokens", []string{`tokenFile: "tokens/panel"`, `token: "12345678", tokenFile: "tokens/panel"`}},
	{"a short token", []string{`"look-but-do-not-touch"`, `"secret"`}},
	{"a token that is a number", []string{`"look-but-do-not-touch"`, `12345678`}},
	{"two tokens for one client", []string{"anonymous:", "clients: office: token: \"another-secret\"\nanonymous:"}},
	{"a token where a client is meant", []string{`{token: "look-but-do-not-touch", role: "office"}`, `"look-but-do-not-touch"`}},
	{"a token file that is not there", []string{`"tokens/panel"`, `"tokens/pannel"`}},
	{"a device for a token", []string{`tokenFile: "tokens/panel"`, `tokenFile: "/dev/zero"`}},
	{"a variable that is not there", []string{`tokenFile: "tokens/panel"`, `tokenEnv: "LINETWIN_NO_SUCH_TOKEN"`}},
	{"two clients with one token", []string{`"tokens/panel"`, `"tokens/engineer"`}},
	{"a certificate without who vouches for it", []string{`tokenFile: "tokens/panel"`, `certificate: "panel-1"`}},
	{"TLS without a key", []string{`listen: address: ":7117"`, "listen: {address: \":7117\", tls: cert: \"tokens/panel\"}"}},
	{"TLS with something else", []string{`listen: address: ":7117"`, "listen: {address: \":7117\", tls: {cert: \"tokens/panel\", key: \"key.pem\", requireClientCert: true}}"}},

	{"an initial value that does not fit", []string{"initial: 1,", "initial: 1.5,"}},
	{"an initial value out of bounds", []string{"initial: 1,", "initial: 41,"}},
	{"bounds the wrong way round", []string{"min: 1, max: 40, initial: 1,", "min: 40, max: 1,"}},
	{"a bound that the type cannot hold", []string{"max: 40", "max: 70000"}},
	{"bounds of a bool", []string{`"the pump runs"`, `"the pump runs", min: 0`}},

	{"a pattern without registers", []string{`"tank.*", "recipe"`, `"tank.*", "recipes"`}},
	{"a pattern of a group that is not there", []string{`"tank.*", "recipe"`, `"tanks.*"`}},
	{"a pattern that resembles nothing", []string{`"tank.*", "recipe"`, `"weather.*"`}},

	{"a unit of Modbus that there is not", []string{"anonymous:", "modbus: units: [{ids: [1, 256]}]\nanonymous:"}},
	{"an address of Modbus that there is not", []string{"anonymous:", "modbus: units: [{coils: [{address: 70000, registers: [\"tank.pump\"]}]}]\nanonymous:"}},
	{"a unit that is no struct", []string{"anonymous:", "modbus: units: [1]\nanonymous:"}},
	{"a list of units that is none", []string{"anonymous:", "modbus: units: {ids: [1]}\nanonymous:"}},
	{"a block without registers", []string{"anonymous:", "modbus: units: [{}, {coils: [{address: 7}]}]\nanonymous:"}},
	{"a role of masters that there is not", []string{"anonymous:", "modbus: role: \"master\"\nanonymous:"}},
	{"a serial line's parity", []string{"anonymous:", "modbus: serial: [{device: \"/dev/ttyS0\", parity: \"eben\"}]\nanonymous:"}},

	{"mistakes of all kinds at once", []string{`"30s"`, `30`, `role: "panel"`, `role: "pannel"`, "initial: 1,", "initial: 41,", `"tokens/engineer"`, `"tokens/enginer"`}},
	{"many at once", []string{`"30s"`, `"30mm"`, "maxClients:", "maxClient:", `role: "panel"`, `rolle: "panel"`, `"bool"`, `"boolean"`, "initial: 900", `initial: "much"`}},
}

// told is what a user is told about a configuration, or "" when it is right.
func told(path string) string {
	c, err := Load(path)
	if err == nil {
		b := protocol.NewBank()
		if _, err = c.Define(b, nil, nowhere); err == nil {
			_, err = c.Grants(b)
		}
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestMistakesAreToldWithPlaceAndRemedy(t *testing.T) {
	var all strings.Builder
	for _, c := range badConfigurations {
		file := write(t, c.edit...)
		t.Chdir(filepath.Dir(file))
		text := told("server.cue")
		if text == "" {
			t.Errorf("%s: accepted", c.name)
		}
		for _, secret := range []string{"look-but", "a-secret", "12345678", "another-secret"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: the message has a secret: %s", c.name, text)
			}
		}
		all.WriteString("# " + c.name + "\n" + text + "\n\n")
		if err := os.Chdir(origin); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, filepath.Join(origin, "testdata", "messages.golden"), all.String())
}

// origin is the package's folder.
var origin = func() string {
	wd, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return wd
}()

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("-golden +got (go test -update writes it):\n%s", diff)
	}
}
