package recording

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"path/filepath"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// line is a small line: two components with registers of all types, one that only
// tells the truth.
func line() Header {
	return Header{
		Scenario: "bottling", Seed: 7, Build: "test", Components: []string{"belt", "top", "world"},
		Spec: []byte(`{"name":"bottling","seed":7,"conveyors":{"belt":{"speed":"0.5m/s"}}}`),
		Registers: []Register{
			{Name: "belt.position", Type: "f64", Unit: "m", Owner: "belt"},
			{Name: "top.seq", Type: "u32", Owner: "top"},
			{Name: "belt.running", Type: "bool", Owner: "belt"},
			{Name: "belt.slip", Type: "i16", Unit: "mm", Owner: "belt"},
			{Name: "top.gain", Type: "f32", Owner: "top"},
			{Name: "top.offset", Type: "i64", Owner: "top"},
			{Name: "top.serial", Type: "u64", Owner: "top"},
			{Name: "hmi.lamp", Type: "bool", Owner: "hmi"},
		},
	}
}

// change in the form in which a Registers record holds it.
func aChange(ref uint32, q protocol.Quality, bits uint64) []byte {
	b := binary.LittleEndian.AppendUint32(nil, ref)
	return binary.LittleEndian.AppendUint64(append(b, byte(q)), bits)
}

func registers(at time.Duration, p engine.Phase, component uint16, changes ...[]byte) engine.Record {
	return engine.Record{At: at, Phase: p, Kind: device.Registers, Component: component, Data: bytes.Join(changes, nil)}
}

// shortLog is a log of line with a record of each kind.
func shortLog() []engine.Record {
	return []engine.Record{
		registers(0, engine.Sense, 0, aChange(0, protocol.Good, 0), aChange(2, protocol.Good, 1), aChange(3, protocol.Bad, uint64(math.MaxUint64))),
		registers(0, engine.Sense, 1, aChange(1, protocol.Good, 0), aChange(4, protocol.Uncertain, math.Float64bits(0.5)), aChange(6, protocol.Good, math.MaxUint64)),
		{At: 0, Phase: engine.Plant, Kind: device.TruthSeen, Component: 2, Data: []byte(`{"Camera":"top","Trigger":1,"Part":{"Serial":12,"Product":"bottle"}}`)},
		registers(5*time.Millisecond, engine.Sense, 0, aChange(0, protocol.Good, math.Float64bits(0.0025))),
		{At: 5 * time.Millisecond, Phase: engine.Plant, Kind: device.Note, Component: 2, Data: []byte(`{"Kind":"fault","Text":"top: drop-frames"}`)},
		{At: 7 * time.Millisecond, Phase: engine.Plant, Kind: device.TruthLeft, Component: 2, Data: []byte(`{"Serial":12,"Product":"bottle","Exit":1}`)},
		{At: 8 * time.Millisecond, Phase: engine.Observe, Kind: 200, Component: 1, Data: []byte("of a kind to come")},
		registers(10*time.Millisecond, engine.Sense, 0, aChange(0, protocol.Good, math.Float64bits(0.005))),
	}
}

// canonical is a log as the engine hands it on.
func canonical(records []engine.Record) (b []byte) {
	for _, r := range records {
		b = r.AppendTo(b)
	}
	return b
}

// record writes a recording of pieces of a log and opens it.
func record(t testing.TB, h Header, pieces ...[]byte) *Recording {
	t.Helper()
	r, err := Open(recordFile(t, h, nil, pieces...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// recordFile writes a recording, with what more does to it before it is closed.
func recordFile(t testing.TB, h Header, more func(*Writer), pieces ...[]byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "events.mcap")
	w, err := Create(path, h)
	if err != nil {
		t.Fatal(err)
	}
	digest := engine.NewDigest(h.Components)
	for _, p := range pieces {
		digest.Write(p)
		w.Records(p, func([]byte) {})
	}
	if more != nil {
		more(w)
	}
	if err := w.Close(Trailer{Hash: digest.Sum(), Until: time.Second}); err != nil {
		t.Fatal(err)
	}
	return path
}

// log reads all records of a recording, in canonical form.
func log(t testing.TB, r *Recording) (b []byte) {
	t.Helper()
	if err := r.Each(func(rec engine.Record) error { b = rec.AppendTo(b); return nil }); err != nil {
		t.Fatal(err)
	}
	return b
}

// failer is a testing.TB or a rapid.T.
type failer interface {
	Helper()
	Fatal(...any)
}

// memory is a file that is not one.
type memory struct{ bytes.Buffer }

func (*memory) Close() error { return nil }

// inMemory writes a recording.
func inMemory(t failer, h Header, pieces [][]byte) []byte {
	t.Helper()
	var file memory
	w, err := newWriter(&file, "memory", h)
	if err != nil {
		t.Fatal(err)
	}
	digest := engine.NewDigest(h.Components)
	for _, p := range pieces {
		digest.Write(p)
		w.Records(p, func([]byte) {})
	}
	if err := w.Close(Trailer{Hash: digest.Sum(), Until: time.Second}); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// fromMemory checks a recording and reads its log.
func fromMemory(t failer, file []byte) (log []byte, k *cursor) {
	t.Helper()
	if err := check(file); err != nil {
		t.Fatal(err)
	}
	k, err := newCursor(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	defer k.close()
	for {
		rec, err := k.next()
		if errors.Is(err, io.EOF) {
			return log, k
		}
		if err != nil {
			t.Fatal(err)
		}
		log = rec.AppendTo(log)
	}
}
