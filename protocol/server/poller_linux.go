package server

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// poller says which clients of a loop can be read or written: an epoll set of their
// sockets, of a timer, and of an event by which other goroutines wake the loop. While
// there is nothing to do, the loop's goroutine is parked like any other that waits for
// the network, since the epoll descriptor itself is in the set of Go's runtime: it
// holds up no processor that the rest of the program could use.
type poller struct {
	epoll  *os.File
	raw    syscall.RawConn
	timer  int
	bell   bell
	door   *door // of the loop that looks after it, or nil
	events [512]unix.EpollEvent
	ready  []readiness
}

// The places of the descriptors that are not clients.
const (
	timerSlot = -1
	bellSlot  = -2
	doorSlot  = -3
)

func newPoller() (*poller, error) {
	p := &poller{timer: -1}
	if err := p.open(); err != nil {
		p.close()
		return nil, fmt.Errorf("register server: no epoll set to be had: %w", err)
	}
	return p, nil
}

func (p *poller) open() error {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return errors.Join(err, unix.Close(fd))
	}
	p.epoll = os.NewFile(uintptr(fd), "epoll")
	if p.raw, err = p.epoll.SyscallConn(); err != nil {
		return err
	}
	if p.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return err
	}
	if err := p.bell.open(); err != nil {
		return err
	}
	return errors.Join(p.watch(p.timer, timerSlot, unix.EPOLLIN), p.watch(p.bell.fd, bellSlot, unix.EPOLLIN))
}

// add watches a client's socket until it is closed. Each change is told once.
func (p *poller) add(fd int, slot int32) error {
	return p.watch(fd, slot, unix.EPOLLIN|unix.EPOLLOUT|unix.EPOLLRDHUP)
}

func (p *poller) watch(fd int, slot int32, events uint32) error {
	e := unix.EpollEvent{Events: events | unix.EPOLLET, Fd: slot}
	var err error
	if control := p.raw.Control(func(epoll uintptr) {
		err = unix.EpollCtl(int(epoll), unix.EPOLL_CTL_ADD, fd, &e)
	}); control != nil {
		return control
	}
	return err
}

// every sets the period of the timer.
func (p *poller) every(d time.Duration) {
	t := unix.NsecToTimespec(int64(d))
	// Only a wrong descriptor or period makes it fail.
	_ = unix.TimerfdSettime(p.timer, 0, &unix.ItimerSpec{Interval: t, Value: t}, nil)
}

// wake makes the loop turn once more. Any goroutine may call it; it never waits.
func (p *poller) wake() { p.bell.ring() }

// run calls turn with what has become ready, until it says halt: at once while it
// says more, and otherwise when there is something, or the timer goes off or the bell rings.
func (p *poller) run(turn func([]readiness) verdict) {
	// It fails when the set is closed, which only the loop does, afterwards.
	_ = p.raw.Read(func(epoll uintptr) bool {
		for resting := false; ; {
			ready := p.poll(int(epoll))
			if resting && len(ready) == 0 {
				return false
			}
			switch turn(ready) {
			case halt:
				return true
			case more:
				resting = false
			case rest:
				// After a single event there is hardly another one yet, and if there is,
				// then the goroutine is not parked for long.
				if len(ready) <= 1 {
					return false
				}
				resting = true
			}
		}
	})
}

// poll takes what is ready, and waits for nothing.
func (p *poller) poll(epoll int) []readiness {
	p.ready = p.ready[:0]
	n, err := readyNow(epoll, p.events[:])
	if err != nil {
		return nil // interrupted by a signal: the next call has it
	}
	for i := range p.events[:n] {
		e := &p.events[i]
		if e.Fd >= 0 {
			p.ready = append(p.ready, readiness{
				slot: e.Fd,
				in:   e.Events&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0,
				out:  e.Events&unix.EPOLLOUT != 0,
				end:  e.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0,
				dead: e.Events&(unix.EPOLLHUP|unix.EPOLLERR) != 0,
			})
			continue
		}
		switch e.Fd {
		case timerSlot:
			drain(p.timer)
		case bellSlot:
			drain(p.bell.fd)
		case doorSlot:
			p.door.knock = true
		}
	}
	return p.ready
}

// drain sets back a timer or a bell; how often it went off does not matter.
func drain(fd int) {
	var count [8]byte
	_, _ = readNow(fd, count[:])
}

func (p *poller) close() {
	if p.epoll != nil {
		p.epoll.Close()
	}
	if p.timer >= 0 {
		unix.Close(p.timer)
	}
	p.bell.close()
}

// bell is an eventfd: whoever rings it makes it readable. It may be rung after it is
// closed, when its descriptor is somebody else's.
type bell struct {
	fd   int
	file *os.File
	raw  syscall.RawConn
	push func(fd uintptr)
}

func (b *bell) open() (err error) {
	if b.fd, err = unix.Eventfd(0, unix.EFD_CLOEXEC); err != nil {
		return err
	}
	b.file = os.NewFile(uintptr(b.fd), "eventfd")
	// Not before: the file need not be in the runtime's set.
	if err := unix.SetNonblock(b.fd, true); err != nil {
		return err
	}
	// It fails only while it is readable anyway.
	b.push = func(fd uintptr) { _, _ = writeNow(int(fd), []byte{1, 0, 0, 0, 0, 0, 0, 0}) }
	b.raw, err = b.file.SyscallConn()
	return err
}

// ring does nothing once the bell is closed.
func (b *bell) ring() { _ = b.raw.Control(b.push) }

func (b *bell) close() {
	if b.file != nil {
		b.file.Close()
	}
}
