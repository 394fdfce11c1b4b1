package realtime

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	readWrite = unix.PROT_READ | unix.PROT_WRITE
	// lasting keeps a memory's size for good.
	lasting = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
)

func newMemory(size int) (*Memory, error) {
	whole := roundUp(size, hugePage)
	anonymous := unix.MAP_PRIVATE | unix.MAP_ANONYMOUS
	if p, err := unix.MmapPtr(-1, 0, nil, uintptr(whole), readWrite, anonymous|unix.MAP_HUGETLB|unix.MAP_POPULATE); err == nil {
		return mapped(p, whole, nil, "reserved huge pages"), nil
	}
	p, err := mapAligned(-1, whole, anonymous)
	if err != nil {
		return nil, fmt.Errorf("realtime: mapping %s: %w", inWords(uint64(whole)), err)
	}
	return mapped(p, whole, nil, advised(p, whole)), nil
}

func shareMemory(size int) (*Memory, error) {
	whole := roundUp(size, hugePage)
	const name = "linetwin-realtime"
	if fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_HUGETLB|unix.MFD_HUGE_2MB); err == nil {
		if m, err := shareFile(fd, whole, func(p unsafe.Pointer) string { return "reserved huge pages" }); err == nil {
			return m, nil
		}
	}
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("realtime: making shared memory: %w", err)
	}
	return shareFile(fd, whole, func(p unsafe.Pointer) string { return advised(p, whole) })
}

// shareFile gives a file its size for good and maps it. It closes the file when it fails.
func shareFile(fd, size int, pages func(unsafe.Pointer) string) (*Memory, error) {
	file := os.NewFile(uintptr(fd), "shared memory")
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		file.Close()
		return nil, fmt.Errorf("realtime: shared memory of %s: %w", inWords(uint64(size)), err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, lasting); err != nil {
		file.Close()
		return nil, fmt.Errorf("realtime: sealing the size of shared memory: %w", err)
	}
	p, err := mapAligned(fd, size, unix.MAP_SHARED)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("realtime: mapping shared memory of %s: %w", inWords(uint64(size)), err)
	}
	return mapped(p, size, file, "shared, "+pages(p)), nil
}

func joinMemory(file *os.File) (_ *Memory, err error) {
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	fd := file.Fd()
	seals, err := unix.FcntlInt(fd, unix.F_GET_SEALS, 0)
	if err != nil || seals&unix.F_SEAL_SHRINK == 0 {
		return nil, errors.New("realtime: the file is not shared memory sealed against being cut short (memfd with F_SEAL_SHRINK), and reading it could end this process")
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(fd), &st); err != nil {
		return nil, fmt.Errorf("realtime: shared memory: %w", err)
	}
	if st.Size < blockHead || st.Size > largestMemory || st.Size%int64(os.Getpagesize()) != 0 {
		return nil, fmt.Errorf("realtime: %w: it has %d bytes; it has whole pages up to %d", ErrLayout, st.Size, largestMemory)
	}
	size := int(st.Size)
	p, err := mapAligned(int(fd), size, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("realtime: mapping shared memory of %s: %w", inWords(uint64(size)), err)
	}
	pages := "joined"
	if uint32(st.Blksize) == hugePage {
		pages = "joined, reserved huge pages"
	}
	return mapped(p, size, file, pages), nil
}

// mapAligned maps at a multiple of hugePage, without which huge pages cannot be used.
func mapAligned(fd, size, flags int) (unsafe.Pointer, error) {
	if size%hugePage != 0 {
		return unix.MmapPtr(fd, 0, nil, uintptr(size), readWrite, flags)
	}
	room, err := unix.MmapPtr(-1, 0, nil, uintptr(size+hugePage), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	before := -int(uintptr(room)) & (hugePage - 1)
	p, err := unix.MmapPtr(fd, 0, unsafe.Add(room, before), uintptr(size), readWrite, flags|unix.MAP_FIXED)
	if err != nil {
		_ = unix.MunmapPtr(room, uintptr(size+hugePage))
		return nil, err
	}
	// What is too much is given back; nobody is harmed if that fails.
	if before > 0 {
		_ = unix.MunmapPtr(room, uintptr(before))
	}
	if after := hugePage - before; after > 0 {
		_ = unix.MunmapPtr(unsafe.Add(p, size), uintptr(after))
	}
	return p, nil
}

// advised asks for huge pages, touches all pages, and says how many are huge.
func advised(p unsafe.Pointer, size int) string {
	data := unsafe.Slice((*byte)(p), size)
	err := unix.Madvise(data, unix.MADV_HUGEPAGE)
	touch(data)
	if err != nil {
		return fmt.Sprintf("ordinary pages (no huge pages: %v)", err)
	}
	// Shared memory gets huge pages only afterwards, from Linux 6.1 on; refusals show below.
	_ = unix.Madvise(data, unix.MADV_COLLAPSE)
	got := hugeBytes(uintptr(p))
	if got == 0 {
		return "ordinary pages (the system gave no huge ones)"
	}
	return fmt.Sprintf("%s of it on huge pages by madvise", inWords(uint64(min(got, size))))
}

// touch brings every page in by writing what is there.
func touch(data []byte) {
	page := os.Getpagesize()
	for i := 0; i < len(data); i += page {
		data[i] = 0
	}
}

// hugeBytes is how much of the mapping at an address is on huge pages.
func hugeBytes(at uintptr) int {
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return 0
	}
	defer maps.Close()
	total, inside := 0, false
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		key, rest, _ := bytes.Cut(lines.Bytes(), []byte(" "))
		if from, to, ok := strings.Cut(string(key), "-"); ok {
			a, errA := strconv.ParseUint(from, 16, 64)
			b, errB := strconv.ParseUint(to, 16, 64)
			inside = errA == nil && errB == nil && uint64(at) >= a && uint64(at) < b
			continue
		}
		switch string(key) {
		case "AnonHugePages:", "ShmemPmdMapped:", "FilePmdMapped:":
			if inside {
				n, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(string(rest), "kB")))
				total += n << 10
			}
		}
	}
	return total
}

// mapped completes a memory: it is locked, and says what it is.
func mapped(p unsafe.Pointer, size int, file *os.File, pages string) *Memory {
	data := unsafe.Slice((*byte)(p), size)
	locked := "locked"
	if err := unix.Mlock(data); err != nil {
		locked = "not locked (" + whyNotLocked(err) + ")"
		_ = unix.Madvise(data, unix.MADV_WILLNEED)
	}
	return &Memory{
		data:  data,
		file:  file,
		about: fmt.Sprintf("%s, %s, %s", inWords(uint64(size)), pages, locked),
		undo:  func() error { return unix.MunmapPtr(p, uintptr(size)) },
	}
}

// whyNotLocked puts a refusal to lock memory in words that help.
func whyNotLocked(err error) string {
	var limit unix.Rlimit
	if e := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit); e == nil && limit.Cur != unix.RLIM_INFINITY {
		return fmt.Sprintf("%v: the limit is %s; raise memlock in limits.conf, LimitMEMLOCK in systemd, or give CAP_IPC_LOCK", err, inWords(limit.Cur))
	}
	return err.Error()
}
