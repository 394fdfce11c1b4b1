package suite

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"linetwin.dev/bench"
)

// parts give a row each; the last one is not reached.
var parts = []Part[int]{
	{"first", func(v int) ([]bench.Row, error) {
		return []bench.Row{bench.Measured("first", float64(v), "ms", "<= 5ms")}, nil
	}},
	{"second", func(v int) ([]bench.Row, error) {
		return []bench.Row{bench.Measured("second", float64(v), "ms", "<= 1ms")}, nil
	}},
}

func command(t *testing.T, args ...string) (*Command, *bytes.Buffer, error) {
	t.Helper()
	fs := flag.NewFlagSet("suite", flag.ContinueOnError)
	c := flags(fs, "suite", Names(parts), 7, "of each")
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	c.Table = &table
	return c, &table, c.Check(fs.Args())
}

func TestTablesHaveTheRowsOfTheChosenPartsAndSayWhatIsNotReached(t *testing.T) {
	t.Chdir(t.TempDir())
	c, table, err := command(t)
	if err != nil || c.Rounds() != 7 || !c.All() {
		t.Fatalf("rounds %d, all %t, error %v", c.Rounds(), c.All(), err)
	}
	if err := Run(c, parts, 3); err == nil || !strings.Contains(err.Error(), "second: 3 ms") || strings.Contains(err.Error(), "first") {
		t.Errorf("a row that is not reached gives %v", err)
	}
	if !strings.Contains(table.String(), "NOT REACHED") || !strings.Contains(table.String(), "7 rounds") {
		t.Errorf("the table is\n%s", table)
	}
	data, err := os.ReadFile(filepath.Join("out", "bench-suite.json"))
	var rows []bench.Row
	if err != nil || json.Unmarshal(data, &rows) != nil || len(rows) != 2 {
		t.Errorf("the file has %d rows, error %v", len(rows), err)
	}
}

func TestPartsAloneArePublishedOnlyWhereAFileIsNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	c, _, err := command(t, "-only", "fir")
	if err != nil || c.All() {
		t.Fatal(err)
	}
	if err := Run(c, parts, 3); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat("out"); !errors.Is(err, os.ErrNotExist) {
		t.Error("a part alone was published")
	}
	c, _, _ = command(t, "-only", "fir", "-out", "mine.json")
	if err := Run(c, parts, 3); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat("mine.json"); err != nil {
		t.Error(err)
	}
}

func TestFlagsThatMeasureNothingAreRefused(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-only", "third"}, `no part begins with "third"; there is first, second`},
		{[]string{"-rounds", "0"}, "0 rounds measure nothing"},
		{[]string{"more"}, `"more" is one`},
	} {
		if _, _, err := command(t, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v gives %v, want %q", c.args, err, c.want)
		}
	}
}

func TestAPartThatFailsIsNamed(t *testing.T) {
	c, _, _ := command(t)
	broken := []Part[int]{{"first", func(int) ([]bench.Row, error) { return nil, errors.New("no power") }}}
	if err := Run(c, broken, 0); err == nil || err.Error() != "first: no power" {
		t.Errorf("the error is %v", err)
	}
}

func TestQuantilesAreInterpolated(t *testing.T) {
	v := []float64{4, 1, 3, 2}
	for q, want := range map[float64]float64{0: 1, 0.5: 2.5, 1: 4, 0.99: 3.97} {
		if got := Quantile(v, q); math.Abs(got-want) > 1e-12 {
			t.Errorf("the %g quantile of %v is %g, want %g", q, v, got, want)
		}
	}
	if Median([]float64{7}) != 7 || !math.IsNaN(Median(nil)) {
		t.Errorf("the median of one value is %g, of none %g", Median([]float64{7}), Median(nil))
	}
}

func TestWhatBenchmarksReportIsReadByUnit(t *testing.T) {
	got := parseBench("goos: linux\nBenchmarkX/a-2  100  12.5 ns/op  3 allocs/op\nBenchmarkX/a-2  100  13.5 ns/op  3 allocs/op\nPASS\nok  x 1.2s\n")
	if !slices.Equal(got["ns/op"], []float64{12.5, 13.5}) || !slices.Equal(got["allocs/op"], []float64{3, 3}) {
		t.Errorf("it is read as %v", got)
	}
}
