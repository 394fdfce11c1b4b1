package wire

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linetwin.dev/protocol"
)

func genType() *rapid.Generator[protocol.Type] {
	return rapid.Custom(func(t *rapid.T) protocol.Type { return protocol.Type(rapid.IntRange(1, 9).Draw(t, "type")) })
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
	v, _ := protocol.IntValue(int64(bits) >> rapid.IntRange(0, 63).Draw(t, "shift")).Fit(typ)
	return v
}

func drawSample(t *rapid.T, typ protocol.Type) protocol.Sample {
	return protocol.Sample{
		Value:   drawValue(t, typ),
		Time:    time.Duration(rapid.Int64Range(0, 1<<61).Draw(t, "time")),
		Quality: protocol.Quality(rapid.IntRange(0, 2).Draw(t, "quality")),
	}
}

func TestEntriesDecodeToWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		timed := rapid.Bool().Draw(t, "timed")
		var want []Entry
		var b []byte
		next := 0
		for range rapid.IntRange(0, 20).Draw(t, "n") {
			typ := genType().Draw(t, "type")
			skip := rapid.SampledFrom([]int{0, 0, 1, 2, 70}).Draw(t, "skip")
			e := Entry{Index: next + skip, Type: typ, Sample: drawSample(t, typ)}
			b = appendEntry(b, skip, typ, e.Sample, timed)
			if !timed {
				e.Sample.Time = 0
			}
			next = e.Index + 1
			want = append(want, e)
		}
		got, ok := parseEntries(nil, b, max(next, 1), timed)
		if !ok || !slices.Equal(got, want) {
			t.Fatalf("got %+v %v, want %+v", got, ok, want)
		}
		if _, ok := parseEntries(nil, b, next-1, timed); ok && len(want) > 0 {
			t.Fatal("an index beyond the list is accepted")
		}
	})
}

func TestPackedBlocksDecodeToWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := genType().Draw(t, "type")
		var want []Entry
		var samples []protocol.Sample
		for i := range rapid.IntRange(1, 20).Draw(t, "n") {
			s := drawSample(t, typ)
			samples = append(samples, s)
			s.Time = 0
			want = append(want, Entry{Index: i, Type: typ, Sample: s})
		}
		b := appendPacked(nil, typ, samples)
		got, ok := parsePacked(nil, b, len(want))
		if !ok || !slices.Equal(got, want) {
			t.Fatalf("got %+v %v, want %+v", got, ok, want)
		}
		if _, ok := parsePacked(nil, b[:len(b)-1], len(want)); ok {
			t.Fatal("a cut block is accepted")
		}
	})
}

func TestMapRecordsDecodeToWhatWasEncoded(t *testing.T) {
	text := rapid.StringN(0, 40, 250)
	rapid.Check(t, func(t *rapid.T) {
		var want []protocol.Info
		var b []byte
		first := rapid.IntRange(0, 60000).Draw(t, "first")
		for i := range rapid.IntRange(0, 8).Draw(t, "n") {
			d := protocol.Def{Name: text.Draw(t, "name"), Unit: text.Draw(t, "unit"), Doc: text.Draw(t, "doc"),
				Type: genType().Draw(t, "type"), Access: protocol.Access(rapid.IntRange(0, 2).Draw(t, "access")),
				Order: protocol.WordOrder(rapid.IntRange(0, 3).Draw(t, "order"))}
			before := len(b)
			b = appendRecord(b, &d)
			if len(b)-before != recordSize(&d) {
				t.Fatalf("recordSize of %+v is %d, not %d", d, recordSize(&d), len(b)-before)
			}
			want = append(want, protocol.Info{Ref: protocol.Ref(first + i), Def: d})
		}
		got, ok := parseRecords(nil, b, first)
		if !ok || !slices.Equal(got, want) {
			t.Fatalf("got %+v %v, want %+v", got, ok, want)
		}
		if len(b) > 0 {
			if got, ok := parseRecords(nil, b[:rapid.IntRange(1, len(b)-1).Draw(t, "cut")], first); ok && len(got) == len(want) {
				t.Fatal("a cut map is accepted")
			}
		}
	})
}

func TestChangesDecodeToWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := genType().Draw(t, "type")
		want := protocol.Change{Ref: protocol.Ref(rapid.Uint16().Draw(t, "ref")), Action: protocol.Action(rapid.IntRange(0, 3).Draw(t, "action")),
			Quality: protocol.Quality(rapid.IntRange(0, 2).Draw(t, "quality")), Value: drawValue(t, typ)}
		if want.Action.TakesOperand() {
			want.Operand = drawValue(t, typ)
		}
		b := appendChange(nil, typ, want)
		for n := range b {
			if _, _, size, ok := parseChange(b[:n]); ok || size != 0 {
				t.Fatal("a cut change is accepted")
			}
		}
		rest := rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "rest")
		got, gotType, size, ok := parseChange(append(slices.Clone(b), rest...))
		if !ok || size != len(b) || got != want || gotType != typ {
			t.Fatalf("%v %+v of %d bytes, %v; want %v %+v of %d", gotType, got, size, ok, typ, want, len(b))
		}
		request := append(appendHead(nil, opChange, 7), b...)
		if n, ok := requestSize(append(request, rest...)); !ok || n != len(request) {
			t.Fatalf("the request has %d bytes, %v; want %d", n, ok, len(request))
		}
	})
}

func TestHellosDecodeToWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := ClientHello{Newest: rapid.Uint8().Draw(t, "newest"), Oldest: rapid.Uint8().Draw(t, "oldest"),
			Features: rapid.Uint16().Draw(t, "features"), Token: rapid.StringN(0, 60, MaxToken).Draw(t, "token"),
			Name: rapid.StringN(0, 60, MaxToken).Draw(t, "name")}
		s := ServerHello{Version: c.Newest, Oldest: c.Oldest, Features: c.Features, Status: protocol.Status(rapid.IntRange(0, 13).Draw(t, "status")),
			Access: protocol.Access(rapid.IntRange(0, 2).Draw(t, "access")), Registers: rapid.Uint32Range(0, protocol.MaxRegisters).Draw(t, "registers"),
			Idle: rapid.Uint16().Draw(t, "idle")}
		copy(c.Digest[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest"))
		s.Digest = c.Digest
		b := c.Append(nil)
		if got, n, err := parseClientHello(b); err != nil || n != len(b) || got != c {
			t.Fatalf("%+v, %d, %v; want %+v", got, n, err, c)
		}
		for n := range b {
			if _, n, err := parseClientHello(b[:n]); n != 0 || err != nil {
				t.Fatalf("a cut hello: %d, %v", n, err)
			}
		}
		b = s.Append(nil)
		if got, n, err := parseServerHello(b); err != nil || n != len(b) || got != s {
			t.Fatalf("%+v, %d, %v; want %+v", got, n, err, s)
		}
	})
}

