package mes_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"linetwin.dev/mes"
)

// inspected is what an inspection measures of part i.
func inspected(i int) []mes.Measure {
	x := float64(i)
	return []mes.Measure{
		{Name: "score", Value: 1 - x/1000, Unit: "1"}, {Name: "shift", Value: -x / 3e4, Unit: "m"}, {Name: "turn", Value: x / 700, Unit: "rad"},
		{Name: "damage", Value: 0, Unit: "1"}, {Name: "cap_height", Value: 0.187 + x/1e6, Unit: "m"}, {Name: "cap_tilt", Value: math.NaN(), Unit: "rad"},
		{Name: "dent", Value: x / 7e4, Unit: "m"}, {Name: "bulge", Value: x / 9e4, Unit: "m"}, {Name: "relief", Value: x / 1e9, Unit: "1"},
		{Name: "grade", Value: float64(i % 5)}, {Name: "class_score", Value: math.SmallestNonzeroFloat64, Unit: "1"}, {Name: "latency", Value: 0.04 + x/1e5, Unit: "s"},
	}
}

// sameMeasures compares measures to the last bit, but for what NaN has in it.
func sameMeasures(a, b []mes.Measure) string {
	return cmp.Diff(a, b, cmpopts.EquateNaNs(), cmpopts.EquateEmpty())
}

// measuresAreWhole sees that each part of a file has all that inspected gave it, and how many there are.
func measuresAreWhole(t *testing.T, m *mes.MES) int {
	t.Helper()
	rs, err := m.Parts(mes.PartsQuery{Limit: 1000})
	must(t, err)
	for _, r := range rs {
		var got []mes.Measure
		for _, s := range r.Steps {
			got = append(got, s.Measures...)
		}
		if d := sameMeasures(inspected(int(r.N)), got); d != "" {
			t.Errorf("part %d: -want +got\n%s", r.N, d)
		}
	}
	return len(rs)
}

func TestMeasuresComeBackAsTheyWereToldWhateverTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "mes")
		must2(t, err)
		defer os.RemoveAll(dir)
		c := mes.Config{Durable: rapid.Bool().Draw(t, "durable")}
		m, err := mes.Open(filepath.Join(dir, "mes.db"), c)
		must2(t, err)
		defer func() { m.Close() }()
		value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, 3, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64, 1 << 53, 0.1}))
		measure := rapid.Custom(func(t *rapid.T) mes.Measure {
			return mes.Measure{Name: rapid.SampledFrom([]string{"a", "b", "c", "d'", "ε"}).Draw(t, "name"), Value: value.Draw(t, "value"), Unit: rapid.SampledFrom([]string{"", "1", "m"}).Draw(t, "unit")}
		})
		step := rapid.Custom(func(t *rapid.T) mes.Step {
			return mes.Step{Station: "inspect", Measures: rapid.SliceOfNDistinct(measure, 0, 5, func(m mes.Measure) string { return m.Name }).Draw(t, "measures")}
		})
		parts := rapid.SliceOfN(rapid.SliceOfN(step, 0, 3), 0, 8).Draw(t, "parts")
		for i, steps := range parts {
			must2(t, m.Complete(0, mes.Part{Steps: steps}))
			if i == len(parts)/2 {
				must2(t, m.Close())
				m, err = mes.Open(filepath.Join(dir, "mes.db"), c)
				must2(t, err)
			}
		}
		must2(t, m.Check())
		rs, err := m.Parts(mes.PartsQuery{})
		must2(t, err)
		if len(rs) != len(parts) {
			t.Fatalf("%d parts of %d", len(rs), len(parts))
		}
		for i, steps := range parts {
			got := rs[len(rs)-1-i].Steps
			byName := cmpopts.SortSlices(func(a, b mes.Measure) bool { return a.Name < b.Name })
			if d := cmp.Diff(steps, got, byName, cmpopts.EquateNaNs(), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(mes.Step{}, "At")); d != "" {
				t.Fatalf("part %d: -want +got\n%s", i+1, d)
			}
		}
	})
}

