package wire

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"linetwin.dev/protocol"
)

// peer is one client on a simulated network, with the server's session for it and
// the bytes that are under way.
type peer struct {
	client   *Client
	server   *Server
	up, down []byte
	watch    uint16
	asked    map[uint16]int64 // reads: the counter when they were asked
	wrote    map[uint16]int64 // writes: their value
	pushed   int64
	acked    int64
}

// The network delays each direction of each connection as it likes, in pieces of
// any size, and cuts connections. Register 0 is a counter of the line, register 1 is
// written by clients with ever larger values. Then: a read gives a value that the
// register had between request and reply; a push is never older than one before;
// an acknowledged write is there; and after all, each watch has the last value.
func TestClientsOnABadNetworkSeeTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var now time.Duration
		var counter, written int64
		l := newLine(t, protocol.Def{Name: "line", Type: protocol.I64},
			protocol.Def{Name: "operator", Type: protocol.I64, Access: protocol.Operator})
		l.outs[0].SetInt(0, 0)
		config := ServerConfig{MaxOutput: 64, Idle: time.Hour, Half: time.Hour, Stall: time.Hour,
			Apply: each(func(_ protocol.Ref, v protocol.Value) protocol.Status {
				l.outs[1].SetInt(now, v.Int())
				return protocol.OK
			})}
		connect := func() *peer {
			return &peer{client: NewClient(ClientConfig{}), server: NewServer(now, l.bank, config),
				asked: map[uint16]int64{}, wrote: map[uint16]int64{}, pushed: -1}
		}
		peers := []*peer{connect(), connect(), connect()}
		on := func(p *peer) func(*Event) {
			return func(e *Event) {
				switch e.Kind {
				case Answered:
					got := e.Entries[0].Sample.Value.Int()
					if got < p.asked[e.ID] || got > counter {
						t.Fatalf("a read gave %d; it was asked at %d, and now is %d", got, p.asked[e.ID], counter)
					}
				case Done:
					if v, ok := p.wrote[e.ID]; ok {
						p.acked = v
						if got := l.outs[1].In().Int(); got < v {
							t.Fatalf("the write of %d is acknowledged, the register has %d", v, got)
						}
					}
				case Pushed:
					got := e.Entries[0].Sample.Value.Int()
					if got < p.pushed || got > counter {
						t.Fatalf("a push of %d after one of %d; now is %d", got, p.pushed, counter)
					}
					p.pushed = got
				case Refused:
					t.Fatalf("refused: %v", e.Status)
				}
			}
		}
		deliver := func(p *peer, up, down int) {
			p.up = append(p.up, p.client.Output()...)
			p.client.Sent(len(p.client.Output()))
			if n := min(up, len(p.up)); !p.server.Blocked() {
				p.server.Receive(now, p.up[:n])
				p.up = p.up[n:]
			}
			// The network takes little, so that the server's output fills.
			n := min(len(p.server.Output()), max(0, 100-len(p.down)))
			p.down = append(p.down, p.server.Output()[:n]...)
			p.server.Sent(now, n)
			n = min(down, len(p.down))
			if err := p.client.Receive(p.down[:n], on(p)); err != nil {
				t.Fatal(err)
			}
			p.down = p.down[n:]
			if p.server.Err() != nil {
				t.Fatal(p.server.Err())
			}
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			now += time.Millisecond
			i := rapid.IntRange(0, len(peers)-1).Draw(t, "peer")
			p := peers[i]
			var err error
			var id uint16
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 0, 1:
				counter++
				l.outs[0].SetInt(now, counter)
			case 2:
				if id, err = p.client.Read(0, protocol.I64, true); err == nil {
					p.asked[id] = counter
				}
			case 3:
				// Only the first client writes, so that values grow.
				written++
				if id, err = peers[0].client.Write(1, protocol.I64, protocol.IntValue(written)); err == nil {
					peers[0].wrote[id] = written
				}
			case 4:
				if p.watch == 0 {
					p.watch, err = p.client.Watch([]protocol.Ref{0}, time.Millisecond, true)
				}
			case 5:
				if i != 0 {
					peers[i] = connect()
				}
			default:
				p.server.Tick(now)
				deliver(p, rapid.IntRange(0, 40).Draw(t, "up"), rapid.IntRange(0, 40).Draw(t, "down"))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range peers {
			for range 300 {
				now += time.Millisecond
				p.server.Tick(now)
				deliver(p, 1000, 1000)
			}
			if p.watch != 0 && p.pushed != counter {
				t.Fatalf("a watch ends at %d of %d", p.pushed, counter)
			}
			if open := p.client.InFlight(); open > 1 || (open == 1 && p.watch == 0) {
				t.Fatalf("%d requests have no answer", open)
			}
		}
		if peers[0].acked != written {
			t.Fatalf("%d of %d writes are acknowledged", peers[0].acked, written)
		}
	})
}
