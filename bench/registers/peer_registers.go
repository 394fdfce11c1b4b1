//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/server"
	"linetwin.dev/protocol/wire"
)

const (
	ours = "linetwin"
	// pushed is how many registers a subscriber watches; firstPushed is the first.
	pushed      = 100
	firstPushed = registers
)

// serveRegisters is the process of the register server. With a rate it changes all
// watched registers together so many times a second.
func serveRegisters(rate float64) error {
	start := time.Now()
	bank := protocol.NewBank()
	store := protocol.NewStore(bank, "clients", "bench", func() time.Duration { return time.Since(start) })
	for i := range registers {
		d := protocol.Def{Name: fmt.Sprintf("r.%04d", i), Type: protocol.U16, Access: protocol.Operator}
		if _, err := store.Define(d, protocol.UintValue(0)); err != nil {
			return err
		}
	}
	writer := bank.Writer("writer", "bench")
	outs := make([]*protocol.Out, pushed)
	for i := range outs {
		out, err := writer.Define(protocol.Def{Name: fmt.Sprintf("p.%02d", i), Type: protocol.U16})
		if err != nil {
			return err
		}
		outs[i] = out
	}
	change := func(generation uint64) {
		writer.Begin()
		for i, out := range outs {
			out.SetUint(time.Since(start), (generation+uint64(i))&0xffff)
		}
		writer.Commit()
	}
	change(0)
	bank.Seal()
	srv, err := server.Listen("127.0.0.1:0", bank, server.Options{Apply: store.Apply, MaxClients: 20_000})
	if err != nil {
		return err
	}
	announce(srv.Addr())
	stop := untilTold()
	var tick <-chan time.Time
	if rate > 0 {
		ticker := time.NewTicker(time.Duration(float64(time.Second) / rate))
		defer ticker.Stop()
		tick = ticker.C
	}
	for generation := uint64(1); ; generation++ {
		select {
		case <-tick:
			change(generation)
			continue
		case <-stop:
		}
		return srv.Close()
	}
}

// The messages of protocol/README.md that the load generator says and hears: type 2 is
// u16, quality good.
const (
	msgRead   = 0x12
	msgValue  = 0x12
	msgWrite  = 0x32
	msgAck    = 0x01
	msgBlock  = 0x42
	msgPacked = 0x81
	msgWatch  = 0x82
	msgPush   = 0x83
)

var le = binary.LittleEndian

// registerDialect is the register server's protocol.
type registerDialect struct{}

func (registerDialect) greet(dst []byte) []byte {
	return (&wire.ClientHello{Newest: wire.Version, Oldest: wire.OldestVersion}).Append(dst)
}

// serverHelloSize is that of the server's hello, which has no part of variable length.
var serverHelloSize = len((&wire.ServerHello{}).Append(nil))

func (registerDialect) greeted(b []byte) (int, error) {
	if len(b) < serverHelloSize {
		return 0, nil
	}
	if string(b[:4]) != wire.Magic || b[40] != byte(protocol.OK) {
		return 0, fmt.Errorf("the server's hello is % x", b[:serverHelloSize])
	}
	return serverHelloSize, nil
}

func (registerDialect) request(dst []byte, x *exchange) []byte {
	op := byte(msgRead)
	switch x.kind {
	case writeOne:
		op = msgWrite
	case readBlock:
		op = msgBlock
	}
	dst = append(dst, op)
	dst = le.AppendUint16(dst, x.id)
	dst = le.AppendUint16(dst, x.register)
	switch x.kind {
	case writeOne:
		dst = le.AppendUint16(dst, x.value)
	case readBlock:
		dst = le.AppendUint16(dst, blockLength)
	}
	return dst
}

func (registerDialect) reply(b []byte, x *exchange) (int, error) {
	var right bool
	n := 3
	switch x.kind {
	case readOne:
		n = 5
		right = len(b) >= n && b[0] == msgValue && le.Uint16(b[3:]) == x.value
	case writeOne:
		right = len(b) >= n && b[0] == msgAck
	case readBlock:
		const head = 6 // operation, id, length, type
		n = head + 2*blockLength
		right = len(b) >= n && b[0] == msgPacked && le.Uint16(b[3:]) == 1+2*blockLength && b[5] == byte(protocol.U16) &&
			isBlock(b[head:n], le, x.register)
	}
	if right && le.Uint16(b[1:]) == x.id {
		return n, nil
	}
	if len(b) < n && !(len(b) >= 3 && b[0] == 0x02) && !(len(b) > 0 && b[0] == 0xff) {
		return 0, nil
	}
	return 0, unexpected(b, n, x)
}

// isBlock says whether b has the values of the registers from first on.
func isBlock(b []byte, order binary.ByteOrder, first uint16) bool {
	for i := range uint16(blockLength) {
		if order.Uint16(b[2*i:]) != constant(first+i) {
			return false
		}
	}
	return true
}

func unexpected(b []byte, n int, x *exchange) error {
	return fmt.Errorf("the reply to %+v begins with % x", *x, b[:min(len(b), n)])
}

// watch appends a watch of all pushed registers, with times left out.
func (registerDialect) watch(dst []byte) []byte {
	dst = append(dst, msgWatch)
	dst = le.AppendUint16(dst, watchID)
	dst = le.AppendUint16(dst, 4+2*pushed)
	dst = le.AppendUint32(dst, 0) // as often as the server will
	for i := range uint16(pushed) {
		dst = le.AppendUint16(dst, firstPushed+i)
	}
	return dst
}

const watchID = 7

// watched is the answer to it.
var watched = []byte{msgAck, watchID, 0}

// push reads the push that b begins with; n is 0 while b is not all of it. generation
// is what the writer had added to the registers; skipped the pushes that the server
// left out.
func (registerDialect) push(b []byte) (n int, generation uint16, skipped uint64, err error) {
	const head = 5
	if len(b) < head {
		return 0, 0, 0, nil
	}
	n = head + int(le.Uint16(b[3:]))
	if b[0] != msgPush || le.Uint16(b[1:]) != watchID {
		return 0, 0, 0, fmt.Errorf("expected a push, got % x", b[:min(len(b), n)])
	}
	if len(b) < n {
		return 0, 0, 0, nil
	}
	payload := b[head:n]
	skipped, k := binary.Uvarint(payload)
	payload = payload[max(k, 0):]
	if k <= 0 || len(payload) != 3*pushed {
		return 0, 0, 0, fmt.Errorf("a push of %d bytes does not hold all %d registers", n, pushed)
	}
	generation = le.Uint16(payload[1:])
	for i := range uint16(pushed) {
		e := payload[3*i : 3*i+3]
		if e[0] != byte(protocol.U16) {
			return 0, 0, 0, fmt.Errorf("register %d comes as % x, not as a good u16 without a time", i, e)
		}
		if le.Uint16(e[1:])-i != generation {
			return 0, 0, 0, fmt.Errorf("a push is not of one instant: register 0 is of generation %d, register %d of %d", generation, i, le.Uint16(e[1:])-i)
		}
	}
	return n, generation, skipped, nil
}

// isWatched reads the answer to a watch; it returns 0 while b is not all of it.
func (registerDialect) isWatched(b []byte) (int, error) {
	n := min(len(b), len(watched))
	if !bytes.Equal(b[:n], watched[:n]) {
		return 0, fmt.Errorf("the watch is answered by % x", b[:min(len(b), 16)])
	}
	if n < len(watched) {
		return 0, nil
	}
	return n, nil
}
