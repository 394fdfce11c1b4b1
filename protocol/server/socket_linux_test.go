package server

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestSocketsInheritTheOptionsOfTheirListener(t *testing.T) {
	b, _ := testBank(t, 1)
	s := serve(t, b, Options{})
	greet(t, dial(t, s))
	id := s.Clients()[0].ID
	if err := s.with(id, func(c *client) {
		fd := c.end.(*socket).fd
		for _, o := range []struct {
			name                string
			level, option, want int
		}{
			{"TCP_NODELAY", unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
			{"SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
			{"TCP_KEEPIDLE", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 15},
			{"SO_SNDBUF", unix.SOL_SOCKET, unix.SO_SNDBUF, 2 * sendBuffer}, // the kernel doubles it
		} {
			if v, err := unix.GetsockoptInt(fd, o.level, o.option); err != nil || v != o.want {
				t.Errorf("%s is %d, want %d; %v", o.name, v, o.want, err)
			}
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK == 0 {
			t.Errorf("the socket blocks: flags %x, %v", flags, err)
		}
	}); err != nil {
		t.Fatal(err)
	}
}

func TestAServerThatIsClosedLeavesNothingOpen(t *testing.T) {
	b, _ := testBank(t, 1)
	open := func() int {
		n := 0
		for fd := range 1000 {
			if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
				n++
			}
		}
		return n
	}
	once := func() {
		s, err := Listen("127.0.0.1:0", b, Options{})
		if err != nil {
			t.Fatal(err)
		}
		c := dial(t, s)
		greet(t, c)
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := Listen("256.0.0.1:1", b, Options{}); err == nil {
			t.Error("listens at an address that does not exist")
		}
	}
	once() // the runtime opens what it keeps
	before := open()
	for range 20 {
		once()
	}
	if after := open(); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}
