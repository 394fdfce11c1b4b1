package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// folder is where a run leaves its files. It is written under a temporary name
// beside its own, and takes that when it is whole: nobody finds half a run.
type folder struct {
	path, temp string
	replace    bool
}

// newFolder prepares the folder of a run. One that is there already is refused,
// unless force is set and it holds a run.
func newFolder(path string, force bool) (*folder, error) {
	f := &folder{path: path}
	switch entries, err := os.ReadDir(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("output folder %s cannot be used: %w; name another one with --out", path, plain(err))
	case len(entries) == 0:
		f.replace = true
	case !holdsRun(path):
		return nil, fmt.Errorf("output folder %s holds something that is not a run; name another one with --out", path)
	case !force:
		return nil, fmt.Errorf("output folder %s holds another run; use --force to replace it, or name another one with --out", path)
	default:
		f.replace = true
	}
	parent := filepath.Dir(path)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("output folder %s cannot be made: %w; name another one with --out", path, plain(err))
	}
	temp, err := os.MkdirTemp(parent, "."+filepath.Base(path)+".running-")
	if err != nil {
		return nil, fmt.Errorf("output folder %s cannot be written: %w; name another one with --out", path, plain(err))
	}
	f.temp = temp
	return f, os.Chmod(temp, 0o755)
}

// holdsRun tells whether a folder is that of a run.
func holdsRun(path string) bool {
	_, err := os.Stat(filepath.Join(path, "spec.json"))
	return err == nil
}

// keep gives the folder its name.
func (f *folder) keep() error {
	if f.replace {
		if err := os.RemoveAll(f.path); err != nil {
			return fmt.Errorf("earlier run in %s: %w", f.path, plain(err))
		}
	}
	if err := os.Rename(f.temp, f.path); err != nil {
		return fmt.Errorf("output folder %s: %w", f.path, plain(err))
	}
	f.temp = ""
	return nil
}

// discard removes what was not kept.
func (f *folder) discard() {
	if f.temp != "" {
		// What cannot be removed stays under a name that says what it is.
		_ = os.RemoveAll(f.temp)
	}
}

// plain is an error of the file system without the operation and the path, which
// the message has already.
func plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	var le *os.LinkError
	if errors.As(err, &le) {
		return le.Err
	}
	return err
}