func TestTheCallerMayUseItsMeasuresAgain(t *testing.T) {
	m := open(t, mes.Config{})
	ms := inspected(1)
	steps := []mes.Step{{Station: "inspect", Measures: ms}}
	must(t, m.Complete(0, mes.Part{Steps: steps}))
	copy(ms, inspected(2))
	must(t, m.Complete(0, mes.Part{Steps: steps}))
	if n := measuresAreWhole(t, m); n != 2 {
		t.Errorf("%d parts", n)
	}
}

func TestMeasuresThatMakeNoSenseAreRefused(t *testing.T) {
	m := open(t, mes.Config{})
	for want, ms := range map[string][]mes.Measure{
		"step 2 (inspect) of track 7: measure 2 has no name":           {{Name: "shift"}, {Unit: "m"}},
		`step 2 (inspect) of track 7: measure "shift" is there twice;`: {{Name: "shift", Unit: "m"}, {Name: "turn"}, {Name: "shift", Unit: "mm"}},
	} {
		p := mes.Part{Track: 7, Steps: []mes.Step{{Station: "infeed"}, {Station: "inspect", Measures: ms}}}
		if err := m.Complete(0, p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("said %v; want %q", err, want)
		}
	}
	if n := m.Snapshot().Total.Parts(); n != 0 {
		t.Errorf("%d parts were counted", n)
	}
	must(t, m.Complete(0, mes.Part{Track: 7}))
	must(t, m.Check())
}

// A part whose measures cannot be written waits with them, and so do new names.
func TestPartsAndTheirMeasuresAreWrittenTogetherOrNotAtAll(t *testing.T) {
	for _, table := range []string{"measures", "measured"} {
		path := filepath.Join(t.TempDir(), "mes.db")
		c := line
		c.Durable = true
		m, err := mes.Open(path, c)
		must(t, err)
		sqlExec(t, path, "CREATE TRIGGER full BEFORE INSERT ON "+table+" BEGIN SELECT RAISE(ABORT, 'no space'); END")
		for i := 1; i <= 3; i++ {
			err := m.Complete(time.Duration(i), mes.Part{Track: uint64(i), Good: true, Steps: []mes.Step{{Station: "inspect", Measures: inspected(i)}}})
			if !errors.Is(err, mes.ErrStore) || !strings.Contains(err.Error(), "no space") {
				t.Fatalf("said %v", err)
			}
		}
		if n := count(t, path, "parts"); n != 0 {
			t.Errorf("without %s there are %d parts in the file", table, n)
		}
		sqlExec(t, path, "DROP TRIGGER full")
		must(t, m.Check())
		if n := measuresAreWhole(t, m); n != 3 {
			t.Errorf("%d parts of 3 were written later", n)
		}
		must(t, m.Close())
	}
}

func count(t *testing.T, path, table string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	must(t, db.QueryRow("SELECT count(*) FROM "+table).Scan(&n))
	return n
}

// version2 makes the file that the program wrote when the schema had version 2: play's five parts.
func version2(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "mes.db")
	text, err := os.ReadFile("testdata/version2.sql")
	must(t, err)
	sqlExec(t, path, string(text)+"PRAGMA application_id=0x4c544d53; PRAGMA user_version=2")
	return path
}

// schemaOf is what a file is made of.
func schemaOf(t *testing.T, path string) (out []string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	var version string
	must(t, db.QueryRow("PRAGMA user_version").Scan(&version))
	rows, err := db.Query("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY type, name")
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var s string
		must(t, rows.Scan(&s))
		out = append(out, s)
	}
	return append(out, "version "+version)
}

