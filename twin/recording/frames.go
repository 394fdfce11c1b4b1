package recording

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Frame is a picture that was recorded beside the log.
type Frame struct {
	// Exposed is the line time of the exposure.
	Exposed time.Duration
	Camera  string
	// Depth tells whether it is depth, 16-bit grey in millimetres, and not colour.
	Depth bool
	// Data is the picture in its Format, "png" as runs write it.
	Data   []byte
	Format string
}

// EachFrame calls f with each frame of a camera, in the order of the file, until f returns an
// error, which is then EachFrame's. Frames are in the order of their exposures but for those that
// came long after theirs. Data is valid during the call only. A run has frames if it was asked to
// record them.
func (r *Recording) EachFrame(f func(Frame) error) error {
	k, err := openCursor(r.path, r)
	if err != nil {
		return fmt.Errorf("recording %s: %w", r.path, err)
	}
	defer k.close()
	var stopped error
	k.frame = func(topic string, message []byte) error {
		camera, what, _ := strings.Cut(strings.TrimPrefix(topic, "/"), "/")
		if what != "color" && what != "depth" {
			return nil
		}
		m, err := parseImage(message)
		if err != nil {
			return fmt.Errorf("a frame on %s: %w", topic, err)
		}
		m.Camera, m.Depth = camera, what == "depth"
		stopped = f(m)
		return stopped
	}
	for {
		_, err := k.next()
		switch {
		case stopped != nil:
			return stopped
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("recording %s: %w", r.path, err)
		}
	}
}

// parseImage reads what appendImage wrote.
func parseImage(b []byte) (m Frame, err error) {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return m, protowire.ParseError(n)
		}
		b = b[n:]
		if kind != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(number, kind, b); n < 0 {
				return m, protowire.ParseError(n)
			}
			b = b[n:]
			continue
		}
		value, n := protowire.ConsumeBytes(b)
		if n < 0 {
			return m, protowire.ParseError(n)
		}
		b = b[n:]
		switch number {
		case 1:
			if m.Exposed, err = parseStamp(value); err != nil {
				return m, err
			}
		case 2:
			m.Data = value
		case 3:
			m.Format = string(value)
		}
	}
	return m, nil
}

// parseStamp reads a google.protobuf.Timestamp: seconds 1, nanoseconds 2.
func parseStamp(b []byte) (at time.Duration, err error) {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return 0, protowire.ParseError(n)
		}
		if kind != protowire.VarintType {
			return 0, errors.New("its time is no timestamp")
		}
		v, size := protowire.ConsumeVarint(b[n:])
		if size < 0 {
			return 0, protowire.ParseError(size)
		}
		b = b[n+size:]
		switch number {
		case 1:
			at += time.Duration(v) * time.Second
		case 2:
			at += time.Duration(v)
		}
	}
	return at, nil
}
