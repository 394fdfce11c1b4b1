package recording

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// disk is a file on a disk with little room.
type disk struct {
	room   int
	writes int // that failed
	closed int
}

func (d *disk) Write(b []byte) (int, error) {
	if len(b) > d.room {
		n := d.room
		d.room = 0
		d.writes++
		return n, &os.PathError{Op: "write", Path: "/events.mcap", Err: syscall.ENOSPC}
	}
	d.room -= len(b)
	return len(b), nil
}

func (d *disk) Close() error {
	d.closed++
	return nil
}

func TestAFullDiskIsReportedOnceAndStopsNobody(t *testing.T) {
	pieces, _ := benchLog(30 * time.Second)
	d := &disk{room: 300_000}
	w, err := newWriter(d, "runs/x/events.mcap", benchLine())
	if err != nil {
		t.Fatal(err)
	}
	var back sync.WaitGroup // of the pieces: this test hangs if one is kept
	for range 3 {
		for _, p := range pieces {
			back.Add(1)
			w.Records(p, func([]byte) { back.Done() })
			w.Frame(time.Second, "/top/color", "top", "png", func(io.Writer) error { return nil })
		}
	}
	back.Wait()
	if w.Err() == nil {
		t.Fatal("a run cannot see that its recording has failed")
	}
	err = w.Close(Trailer{})
	want := "recording runs/x/events.mcap: no space left on device; events after "
	if err == nil || !strings.HasPrefix(err.Error(), want) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v\nwanted: %s...", err, want)
	}
	if again := w.Close(Trailer{}); again != err || w.Err() != err {
		t.Errorf("the second time: %v", again)
	}
	if d.writes != 1 || d.closed != 1 {
		t.Errorf("%d writes after the disk was full, closed %d times", d.writes-1, d.closed)
	}
}

func TestADiskThatIsFullAtTheEndIsReported(t *testing.T) {
	whole := len(inMemory(t, line(), [][]byte{canonical(shortLog())}))
	for room := whole - 1; room > 0; room -= 97 {
		w, err := newWriter(&disk{room: room}, "x", line())
		if err == nil {
			w.Records(canonical(shortLog()), func([]byte) {})
			err = w.Close(Trailer{Until: time.Second})
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("with room for %d of %d bytes: %v", room, whole, err)
		}
	}
}

func TestCreateLeavesNothingWhenItFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.mcap")
	_, err := Create(path, Header{Components: []string{"a"}, Registers: []Register{{Name: "a.b", Type: "f80", Owner: "a"}}})
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "f80") {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file is left: %v", err)
	}
}

func TestCreateRefusesAFileThatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.mcap")
	if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, line()); !errors.Is(err, os.ErrExist) {
		t.Error(err)
	}
	if string(contents(t, path)) != "mine" {
		t.Error("the file was changed")
	}
}

func TestAWriterThatIsClosedGivesPiecesBack(t *testing.T) {
	w, err := newWriter(&memory{}, "x", line())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(Trailer{}); err != nil {
		t.Fatal(err)
	}
	given := false
	w.Records(canonical(shortLog()), func([]byte) { given = true })
	w.Frame(0, "/top/color", "top", "png", func(io.Writer) error { t.Error("encoded"); return nil })
	if !given {
		t.Error("the piece is gone")
	}
}

func TestWhatIsNoLogIsAnError(t *testing.T) {
	for _, c := range []struct {
		name  string
		piece []byte
		want  string
	}{
		{"half a record", canonical(shortLog())[:20], "a record of"},
		{"half a change", engine.Record{Kind: device.Registers, Data: make([]byte, 14)}.AppendTo(nil), "has 14 bytes, which is no multiple of 13"},
		{"another's register", registers(0, 0, 0, aChange(1, 0, 0)).AppendTo(nil), "register 1 is not one of linetwin.belt"},
		{"nobody's register", registers(0, 0, 0, aChange(7, 0, 0)).AppendTo(nil), "register 7 is not one of"},
		{"an unknown register", registers(0, 0, 0, aChange(99, 0, 0)).AppendTo(nil), "register 99 is not one of"},
		{"an unknown component", engine.Record{Kind: device.Note, Component: 3}.AppendTo(nil), "a record is of component 3; there are 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := newWriter(&memory{}, "x", line())
			if err != nil {
				t.Fatal(err)
			}
			w.Records(c.piece, func([]byte) {})
			if err := w.Close(Trailer{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwanted: %s", err, c.want)
			}
		})
	}
}

