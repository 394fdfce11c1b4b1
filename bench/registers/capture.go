//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

const (
	// ethernetMSS is TCP's largest segment on an Ethernet, whose packets have 1500 bytes.
	ethernetMSS    = 1460
	ethernetPacket = 1500
	ethernetHead   = 14
)

// traffic is what went over the device.
type traffic struct {
	frames, acks              int // acks are the frames without payload
	application, ip, ethernet int // bytes
}

// capture sees the frames of one TCP port on the loopback device.
type capture struct {
	fd   int
	port uint16
}

// newCapture begins to look.
func newCapture(port uint16) (*capture, error) {
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		return nil, err
	}
	// Without a protocol the socket gets nothing until it is bound, with its filter.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if errors.Is(err, unix.EPERM) {
		return nil, errors.New("frames are counted by a packet socket, which needs root or CAP_NET_RAW; run this part as root, or another one with -only")
	}
	if err != nil {
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	c := &capture{fd, port}
	filter := tcpPort(port)
	if err := errors.Join(
		unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 32<<20),
		// By its protocol it gets what arrives, so it sees each frame once.
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_IP), Ifindex: lo.Index}),
	); err != nil {
		c.close()
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	return c, nil
}

func bigEndian(v uint16) uint16 { return binary.NativeEndian.Uint16(be.AppendUint16(nil, v)) }

// tcpPort is a packet filter for one TCP port, on either side, in IPv4.
func tcpPort(port uint16) []unix.SockFilter {
	const most = 1 << 18
	return []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: 12},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.ETH_P_IP, Jf: 8},
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: ethernetHead + 9},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.IPPROTO_TCP, Jf: 6},
		{Code: unix.BPF_LDX | unix.BPF_B | unix.BPF_MSH, K: ethernetHead},
		{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_IND, K: ethernetHead},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(port), Jt: 2},
		{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_IND, K: ethernetHead + 2},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(port), Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: most},
		{Code: unix.BPF_RET | unix.BPF_K},
	}
}

func (c *capture) close() { unix.Close(c.fd) }

// take counts the frames since the last call.
func (c *capture) take() (traffic, error) {
	var t traffic
	buf := make([]byte, 256)
	for {
		n, _, err := unix.Recvfrom(c.fd, buf, unix.MSG_TRUNC)
		if err == unix.EAGAIN {
			break
		}
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return t, fmt.Errorf("packet socket: %w", err)
		}
		if err := t.add(buf[:min(n, len(buf))], n); err != nil {
			return t, err
		}
	}
	stats, err := unix.GetsockoptTpacketStats(c.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return t, fmt.Errorf("packet socket: %w", err)
	}
	if stats.Drops > 0 {
		return t, fmt.Errorf("%d frames were not counted", stats.Drops)
	}
	return t, nil
}

// add counts a frame of n bytes that begins with b.
func (t *traffic) add(b []byte, n int) error {
	if len(b) < ethernetHead+20 || be.Uint16(b[12:]) != unix.ETH_P_IP {
		return fmt.Errorf("a frame begins with % x, which is not IPv4 on Ethernet", b[:min(len(b), 34)])
	}
	packet := b[ethernetHead:]
	head, size := int(packet[0]&0xf)*4, int(be.Uint16(packet[2:]))
	if packet[9] != unix.IPPROTO_TCP || len(packet) < head+20 || n < ethernetHead+size {
		return fmt.Errorf("a packet begins with % x, which is not TCP", packet[:20])
	}
	if size > ethernetPacket {
		return fmt.Errorf("a packet of %d bytes does not fit into an Ethernet frame", size)
	}
	payload := size - head - int(packet[head+12]>>4)*4
	t.frames++
	if payload == 0 {
		t.acks++
	}
	t.application += payload
	t.ip += size
	t.ethernet += n
	return nil
}
