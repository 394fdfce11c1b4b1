package twin_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"linetwin.dev/mes"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/recording"
	"linetwin.dev/vision"
)

// photographed is a short line of small pictures, some of bad bottles.
func photographed(t testing.TB, p specs.Pictures) twin.Scenario {
	return changed(t, "../scenarios/bottling", func(s *specs.Scenario) {
		small(s)
		s.MES.Pictures = p
		s.Faults = []specs.Fault{{At: specs.Duration(8 * time.Second), For: specs.Duration(time.Second), Device: "top", Kind: "drop-frames"}}
		s.Expect = map[string]string{}
	})
}

// rows is all that a MES's file says.
func rows(t testing.TB, dir string) string {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "mes.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var b strings.Builder
	for _, table := range []string{"sessions", "orders", "transitions", "parts", "steps", "measures", "measured", "counts", "spans", "samples", "history", "pictures"} {
		r, err := db.Query("SELECT * FROM " + table)
		if err != nil {
			t.Fatal(err)
		}
		cols, err := r.Columns()
		if err != nil {
			t.Fatal(err)
		}
		cells, to := make([]sql.NullString, len(cols)), make([]any, len(cols))
		for i := range cells {
			to[i] = &cells[i]
		}
		for r.Next() {
			if err := r.Scan(to...); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s %v\n", table, cells)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// kept opens a run's MES.
func kept(t testing.TB, dir string, sc twin.Scenario) []mes.Record {
	t.Helper()
	tw := build(t, sc, twin.Options{Dir: dir, Endless: true}) // goes on with what is there
	defer tw.Close()
	rs, err := tw.MES().Parts(mes.PartsQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rs {
		for _, p := range r.Pictures {
			full, err := tw.MES().Picture(p.N)
			if err != nil {
				t.Fatal(err)
			}
			m, err := jpeg.Decode(bytes.NewReader(full.Data))
			if err != nil {
				t.Errorf("picture %d: %v", p.N, err)
			} else if b := m.Bounds(); b.Dx() > sc.MES.Pictures.Width || b.Dx() != p.Width || b.Dy() != p.Height {
				t.Errorf("picture %d is %v, and said to be %dx%d; %d wide at most", p.N, b, p.Width, p.Height, sc.MES.Pictures.Width)
			}
		}
	}
	return rs
}

func TestTheMESHasAPictureOfEachPartThatIsNotGoodAndOfSomeGoodOnes(t *testing.T) {
	dir := t.TempDir()
	const every = 3
	sc := short(t, 1)
	sc.MES.Pictures = specs.Pictures{Good: every, Width: 240, Quality: 80, Keep: 1000}
	out := run(t, sc, twin.Options{Dir: dir})
	seen := map[bool]int{}
	judged, goods := 0, 0
	parts := kept(t, dir, sc)
	for i := len(parts) - 1; i >= 0; i-- { // the oldest first
		r := parts[i]
		var look *mes.Step
		for k := range r.Steps {
			if r.Steps[k].Station == "inspect" {
				look = &r.Steps[k]
			}
		}
		want := false
		if look != nil {
			judged++
			want = look.Result != vision.Reason(0).String()
			if !want {
				want = goods%every == 0
				goods++
			}
		}
		if (len(r.Pictures) == 1) != want {
			t.Errorf("part of track %d, inspected as %+v, has %d pictures, want %t", r.Track, look, len(r.Pictures), want)
			continue
		}
		if want {
			p := r.Pictures[0]
			seen[look.Result == "good"]++
			if p.Station != "inspect" || p.Camera != "top" || p.Verdict != look.Result || p.At > look.At || p.At < look.At-20*time.Millisecond || p.Part != r.N {
				t.Errorf("part %d, inspected as %+v, has the picture %+v", r.N, look, p)
			}
		}
	}
	if judged < 10 || seen[true] < 2 || seen[false] == 0 {
		t.Errorf("%d judged, %d pictures of good ones and %d of others: too few to tell anything", judged, seen[true], seen[false])
	}
	if got, want := *out.Summary.Metrics["mes.pictures"].Value, float64(seen[true]+seen[false]); got != want {
		t.Errorf("mes.pictures is %v, want %v", got, want)
	}
}

func TestPicturesAreTheSameInEachRunAndChangeNothingInIt(t *testing.T) {
	all := specs.Pictures{Good: 1, Width: 160, Quality: 60, Keep: 5}
	sc := photographed(t, all)
	const until = 30 * time.Second
	dir := t.TempDir()
	first := run(t, sc, twin.Options{Dir: dir, Until: until})
	want := rows(t, dir)
	if n := strings.Count(want, "\npictures "); n != all.Keep {
		t.Errorf("%d pictures are kept, want the newest %d", n, all.Keep)
	}
	for name, opt := range map[string]twin.Options{"again": {}, "without offloading": {Workers: -1}, "in another order": {Shuffle: 3}} {
		opt.Dir, opt.Until = t.TempDir(), until
		if out := run(t, sc, opt); out.Hash != first.Hash {
			t.Errorf("%s it has another hash", name)
		}
		if got := rows(t, opt.Dir); got != want {
			t.Errorf("%s the MES has other rows", name)
		}
	}
	none := t.TempDir()
	if out := run(t, photographed(t, specs.Pictures{}), twin.Options{Dir: none, Until: until}); out.Hash != first.Hash {
		t.Error("without pictures it has another hash")
	}
	if rows(t, none) != want[:strings.Index(want, "pictures ")] {
		t.Error("without pictures the MES has other rows besides")
	}
	rec, err := recording.Open(filepath.Join(dir, "events.mcap"))
	if err != nil {
		t.Fatal(err)
	}
	replayed := t.TempDir()
	if out := run(t, sc, twin.Options{Replay: rec, Until: rec.Until, Dir: replayed}); out.Hash != first.Hash {
		t.Error("the replay has another hash")
	}
	if rows(t, replayed) != rows(t, none) {
		t.Error("the replay's MES differs from that of a run without pictures")
	}
}

func TestACameraThatIsModelledGivesNoPictures(t *testing.T) {
	sc := modelled(photographed(t, specs.Pictures{Good: 1, Width: 160, Quality: 60, Keep: 8}))
	dir := t.TempDir()
	out := run(t, sc, twin.Options{Dir: dir, Until: 10 * time.Second})
	if strings.Contains(rows(t, dir), "pictures ") || *out.Summary.Metrics["mes.pictures"].Value != 0 {
		t.Error("there are pictures")
	}
}

// On the wall clock the MES gets pictures, too. The first bottle leaves after 14 s; what the
// darkroom does when it is late is tested by itself.
func TestOnTheWallClockPicturesGetIntoTheMES(t *testing.T) {
	if os.Getenv("LINETWIN_SOAK") == "" {
		t.Skip("takes half a minute of the wall clock; set LINETWIN_SOAK=1 to run it")
	}
	sc := photographed(t, specs.Pictures{Good: 1, Width: 160, Quality: 60, Keep: 1000})
	sc.Faults = nil
	tw := build(t, sc, twin.Options{Until: 30 * time.Second, Realtime: true})
	out, err := tw.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	m := out.Summary.Metrics
	parts, kept := *m["line.good"].Value+*m["line.rejected"].Value, *m["mes.pictures"].Value
	t.Logf("%v bottles, %v pictures kept, %v dropped", parts, kept, *m["mes.pictures_dropped"].Value)
	if parts == 0 || kept == 0 {
		t.Errorf("%v bottles left, %v pictures are kept", parts, kept)
	}
}
