//go:build !linux

package realtime

import (
	"errors"
	"os"
)

// errShared is what shared memory comes to where it is not supported.
var errShared = errors.New("realtime: memory is shared between processes on Linux only")

func newMemory(size int) (*Memory, error) {
	return &Memory{data: alignedBytes(roundUp(size, line)), about: inWords(uint64(size)) + ", on the heap: this system is not Linux"}, nil
}

func shareMemory(int) (*Memory, error) { return nil, errShared }

func joinMemory(file *os.File) (*Memory, error) {
	file.Close()
	return nil, errShared
}
