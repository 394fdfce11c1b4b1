package recogniser

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// SharedMemory is memory that a recogniser can map by its path: a camera's frames that
// are kept in it are recognised without a copy. It is a memfd, which is gone with the
// processes that have it open; nothing is left behind.
type SharedMemory struct {
	file *os.File
	data []byte
}

// NewSharedMemory allocates so many bytes, all zero.
func NewSharedMemory(bytes int) (*SharedMemory, error) {
	if bytes < 1 || bytes > 1<<34 {
		return nil, fmt.Errorf("shared memory of %d bytes; 1 to %d are wanted", bytes, int64(1)<<34)
	}
	fd, err := unix.MemfdCreate("linetwin-images", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("shared memory: %w", err)
	}
	s := &SharedMemory{file: os.NewFile(uintptr(fd), "linetwin-images")}
	if err := unix.Ftruncate(fd, int64(bytes)); err != nil {
		s.file.Close()
		return nil, fmt.Errorf("shared memory of %d bytes: %w", bytes, err)
	}
	if s.data, err = unix.Mmap(fd, 0, bytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		s.file.Close()
		return nil, fmt.Errorf("shared memory of %d bytes: %w", bytes, err)
	}
	return s, nil
}

// Bytes is the memory itself, valid until Close.
func (s *SharedMemory) Bytes() []byte { return s.data }

// Path is where others of this user open it, as long as it is not closed.
func (s *SharedMemory) Path() string {
	return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), s.file.Fd())
}

// Close unmaps the memory; Bytes must not be touched any more. Others that have mapped
// it keep it until they end.
func (s *SharedMemory) Close() error {
	if s.data == nil {
		return nil
	}
	err := unix.Munmap(s.data)
	s.data = nil
	if e := s.file.Close(); err == nil {
		err = e
	}
	return err
}

// mapShared maps what a reference points to for reading.
func mapShared(path string, end int64) (data []byte, release func(), err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if info.Size() < end {
		return nil, nil, fmt.Errorf("the shared image ends at byte %d; there are only %d", end, info.Size())
	}
	if data, err = unix.Mmap(int(f.Fd()), 0, int(end), unix.PROT_READ, unix.MAP_SHARED); err != nil {
		return nil, nil, err
	}
	return data, func() { _ = unix.Munmap(data) }, nil
}