func TestAFileOfTheVersionBeforeMeasuresGoesOnWithThem(t *testing.T) {
	path := version2(t)
	other := line
	other.Run = "bottling-2"
	before, err := os.ReadFile(path)
	must(t, err)
	if _, err := mes.Open(path, other); err == nil || !strings.Contains(err.Error(), `the file of run "bottling-1"`) {
		t.Fatalf("for another run: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("a file that was refused was changed")
	}

	m, err := mes.Open(path, line)
	must(t, err)
	s := m.Snapshot()
	if s.Total.Good != 4 || s.Total.Reject != 1 || s.Pictures.Kept != 1 || s.Orders[0].State != mes.Completed || s.Now != 5*time.Second {
		t.Errorf("it begins with %+v", s)
	}
	must(t, m.Complete(0, mes.Part{Track: 1, Serial: 206, Steps: []mes.Step{{Station: "inspect", Measures: inspected(6)}}}))
	must(t, m.Check())
	rs, err := m.Parts(mes.PartsQuery{})
	must(t, err)
	if d := sameMeasures(inspected(6), rs[0].Steps[0].Measures); d != "" {
		t.Errorf("the new part: -want +got\n%s", d)
	}
	for _, r := range rs[1:] {
		if len(r.Steps) != 2 || r.Steps[1].Value != 0.25 || r.Steps[1].Measures != nil {
			t.Errorf("part %d of before is %+v", r.N, r)
		}
	}
	must(t, m.Close())

	fresh := filepath.Join(t.TempDir(), "mes.db")
	n, err := mes.Open(fresh, line)
	must(t, err)
	must(t, n.Close())
	if d := cmp.Diff(schemaOf(t, fresh), schemaOf(t, path)); d != "" {
		t.Errorf("a new file and one that was brought up to date differ:\n%s", d)
	}
}

// Where the power goes while a file is brought up to date, it is of the old version or of the
// new one, and opens again. A file that was in use when its program was killed has a log.
func TestAPowerCutWhileAFileIsBroughtUpToDateLosesNothing(t *testing.T) {
	path := version2(t)
	sqlExec(t, path, "PRAGMA journal_mode=WAL")
	old, err := os.ReadFile(path)
	must(t, err)
	c := line
	c.Durable = true
	m, err := mes.Open(path, c)
	must(t, err)
	defer m.Close()
	wal, err := os.ReadFile(path + "-wal")
	must(t, err)
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(old, now) {
		t.Fatalf("the new tables are in the file and not in its log: %v", err)
	}
	dir := t.TempDir()
	versions := map[string]int{}
	const cuts = 60
	for k := range cuts + 1 {
		cut := k * len(wal) / cuts
		copied := filepath.Join(dir, fmt.Sprint(k, ".db"))
		must(t, os.WriteFile(copied, old, 0o644))
		must(t, os.WriteFile(copied+"-wal", wal[:cut], 0o644))
		schema := schemaOf(t, copied)
		versions[schema[len(schema)-1]]++
		must(t, os.WriteFile(copied, old, 0o644)) // as it was before it was looked at
		must(t, os.WriteFile(copied+"-wal", wal[:cut], 0o644))
		x, err := mes.Open(copied, c)
		must(t, err)
		must(t, x.Complete(0, mes.Part{Track: 1, Steps: []mes.Step{{Station: "inspect", Measures: inspected(6)}}}))
		if err := x.Check(); err != nil {
			t.Errorf("cut at %d: %v", cut, err)
		}
		rs, err := x.Parts(mes.PartsQuery{})
		must(t, err)
		if d := sameMeasures(inspected(6), rs[0].Steps[0].Measures); d != "" || len(rs) != 6 {
			t.Errorf("cut at %d: %d parts of 6, the newest with -want +got\n%s", cut, len(rs), d)
		}
		must(t, x.Close())
	}
	if versions["version 2"] == 0 || versions["version 3"] == 0 || len(versions) != 2 {
		t.Errorf("found were %v of a log of %d bytes; want some of versions 2 and 3", versions, len(wal))
	}
}
