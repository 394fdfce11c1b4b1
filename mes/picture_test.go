package mes_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"linetwin.dev/mes"
)

// photo is a JPEG that differs for each i.
func photo(i int) []byte {
	m := image.NewGray(image.Rect(0, 0, 8, 6))
	for p := range m.Pix {
		m.SetGray(p%8, p/8, color.Gray{Y: byte(i*31 + p*i)})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err) // the buffer takes all
	}
	return append(b.Bytes()[:b.Len()-2], fmt.Sprintf("\xff\xfe\x00\x0a%08d\xff\xd9", i)...) // a comment
}

// seen is a picture of what inspect saw.
func seen(i int, at time.Duration) mes.Picture {
	return mes.Picture{PictureInfo: mes.PictureInfo{Station: "inspect", Camera: "top", At: at, Verdict: "no cap"}, Data: photo(i)}
}

func TestAPictureIsFoundWithItsPartAndAloneAlsoAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mes.db")
	m, err := mes.Open(path, line)
	must(t, err)
	play(t, m, 9)
	want := mes.PictureInfo{N: 2, Part: 8, Station: "inspect", Camera: "top", At: 8 * time.Second, Verdict: "no cap", Width: 8, Height: 6, Bytes: len(photo(8))}
	for session := 1; session <= 2; session++ {
		p, err := m.Picture(2)
		must(t, err)
		if d := cmp.Diff(mes.Picture{PictureInfo: want, Data: photo(8)}, p); d != "" {
			t.Errorf("session %d: -want +got\n%s", session, d)
		}
		for name, find := range map[string]func(uint64) (mes.Picture, error){"serial": m.PictureOf, "track": m.PictureOfTrack} {
			x := map[string]uint64{"serial": 108, "track": 8}[name]
			if q, err := find(x); err != nil || !cmp.Equal(p, q) {
				t.Errorf("session %d: of %s %d: %+v, %v", session, name, x, q.PictureInfo, err)
			}
			if _, err := find(x - 1); !errors.Is(err, mes.ErrNotFound) || !strings.Contains(err.Error(), fmt.Sprintf("picture of the part of %s %d: not found; pictures are kept of bad parts and of some good ones, and the newest 1000", name, x-1)) {
				t.Errorf("of %s %d: said %v", name, x-1, err)
			}
		}
		rs, err := m.Trace(108)
		must(t, err)
		if d := cmp.Diff([]mes.PictureInfo{want}, rs[0].Pictures); d != "" {
			t.Errorf("session %d: the trace: -want +got\n%s", session, d)
		}
		s := m.Snapshot()
		if d := cmp.Diff([]mes.PictureInfo{want}, s.Recent[1].Pictures); d != "" || s.Recent[0].Pictures != nil {
			t.Errorf("session %d: the newest parts: -want +got\n%s", session, d)
		}
		if s.Pictures != (mes.PictureStatus{Kept: 2, Keep: 1000}) {
			t.Errorf("session %d: %+v", session, s.Pictures)
		}
		must(t, m.Check())
		must(t, m.Close())
		m, err = mes.Open(path, line)
		must(t, err)
	}
	must(t, m.Complete(time.Second, mes.Part{Track: 8, Steps: []mes.Step{{Station: "inspect", At: time.Second}}}))
	must(t, m.Attach(8, seen(88, time.Second)))
	p, err := m.PictureOfTrack(8)
	must(t, err)
	if p.N != 3 || p.At != 10*time.Second || !bytes.Equal(p.Data, photo(88)) {
		t.Errorf("the newest of track 8 is %+v, want number 3 of 10 s", p.PictureInfo)
	}
	must(t, m.Check())
	must(t, m.Close())
}

func TestOnlyTheNewestPicturesAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mes.db")
	c := line
	c.PictureKeep = 40 // more than a batch
	m, err := mes.Open(path, c)
	must(t, err)
	const n = 205
	attach(t, m, n)
	have := func(m *mes.MES, from int) {
		t.Helper()
		for i := 1; i <= n; i++ {
			p, err := m.Picture(int64(i))
			if there := i >= from; there != (err == nil) || there && !bytes.Equal(p.Data, photo(i)) {
				t.Errorf("picture %d: %v; those from %d on are kept", i, err, from)
			}
		}
		s := m.Snapshot()
		if s.Pictures.Kept != n-from+1 {
			t.Errorf("%+v, want %d", s.Pictures, n-from+1)
		}
		for _, r := range s.Recent {
			if (r.N >= int64(from)) != (len(r.Pictures) == 1) {
				t.Errorf("part %d is said to have the pictures %+v; those from %d on are kept", r.N, r.Pictures, from)
			}
		}
		must(t, m.Check())
	}
	have(m, n-40+1)
	must(t, m.Close())
	before, err := os.Stat(path)
	must(t, err)
	c.PictureKeep = 3
	m, err = mes.Open(path, c)
	must(t, err)
	have(m, n-3+1)
	for i := range 37 { // in the room that the others have left
		must(t, m.Complete(time.Duration(i), mes.Part{Track: uint64(i + 1)}))
		must(t, m.Attach(uint64(i+1), seen(n+i+1, 0)))
	}
	must(t, m.Check())
	must(t, m.Close())
	after, err := os.Stat(path)
	must(t, err)
	if grown := after.Size() - before.Size(); grown > 16<<10 {
		t.Errorf("the file has grown by %d bytes, though it keeps fewer pictures", grown)
	}
}

