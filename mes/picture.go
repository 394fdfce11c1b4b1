package mes

import (
	"bytes"
	"database/sql"
	"fmt"
	"image/jpeg"
	"slices"
	"time"
)

// Picture is what a station saw of a part.
type Picture struct {
	PictureInfo
	Data []byte // a JPEG file
}

// PictureInfo is what is known of a picture besides its pixels.
type PictureInfo struct {
	N             int64  // 1, 2, ... over the life of the file; those that were dropped leave gaps
	Part          int64  // N of the part's record
	Station       string // "inspect"
	Camera        string // "top"
	At            time.Duration
	Verdict       string // what the station said: "no QR", "good"
	Width, Height int    // in pixels
	Bytes         int    // of the file
}

// PictureStatus says what is kept of what stations saw.
type PictureStatus struct {
	Kept, Keep int
	// Dropped counts the pictures of this session that are missing: the database could not be
	// written, or whoever takes them could not keep up and said so with [MES.DroppedPicture].
	Dropped int64
	Why     error // the last one was dropped; nil if none was
}

const (
	// maxPicture is the largest picture that is taken, in bytes. With Config.PictureKeep it
	// bounds what pictures take of the disk.
	maxPicture = 1 << 20
	// batchPictures is when a batch is written for its pictures' sake.
	batchPictures = 32
	// maxPictures is how many wait for a file that cannot be written; more are dropped.
	maxPictures = 64
)