func TestAFrameThatCannotBeEncodedIsAnError(t *testing.T) {
	w, err := newWriter(&memory{}, "x", line())
	if err != nil {
		t.Fatal(err)
	}
	w.Frame(0, "/top/color", "top", "png", func(io.Writer) error { return errors.New("no colour") })
	if err := w.Close(Trailer{}); err == nil || !strings.Contains(err.Error(), "frame of top: no colour") {
		t.Error(err)
	}
}

// Whatever becomes of a frame, who gave it is told that it is not read any more, once.
func TestWhoGaveAFrameGetsItBack(t *testing.T) {
	w, err := newWriter(&memory{}, "x", line())
	if err != nil {
		t.Fatal(err)
	}
	var encoded, back []string
	give := func(name string, err error) {
		w.FrameThen(0, "/top/color", "top", "png", func(io.Writer) error {
			encoded = append(encoded, name)
			return err
		}, func() { back = append(back, name) })
	}
	give("good", nil)
	give("bad", errors.New("no colour"))
	give("after the error", nil)
	if err := w.Close(Trailer{}); err == nil {
		t.Error("no error")
	}
	give("after the end", nil)
	if d := cmp.Diff([]string{"good", "bad"}, encoded); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"good", "bad", "after the error", "after the end"}, back); d != "" {
		t.Error(d)
	}
}

func TestAWriterMayBeUsedFromManyGoroutines(t *testing.T) {
	var file memory
	w, err := newWriter(&file, "x", line())
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 20 {
				w.Frame(time.Duration(i), "/top/color", "top", "png", func(out io.Writer) error {
					_, err := out.Write([]byte{1, 2, 3})
					return err
				})
				_ = w.Err()
			}
		})
	}
	w.Records(canonical(shortLog()), func([]byte) {})
	all.Wait()
	holdsShortLog(t, w, &file)
}

// holdsShortLog closes a file with the short log, and reads it back.
func holdsShortLog(t *testing.T, w *Writer, file *memory) {
	t.Helper()
	d := engine.NewDigest(line().Components)
	d.Write(canonical(shortLog()))
	if err := w.Close(Trailer{Hash: d.Sum()}); err != nil {
		t.Fatal(err)
	}
	if got, _ := fromMemory(t, file.Bytes()); !bytes.Equal(got, canonical(shortLog())) {
		t.Error("the log changed")
	}
}

// A record costs no allocation of its own: what is allocated is some objects a file,
// and a few a chunk.
func TestWritingAndReadingRecordsDoNotAllocate(t *testing.T) {
	allocations := func(d time.Duration) (write, read float64, records int) {
		pieces, n := benchLog(d)
		var file []byte
		write = testing.AllocsPerRun(2, func() { file = inMemory(t, benchLine(), pieces) })
		read = testing.AllocsPerRun(2, func() {
			if err := check(file); err != nil {
				t.Fatal(err)
			}
		})
		return write, read, n
	}
	w1, r1, n1 := allocations(5 * time.Second)
	w2, r2, n2 := allocations(30 * time.Second)
	few := float64(n2-n1) / 500
	if w2-w1 > few || r2-r1 > few {
		t.Errorf("%d records more: %v allocations more to write, %v to read", n2-n1, w2-w1, r2-r1)
	}
}

func TestFramesThatWaitForTheLogDoNotPileUp(t *testing.T) {
	var file memory
	w, err := newWriter(&file, "x", line())
	if err != nil {
		t.Fatal(err)
	}
	large := make([]byte, maxQueued*2/3)
	for i := range 3 {
		w.Frame(time.Duration(i)*time.Second, "/top/color", "top", "png", func(out io.Writer) error {
			_, err := out.Write(large)
			return err
		})
	}
	w.Frame(0, "/top/color", "top", "png", func(io.Writer) error {
		if w.frames.bytes > maxQueued {
			t.Errorf("%d bytes of frames wait", w.frames.bytes)
		}
		return nil
	})
	w.Records(canonical(shortLog()), func([]byte) {}) // late, but whole
	holdsShortLog(t, w, &file)
}

func TestAFrameThatIsTooLargeIsAnError(t *testing.T) {
	w, err := newWriter(&memory{}, "x", line())
	if err != nil {
		t.Fatal(err)
	}
	w.Frame(0, "/top/color", "top", "png", func(out io.Writer) error {
		_, err := out.Write(make([]byte, maxRecord))
		return err
	})
	if err := w.Close(Trailer{}); err == nil || !strings.Contains(err.Error(), "a recording takes at most") {
		t.Error(err)
	}
}
