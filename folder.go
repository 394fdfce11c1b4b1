package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"linetwin.dev/bench"
	"linetwin.dev/specs/mistake"
)

// folderKind says what a command leaves in a folder.
type folderKind struct {
	what string // "run"
	mark string // the file that tells such a folder from others
	// files are what it may leave beside the summary, which goes first and comes last, so that
	// there is none beside files of two runs.
	files []string
}

// folder is where a run leaves its files. They are written under a temporary name
// beside it, or in it where it is there already, and take their own when the run is
// whole: nobody finds half a run.
type folder struct {
	folderKind
	path string // as the user wrote it
	in   bool   // the folder was there before; temp is in it

	mu   sync.Mutex // a second Ctrl-C discards from another goroutine
	temp string     // where the run writes; "" when it is kept or discarded
	made []string   // folders around temp that were not there, the innermost first
}

// aRun is what a run leaves, and SQLite beside it.
var aRun = folderKind{"run", "spec.json", []string{"spec.json", "events.mcap", "report.html", "mes.db", "mes.db-wal", "mes.db-shm"}}

// running begins the name of the temporary folder in a run's folder.
const running = ".running-"

// newFolder prepares the folder of a run. One that is there already is refused,
// unless it is empty, or force is set and it holds a run other than the one that is
// read meanwhile.
func newFolder(path string, force bool, read string) (*folder, error) {
	return newFolderOf(aRun, path, force, read)
}

// newFolderOf is newFolder for what another command leaves.
func newFolderOf(k folderKind, path string, force bool, read string) (*folder, error) {
	f := &folder{folderKind: k, path: path}
	if read != "" && sameFile(path, read) {
		return nil, fmt.Errorf("output folder %s is the run that is replayed; name another one with --out", path)
	}
	entries, err := os.ReadDir(path)
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), running) })
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("output folder %s cannot be used: %w; name another one with --out", path, mistake.Cause(err))
	case len(entries) == 0:
		f.in = true
	case !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == k.mark }):
		return nil, fmt.Errorf("output folder %s holds something that is not a %s; name another one with --out", path, k.what)
	case !force:
		return nil, fmt.Errorf("output folder %s holds another %s; use --force to replace it, or name another one with --out", path, k.what)
	default:
		f.in = true
	}
	if err := f.open(); err != nil {
		f.discard()
		return nil, fmt.Errorf("output folder %s cannot be written: %w; name another one with --out", path, mistake.Cause(err))
	}
	return f, nil
}

// open makes the temporary folder, and those that it is in.
func (f *folder) open() (err error) {
	parent, name := filepath.Dir(filepath.Clean(f.path)), "."+filepath.Base(f.path)+running
	if f.in {
		parent, name = f.path, running
	} else if f.made, err = makeFolders(parent); err != nil {
		return err
	}
	if f.temp, err = os.MkdirTemp(parent, name); err != nil {
		return err
	}
	return os.Chmod(f.temp, 0o755)
}

// makeFolders is os.MkdirAll that tells which folders it made, the innermost first.
func makeFolders(path string) (made []string, err error) {
	for p := path; ; p = filepath.Dir(p) {
		if _, err := os.Stat(p); !errors.Is(err, fs.ErrNotExist) || p == filepath.Dir(p) {
			break // what is in the way of a folder, MkdirAll says
		}
		made = append(made, p)
	}
	return made, os.MkdirAll(path, 0o755)
}

// sameFile tells whether two paths lead to one file or folder.
func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// keep gives the files of a run that is whole their names. Where that fails, they stay
// where they are, and the error says where.
func (f *folder) keep() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	temp := f.temp
	f.temp, f.made = "", nil
	move := os.Rename
	if f.in {
		move = f.moveIn
	}
	if err := move(temp, f.path); err != nil {
		return fmt.Errorf("output folder %s cannot be filled: %w; the run's files are in %s", f.path, mistake.Cause(err), temp)
	}
	return nil
}

// moveIn puts the files of a run in the place of those of an earlier one. What else is
// in the folder stays.
func (f *folder) moveIn(temp, path string) error {
	for _, name := range append([]string{bench.SummaryFile}, f.files...) {
		if err := os.RemoveAll(filepath.Join(path, name)); err != nil {
			return err
		}
	}
	for _, name := range append(slices.Clone(f.files), bench.SummaryFile) {
		if err := os.Rename(filepath.Join(temp, name), filepath.Join(path, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Remove(temp)
}

// discard removes what was not kept.
func (f *folder) discard() {
	f.mu.Lock()
	defer f.mu.Unlock()
	// What cannot be removed stays under a name that says what it is; a folder that
	// others have put something into stays.
	if f.temp != "" {
		_ = os.RemoveAll(f.temp)
	}
	for _, p := range f.made {
		_ = os.Remove(p)
	}
}
