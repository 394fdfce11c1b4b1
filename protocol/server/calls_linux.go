package server

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// These three calls never wait: the sockets do not block, and epoll_pwait has a time-out
// of zero. So the runtime need not be told, as package unix does, that the processor may
// be given to somebody else meanwhile. For one client that sends a request at a time this
// is a twentieth of the round trip.

func readNow(fd int, b []byte) (int, error) {
	n, _, e := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return outcome(n, e)
}

func writeNow(fd int, b []byte) (int, error) {
	n, _, e := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return outcome(n, e)
}

func readyNow(epoll int, events []unix.EpollEvent) (int, error) {
	n, _, e := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), 0, 0, 0)
	return outcome(n, e)
}

func outcome(n uintptr, e unix.Errno) (int, error) {
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}
