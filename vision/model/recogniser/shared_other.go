//go:build !linux

package recogniser

import "errors"

var errNoShared = errors.New("shared memory for images needs Linux; recognisers that take files run here as well")

// SharedMemory is memory that a recogniser can map by its path. This system has none.
type SharedMemory struct{}

// NewSharedMemory says that there is none.
func NewSharedMemory(int) (*SharedMemory, error) { return nil, errNoShared }

// Bytes is nil.
func (s *SharedMemory) Bytes() []byte { return nil }

// Path is empty.
func (s *SharedMemory) Path() string { return "" }

// Close does nothing.
func (s *SharedMemory) Close() error { return nil }

func mapShared(string, int64) ([]byte, func(), error) { return nil, nil, errNoShared }
