package persist

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs/mistake"
)

// File keeps values of registers. Its methods may be called concurrently.
type File struct {
	path   string
	lock   *Lock
	notice error

	mu     sync.Mutex
	values map[string]value
	keeper *keeper
	closed bool
}

// Open reads a file of values, or begins one that is not there, and keeps other
// processes from it until Close. A damaged file is an error only when the one before it
// cannot be read either: see Notice.
func Open(path string) (*File, error) {
	lock, err := Acquire(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("values in %s: %w", path, err)
	}
	f := &File{path: path, lock: lock}
	if err := f.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("values in %s: %w", path, err), lock.Release())
	}
	return f, nil
}

// before is the name of the file that was written before the one at path.
func before(path string) string { return path + "~" }

// read takes the newest values that are whole.
func (f *File) read() (err error) {
	f.values, err = readValues(f.path)
	if err == nil {
		return nil
	}
	older, err2 := readValues(before(f.path))
	gone, none := errors.Is(err, fs.ErrNotExist), errors.Is(err2, fs.ErrNotExist)
	switch {
	case err2 == nil:
		f.values = older
		if !gone { // else the process ended between the two renames
			f.notice = fmt.Errorf("%s is damaged: %w; the values are those of %s, written before it", f.path, err, before(f.path))
		}
		return nil
	case gone && none:
		f.values = map[string]value{}
		return nil
	case gone:
		err = err2
	}
	return fmt.Errorf("%w; bring a copy back, or remove it to begin with the initial values", err)
}

// Notice is nil, or says that the file was damaged and that older values were taken.
func (f *File) Notice() error { return f.notice }

// Value that a register had; false if none is kept, or if it does not fit the type any
// more.
func (f *File) Value(name string, t protocol.Type) (protocol.Value, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.values[name]
	if !ok || !fits(v, t) {
		return protocol.Value{}, false
	}
	x, err := protocol.ParseValue(t, v.text)
	return x, err == nil
}

// fits tells whether a kept value is for a register of the type: one of another integer
// type is, if it is within its range.
func fits(v value, t protocol.Type) bool {
	return v.typ == t || v.typ.Integer() && t.Integer() || v.typ.Float() && t.Float()
}

// Keep begins to keep the registers of a sealed bank: a change is on the disk within
// the time given. What a register holds now is kept once it is written anew; one that is
// bad keeps the value that it had. What the file knows of other registers stays in it. report hears of writes that fail, from a
// goroutine of the file's; they are tried again. Keep is called once.
func (f *File) Keep(bank *protocol.Bank, refs []protocol.Ref, within time.Duration, report func(error)) {
	k := &keeper{
		file: f, bank: bank, infos: bank.Registers(), refs: refs, report: report,
		seen: make([]uint64, len(refs)), now: make([]uint64, len(refs)), samples: make([]protocol.Sample, len(refs)), stop: make(chan struct{}),
	}
	k.versions(k.seen) // what the registers begin with is kept when it is written
	f.mu.Lock()
	f.keeper = k
	f.mu.Unlock()
	k.done.Go(func() { k.follow(max(within/2, time.Millisecond)) })
}

// Close writes what has changed, and lets other processes have the file.
func (f *File) Close() error {
	f.mu.Lock()
	k, closed := f.keeper, f.closed
	f.closed = true
	f.mu.Unlock()
	if closed {
		return nil
	}
	var err error
	if k != nil {
		close(k.stop)
		k.done.Wait()
		err = k.look()
	}
	return errors.Join(err, f.lock.Release())
}

// keeper looks at the registers of a file.
type keeper struct {
	file    *File
	bank    *protocol.Bank
	infos   []protocol.Info
	refs    []protocol.Ref
	seen    []uint64 // versions that are on the disk
	now     []uint64
	samples []protocol.Sample
	report  func(error)
	failed  string // what was reported last
	stop    chan struct{}
	done    sync.WaitGroup
}

func (k *keeper) follow(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-k.stop:
			return
		case <-tick.C:
		}
		err := k.look()
		switch {
		case err == nil:
			k.failed = ""
		case err.Error() != k.failed:
			k.failed = err.Error()
			k.report(err)
		}
	}
}

// versions of the registers now.
func (k *keeper) versions(to []uint64) {
	for i, ref := range k.refs {
		to[i] = k.bank.At(ref).Version()
	}
}

// look writes the registers that have changed since they were written.
func (k *keeper) look() error {
	k.versions(k.now)
	if slices.Equal(k.now, k.seen) {
		return nil
	}
	if !k.bank.Snapshot(k.refs, k.samples) {
		return nil // writers are too fast for a snapshot: at the next look
	}
	k.file.mu.Lock()
	next := maps.Clone(k.file.values)
	k.file.mu.Unlock()
	for i, ref := range k.refs {
		if s := k.samples[i]; k.now[i] != k.seen[i] && s.Quality != protocol.Bad {
			next[k.infos[ref].Name] = value{k.infos[ref].Type, s.Value.Format(k.infos[ref].Type)}
		}
	}
	if err := writeValues(k.file.path, next); err != nil {
		return fmt.Errorf("values in %s are not written: %w; they are kept in memory, and tried again", k.file.path, mistake.Cause(err))
	}
	k.file.mu.Lock()
	k.file.values = next
	k.file.mu.Unlock()
	copy(k.seen, k.now)
	return nil
}
