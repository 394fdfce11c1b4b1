//go:build !unix

package bundle

import "os"

// lock makes the store if it is not there. This system has no lock that ends with its
// process, so that programs that change a store must not run at once.
func (s *Store) lock() (unlock func(), err error) {
	return func() {}, os.MkdirAll(s.Dir, 0o755)
}

// syncDir does nothing: this system does not sync folders.
func syncDir(string) error { return nil }
