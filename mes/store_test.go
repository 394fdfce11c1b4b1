package mes_test

import (
	"bytes"
	"database/sql"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"linetwin.dev/mes"
)

var line = mes.Config{
	Run:       "bottling-1",
	Orders:    []mes.Order{{ID: "A", Product: "still", Quantity: 3}, {ID: "B", Product: "still", Quantity: 50}},
	Registers: []string{"speed"},
}

// play lets a line make n parts, one a second, every fourth of them bad, with a picture.
func play(t *testing.T, m *mes.MES, n int) {
	t.Helper()
	must(t, m.State(0, "Starting"))
	for i := 1; i <= n; i++ {
		now := time.Duration(i) * time.Second
		must(t, m.State(now, "Execute"))
		p := mes.Part{Track: uint64(i), Serial: uint64(100 + i), Product: "still", Good: i%4 != 0, Steps: []mes.Step{
			{Station: "infeed", At: now / 2, Result: "seen", Value: math.NaN()},
			{Station: "inspect", At: now, Result: "judged", Value: 0.25, Unit: "1", Measures: inspected(i)},
		}}
		if !p.Good {
			p.Reason = "no cap"
		}
		must(t, m.Complete(now, p))
		if !p.Good {
			must(t, m.Attach(uint64(i), seen(i, now)))
		}
		must(t, m.Sample(now, []float64{float64(i)}, []uint8{0}))
	}
}

// sqlExec changes a file behind the MES's back.
func sqlExec(t *testing.T, path, q string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	_, err = db.Exec(q)
	must(t, err)
}

func TestClosedAndOpenedAgainItGoesOnWhereItWas(t *testing.T) {
	for _, durable := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "a run with ? & #.db")
		c := line
		c.Durable = durable
		m, err := mes.Open(path, c)
		must(t, err)
		play(t, m, 10)
		must(t, m.State(12*time.Second, "Stopped"))
		before := m.Snapshot()
		must(t, m.Check())
		must(t, m.Close())
		must(t, m.Close())
		if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
			t.Fatalf("the folder holds %v, want the database alone", files)
		}

		m, err = mes.Open(path, c)
		must(t, err)
		defer m.Close()
		after := m.Snapshot()
		same := cmp.Options{cmpopts.EquateNaNs(), cmpopts.IgnoreFields(mes.Status{}, "Session", "State", "Since", "Producing")}
		if d := cmp.Diff(before, after, same); d != "" {
			t.Fatalf("opened again it differs:\n%s", d)
		}
		must(t, m.Complete(time.Second, mes.Part{Track: 1, Good: true, Steps: []mes.Step{{Station: "infeed", At: time.Second}}}))
		must(t, m.Check())
		rs, err := m.TraceTrack(1)
		must(t, err)
		if len(rs) != 2 || rs[0].At != 13*time.Second || rs[0].Steps[0].At != 13*time.Second || rs[1].At != time.Second {
			t.Errorf("track 1 is %+v, want one of 13 s before one of 1 s", rs)
		}
	}
}

func TestOpenRefusesAndLeavesAloneWhatIsNotItsFile(t *testing.T) {
	changed := func(f func(*mes.Config)) mes.Config {
		c := line
		c.Orders = append([]mes.Order(nil), line.Orders...)
		f(&c)
		return c
	}
	for _, tc := range []struct {
		name   string
		config mes.Config
		spoil  func(t *testing.T, path string)
		want   string
	}{
		{"another run", changed(func(c *mes.Config) { c.Run = "bottling-2" }), nil, `the file of run "bottling-1", not of "bottling-2"`},
		{"other registers", changed(func(c *mes.Config) { c.Registers = []string{"torque"} }), nil, "registers [speed], the configuration [torque]"},
		{"a changed order", changed(func(c *mes.Config) { c.Orders[0].Quantity = 9 }), nil, "order A is 3 of"},
		{"an unfinished order left out", changed(func(c *mes.Config) { c.Orders = c.Orders[:1] }), nil, "order B of the file is Running and not in the configuration"},
		{"text", line, func(t *testing.T, p string) { must(t, os.WriteFile(p, []byte("hello, I am no database"), 0o644)) }, "not an SQLite database"},
		{"long text", line, func(t *testing.T, p string) { must(t, os.WriteFile(p, bytes.Repeat([]byte("hello "), 4096), 0o644)) }, "not an SQLite database"},
		{"another program's", line, func(t *testing.T, p string) { must(t, os.Remove(p)); sqlExec(t, p, "CREATE TABLE songs(name)") }, "the database of another program"},
		{"a newer version", line, func(t *testing.T, p string) { sqlExec(t, p, "PRAGMA user_version=99") }, "schema version 99; this program reads and writes version 3"},
		{"cut short", line, func(t *testing.T, p string) { must(t, os.Truncate(p, 8192)) }, "damaged"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "mes.db")
			m, err := mes.Open(path, line)
			must(t, err)
			play(t, m, 5)
			must(t, m.Close())
			if tc.spoil != nil {
				tc.spoil(t, path)
			}
			before, _ := os.ReadFile(path)
			m, err = mes.Open(path, tc.config)
			if err == nil {
				m.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("said %q; want the path and %q", err, tc.want)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
	t.Run("a folder", func(t *testing.T) {
		if _, err := mes.Open(t.TempDir(), line); err == nil || !strings.Contains(err.Error(), "cannot be opened") {
			t.Errorf("said %v", err)
		}
	})
	t.Run("in a missing folder", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "none", "mes.db")
		if _, err := mes.Open(path, line); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("said %v", err)
		}
	})
}

