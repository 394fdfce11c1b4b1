package wire

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linetwin.dev/protocol"
)

// A session that has read a register again and again answers as one that has read
// nothing yet, whatever happened to the register and to the client's grant between.
func TestAReadThatIsRepeatedIsNeverStale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLine(t, protocol.Def{Name: "a", Type: protocol.I16}, protocol.Def{Name: "b", Type: protocol.F64}, protocol.Def{Name: "c", Type: protocol.I16})
		grant := protocol.Grant{}
		config := ServerConfig{Authorise: func(Credentials) (protocol.Grant, bool) { return grant, true }}
		fresh := func() *Server {
			s := NewServer(0, l.bank, config)
			s.Receive(0, (&ClientHello{Newest: Version, Oldest: OldestVersion}).Append(nil))
			s.Sent(0, len(s.Output()))
			return s
		}
		old := fresh()
		batch := false
		for i := range 60 {
			now := time.Duration(i)
			o := l.outs[rapid.IntRange(0, 2).Draw(t, "register")]
			switch rapid.IntRange(0, 9).Draw(t, "do") {
			case 0:
				o.Set(now, protocol.IntValue(rapid.Int64Range(0, 2).Draw(t, "value")), protocol.Good)
			case 1:
				o.SetQuality(now, protocol.Quality(rapid.IntRange(0, 2).Draw(t, "quality")))
			case 2:
				if batch {
					l.w.Commit()
				} else {
					l.w.Begin()
				}
				batch = !batch
			case 3:
				if !batch {
					// The second change fails, and so the first is taken back.
					l.w.Apply(now, &protocol.Transaction{Changes: []protocol.Change{{Ref: o.Ref(), Value: protocol.IntValue(1)}, {Ref: 99}}})
				}
			case 4:
				grant.Read = rapid.SampledFrom([][]protocol.Range{nil, {{First: 0, Last: 0}}, {{First: 1, Last: 2}}}).Draw(t, "grant")
				old.Configure(config)
			}
			// Mostly the same, so that the short path is taken.
			op := rapid.SampledFrom([]byte{0x10, 0x10, 0x20, 0x13, 0x19, 0x23}).Draw(t, "op")
			ref := rapid.SampledFrom([]byte{0, 0, 0, 1, 2, 3}).Draw(t, "ref")
			for j := range rapid.IntRange(1, 4).Draw(t, "times") {
				request := []byte{op, byte(i), byte(j), ref, 0}
				other := fresh()
				old.Receive(now, request)
				other.Receive(now, request)
				if !slices.Equal(old.Output(), other.Output()) {
					t.Fatalf("the %d. read is answered with % x, not % x", j+1, old.Output(), other.Output())
				}
				old.Sent(now, len(old.Output()))
			}
		}
		if got := old.Counts().Requests; got < 60 {
			t.Fatalf("%d requests are counted", got)
		}
	})
}

// The short path is there: a read that is repeated a second time is answered from what
// was kept, and a write ends that.
func TestAnAnswerIsKeptWhileTheRegisterStays(t *testing.T) {
	l := newLine(t, many(2, protocol.U16)...)
	p := newPair(t, l, ServerConfig{}, ClientConfig{})
	read := func(ref protocol.Ref) (kept bool) {
		t.Helper()
		must(t)(p.client.Read(ref, protocol.U16, false))
		if e := p.one(); e.Entries[0].Sample.Value.Uint() != l.outs[ref].In().Uint() {
			t.Fatalf("%+v", e)
		}
		return p.server.again.size > 0
	}
	for i, want := range []bool{false, true, true} {
		if read(0) != want {
			t.Errorf("after read %d: %v", i+1, !want)
		}
	}
	l.outs[0].SetUint(1, 5)
	if read(0) || !read(0) || read(1) || read(0) {
		t.Error("it is kept too long, or not again")
	}
}
