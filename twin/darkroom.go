package twin

import (
	"bytes"
	"errors"
	"image/jpeg"
	"slices"
	"sync"
	"time"

	"linetwin.dev/mes"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// darkroom makes small JPEGs of what inspections saw, and gives those of parts that have left
// to the MES. One goroutine does both, beside the line: drawing, encoding and the disk take
// none of its time. Nothing comes back to the line, so the run's hash knows nothing of it.
//
// An inspection takes a picture when it has its verdict; the MES's task claims it when it sees
// that verdict in the registers, and keeps it when the part has left. Pictures of which no part
// leaves are forgotten.
//
// What waits is bounded. In virtual time the line waits for room, so equal runs give equal
// pictures. On the wall clock a picture that finds no room is dropped and counted.
type darkroom struct {
	spec     specs.Pictures
	realtime bool
	m        *mes.MES

	mu     sync.Mutex
	some   sync.Cond // there is work, or the end has come
	room   sync.Cond // there may be room
	work   []darkroomTask
	frames int // among work
	good   map[string]int
	taken  map[string][]*shot // by station, oldest first, not claimed yet
	opened bool
	shut   bool
	ended  sync.WaitGroup
}

const (
	// waitingFrames is how many frames wait to be developed, besides the one in hand.
	waitingFrames = 6
	// waitingParts is how many pictures wait for the MES.
	waitingParts = 64
	// unclaimed is how many pictures of a station wait for the MES's task.
	unclaimed = 64
)

var (
	errDarkroomFull = errors.New("no time for it: too many were waiting to be drawn; this machine or its disk is too slow for so many")
	errMESBehind    = errors.New("the MES is too far behind its stations; this machine or its disk is too slow")
)

// shot is a picture on its way. Only the goroutine touches picture once it has been handed in.
type shot struct {
	seq     int64 // of the verdict at its station
	frame   *vision.Frame
	verdict vision.Verdict
	picture mes.Picture
}

// darkroomTask is to develop a shot or, where a track is given, to hand it to the MES.
type darkroomTask struct {
	*shot
	track uint64
}

// newDarkroom makes one for these stations, and none where no pictures are to be kept.
func newDarkroom(spec specs.Pictures, realtime bool, m *mes.MES, stations []string) *darkroom {
	if spec.Keep == 0 {
		return nil
	}
	d := &darkroom{spec: spec, realtime: realtime, m: m, good: map[string]int{}, taken: map[string][]*shot{}}
	for _, n := range stations {
		d.taken[n] = nil
	}
	d.some.L, d.room.L = &d.mu, &d.mu
	return d
}

// take takes a picture of what a station saw, with its seq-th verdict, if it is one to keep. The
// frame is lent until it is developed.
func (d *darkroom) take(now time.Duration, station string, seq int64, f *vision.Frame, v vision.Verdict) {
	if d == nil || !f.Color.Valid() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	shots, followed := d.taken[station]
	if d.shut || !followed || !d.wants(station, v) {
		return
	}
	for !d.realtime && d.frames >= waitingFrames {
		d.room.Wait()
	}
	if d.frames >= waitingFrames {
		d.m.DroppedPicture(errDarkroomFull)
		return
	}
	if len(shots) >= unclaimed {
		d.m.DroppedPicture(errMESBehind)
		shots = shots[1:]
	}
	s := &shot{seq: seq, frame: f.Lend(), verdict: v, picture: mes.Picture{PictureInfo: mes.PictureInfo{
		Station: station, Camera: f.Camera, At: now, Verdict: v.Findings(),
	}}}
	// The marks are the inspector's.
	s.verdict.Marks = slices.Clone(v.Marks)
	for i := range s.verdict.Marks {
		s.verdict.Marks[i].Poly = slices.Clone(v.Marks[i].Poly)
	}
	d.taken[station] = append(shots, s)
	d.frames++
	d.hand(darkroomTask{shot: s})
}

// wants tells whether to keep a picture with this verdict.
func (d *darkroom) wants(station string, v vision.Verdict) bool {
	if !v.Good() {
		return true
	}
	n := d.good[station]
	d.good[station]++
	return d.spec.Good > 0 && n%d.spec.Good == 0
}

// hand adds work, and opens the room with the first.
func (d *darkroom) hand(t darkroomTask) {
	d.work = append(d.work, t)
	if !d.opened {
		d.opened = true
		d.ended.Go(d.develop)
	}
	d.some.Signal()
}

// claim gives the picture of a station's seq-th verdict, nil if there is none, and forgets
// older ones.
func (d *darkroom) claim(station string, seq int64) (s *shot) {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	shots := d.taken[station]
	for len(shots) > 0 && shots[0].seq <= seq {
		if shots[0].seq == seq {
			s = shots[0]
		}
		shots = slices.Delete(shots, 0, 1)
	}
	d.taken[station] = shots
	return s
}

// keep gives a claimed picture to the MES, for the part of a track.
func (d *darkroom) keep(s *shot, track uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for !d.realtime && len(d.work)-d.frames >= waitingParts {
		d.room.Wait()
	}
	if len(d.work)-d.frames >= waitingParts {
		d.m.DroppedPicture(errMESBehind)
		return
	}
	d.hand(darkroomTask{s, track})
}

// develop works until the end has come and nothing is left.
func (d *darkroom) develop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		for len(d.work) == 0 && !d.shut {
			d.some.Wait()
		}
		if len(d.work) == 0 {
			return
		}
		t := d.work[0]
		d.work = slices.Delete(d.work, 0, 1)
		if t.track == 0 {
			d.frames--
		}
		d.room.Signal()
		d.mu.Unlock()
		d.do(t)
		d.mu.Lock()
	}
}

func (d *darkroom) do(t darkroomTask) {
	if t.track == 0 {
		var b bytes.Buffer
		err := jpeg.Encode(&b, vision.Draw(t.frame, t.verdict, d.spec.Width), &jpeg.Options{Quality: d.spec.Quality})
		t.frame.Return()
		t.frame, t.verdict.Marks = nil, nil
		if err != nil {
			d.m.DroppedPicture(err)
			return
		}
		t.picture.Data = b.Bytes()
		return
	}
	if t.picture.Data == nil {
		return // it was counted when it could not be drawn
	}
	if err := d.m.Attach(t.track, t.picture); err != nil && !errors.Is(err, mes.ErrStore) { // these the MES has counted
		d.m.DroppedPicture(err)
	}
}

// close lets what waits come to its end. Nobody may take pictures any more.
func (d *darkroom) close() {
	if d == nil {
		return
	}
	d.mu.Lock()
	d.shut = true
	d.some.Signal()
	d.mu.Unlock()
	d.ended.Wait()
}
