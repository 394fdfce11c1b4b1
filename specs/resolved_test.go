package specs

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"cuelang.org/go/cue/cuecontext"
	cuejson "cuelang.org/go/encoding/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func resolved(t testing.TB, edit ...string) (*Loaded, []byte) {
	t.Helper()
	l, err := Load(writeLine(t, edit...))
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.ResolvedJSON()
	if err != nil {
		t.Fatal(err)
	}
	return l, b
}

func TestAResolvedScenarioReadsBackTheSame(t *testing.T) {
	l, b := resolved(t, `trigger: "pe_in"`, "trigger: \"pe_in\"\n\t\thil: serial: \"CL8\"")
	if !bytes.Contains(b, []byte(`"inspection.escape_rate": "<= 0"`)) {
		t.Errorf("a bound is not written for people:\n%s", b)
	}
	s, err := ParseResolved(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l.Scenario, *s); diff != "" {
		t.Errorf("-loaded +parsed:\n%s", diff)
	}
	again, err := s.ResolvedJSON()
	if err != nil || !bytes.Equal(b, again) {
		t.Errorf("written again it differs: %v", err)
	}
}

func TestAResolvedScenarioReadsBackTheSameWithAnyNumbers(t *testing.T) {
	l, _ := resolved(t)
	// The file needs not exist for ParseResolved, and the quantities drawn here are
	// free of each other.
	rapid.Check(t, func(t *rapid.T) {
		s := l.Scenario
		positive := func(name string) float64 { return rapid.Float64Range(1e-12, 1e12).Draw(t, name) }
		s.Seed = rapid.Uint64().Draw(t, "seed")
		s.Cameras = map[string]Camera{}
		for name, c := range l.Cameras {
			c.Pose.XYZ[0] = Length(rapid.Float64Range(-1e9, 1e9).Draw(t, "x"))
			c.Pose.RPY[1] = Angle(rapid.Float64Range(-10, 10).Draw(t, "pitch"))
			c.Sim.K1 = rapid.Float64Range(-1, 1).Draw(t, "k1")
			c.Sim.DepthSigma = Length(positive("sigma"))
			s.Cameras[name] = c
		}
		s.Faults = []Fault{}
		b, err := s.ResolvedJSON()
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseResolved(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, *back); diff != "" {
			t.Fatalf("-written +read:\n%s", diff)
		}
	})
}

func TestAResolvedScenarioSatisfiesTheSchema(t *testing.T) {
	_, b := resolved(t)
	expr, err := cuejson.Extract("spec.json", b)
	if err != nil {
		t.Fatal(err)
	}
	ctx := cuecontext.New()
	v := ctx.CompileBytes(schemaSource).LookupPath(scenarioPath).Unify(ctx.BuildExpr(expr))
	if err := v.Validate(); err != nil {
		t.Error(err)
	}
}

func TestADamagedResolvedScenarioIsRefused(t *testing.T) {
	_, b := resolved(t)
	whole := string(b)
	for _, c := range []struct{ old, new, want string }{
		{whole, "", "spec.json"},
		{whole, whole[:len(whole)/2], "spec.json:"},
		{whole, "[]", "spec.json:1:1: "},
		{whole, "null", "spec.json:1:1: "},
		{whole, "{}", `spec.json:1:1: the scenario: "name" is missing`},
		{`"0.5m/s"`, `"0m/s"`, `spec.json:10:16: conveyors.belt.speed: 0m/s is too little; write a speed above zero`},
		{`"camera": "top"`, `"camera": "tpo"`, `inspections.inspect.camera: there is no camera "tpo"; did you mean "top"?`},
		{`"fov":`, `"fof":`, `there is no field "fof"; did you mean "fov"?`},
		{`"seed": 1`, `"seed": 18446744073709551616`, `seed: 18446744073709551616 does not fit; write a whole number, 0 or more`},
	} {
		_, err := ParseResolved([]byte(strings.Replace(whole, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40q for %.40q: got %v, want %s", c.new, c.old, err, c.want)
		}
	}
}

func TestArtworkNeedsNotBeThereForAResolvedScenario(t *testing.T) {
	dir := writeLine(t)
	l, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.ResolvedJSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := ParseResolved(b); err != nil {
		t.Error(err)
	}
}

func FuzzParseResolvedNeverPanics(f *testing.F) {
	f.Add([]byte(`{"name": "a", "duration": "1s", "mes": {"orders": [], "history": {"period": "1s", "keep": 1}}}`))
	f.Add([]byte(`{"name": 1}`))
	f.Add([]byte(`{"cameras": {"a": {"pose": {"xyz": ["1m"]}}}, "machines": {"m": {"joints": [{}]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := ParseResolved(data); (s == nil) == (err == nil) {
			t.Error("neither a scenario nor an error, or both")
		}
	})
}

func BenchmarkParseResolved(b *testing.B) {
	_, data := resolved(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseResolved(data); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleLoad() {
	line, err := Load("../scenarios/bottling")
	if err != nil {
		fmt.Println(err) // one line for each thing that is wrong
		return
	}
	for _, name := range Names(line.Cameras) {
		fmt.Println(name)
	}
	// Output:
	// eye
	// top
}
