package modbus

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/protocol"
)

func drawType(t *rapid.T) protocol.Type {
	return protocol.Type(rapid.IntRange(1, 9).Draw(t, "type"))
}

func drawOrder(t *rapid.T) protocol.WordOrder {
	return protocol.WordOrder(rapid.IntRange(0, 3).Draw(t, "order"))
}

func drawValue(t *rapid.T, typ protocol.Type) protocol.Value {
	bits := rapid.Uint64().Draw(t, "bits")
	switch {
	case typ == protocol.Bool:
		return protocol.BoolValue(bits&1 != 0)
	case typ.Float():
		v, _ := protocol.FloatValue(math.Float64frombits(bits)).Fit(typ)
		return v
	}
	return valueOf(typ, bits&widthMask(typ))
}

func TestWordsDecodeToWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ, order := drawType(t), drawOrder(t)
		v := drawValue(t, typ)
		words := AppendValue(nil, typ, order, v)
		if len(words) != 2*Words(typ) {
			t.Fatalf("%v has %d words and %d bytes", typ, Words(typ), len(words))
		}
		if got, ok := ParseValue(words, typ, order); !ok || got != v {
			t.Fatalf("%s becomes %x and then %s, %t", v.Format(typ), words, got.Format(typ), ok)
		}
	})
}

// The letters of an order say where the bytes of a 32-bit value are.
func TestWordOrdersPutBytesWhereTheirLettersSay(t *testing.T) {
	for order := protocol.ABCD; order <= protocol.DCBA; order++ {
		var want []byte
		for _, letter := range order.String() {
			want = append(want, 0x11*byte(letter-'A'+1))
		}
		if got := AppendValue(nil, protocol.U32, order, protocol.UintValue(0x11223344)); !bytes.Equal(got, want) {
			t.Errorf("%v: %x, want %x", order, got, want)
		}
		if got := AppendValue(nil, protocol.U16, order, protocol.UintValue(0x1122)); tohex(got) != "1122" {
			t.Errorf("%v of 16 bits: %x", order, got)
		}
	}
	for order, want := range map[protocol.WordOrder]string{protocol.ABCD: "1122334455667788", protocol.CDAB: "7788556633441122",
		protocol.BADC: "2211443366558877", protocol.DCBA: "8877665544332211"} {
		if got := AppendValue(nil, protocol.U64, order, protocol.UintValue(0x1122334455667788)); tohex(got) != want {
			t.Errorf("%v of 64 bits: %x, want %s", order, got, want)
		}
	}
}

// lawPlant has registers of all types and orders, laid out by itself.
func lawPlant(t *rapid.T, tb testing.TB) (*plant, *Gateway, []protocol.Def) {
	var defs []protocol.Def
	for i := range rapid.IntRange(1, 12).Draw(t, "registers") {
		defs = append(defs, protocol.Def{Name: fmt.Sprintf("r.%d", i), Type: drawType(t), Order: drawOrder(t), Access: protocol.Operator})
	}
	p := newPlant(tb, defs...)
	return p, p.gateway(tb, Settings{Grant: operate}), defs
}

func TestWhatIsWrittenIsReadAgainFromBothTables(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p, g, defs := lawPlant(r, t)
		rows := g.Map()
		for range rapid.IntRange(1, 8).Draw(r, "writes") {
			i := rapid.IntRange(0, len(defs)-1).Draw(r, "register")
			v := drawValue(r, defs[i].Type)
			row := rows[slices.IndexFunc(rows, func(m Mapped) bool { return m.Register.Name == defs[i].Name && m.Writable })]
			at := be.AppendUint16(nil, uint16(row.Address))
			if defs[i].Type == protocol.Bool {
				pdu := append(append([]byte{5}, at...), byte(0xff*v.Uint()), 0)
				if got := ask(t, g, 1, pdu); !bytes.Equal(got, pdu) {
					r.Fatalf("%x is answered with %x", pdu, got)
				}
			} else {
				words := AppendValue(nil, defs[i].Type, defs[i].Order, v)
				pdu := append(append([]byte{16}, at...), 0, byte(row.Size), byte(2*row.Size))
				if got := ask(t, g, 1, append(pdu, words...)); !bytes.Equal(got, pdu[:5]) {
					r.Fatalf("%x is answered with %x", pdu, got)
				}
				for _, read := range []byte{3, 4} {
					if got := ask(t, g, 1, append(append([]byte{read}, at...), 0, byte(row.Size))); !bytes.Equal(got[2:], words) {
						r.Fatalf("%x was written, %x is read", words, got)
					}
				}
			}
			if got := p.value(t, defs[i].Name); got != v {
				r.Fatalf("%s was written, the bank has %s", v.Format(defs[i].Type), got.Format(defs[i].Type))
			}
		}
	})
}

