package timesync

import (
	"fmt"
	"sync"
	"time"

	"linetwin.dev/protocol"
)

// Board shows in registers how the clocks of clients stand to the line's: of a client
// NAME, clock.NAME.offset is what to add to its clock to have the line's, and
// clock.NAME.uncertainty the largest error of that. They are bad while the client does
// not exchange timestamps. Its methods may be called concurrently.
type Board struct {
	mu      sync.Mutex
	now     func() time.Duration
	writer  *protocol.Writer
	clients map[string]clockRegisters
}

type clockRegisters struct{ offset, uncertainty *protocol.Out }

// NewBoard defines the registers of these clients in a bank that is not yet sealed.
// place is where the specification names them; now gives the line's time.
func NewBoard(b *protocol.Bank, place string, now func() time.Duration, clients ...string) (*Board, error) {
	board := &Board{now: now, writer: b.Writer("clocks", place), clients: make(map[string]clockRegisters)}
	for _, name := range clients {
		var r clockRegisters
		var err error
		if r.offset, err = board.define(name, "offset", "what to add to the clock of client %s to have the line's"); err != nil {
			return nil, err
		}
		if r.uncertainty, err = board.define(name, "uncertainty", "largest error of the offset of client %s"); err != nil {
			return nil, err
		}
		board.clients[name] = r
	}
	return board, nil
}

func (b *Board) define(client, what, doc string) (*protocol.Out, error) {
	return b.writer.Define(protocol.Def{Name: "clock." + client + "." + what, Type: protocol.F64, Unit: "s", Doc: fmt.Sprintf(doc, client)})
}

// Note shows an estimate. One of no exchanges says that the client is gone. Clients that
// the board was not made for are ignored.
func (b *Board) Note(client string, e Estimate) {
	r, ok := b.clients[client]
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if e.Exchanges == 0 {
		r.offset.SetQuality(now, protocol.Bad)
		r.uncertainty.SetQuality(now, protocol.Bad)
		return
	}
	b.writer.Begin()
	r.offset.SetFloat(now, e.Offset.Seconds())
	r.uncertainty.SetFloat(now, e.Uncertainty.Seconds())
	b.writer.Commit()
}
