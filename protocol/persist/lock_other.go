//go:build !unix

package persist

// Lock keeps other processes from a file or folder; this system has none.
type Lock struct{}

// Acquire takes nothing here.
func Acquire(path string) (*Lock, error) { return &Lock{}, nil }

// Release gives nothing up.
func (l *Lock) Release() error { return nil }

// syncFolder has nothing to do where folders cannot be opened.
func syncFolder(string) error { return nil }