// Attach keeps a picture of a part that was completed in this session, by its track; the
// newest Config.PictureKeep pictures are kept. It shows the part at a station of its steps, and
// before it left: Check finds others. N, Part, Width, Height and Bytes of the argument are ignored,
// and found out. The data is not copied: it must not be changed any more.
//
// Pictures come second to everything else. With Config.Durable a nil error means that the picture
// is on the disk; otherwise it waits in memory for the next batch. A picture that cannot be
// written is dropped, counted in Status.Pictures and told by an error that is [ErrStore]; parts
// are written without it. While Attach waits for the disk, the other methods wait too: call it
// from beside whatever has a deadline.
func (m *MES) Attach(track uint64, p Picture) error {
	c, err := jpeg.DecodeConfig(bytes.NewReader(p.Data))
	if err != nil {
		return fmt.Errorf("mes: the picture of track %d is no JPEG: %w", track, err)
	}
	if len(p.Data) > maxPicture {
		return fmt.Errorf("mes: the picture of track %d has %d bytes; %d at most are kept, so make it smaller", track, len(p.Data), maxPicture)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	part, ok := m.tracks.in[track]
	switch {
	case !ok:
		return fmt.Errorf("mes: picture of track %d: %w among the last %d parts of this session; complete the part first", track, ErrNotFound, recentTracks)
	case p.Station == "":
		return fmt.Errorf("mes: the picture of track %d names no station", track)
	case p.At < 0 || m.base+p.At > m.now:
		return fmt.Errorf("mes: the picture of track %d is of %v; that must lie between 0 and now, %v", track, p.At, m.now-m.base)
	}
	m.nPictures++
	m.picturesKept++
	p.N, p.Part, p.At = m.nPictures, part, m.base+p.At
	p.Width, p.Height, p.Bytes = c.Width, c.Height, len(p.Data)
	m.pend.pictures = append(m.pend.pictures, p)
	m.recent.add(p.PictureInfo)
	if n := len(m.pend.pictures) - maxPictures; n > 0 {
		m.drop(n, fmt.Errorf("%w: %s: %d pictures wait for it already", ErrStore, m.path, maxPictures))
	}
	if m.durable || len(m.pend.pictures) >= batchPictures {
		lost := m.dropped.Load()
		if err := m.flush(); err != nil {
			return err
		}
		if m.dropped.Load() != lost {
			return *m.why.Load()
		}
	}
	return nil
}

// DroppedPicture counts a picture that the caller had to do without, and why. It waits for
// nothing.
func (m *MES) DroppedPicture(why error) {
	m.why.Store(&why)
	m.dropped.Add(1)
}

// pictureStatus is what Snapshot tells.
func (m *MES) pictureStatus() PictureStatus {
	s := PictureStatus{Kept: min(m.picturesKept, m.pictureKeep), Keep: m.pictureKeep, Dropped: m.dropped.Load()}
	if s.Dropped > 0 {
		s.Why = *m.why.Load()
	}
	return s
}

// drop gives up the n oldest pictures that wait.
func (m *MES) drop(n int, why error) {
	for _, p := range m.pend.pictures[:n] {
		m.recent.remove(p.PictureInfo)
	}
	m.pend.pictures = slices.Delete(m.pend.pictures, 0, n)
	m.picturesKept -= n
	m.why.Store(&why)
	m.dropped.Add(int64(n))
}

// writePictures writes those that wait and takes out the oldest where there are too many.
func (m *MES) writePictures() error {
	if len(m.pend.pictures) == 0 {
		return nil
	}
	st, err := m.st.prepared("INSERT INTO pictures VALUES (?,?,?,?,?,?,?,?,?)")
	if err != nil {
		return err
	}
	for _, p := range m.pend.pictures {
		if _, err := st.ExecContext(bg, p.N, p.Part, p.Station, p.Camera, int64(p.At), p.Verdict, int64(p.Width), int64(p.Height), p.Data); err != nil {
			return err
		}
	}
	return m.trimPictures()
}

// trimPictures takes out the oldest pictures where there are more than are kept.
func (m *MES) trimPictures() error {
	n := m.picturesKept - m.pictureKeep
	if n <= 0 {
		return nil
	}
	st, err := m.st.prepared("DELETE FROM pictures WHERE n IN (SELECT n FROM pictures ORDER BY n LIMIT ?)")
	if err != nil {
		return err
	}
	if _, err = st.ExecContext(bg, n); err != nil {
		return err
	}
	if st, err = m.st.prepared("SELECT min(n) FROM pictures"); err != nil {
		return err
	}
	return st.QueryRowContext(bg).Scan(&m.pend.oldestPicture)
}

// settlePictures notes what the transaction that was committed has done with pictures.
func (m *MES) settlePictures() {
	clear(m.pend.pictures) // let go of their data
	m.pend.pictures = m.pend.pictures[:0]
	if m.picturesKept > m.pictureKeep {
		m.picturesKept = m.pictureKeep
		m.oldestPicture = m.pend.oldestPicture
	}
}

// Picture gives a picture by its number. It is [ErrNotFound] if there is none, or if newer
// ones have taken its place.
func (m *MES) Picture(n int64) (Picture, error) {
	var p Picture
	err := m.query(func(tx *sql.Tx) error {
		return each(tx, "SELECT n, part, station, camera, at_ns, verdict, width, height, length(data), data FROM pictures WHERE n = ?", func(scan scanner) error {
			return scanPicture(func(to ...any) error { return scan(append(to, &p.Data)...) }, &p.PictureInfo)
		}, n)
	})
	if err == nil && p.N == 0 {
		err = m.noPicture(fmt.Sprintf("number %d", n))
	}
	return p, err
}

// PictureOf gives the newest picture of the parts on which this serial was read.
func (m *MES) PictureOf(serial uint64) (Picture, error) {
	return m.pictureOf("serial", serial)
}

// PictureOfTrack gives the newest picture of the parts of a track.
func (m *MES) PictureOfTrack(track uint64) (Picture, error) {
	return m.pictureOf("track", track)
}

func (m *MES) pictureOf(column string, x uint64) (Picture, error) {
	rs, err := m.trace(column, x)
	if err != nil {
		return Picture{}, err
	}
	for _, r := range rs { // newest first
		if n := len(r.Pictures); n > 0 {
			return m.Picture(r.Pictures[n-1].N)
		}
	}
	return Picture{}, m.noPicture(fmt.Sprintf("of the part of %s %d", column, x))
}

// noPicture says that there is none, and why that may be.
func (m *MES) noPicture(which string) error {
	return fmt.Errorf("mes: picture %s: %w; pictures are kept of bad parts and of some good ones, and the newest %d of them", which, ErrNotFound, m.pictureKeep)
}

const pictureColumns = "SELECT n, part, station, camera, at_ns, verdict, width, height, length(data) FROM pictures "

func scanPicture(scan scanner, p *PictureInfo) error {
	return scan(&p.N, &p.Part, &p.Station, &p.Camera, (*int64)(&p.At), &p.Verdict, &p.Width, &p.Height, &p.Bytes)
}