// attach makes n parts of which each has a picture.
func attach(t *testing.T, m *mes.MES, n int) {
	t.Helper()
	for i := 1; i <= n; i++ {
		now := time.Duration(i) * time.Second
		must(t, m.Complete(now, mes.Part{Track: uint64(i), Steps: []mes.Step{{Station: "inspect", At: now}}}))
		must(t, m.Attach(uint64(i), seen(i, now)))
	}
}

func TestPicturesThatMakeNoSenseAreRefused(t *testing.T) {
	m := open(t, line)
	play(t, m, 3)
	for want, p := range map[string]struct {
		track uint64
		spoil func(*mes.Picture)
	}{
		"is no JPEG":                            {1, func(p *mes.Picture) { p.Data = []byte("hello") }},
		"the picture of track 2 is no JPEG":     {2, func(p *mes.Picture) { p.Data = nil }},
		"track 9: not found among the last":     {9, func(*mes.Picture) {}},
		"track 0: not found":                    {0, func(*mes.Picture) {}},
		"names no station":                      {1, func(p *mes.Picture) { p.Station = "" }},
		"is of 4s; that must lie between 0 and": {1, func(p *mes.Picture) { p.At = 4 * time.Second }},
		"is of -1ns":                            {1, func(p *mes.Picture) { p.At = -1 }},
		"1048576 at most are kept":              {1, func(p *mes.Picture) { p.Data = append(p.Data, make([]byte, 1<<20)...) }},
	} {
		x := seen(1, time.Second)
		p.spoil(&x)
		if err := m.Attach(p.track, x); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("said %v; want %q", err, want)
		}
	}
	if s := m.Snapshot().Pictures; s.Kept != 0 || s.Dropped != 0 {
		t.Errorf("afterwards: %+v", s)
	}
	must(t, m.Check())
	must(t, m.Close())
	if err := m.Attach(1, seen(1, 0)); !errors.Is(err, mes.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// A disk that takes no pictures costs pictures, and no part.
func TestPicturesThatCannotBeWrittenAreDroppedAndCountedAndPartsAreNot(t *testing.T) {
	for _, durable := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "mes.db")
		c := line
		c.Durable = durable
		m, err := mes.Open(path, c)
		must(t, err)
		must(t, m.Complete(0, mes.Part{Track: 100}))
		must(t, m.Attach(100, seen(100, 0)))
		must(t, m.Flush())
		sqlExec(t, path, "CREATE TRIGGER full BEFORE INSERT ON pictures BEGIN SELECT RAISE(ABORT, 'no space'); END")
		told := 0
		for i := 1; i <= 40; i++ {
			must(t, m.Complete(time.Duration(i), mes.Part{Track: uint64(i)}))
			if err := m.Attach(uint64(i), seen(i, 0)); err != nil {
				told++
				if !errors.Is(err, mes.ErrStore) || !strings.Contains(err.Error(), "pictures were dropped: ") || !strings.Contains(err.Error(), "no space") {
					t.Errorf("said %v", err)
				}
			}
		}
		if want := map[bool]int{false: 1, true: 40}[durable]; told != want { // one a batch, one a picture
			t.Errorf("durable %t: it was told %d times, want %d", durable, told, want)
		}
		must(t, m.Check())
		if why := m.Snapshot().Pictures.Why; why == nil || !strings.Contains(why.Error(), "no space") {
			t.Errorf("the status says %v", why)
		}
		m.DroppedPicture(errors.New("too slow"))
		if s := m.Snapshot(); s.Pictures.Dropped != 41 || s.Pictures.Kept != 1 || s.Total.Reject != 41 || s.Recent[0].Pictures != nil || s.Pictures.Why.Error() != "too slow" {
			t.Errorf("durable %t: %+v, %d parts, the newest with %v", durable, s.Pictures, s.Total.Reject, s.Recent[0].Pictures)
		}
		sqlExec(t, path, "DROP TRIGGER full")
		must(t, m.Attach(40, seen(40, 0)))
		must(t, m.Check())
		p, err := m.PictureOfTrack(40)
		if err != nil || !bytes.Equal(p.Data, photo(40)) {
			t.Errorf("durable %t: mended, it gives %v", durable, err)
		}
		must(t, m.Close())
	}
}