// ask makes a random request.
func ask(t *rapid.T, c *Client, registers int) {
	ref := protocol.Ref(rapid.IntRange(0, registers).Draw(t, "ref"))
	typ := protocol.Type(rapid.IntRange(0, 9).Draw(t, "type"))
	timed := rapid.Bool().Draw(t, "timed")
	var err error
	switch rapid.IntRange(0, 15).Draw(t, "request") {
	case 0:
		_, err = c.Read(ref, typ, timed)
	case 1:
		typ = max(typ, 1)
		_, err = c.Write(ref, typ, drawValue(t, typ))
	case 2:
		_, err = c.Block(ref, rapid.IntRange(1, registers).Draw(t, "count"), typ)
	case 3:
		_, err = c.BlockTimed(ref, rapid.IntRange(1, registers).Draw(t, "count"))
	case 4:
		_, err = c.List([]protocol.Ref{ref, 0, ref}, timed)
	case 5:
		_, err = c.Watch([]protocol.Ref{ref, 1}, time.Millisecond, timed)
	case 6:
		_, err = c.Map(ref)
	case 7:
		_, err = c.Ping()
	case 8:
		_, err = c.Change(max(typ, 1), drawChange(t, ref, max(typ, 1)))
	case 9:
		var changes []TypedChange
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			typ := genType().Draw(t, "type")
			changes = append(changes, TypedChange{drawChange(t, protocol.Ref(rapid.IntRange(0, registers).Draw(t, "ref")), typ), typ})
		}
		_, err = c.Transact(changes, []protocol.Ref{ref, 1}[:rapid.IntRange(0, 2).Draw(t, "reads")], timed)
	case 10:
		_, err = c.WatchWith([]protocol.Ref{2, ref}, WatchSettings{Interval: time.Millisecond, Heartbeat: time.Second, Timed: timed,
			Deadband: Deadband(rapid.IntRange(0, 2).Draw(t, "deadband")), Limit: 2.5})
	case 11:
		_, err = c.Claim([]protocol.Ref{ref, 1}, time.Duration(rapid.IntRange(0, 5).Draw(t, "hold"))*time.Second)
	case 12:
		_, err = c.Release()
	case 13:
		_, err = c.Clock(time.Duration(rapid.Int64().Draw(t, "sent")), time.Duration(rapid.Int64().Draw(t, "back")))
	case 15:
		_, err = c.Limits(ref)
	case 14:
		for id := uint16(1); id <= c.last && err == nil; id++ {
			if c.waiting[id].op == opWatch {
				_, err = c.Unwatch(id)
				break
			}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func drawChange(t *rapid.T, ref protocol.Ref, typ protocol.Type) protocol.Change {
	return protocol.Change{Ref: ref, Action: protocol.Action(rapid.IntRange(0, 3).Draw(t, "action")),
		Quality: protocol.Quality(rapid.IntRange(0, 2).Draw(t, "quality")), Value: drawValue(t, typ), Operand: drawValue(t, typ)}
}

// Wherever the network cuts the bytes, both sides see the same.
func TestTheCutsOfTheNetworkDoNotMatter(t *testing.T) {
	const registers = 12
	var defs []protocol.Def
	for i, d := range many(registers, protocol.Bool) {
		d.Type = protocol.Type(1 + i%9)
		d.Access = protocol.Access(i % 3)
		defs = append(defs, d)
	}
	l := newLine(t, defs...)
	for i, o := range l.outs {
		o.Set(time.Duration(i), protocol.BoolValue(true), protocol.Quality(i%3))
	}
	config := func() ServerConfig {
		return ServerConfig{
			Apply:    each(func(ref protocol.Ref, _ protocol.Value) protocol.Status { return protocol.Status(ref % 4 / 3 * 4) }),
			Sources:  new(Sources),
			LineTime: func() time.Duration { return 5 * time.Second },
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		c := NewClient(ClientConfig{})
		for range rapid.IntRange(1, 12).Draw(t, "requests") {
			ask(t, c, registers)
		}
		whole, cut := NewServer(0, l.bank, config()), NewServer(0, l.bank, config())
		whole.Receive(0, c.Output())
		pieces := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 9).Draw(t, "pieces")
		for i, b := 0, c.Output(); len(b) > 0; i++ {
			n := min(pieces[i%len(pieces)], len(b))
			cut.Receive(0, b[:n])
			b = b[n:]
		}
		if !slices.Equal(whole.Output(), cut.Output()) {
			t.Fatalf("the server answers differently:\n%x\n%x", whole.Output(), cut.Output())
		}
		waiting := c.InFlight()
		ends := 0
		for i, b := 0, cut.Output(); len(b) > 0; i++ {
			n := min(pieces[i%len(pieces)], len(b))
			if err := c.Receive(b[:n], func(e *Event) {
				if e.Kind != Greeted && e.Kind != Pushed {
					ends++
				}
			}); err != nil {
				t.Fatal(err)
			}
			b = b[n:]
		}
		if ends != waiting {
			t.Fatalf("%d requests, %d answers", waiting, ends)
		}
	})
}
