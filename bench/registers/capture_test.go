//go:build linux

package main

import (
	"math"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// frame makes an Ethernet frame of TCP with so many bytes of options and payload.
func frame(options, payload int) []byte {
	size := 20 + 20 + options + payload
	b := make([]byte, ethernetHead+size)
	be.PutUint16(b[12:], unix.ETH_P_IP)
	ip := b[ethernetHead:]
	ip[0] = 0x45
	be.PutUint16(ip[2:], uint16(size))
	ip[9] = unix.IPPROTO_TCP
	ip[20+12] = byte((20+options)/4) << 4
	return b
}

func TestFramesAreCountedAtThreeLevels(t *testing.T) {
	var got traffic
	for _, f := range [][]byte{frame(12, 5), frame(12, 0), frame(0, 1460)} {
		if err := got.add(f[:min(len(f), 60)], len(f)); err != nil {
			t.Fatal(err)
		}
	}
	want := traffic{frames: 3, acks: 1, application: 1465, ip: 57 + 52 + 1500, ethernet: 71 + 66 + 1514}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAFrameThatNoEthernetCarriesIsAnError(t *testing.T) {
	other := frame(0, 1)
	other[13] = 0xdd
	udp := frame(0, 1)
	udp[ethernetHead+9] = unix.IPPROTO_UDP
	for _, c := range []struct {
		name  string
		frame []byte
		want  string
	}{
		{"larger than its packets", frame(12, 1461), "does not fit"},
		{"not IPv4", other, "not IPv4"},
		{"not TCP", udp, "not TCP"},
		{"cut", frame(0, 0)[:30], "not IPv4"},
	} {
		var got traffic
		if err := got.add(c.frame, len(c.frame)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestTheBytesOfAnEchoAreCapturedAndThoseOfOthersAreNot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a packet socket needs root")
	}
	echo := ownPeer("echo", echoDialect{}, "echo", "")
	on, other := started(t, echo), started(t, echo)
	u, err := func() (perUnit, error) {
		l, err := dial(other.addr, echo.dialect, 0)
		if err != nil {
			return perUnit{}, err
		}
		defer l.close()
		stop, done := make(chan struct{}), make(chan error)
		go func() {
			for {
				select {
				case <-stop:
					done <- nil
					return
				default:
				}
				if err := l.do(reads(echo.dialect, 0, 1)); err != nil {
					<-stop
					done <- err
					return
				}
			}
		}()
		u, err := countBatches(echo, on, reads(echo.dialect, 0, 16), 16)
		close(stop)
		if e := <-done; e != nil {
			t.Error(e)
		}
		return u, err
	}()
	if err != nil {
		t.Fatal(err)
	}
	// Each read has 5 bytes and as many come back, 16 in a segment, whose headers have
	// 66 bytes and are there also in acknowledgements of their own.
	const exact = 1e-9
	if u.application != 10 || u.frames-u.acks < 2.0/16-exact || u.ethernet < u.application+66*u.frames-exact || math.Abs(u.ethernet-u.ip-14*u.frames) > exact {
		t.Errorf("got %+v", u)
	}
	if u.frames > 1 {
		t.Errorf("%v frames for each of 16 pipelined requests; those of the other connection are among them", u.frames)
	}
}
