package recording

import (
	"errors"
	"fmt"
	"io"

	"linetwin.dev/twin/engine"
)

// Recording is a recording that was opened. It is whole: Open has read the file from
// end to end and compared the records with the hash that the run stated. It does not
// change, and holds no file open; its methods may be called concurrently.
type Recording struct {
	Header
	Trailer
	// Records is the number of records.
	Records uint64
	path    string
}

// Open opens the recording that is the file path, and checks all of it. An error says
// whether the file is no recording, comes from another version, is cut short, or is
// damaged, and where.
func Open(path string) (*Recording, error) {
	r := &Recording{path: path}
	if err := r.verify(); err != nil {
		return nil, fmt.Errorf("recording %s: %w", path, err)
	}
	return r, nil
}

// Path of the file.
func (r *Recording) Path() string { return r.path }

// Each calls f with each record, in the order of the log, until f returns an error,
// which is then Each's. Data is valid during the call only.
func (r *Recording) Each(f func(engine.Record) error) error {
	k, err := openCursor(r.path, r)
	if err != nil {
		return fmt.Errorf("recording %s: %w", r.path, err)
	}
	defer k.close()
	for {
		rec, err := k.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("recording %s: %w", r.path, err)
		}
		if err := f(rec); err != nil {
			return err
		}
	}
}

func (r *Recording) verify() error {
	k, err := openCursor(r.path, nil)
	if err != nil {
		return err
	}
	defer k.close()
	if err := k.verify(); err != nil {
		return err
	}
	r.Header, r.Trailer, r.Records = k.Header, k.Trailer, k.number
	return nil
}

// verify reads everything and compares the hash.
func (k *cursor) verify() error {
	const batch = 1 << 16 // hashed at once, which is faster than record by record
	var digest *engine.Digest
	var buf []byte
	for {
		rec, err := k.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if digest == nil {
			digest = engine.NewDigest(k.Components)
		}
		if err != nil {
			break
		}
		if buf = rec.AppendTo(buf); len(buf) >= batch {
			digest.Write(buf)
			buf = buf[:0]
		}
	}
	digest.Write(buf)
	if sum := digest.Sum(); sum != k.Hash {
		return fmt.Errorf("its records hash to %x..., the run stated %x...: the file was changed after the run", sum[:8], k.Hash[:8])
	}
	return nil
}