// Where nothing can be written, pictures wait with the parts, but not more than some.
func TestPicturesWaitForAFileThatCannotBeWrittenOnlyUpToABound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mes.db")
	m, err := mes.Open(path, line)
	must(t, err)
	sqlExec(t, path, "CREATE TRIGGER full BEFORE INSERT ON parts BEGIN SELECT RAISE(ABORT, 'no space'); END")
	for i := 1; i <= 100; i++ {
		must(t, m.Complete(time.Duration(i), mes.Part{Track: uint64(i)}))
		if err := m.Attach(uint64(i), seen(i, 0)); err != nil && !errors.Is(err, mes.ErrStore) {
			t.Fatal(err)
		}
	}
	if s := m.Snapshot().Pictures; s.Kept != 64 || s.Dropped != 36 {
		t.Errorf("%+v, want 64 that wait and 36 that were dropped", s)
	}
	sqlExec(t, path, "DROP TRIGGER full")
	must(t, m.Check())
	for i := 1; i <= 100; i++ {
		if _, err := m.PictureOfTrack(uint64(i)); (err == nil) != (i > 36) {
			t.Errorf("picture of track %d: %v", i, err)
		}
	}
	must(t, m.Close())
}

func TestAFileWithoutPicturesGetsRoomForThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mes.db")
	m, err := mes.Open(path, line)
	must(t, err)
	play(t, m, 3)
	must(t, m.Close())
	sqlExec(t, path, "DROP TABLE measured; DROP TABLE measures; DROP TABLE pictures; PRAGMA user_version=1")

	other := line
	other.Run = "bottling-2"
	before, _ := os.ReadFile(path)
	if _, err := mes.Open(path, other); err == nil {
		t.Fatal("opened for another run")
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("a file that was refused was changed")
	}
	m, err = mes.Open(path, line)
	must(t, err)
	attach(t, m, 2)
	must(t, m.Check())
	must(t, m.Close())
	m, err = mes.Open(path, line)
	must(t, err)
	if s := m.Snapshot(); s.Total.Parts() != 5 || s.Pictures.Kept != 2 {
		t.Errorf("%d parts, %+v", s.Total.Parts(), s.Pictures)
	}
	must(t, m.Close())
}

// A power cut leaves the write-ahead log up to some byte. What was acknowledged before is
// there, part, measures and picture; of what comes after there is all or nothing.
func TestAPowerCutAtAnyByteLeavesWholePartsAndPicturesAndLosesNoneThatWasAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mes.db")
	c := line
	c.Durable, c.PictureKeep = true, 7
	m, err := mes.Open(path, c)
	must(t, err)
	defer m.Close()
	const n = 30
	var acknowledged []int64 // size of the log when picture i was
	for i := 1; i <= n; i++ {
		now := time.Duration(i) * time.Second
		must(t, m.Complete(now, mes.Part{Track: uint64(i), Steps: []mes.Step{{Station: "inspect", At: now, Measures: inspected(i)}}}))
		must(t, m.Attach(uint64(i), seen(i, now)))
		f, err := os.Stat(path + "-wal")
		must(t, err)
		acknowledged = append(acknowledged, f.Size())
	}
	db, err := os.ReadFile(path)
	must(t, err)
	wal, err := os.ReadFile(path + "-wal")
	must(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	var cuts []int64
	for _, a := range acknowledged {
		cuts = append(cuts, a-1, a)
	}
	for range 40 {
		cuts = append(cuts, acknowledged[0]+r.Int64N(int64(len(wal))-acknowledged[0]))
	}
	dir := t.TempDir()
	for k, cut := range cuts {
		copied := filepath.Join(dir, fmt.Sprint(k, ".db"))
		must(t, os.WriteFile(copied, db, 0o644))
		must(t, os.WriteFile(copied+"-wal", wal[:cut], 0o644))
		x, err := mes.Open(copied, c)
		must(t, err)
		if err := x.Check(); err != nil {
			t.Errorf("cut at %d: %v", cut, err)
		}
		safe := 0
		for safe < n && acknowledged[safe] <= cut {
			safe++
		}
		s := x.Snapshot()
		if got := s.Total.Parts(); got < int64(safe) || got > int64(safe)+1 {
			t.Errorf("cut at %d: %d parts, %d were acknowledged", cut, got, safe)
		}
		measuresAreWhole(t, x)
		newest := 0
		for i := 1; i <= n; i++ {
			p, err := x.Picture(int64(i))
			if err != nil {
				continue
			}
			newest = i
			if !bytes.Equal(p.Data, photo(i)) {
				t.Errorf("cut at %d: picture %d is not what it was", cut, i)
			}
		}
		if newest < safe || newest > safe+1 || s.Pictures.Kept != min(newest, 7) {
			t.Errorf("cut at %d: %d pictures up to %d, %d were acknowledged", cut, s.Pictures.Kept, newest, safe)
		}
		must(t, x.Close())
	}
}
