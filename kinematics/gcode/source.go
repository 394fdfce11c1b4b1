package gcode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// bufferSize is how much of a program is held at once. Loops that fit into it are
// repeated without reading again.
const bufferSize = 1 << 16

// source is a program's text, read line by line.
type source struct {
	name   string // for errors
	lookup string // what it was found by, when it is not the main program
	r      io.Reader
	seek   io.Seeker // nil: a stream
	close  io.Closer
	buf    []byte
	base   int64 // of buf[0]
	pos    int   // the next byte, in buf
	end    int   // of what is in buf
	ended  bool  // there is nothing behind end
	line   int   // of the line that was read last
	used   int   // by how many frames
}

func newSource(name string, r io.Reader) *source {
	s := &source{name: name, r: r, buf: make([]byte, bufferSize)}
	s.close, _ = r.(io.Closer)
	if seek, ok := r.(io.Seeker); ok {
		// A pipe is a file that cannot go back.
		if at, err := seek.Seek(0, io.SeekCurrent); err == nil {
			s.seek, s.base = seek, at
		}
	}
	return s
}

// offset is where the next line starts.
func (s *source) offset() int64 { return s.base + int64(s.pos) }

// next reads a line, without the end of line. The slice holds until the next call.
func (s *source) next(most int) ([]byte, error) {
	for {
		if i := bytes.IndexByte(s.buf[s.pos:s.end], '\n'); i >= 0 {
			line := s.buf[s.pos : s.pos+i]
			s.pos += i + 1
			s.line++
			if i > most {
				return nil, s.tooLong(most)
			}
			return line, nil
		}
		if s.ended {
			if s.pos == s.end {
				return nil, io.EOF
			}
			line := s.buf[s.pos:s.end]
			s.pos = s.end
			s.line++
			if len(line) > most {
				return nil, s.tooLong(most)
			}
			return line, nil
		}
		if s.end-s.pos > most {
			s.line++
			return nil, s.tooLong(most)
		}
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

func (s *source) tooLong(most int) error {
	return &Error{File: s.name, Line: s.line, Column: most + 1, What: fmt.Sprintf("the line is longer than %d bytes", most)}
}

// fill reads more, behind what has not been used yet.
func (s *source) fill() error {
	if s.end == len(s.buf) {
		copy(s.buf, s.buf[s.pos:s.end])
		s.base += int64(s.pos)
		s.end -= s.pos
		s.pos = 0
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		switch {
		case errors.Is(err, io.EOF):
			s.ended = true
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", s.name, err)
		case n > 0:
			return nil
		}
	}
	return fmt.Errorf("%s: %w", s.name, io.ErrNoProgress)
}

// jump goes to where a line starts.
func (s *source) jump(offset int64, line int) error {
	if at := offset - s.base; at >= 0 && at <= int64(s.end) {
		s.pos, s.line = int(at), line
		return nil
	}
	if s.seek == nil {
		return &Error{File: s.name, Line: s.line, What: fmt.Sprintf("the program goes back to line %d, which a stream does not have any more; read it from a file", line+1)}
	}
	if _, err := s.seek.Seek(offset, io.SeekStart); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	s.base, s.pos, s.end, s.ended, s.line = offset, 0, 0, false, line
	return nil
}

// mostSources is how many files of subs are open at once, beside those in use.
const mostSources = 16

// open finds the file of a sub; nil when there is none.
func (in *Interpreter) open(lookup string) (*source, error) {
	for _, s := range in.sources {
		if s.lookup == lookup {
			return s, s.jump(0, 0)
		}
	}
	if in.cfg.Find == nil {
		return nil, nil
	}
	r, path, err := in.cfg.Find(lookup)
	if err != nil || r == nil {
		return nil, err
	}
	s := newSource(path, r)
	s.lookup = lookup
	for i := 0; len(in.sources) >= mostSources && i < len(in.sources); i++ {
		if old := in.sources[i]; old.used == 0 && old != in.src {
			in.sources = append(in.sources[:i], in.sources[i+1:]...)
			if err := old.shut(); err != nil {
				return nil, err
			}
			break
		}
	}
	in.sources = append(in.sources, s)
	return s, nil
}

func (s *source) shut() error {
	if s.close == nil {
		return nil
	}
	return s.close.Close()
}

// reopen makes sure that a source found before can be read.
func (in *Interpreter) reopen(s *source) (*source, error) {
	if s == in.main {
		return s, nil
	}
	for _, have := range in.sources {
		if have == s {
			return s, nil
		}
	}
	again, err := in.open(s.lookup)
	if err == nil && again == nil {
		err = in.failLine("o<%s>: its file %s is not there any more", s.lookup, s.name)
	}
	return again, err
}

// Close closes the files of subs. The program's own reader is the caller's.
func (in *Interpreter) Close() error {
	var errs []error
	for _, s := range in.sources {
		errs = append(errs, s.shut())
	}
	in.sources = nil
	return errors.Join(errs...)
}
