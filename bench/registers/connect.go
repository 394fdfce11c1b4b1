//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// perSource is how many connections are opened from one address of the loopback
// network: the ports of one would not do for many more.
const perSource = 20_000

// open makes a TCP socket that does not wait, and begins to connect it. The n-th
// connection of many comes from an address that has ports left.
func open(addr netip.AddrPort, n int) (fd int, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("socket: %w", err)
	}
	defer func() {
		if err != nil {
			unix.Close(fd)
		}
	}()
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return 0, fmt.Errorf("TCP_NODELAY: %w", err)
	}
	if n >= perSource {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1); err != nil {
			return 0, fmt.Errorf("IP_BIND_ADDRESS_NO_PORT: %w", err)
		}
		if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(1 + n/perSource)}}); err != nil {
			return 0, fmt.Errorf("bind: %w", err)
		}
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: addr.Addr().As4(), Port: int(addr.Port())}); err != nil && err != unix.EINPROGRESS {
		return 0, fmt.Errorf("connect to %v: %w", addr, err)
	}
	return fd, nil
}

// connect opens n connections, burst of them at a time, and waits until all are
// established. As soon as one is, it is used: its number and descriptor are given to
// use. On failure all are closed.
func connect(addr netip.AddrPort, n, burst int, use func(i, fd int) error) (err error) {
	fds := make([]int, 0, n)
	defer func() {
		if err != nil {
			hangUp(fds)
		}
	}()
	for len(fds) < n {
		first := len(fds)
		for i := first; i < min(n, first+burst); i++ {
			fd, err := open(addr, i)
			if err != nil {
				return fmt.Errorf("connection %d of %d: %w", i+1, n, err)
			}
			fds = append(fds, fd)
		}
		if err := establish(fds[first:], func(i, fd int) error { return use(first+i, fd) }); err != nil {
			return fmt.Errorf("connections %d to %d of %d to %v: %w", first+1, len(fds), n, addr, err)
		}
	}
	return nil
}

// establish waits for connections that have begun.
func establish(fds []int, use func(i, fd int) error) error {
	pending, number := make([]unix.PollFd, len(fds)), make([]int, len(fds))
	for i, fd := range fds {
		pending[i], number[i] = unix.PollFd{Fd: int32(fd), Events: unix.POLLOUT}, i
	}
	for begin := time.Now(); len(pending) > 0; {
		if _, err := unix.Poll(pending, 100); err != nil && err != unix.EINTR {
			return fmt.Errorf("poll: %w", err)
		}
		left := 0
		for k, p := range pending {
			if p.Revents == 0 {
				pending[left], number[left] = p, number[k]
				left++
				continue
			}
			e, err := unix.GetsockoptInt(int(p.Fd), unix.SOL_SOCKET, unix.SO_ERROR)
			if err == nil && e != 0 {
				err = unix.Errno(e)
			}
			if err == nil {
				err = use(number[k], int(p.Fd))
			}
			if err != nil {
				return err
			}
		}
		pending, number = pending[:left], number[:left]
		if time.Since(begin) > patience {
			return fmt.Errorf("%d are not established after %v", left, patience)
		}
	}
	return nil
}

// hangUp resets the connections, so that their ports are free at once.
func hangUp(fds []int) {
	for _, fd := range fds {
		// The socket is closed either way.
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		unix.Close(fd)
	}
}

// sendAll sends b as a whole, which the socket's buffer has room for.
func sendAll(fd int, b []byte) error {
	n, err := unix.Write(fd, b)
	if err == nil && n < len(b) {
		err = fmt.Errorf("only %d of %d bytes fit into the socket's buffer", n, len(b))
	}
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}
