package twin

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linetwin.dev/mes"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// busyDarkroom is one on the wall clock whose goroutine has not come to anything yet, and the
// parts of tracks 1 to 200 have left.
func busyDarkroom(t *testing.T) (*darkroom, *mes.MES) {
	t.Helper()
	m, err := mes.Open(filepath.Join(t.TempDir(), "mes.db"), mes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	for i := range 200 {
		if err := m.Complete(time.Second, mes.Part{Track: uint64(i + 1), Good: true}); err != nil {
			t.Fatal(err)
		}
	}
	d := newDarkroom(specs.Pictures{Good: 1, Width: 64, Quality: 50, Keep: 1000}, true, m, []string{"inspect"})
	d.opened = true
	return d, m
}

func TestADarkroomThatCannotKeepUpDropsAndCountsAndGivesTheFramesBack(t *testing.T) {
	d, m := busyDarkroom(t)
	pool := vision.NewPool(vision.PoolOptions{Check: true})
	snap := func(seq int64) *shot {
		f := pool.Get()
		f.Camera, f.Color = "top", vision.Image{W: 4, H: 3, Pix: append(f.Color.Pix, make([]byte, 36)...)}
		d.take(time.Second, "inspect", seq, f, vision.Verdict{})
		d.take(time.Second, "elsewhere", seq, f, vision.Verdict{}) // which no PLC follows
		f.Release()
		return d.claim("inspect", seq)
	}
	var shots []*shot
	for i := range int64(10) {
		if s := snap(i + 1); s != nil {
			shots = append(shots, s)
		}
	}
	if s := m.Snapshot().Pictures; len(shots) != waitingFrames || s.Dropped != 10-waitingFrames || !strings.Contains(s.Why.Error(), "no time for it") {
		t.Errorf("of 10 pictures %d were taken, %d dropped: %v", len(shots), s.Dropped, s.Why)
	}
	if s := pool.Stats(); s.Lent != waitingFrames || s.Live != 0 {
		t.Errorf("frames: %+v", s)
	}
	for i := range uint64(waitingParts + 5) { // each shot many times: only the queue matters
		d.keep(shots[i%waitingFrames], i+1)
	}
	if s := m.Snapshot().Pictures; s.Dropped != 10-waitingFrames+5 || !strings.Contains(s.Why.Error(), "too far behind") {
		t.Errorf("%d dropped: %v", s.Dropped, s.Why)
	}
	d.ended.Go(d.develop)
	d.close()
	if s := pool.Stats(); s.Lent != 0 || s.Live != 0 || s.Free != s.Made {
		t.Errorf("frames at the end: %+v", s)
	}
	if s := m.Snapshot().Pictures; s.Kept != waitingParts {
		t.Errorf("at the end %d are kept, want %d", s.Kept, waitingParts)
	}
	if snap(11) != nil || m.Snapshot().Pictures.Dropped != 10-waitingFrames+5 {
		t.Error("a picture was taken after the end")
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
}

func TestPicturesThatNobodyClaimsAreForgotten(t *testing.T) {
	d, m := busyDarkroom(t)
	d.ended.Go(d.develop)
	defer d.close()
	f := &vision.Frame{Camera: "top", Color: vision.Image{W: 4, H: 3, Pix: make([]byte, 36)}}
	wait := func() { // until nothing waits, so that none is dropped for want of time
		d.mu.Lock()
		for len(d.work) > 0 {
			d.room.Wait()
		}
		d.mu.Unlock()
	}
	for i := range int64(unclaimed + 3) {
		d.take(time.Second, "inspect", i+1, f, vision.Verdict{Reason: vision.NoCap})
		wait()
	}
	if s := m.Snapshot().Pictures; s.Dropped != 3 || len(d.taken["inspect"]) != unclaimed {
		t.Errorf("%d wait, %d were dropped", len(d.taken["inspect"]), s.Dropped)
	}
	if s := d.claim("inspect", 60); s == nil || s.seq != 60 || len(d.taken["inspect"]) != unclaimed+3-60 {
		t.Errorf("the 60th is %+v, %d wait", s, len(d.taken["inspect"]))
	}
	if d.claim("inspect", 60) != nil || d.claim("inspect", 3) != nil || d.claim("elsewhere", 1) != nil {
		t.Error("a picture was claimed twice")
	}
}

func TestAPictureThatTheMESRefusesIsCounted(t *testing.T) {
	d, m := busyDarkroom(t)
	d.ended.Go(d.develop)
	f := &vision.Frame{Camera: "top", Color: vision.Image{W: 4, H: 3, Pix: make([]byte, 36)}}
	d.take(time.Second, "inspect", 1, f, vision.Verdict{})
	d.keep(d.claim("inspect", 1), 999)
	d.close()
	if s := m.Snapshot().Pictures; s.Kept != 0 || s.Dropped != 1 || !strings.Contains(s.Why.Error(), "track 999: not found") {
		t.Errorf("%+v", s)
	}
}

func TestWithoutRoomForPicturesThereIsNoDarkroom(t *testing.T) {
	d := newDarkroom(specs.Pictures{Good: 1, Width: 64, Quality: 50}, true, nil, []string{"inspect"})
	if d != nil {
		t.Fatal("there is one")
	}
	d.take(0, "inspect", 1, &vision.Frame{Color: vision.Image{W: 1, H: 1, Pix: make([]byte, 3)}}, vision.Verdict{})
	if d.claim("inspect", 1) != nil {
		t.Error("a picture was taken")
	}
	d.close()
}
