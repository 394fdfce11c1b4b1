//go:build unix

package persist

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"linetwin.dev/specs/mistake"
)

// Lock keeps other processes from a file or folder. The system ends it with the
// process, however that ends.
type Lock struct{ f *os.File }

// Acquire takes the lock that the file at path stands for, which is made if it is not
// there, or says at once that another process has it, and which.
func Acquire(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be made: %w", path, mistake.Cause(err))
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		who := ""
		if data, err := os.ReadFile(path); err == nil && len(data) > 0 {
			who = ", process " + strings.TrimSpace(string(data))
		}
		err = fmt.Errorf("%s cannot be locked: %w", path, err)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("another server has it%s; end that one, or name another place", who)
		}
		return nil, errors.Join(err, f.Close())
	}
	// Who has it is for people; the lock holds without it.
	_ = f.Truncate(0)
	_, _ = f.WriteAt(fmt.Appendln(nil, os.Getpid()), 0)
	return &Lock{f}, nil
}

// Release gives it up. The file stays.
func (l *Lock) Release() error { return l.f.Close() }

// syncFolder brings the names in a folder to the disk.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
