package modbus

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// A plant is a bank whose registers clients write, with one writer that can be made to
// take its time.
type plant struct {
	bank  *protocol.Bank
	store *protocol.Store
	outs  map[string]*protocol.Out

	slow bool // transactions wait in held
	held []*protocol.Transaction
}

func newPlant(t testing.TB, defs ...protocol.Def) *plant {
	t.Helper()
	b := protocol.NewBank()
	p := &plant{bank: b, store: protocol.NewStore(b, "store", "line.cue:1:1", func() time.Duration { return time.Second }),
		outs: map[string]*protocol.Out{}}
	for _, d := range defs {
		o, err := p.store.Define(d, protocol.Value{})
		if err != nil {
			t.Fatal(err)
		}
		p.outs[d.Name] = o
	}
	b.Seal()
	return p
}

func (p *plant) apply(tx *protocol.Transaction) bool {
	if p.slow {
		p.held = append(p.held, tx)
		return false
	}
	return p.store.Apply(tx)
}

// finish carries out what was held.
func (p *plant) finish() {
	for _, tx := range p.held {
		p.store.Apply(tx)
		tx.Finish()
	}
	p.held = nil
}

func (p *plant) set(name string, v protocol.Value) {
	p.outs[name].Set(2*time.Second, v, protocol.Good)
}

func (p *plant) value(t testing.TB, name string) protocol.Value {
	t.Helper()
	info, err := p.bank.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return p.bank.At(info.Ref).Sample().Value
}

func (p *plant) gateway(t testing.TB, s Settings) *Gateway {
	t.Helper()
	g, err := New(p.bank, s, Options{Apply: p.apply})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g
}

// everyType is one register of each type and what goes with them, for Operators but the
// last three.
func everyType() []protocol.Def {
	var defs []protocol.Def
	for typ := protocol.Bool; typ <= protocol.F64; typ++ {
		defs = append(defs, protocol.Def{Name: "set." + typ.String(), Type: typ, Access: protocol.Operator})
	}
	return append(defs,
		protocol.Def{Name: "sense.on", Type: protocol.Bool},
		protocol.Def{Name: "sense.count", Type: protocol.U16},
		protocol.Def{Name: "tune.gain", Type: protocol.U16, Access: protocol.Engineer})
}

// operate lets masters write what operators may.
var operate = protocol.Grant{Name: "masters", Access: protocol.Operator}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func tohex(b []byte) string { return hex.EncodeToString(b) }

// ask carries out one PDU, all of it, and returns the reply's.
func ask(t testing.TB, g *Gateway, unit uint8, pdu []byte) []byte {
	t.Helper()
	s := g.NewTCPServer(0)
	s.Receive(0, AppendTCP(nil, Header{7, unit}, pdu))
	h, reply, size, err := ParseTCP(s.Output())
	if err != nil || size != len(s.Output()) || size == 0 || h != (Header{7, unit}) {
		t.Fatalf("%x is answered with %x: %v", pdu, s.Output(), err)
	}
	return append([]byte(nil), reply...)
}
