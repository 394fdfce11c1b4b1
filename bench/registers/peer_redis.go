//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// findRedis looks for Redis on this machine.
func findRedis() *peer {
	p := &peer{name: "Redis", dialect: redisDialect{}}
	path, err := exec.LookPath("redis-server")
	if err != nil {
		p.absent = "there is no redis-server; apt-get install redis-server"
		return p
	}
	if out, err := exec.Command(path, "--version").Output(); err == nil {
		if v := regexp.MustCompile(`v=([0-9.]+)`).FindSubmatch(out); v != nil {
			p.name += " " + string(v[1])
		}
	}
	p.start = func() (*process, error) { return startRedis(path) }
	return p
}

// startRedis starts a Redis that stores nothing on disk.
func startRedis(path string) (*process, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close()
	p, err := start(exec.Command(path, "--port", strconv.Itoa(addr.Port), "--bind", "127.0.0.1", "--save", "",
		"--appendonly", "no", "--maxclients", "15000", "--tcp-backlog", "4096", "--loglevel", "warning"))
	if err != nil {
		return nil, err
	}
	p.addr = addr.AddrPort()
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		c, err := net.Dial("tcp", addr.String())
		if err == nil {
			return p, c.Close()
		}
		if time.Since(begin) > patience {
			p.stop()
			return nil, fmt.Errorf("%s does not listen on %v: %w\n%s", path, addr, err, p.output())
		}
	}
}

// redisDialect is RESP. A register is a key of five characters, its value five digits.
type redisDialect struct{ silent }

func (redisDialect) request(dst []byte, x *exchange) []byte {
	switch x.kind {
	case writeOne:
		dst = append(dst, "*3\r\n$3\r\nSET\r\n"...)
		dst = appendKey(dst, x.register)
		return appendBulk(dst, x.value)
	case readBlock:
		dst = fmt.Appendf(dst, "*%d\r\n$4\r\nMGET\r\n", 1+blockLength)
		for i := range uint16(blockLength) {
			dst = appendKey(dst, x.register+i)
		}
		return dst
	}
	dst = append(dst, "*2\r\n$3\r\nGET\r\n"...)
	return appendKey(dst, x.register)
}

func appendKey(dst []byte, register uint16) []byte {
	return fmt.Appendf(dst, "$5\r\nr%04d\r\n", register)
}

const bulkSize = len("$5\r\n12345\r\n")

func appendBulk(dst []byte, value uint16) []byte {
	dst = append(dst, "$5\r\n"...)
	dst = append(dst, byte('0'+value/10_000), byte('0'+value/1000%10), byte('0'+value/100%10), byte('0'+value/10%10), byte('0'+value%10))
	return append(dst, "\r\n"...)
}

func (redisDialect) reply(b []byte, x *exchange) (int, error) {
	var room [bulkSize]byte
	want := room[:0]
	switch x.kind {
	case readOne:
		want = appendBulk(want, x.value)
	case writeOne:
		want = append(want, "+OK\r\n"...)
	case readBlock:
		want = fmt.Appendf(want, "*%d\r\n", blockLength)
		for i := range uint16(blockLength) {
			want = appendBulk(want, constant(x.register+i))
		}
	}
	n := min(len(b), len(want))
	if !bytes.Equal(b[:n], want[:n]) {
		return 0, fmt.Errorf("the reply to %+v begins with %q", *x, b[:n])
	}
	if n < len(want) {
		return 0, nil
	}
	return n, nil
}
