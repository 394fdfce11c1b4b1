package wire

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// workshop is a bank with two stores of four registers each, all of them I64, the first
// three of each for operators and the last for engineers.
type workshop struct {
	bank   *protocol.Bank
	apply  protocol.ApplyFunc
	config ServerConfig
}

func newWorkshop(t testing.TB) *workshop {
	t.Helper()
	w := &workshop{bank: protocol.NewBank()}
	var stores []*protocol.Store
	for s := range 2 {
		store := protocol.NewStore(w.bank, fmt.Sprint("store ", s), "here:1:1", func() time.Duration { return time.Second })
		for i := range 4 {
			d := protocol.Def{Name: fmt.Sprintf("s%d.r%d", s, i), Type: protocol.I64, Access: protocol.Operator}
			if i == 3 {
				d.Access = protocol.Engineer
			}
			if _, err := store.Define(d, protocol.IntValue(int64(10*s+i))); err != nil {
				t.Fatal(err)
			}
		}
		stores = append(stores, store)
	}
	w.bank.Seal()
	w.apply = protocol.Route(w.bank, nil, stores...)
	w.config = ServerConfig{Apply: w.apply, Sources: new(Sources)}
	return w
}

func (w *workshop) pair(t testing.TB) *pair {
	t.Helper()
	p := &pair{t: t, client: NewClient(ClientConfig{}), server: NewServer(0, w.bank, w.config)}
	p.settle()
	return p
}

func (w *workshop) qualities() (q string) {
	for ref := range protocol.Ref(w.bank.Len()) {
		q += w.bank.At(ref).Quality().String()[:1]
	}
	return q
}

// status is OK when the request is done, or else why it is refused.
func (p *pair) status(id uint16, err error) protocol.Status {
	p.t.Helper()
	must(p.t)(id, err)
	e := p.one()
	if e.ID != id {
		p.t.Errorf("the answer has id %d, want %d", e.ID, id)
	}
	if e.Kind == Refused {
		return e.Status
	}
	return protocol.OK
}

func TestAClaimKeepsOthersFromWritingUntilItsSourceIsGone(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(p *pair)
	}{
		{"it releases", func(p *pair) { p.status(p.client.Release()) }},
		{"the server closes it", func(p *pair) { p.server.Close(protocol.Busy, "kicked") }},
		{"it breaks the format", func(p *pair) { p.server.Receive(0, []byte{0xfe}) }},
		{"it is silent for longer than its hold", func(p *pair) { p.server.Tick(2 * time.Second) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorkshop(t)
			source, other := w.pair(t), w.pair(t)
			claim := func(p *pair, refs ...protocol.Ref) protocol.Status {
				return p.status(p.client.Claim(refs, 2*time.Second))
			}
			write := func(p *pair, ref protocol.Ref) protocol.Status {
				return p.status(p.client.Write(ref, protocol.I64, protocol.IntValue(77)))
			}
			// Registers of two writers, who cannot change them at one instant.
			if s := claim(source, 1, 4, 5); s != protocol.OK || source.server.Claimed() != 3 {
				t.Fatalf("%v, %d claimed", s, source.server.Claimed())
			}
			if s := claim(other, 6, 5); s != protocol.Busy || other.server.Claimed() != 0 {
				t.Errorf("claimed by two: %v, %d", s, other.server.Claimed())
			}
			if s := write(other, 4); s != protocol.Busy {
				t.Errorf("written by another: %v", s)
			}
			if s := write(other, 6); s != protocol.OK {
				t.Errorf("the claim that failed left something behind: %v", s)
			}
			id := must(t)(other.client.Transact([]TypedChange{{protocol.Change{Ref: 4, Value: protocol.IntValue(1)}, protocol.I64},
				{protocol.Change{Ref: 5, Value: protocol.IntValue(1)}, protocol.I64}}, nil, false))
			if e := other.one(); e.ID != id || e.Status != protocol.Busy || e.At != 0 {
				t.Errorf("in a transaction: %+v", e)
			}
			if s := write(source, 4); s != protocol.OK {
				t.Errorf("written by its source: %v", s)
			}
			if got := w.qualities(); got != "gggggggg" {
				t.Errorf("qualities %s", got)
			}
			c.end(source)
			if got := w.qualities(); got != "gbggbbgg" {
				t.Errorf("afterwards the qualities are %s", got)
			}
			if v := w.bank.At(4).Int(); v != 77 {
				t.Errorf("the value is %d, not the last one written", v)
			}
			if source.server.Claimed() != 0 {
				t.Errorf("%d are claimed", source.server.Claimed())
			}
			if s := claim(other, 4, 5); s != protocol.OK {
				t.Errorf("claimed by the next: %v", s)
			}
			if s := write(other, 5); s != protocol.OK {
				t.Errorf("written by the next: %v", s)
			}
		})
	}
}