func TestOpenRefusesConfigurationsThatMakeNoSense(t *testing.T) {
	for want, c := range map[string]mes.Config{
		"has no ID":           {Orders: []mes.Order{{Product: "still", Quantity: 1}}},
		"letters, digits":     {Orders: []mes.Order{{ID: "../x", Product: "still", Quantity: 1}}},
		"is there twice":      {Orders: []mes.Order{{ID: "A", Quantity: 1}, {ID: "A", Quantity: 1}}},
		"quantity 0":          {Orders: []mes.Order{{ID: "A"}}},
		"cycle -1s":           {Orders: []mes.Order{{ID: "A", Quantity: 1, Cycle: -time.Second}}},
		"both must be":        {HistoryKeep: -1},
		"names must be uniqu": {Registers: []string{"a", "a"}},
	} {
		path := filepath.Join(t.TempDir(), "mes.db")
		if _, err := mes.Open(path, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("said %v; want %q", err, want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%q left a file", want)
		}
	}
}

func TestAnOrderAddedToTheScheduleIsTakenUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mes.db")
	c := mes.Config{Orders: []mes.Order{{ID: "A", Quantity: 1}}}
	m, err := mes.Open(path, c)
	must(t, err)
	must(t, m.Complete(0, mes.Part{Good: true}))
	must(t, m.Close())
	c.Orders = []mes.Order{{ID: "B", Quantity: 2}} // A is done and may be left out
	m, err = mes.Open(path, c)
	must(t, err)
	defer m.Close()
	if s := m.Snapshot(); len(s.Orders) != 2 || s.Orders[0].State != mes.Completed || s.Orders[1].State != mes.Running {
		t.Errorf("the orders are %+v", s.Orders)
	}
	must(t, m.Check())
}

func TestASecondMESOnTheFileTakesItOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mes.db")
	first, err := mes.Open(path, line)
	must(t, err)
	second, err := mes.Open(path, line)
	must(t, err)
	must(t, first.Complete(0, mes.Part{Good: true}))
	if err := first.Close(); !errors.Is(err, mes.ErrStore) || !strings.Contains(err.Error(), "another MES has opened this file") {
		t.Errorf("the first one said %v", err)
	}
	must(t, second.Complete(0, mes.Part{Good: true}))
	must(t, second.Check())
	must(t, second.Close())
}

func TestRowsThatCouldNotBeWrittenAreWrittenLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mes.db")
	c := line
	c.Durable = true
	m, err := mes.Open(path, c)
	must(t, err)
	defer m.Close()
	sqlExec(t, path, "CREATE TRIGGER full BEFORE INSERT ON steps BEGIN SELECT RAISE(ABORT, 'no space'); END")
	for i := range 3 {
		err := m.Complete(time.Duration(i), mes.Part{Track: uint64(i + 1), Good: true, Steps: []mes.Step{{Station: "infeed"}}})
		if !errors.Is(err, mes.ErrStore) || !strings.Contains(err.Error(), "no space") {
			t.Fatalf("said %v", err)
		}
	}
	if got := m.Snapshot().Total.Good; got != 3 {
		t.Errorf("%d parts counted of 3", got)
	}
	sqlExec(t, path, "DROP TRIGGER full")
	must(t, m.Flush())
	must(t, m.Check())
	rs, err := m.Parts(mes.PartsQuery{})
	must(t, err)
	if len(rs) != 3 || len(rs[2].Steps) != 1 {
		t.Errorf("the file has %+v", rs)
	}
}

