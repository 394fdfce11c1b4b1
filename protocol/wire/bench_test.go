package wire

import (
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// requests drives a session with batches of n requests, each made by ask from its number
// in the batch.
func requests(b *testing.B, n int, ask func(dst []byte, i int) []byte) {
	bank := protocol.NewBank()
	store := protocol.NewStore(bank, "clients", "here:1:1", func() time.Duration { return 1 })
	for _, d := range many(4, protocol.U16) {
		d.Access = protocol.Operator
		if _, err := store.Define(d, protocol.IntValue(7)); err != nil {
			b.Fatal(err)
		}
	}
	bank.Seal()
	s := NewServer(0, bank, ServerConfig{Apply: store.Apply, Sources: new(Sources)})
	s.Receive(0, (&ClientHello{Newest: Version, Oldest: OldestVersion}).Append(nil))
	s.Sent(0, len(s.Output()))
	var batch []byte
	for i := range n {
		batch = ask(batch, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Receive(0, batch)
		s.Sent(0, len(s.Output()))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/request")
}

// One request at a time, and 16 at once, without any network. A read of the register that
// was read last takes the short path as long as it is not written; reads of two registers
// in turns never do.
func BenchmarkServer(b *testing.B) {
	for _, k := range []struct {
		name string
		n    int
	}{{"one", 1}, {"sixteen", 16}} {
		b.Run("read again/"+k.name, func(b *testing.B) {
			requests(b, k.n, func(dst []byte, i int) []byte { return append(dst, 0x12, byte(i), 0, 0, 0) })
		})
		b.Run("read in turns/"+k.name, func(b *testing.B) {
			requests(b, 2*k.n, func(dst []byte, i int) []byte { return append(dst, 0x12, byte(i), 0, byte(i%2), 0) })
		})
		b.Run("read again with time/"+k.name, func(b *testing.B) {
			requests(b, k.n, func(dst []byte, i int) []byte { return append(dst, 0x22, byte(i), 0, 0, 0) })
		})
		b.Run("read in turns with time/"+k.name, func(b *testing.B) {
			requests(b, 2*k.n, func(dst []byte, i int) []byte { return append(dst, 0x22, byte(i), 0, byte(i%2), 0) })
		})
		b.Run("write/"+k.name, func(b *testing.B) {
			requests(b, 2*k.n, func(dst []byte, i int) []byte { return append(dst, 0x32, byte(i), 0, 0, 0, byte(i%2), 0) })
		})
	}
}