// A mask changes the words as read, exactly as the specification's formula has it.
func TestAMaskOfAnyWordIsTheSpecificationsFormula(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		typ, order := drawType(r), drawOrder(r)
		if !typ.Integer() {
			return
		}
		p := newPlant(t, protocol.Def{Name: "r", Type: typ, Order: order, Access: protocol.Operator})
		g := p.gateway(t, Settings{Grant: operate})
		v := drawValue(r, typ)
		p.set("r", v)
		want := AppendValue(nil, typ, order, v)
		word := rapid.IntRange(0, Words(typ)-1).Draw(r, "word")
		and, or := rapid.Uint16().Draw(r, "and"), rapid.Uint16().Draw(r, "or")
		be.PutUint16(want[2*word:], be.Uint16(want[2*word:])&and|or&^and)
		pdu := be.AppendUint16(be.AppendUint16([]byte{22, 0, byte(word)}, and), or)
		if got := ask(t, g, 1, pdu); !bytes.Equal(got, pdu) {
			r.Fatalf("%x is answered with %x", pdu, got)
		}
		got := p.value(t, "r")
		if fit, ok := got.Fit(typ); !ok || fit != got {
			r.Fatalf("the bank has %x, which is no %v", got, typ)
		}
		if words := AppendValue(nil, typ, order, got); !bytes.Equal(words, want) {
			r.Fatalf("%x, want %x", words, want)
		}
	})
}

// Coils of integers and bools are one row of bits; writes of some leave the others.
func TestCoilsAreBitsOfTheirRegisters(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var defs []protocol.Def
		size := 0
		for i := range rapid.IntRange(1, 5).Draw(r, "registers") {
			typ := protocol.Type(rapid.IntRange(1, 7).Draw(r, "type"))
			defs = append(defs, protocol.Def{Name: fmt.Sprintf("r.%d", i), Type: typ, Access: protocol.Operator})
			if size++; typ != protocol.Bool {
				size += 8*typ.Size() - 1
			}
		}
		p := newPlant(t, defs...)
		g := p.gateway(t, Settings{Grant: operate, Units: []Unit{{Coils: []Block{{Registers: []string{"r.*"}}}}}})
		model := make([]bool, size)
		read := func(first, n int) []bool {
			reply := ask(t, g, 1, []byte{1, byte(first >> 8), byte(first), byte(n >> 8), byte(n)})
			if int(reply[1]) != (n+7)/8 || len(reply) != 2+int(reply[1]) {
				r.Fatalf("%d bits are answered with %x", n, reply)
			}
			bits := make([]bool, n)
			for i := range bits {
				bits[i] = reply[2+i/8]>>(i%8)&1 != 0
			}
			return bits
		}
		for range rapid.IntRange(1, 6).Draw(r, "writes") {
			first := rapid.IntRange(0, size-1).Draw(r, "first")
			n := rapid.IntRange(1, size-first).Draw(r, "n")
			pdu := append([]byte{15, byte(first >> 8), byte(first), byte(n >> 8), byte(n), byte((n + 7) / 8)}, make([]byte, (n+7)/8)...)
			for i := range n {
				model[first+i] = rapid.Bool().Draw(r, "bit")
				if model[first+i] {
					pdu[6+i/8] |= 1 << (i % 8)
				}
			}
			if got := ask(t, g, 1, pdu); !bytes.Equal(got, pdu[:5]) {
				r.Fatalf("%x is answered with %x", pdu, got)
			}
			if got := read(0, size); !slices.Equal(got, model) {
				r.Fatalf("%v, want %v", got, model)
			}
			if got := read(first, n); !slices.Equal(got, model[first:first+n]) {
				r.Fatalf("%v, want %v", got, model[first:first+n])
			}
		}
		for _, d := range defs {
			if v := p.value(t, d.Name); d.Type.Integer() {
				if fit, ok := v.Fit(d.Type); !ok || fit != v {
					r.Fatalf("the bank has %x, which is no %v", v, d.Type)
				}
			}
		}
	})
}
