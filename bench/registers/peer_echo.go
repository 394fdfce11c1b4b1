//go:build linux

package main

import (
	"bytes"
	"net"
)

// serveEcho is the process of a server that sends back what comes, with a goroutine
// for each connection: the least that a server in Go does.
func serveEcho() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	announce(l.Addr())
	go func() {
		<-untilTold()
		l.Close()
	}()
	for {
		c, err := l.Accept()
		if err != nil {
			return nil
		}
		go echo(c)
	}
}

func echo(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return
		}
	}
}

// echoDialect sends our read requests, which have as many bytes as their replies.
type echoDialect struct{ silent }

func (echoDialect) request(dst []byte, x *exchange) []byte {
	return registerDialect{}.request(dst, x)
}

func (d echoDialect) reply(b []byte, x *exchange) (int, error) {
	var room [16]byte
	want := d.request(room[:0], x)
	n := min(len(b), len(want))
	if !bytes.Equal(b[:n], want[:n]) {
		return 0, unexpected(b, len(want), x)
	}
	if n < len(want) {
		return 0, nil
	}
	return n, nil
}
