package realtime

import (
	"fmt"
	"os"
	"sync"
)

// hugePage is the size of the pages that a Memory tries to get.
const hugePage = 2 << 20

// largestMemory is the most that a Memory may have.
const largestMemory = 1 << 30

// Memory is a piece of memory outside the Go heap that rings and records are made in:
// all of it there from the start, on huge pages and locked where the system has and
// allows them, so that no access faults. Shared memory can be joined by another process,
// to which its File is handed. About tells what came of it.
//
// The methods, and CreateRing and CreateRecord, are for one goroutine at a time. Rings
// and records must not be used after Close, which makes them inaccessible.
type Memory struct {
	data  []byte
	file  *os.File // of shared memory
	about string
	once  sync.Once
	undo  func() error // unmaps
}

// NewMemory reserves memory for threads of this process.
func NewMemory(size int) (*Memory, error) {
	if err := checkSize(size); err != nil {
		return nil, err
	}
	return newMemory(size)
}

// ShareMemory reserves memory that other processes may join. Its size can never change,
// so that no process can take it away from under another.
func ShareMemory(size int) (*Memory, error) {
	if err := checkSize(size); err != nil {
		return nil, err
	}
	return shareMemory(size)
}

// JoinMemory maps memory that another process shares. It takes over the file, also when
// it fails. The error says why the file is not such memory: above all it must be sealed
// against being cut short.
func JoinMemory(file *os.File) (*Memory, error) { return joinMemory(file) }

func checkSize(size int) error {
	if size < 1 || size > largestMemory {
		return fmt.Errorf("realtime: a memory of %d bytes; it has 1 to %d", size, largestMemory)
	}
	return nil
}

// Size in bytes, which may be more than was asked for.
func (m *Memory) Size() int { return len(m.data) }

// About says in words what kind of memory this is: its size, its pages, whether it is
// locked, and if not why.
func (m *Memory) About() string { return m.about }

// File of shared memory, to hand to another process; nil for memory that is not shared.
func (m *Memory) File() *os.File { return m.file }

// Close unmaps the memory. Other processes keep theirs.
func (m *Memory) Close() (err error) {
	m.once.Do(func() {
		if m.undo != nil {
			err = m.undo()
		}
		m.data = nil
		if m.file != nil {
			if e := m.file.Close(); err == nil {
				err = e
			}
		}
	})
	return err
}

// inWords is a number of bytes as people say it.
func inWords(n uint64) string {
	switch {
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20:
		return fmt.Sprintf("%.4g MiB", float64(n)/(1<<20))
	default:
		return fmt.Sprintf("%.4g KiB", float64(n)/(1<<10))
	}
}