func TestAClaimMadeAgainIsTheSameClaim(t *testing.T) {
	w := newWorkshop(t)
	w.config.MaxWatched = 3
	p := w.pair(t)
	for range 20 {
		if s := p.status(p.client.Claim([]protocol.Ref{1, 2, 1}, 0)); s != protocol.OK {
			t.Fatal(s)
		}
	}
	if p.server.Claimed() != 2 {
		t.Errorf("%d registers are claimed", p.server.Claimed())
	}
	if s := p.status(p.client.Claim([]protocol.Ref{1, 5, 6}, 0)); s != protocol.Limit || p.server.Claimed() != 2 {
		t.Errorf("too many: %v, %d claimed", s, p.server.Claimed())
	}
	if s := p.status(p.client.Claim([]protocol.Ref{5, 1}, 0)); s != protocol.OK || p.server.Claimed() != 3 {
		t.Errorf("the last that it may have: %v, %d claimed", s, p.server.Claimed())
	}
}

func TestEachRefusalOfAClaimHasItsStatus(t *testing.T) {
	w := newWorkshop(t)
	w.config.Authorise = func(c Credentials) (protocol.Grant, bool) {
		return protocol.Grant{Access: protocol.Operator, Write: []protocol.Range{{First: 0, Last: 3}}}, true
	}
	p := w.pair(t)
	for _, c := range []struct {
		name string
		refs []protocol.Ref
		want protocol.Status
	}{
		{"beyond the bank", []protocol.Ref{1, 8}, protocol.UnknownRegister},
		{"an engineer's", []protocol.Ref{1, 3}, protocol.NotAuthorised},
		{"outside the ranges", []protocol.Ref{1, 4}, protocol.NotAuthorised},
	} {
		if s := p.status(p.client.Claim(c.refs, 0)); s != c.want || p.server.Claimed() != 0 {
			t.Errorf("%s: %v, %d claimed; want %v", c.name, s, p.server.Claimed(), c.want)
		}
	}
	l := newLine(t, protocol.Def{Name: "a", Type: protocol.I64}, protocol.Def{Name: "b", Type: protocol.I64, Access: protocol.Operator})
	for _, c := range []struct {
		name   string
		config ServerConfig
		ref    protocol.Ref
		want   protocol.Status
	}{
		{"what is read only", ServerConfig{Apply: allow, Sources: new(Sources)}, 0, protocol.NotWritable},
		{"where nobody writes", ServerConfig{Sources: new(Sources)}, 1, protocol.NotWritable},
		{"where nobody claims", ServerConfig{Apply: allow}, 1, protocol.Malformed},
	} {
		p := newPair(t, l, c.config, ClientConfig{})
		if s := p.status(p.client.Claim([]protocol.Ref{c.ref}, 0)); s != c.want {
			t.Errorf("%s: %v, want %v", c.name, s, c.want)
		}
	}
}

func TestOthersThanSessionsRespectClaimsToo(t *testing.T) {
	w := newWorkshop(t)
	p := w.pair(t)
	gateway := w.config.Sources.Respect(w.apply)
	write := func() protocol.Status {
		tx := protocol.NewWrite(4, protocol.IntValue(5))
		gateway(tx)
		return tx.Status
	}
	p.status(p.client.Claim([]protocol.Ref{4}, 0))
	if s := write(); s != protocol.Busy {
		t.Errorf("while it is claimed: %v", s)
	}
	p.status(p.client.Release())
	if s := write(); s != protocol.OK {
		t.Errorf("afterwards: %v", s)
	}
}

func TestTheClientWithAHoldPingsInTime(t *testing.T) {
	w := newWorkshop(t)
	p := w.pair(t)
	p.status(p.client.Claim([]protocol.Ref{1}, 3*time.Second))
	p.status(p.client.Claim([]protocol.Ref{2}, time.Minute)) // the shortest counts
	silent := false
	run := func(to time.Duration) {
		for ; p.now < to; p.now += 100 * time.Millisecond {
			if !silent {
				if err := p.client.Tick(p.now); err != nil {
					t.Fatal(err)
				}
			}
			p.settle()
			p.server.Tick(p.now)
		}
	}
	run(30 * time.Second)
	if err := p.server.Err(); err != nil {
		t.Fatal(err)
	}
	silent = true
	run(34 * time.Second)
	if err := p.server.Err(); !errors.Is(err, protocol.DeviceNotResponding) || !strings.Contains(err.Error(), "nothing arrived for 3s") {
		t.Errorf("got %v", err)
	}
	if got := w.qualities(); got != "gbbggggg" {
		t.Errorf("qualities %s", got)
	}
}

// A writer that answers later makes the registers bad in its turn.
func TestAWriterThatAnswersLaterIsToldOfALostSource(t *testing.T) {
	w := newWorkshop(t)
	var queue []*protocol.Transaction
	w.config.Apply = func(tx *protocol.Transaction) bool {
		queue = append(queue, tx)
		return false
	}
	p := &pair{t: t, client: NewClient(ClientConfig{}), server: NewServer(0, w.bank, w.config)}
	p.server.OnFinished(func(*protocol.Transaction) {})
	p.settle()
	p.status(p.client.Claim([]protocol.Ref{0, 6}, 0))
	must(t)(p.client.Write(0, protocol.I64, protocol.IntValue(5)))
	p.settle()
	p.server.Close(protocol.Busy, "kicked")
	for len(queue) > 0 { // those of two stores are refused together, and come again alone
		tx := queue[0]
		queue = queue[1:]
		w.apply(tx)
		tx.Finish()
	}
	if got := w.qualities(); got != "bgggggbg" || w.bank.At(0).Int() != 5 {
		t.Errorf("qualities %s, value %d", got, w.bank.At(0).Int())
	}
}