func TestCheckFindsWhatWasTamperedWith(t *testing.T) {
	for _, q := range []string{
		"DELETE FROM parts WHERE n = 2",
		"DELETE FROM parts WHERE n = 10",
		"INSERT INTO parts SELECT 11, session, at_ns, 99, serial, product, order_id, good, reason FROM parts WHERE n = 10",
		"UPDATE parts SET good = 0 WHERE n = 1",
		"UPDATE parts SET reason = 'dent' WHERE reason != ''",
		"UPDATE parts SET order_id = '' WHERE n = 1",
		"UPDATE parts SET order_id = 'A' WHERE n = 9",
		"UPDATE parts SET order_id = 'Z' WHERE n = 9",
		"UPDATE parts SET product = 'other' WHERE n = 9",
		"UPDATE parts SET track = 1 WHERE n = 2",
		"UPDATE counts SET n = n + 1 WHERE order_id = 'A' AND reason = ''",
		"DELETE FROM counts",
		"UPDATE orders SET state = 'Held' WHERE id = 'B'",
		"DELETE FROM transitions WHERE n = 1",
		"DELETE FROM transitions WHERE to_state = 'Completed'",
		"UPDATE transitions SET at_ns = 0 WHERE to_state = 'Completed'",
		"INSERT INTO transitions VALUES (99, 'A', 99000000000, 'Completed', 'Running', 'magic')",
		"DELETE FROM spans WHERE n = 1",
		"UPDATE spans SET to_ns = to_ns + 1 WHERE n = 1",
		"UPDATE steps SET part = 77 WHERE part = 3 AND seq = 1",
		"UPDATE measured SET part = 77 WHERE part = 3 AND measure = 1",
		"UPDATE measured SET seq = 3 WHERE part = 3",
		"UPDATE measured SET measure = 77 WHERE part = 3 AND measure = 1",
		"UPDATE measures SET name = 'tilt' WHERE id = 2",
		"UPDATE measures SET unit = 'mm' WHERE id = 2",
		"DELETE FROM measures WHERE id = 12",
		"DELETE FROM measured WHERE measure = 1; DELETE FROM measures WHERE id = 1",
		"INSERT INTO measures VALUES (13, 'shift', 'mm'); INSERT INTO measured VALUES (3, 2, 13, 1)",
		"DELETE FROM history WHERE sample = 4",
		"DELETE FROM samples WHERE n = 4",
		"DELETE FROM pictures WHERE n = 1",
		"UPDATE pictures SET n = 99 WHERE n = 1",
		"UPDATE pictures SET part = 77 WHERE n = 1",
		"UPDATE pictures SET station = 'gate' WHERE n = 1",
		"UPDATE pictures SET at_ns = at_ns + 1 WHERE n = 1",
		"UPDATE pictures SET data = substr(data, 1, length(data) - 1) WHERE n = 1",
	} {
		t.Run(q, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "mes.db")
			m, err := mes.Open(path, line)
			must(t, err)
			defer m.Close()
			play(t, m, 10)
			must(t, m.Check())
			sqlExec(t, path, q)
			if err := m.Check(); err == nil {
				t.Error("Check found nothing")
			} else {
				t.Log(err)
			}
		})
	}
}

// dump is all that a file says, without how often it was written.
func dump(t *testing.T, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	var b strings.Builder
	for _, table := range []string{"meta", "sessions", "orders", "transitions", "parts", "steps", "measures", "measured", "counts", "spans", "registers", "samples", "history", "pictures"} {
		rows, err := db.Query("SELECT * FROM " + table)
		must(t, err)
		cols, err := rows.Columns()
		must(t, err)
		cells, to := make([]sql.NullString, len(cols)), make([]any, len(cols))
		for i := range cells {
			to[i] = &cells[i]
		}
		for rows.Next() {
			must(t, rows.Scan(to...))
			b.WriteString(table)
			for _, c := range cells {
				b.WriteString("|" + c.String)
			}
			b.WriteByte('\n')
		}
		must(t, rows.Close())
	}
	return b.String()
}

func TestTheSameCallsGiveTheSameRowsHoweverTheyAreWrittenAndReadMeanwhile(t *testing.T) {
	var first string
	for i, mode := range []struct{ durable, nosy bool }{{false, false}, {false, true}, {true, false}} {
		path := filepath.Join(t.TempDir(), "mes.db")
		c := line
		c.Durable = mode.durable
		m, err := mes.Open(path, c)
		must(t, err)
		if mode.nosy {
			done, stopped := make(chan bool), make(chan bool)
			go func() {
				defer close(stopped)
				for {
					select {
					case <-done:
						return
					default:
						m.Snapshot()
						if _, err := m.Parts(mes.PartsQuery{Limit: 3}); err != nil {
							t.Error(err)
						}
						if _, err := m.History(0); err != nil {
							t.Error(err)
						}
					}
				}
			}()
			play(t, m, 60)
			close(done)
			<-stopped
		} else {
			play(t, m, 60)
		}
		must(t, m.Close())
		got := dump(t, path)
		if i == 0 {
			first = got
		} else if d := cmp.Diff(first, got); d != "" {
			t.Errorf("%+v gives other rows:\n%s", mode, d)
		}
	}
}
