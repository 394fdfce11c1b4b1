package recording

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

func TestARecordingGivesBackTheLogAndWhatWasSaidOfIt(t *testing.T) {
	h := line()
	want := canonical(shortLog())
	r := record(t, h, want)
	if got := log(t, r); !bytes.Equal(got, want) {
		t.Errorf("the log came back as\n%x, it was\n%x", got, want)
	}
	if diff := cmp.Diff(h, r.Header); diff != "" {
		t.Errorf("the header changed (-written +read):\n%s", diff)
	}
	if r.Records != uint64(len(shortLog())) || r.Until != time.Second || r.Partial {
		t.Errorf("it has %d records, until %v, partial %v", r.Records, r.Until, r.Partial)
	}
}

func TestARecordingWithoutRecordsIsWhole(t *testing.T) {
	h := line()
	r := record(t, h)
	if diff := cmp.Diff(h, r.Header); diff != "" || r.Records != 0 {
		t.Errorf("%d records, header (-written +read):\n%s", r.Records, diff)
	}
	if r = record(t, Header{}); len(r.Components) != 0 || len(r.Registers) != 0 || len(r.Spec) != 0 {
		t.Errorf("an empty header came back as %+v", r.Header)
	}
}

func TestAPartialRunIsWholeAndSaysThatItIsPartial(t *testing.T) {
	log := canonical(shortLog())
	path := t.TempDir() + "/events.mcap"
	w, err := Create(path, line())
	if err != nil {
		t.Fatal(err)
	}
	w.Records(log, func([]byte) {})
	d := engine.NewDigest(line().Components)
	d.Write(log)
	if err := w.Close(Trailer{Hash: d.Sum(), Until: 8 * time.Millisecond, Partial: true}); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil || !r.Partial || r.Until != 8*time.Millisecond {
		t.Errorf("%+v, %v", r, err)
	}
}

// anyHeader draws components and registers whose names may clash in protobuf.
func anyHeader(t *rapid.T) Header {
	name := rapid.StringMatching(`[a-z][a-z0-9_.-]{0,3}`)
	h := Header{
		Scenario: rapid.StringMatching(`[a-zäöü]{0,8}`).Draw(t, "scenario"), Seed: rapid.Uint64().Draw(t, "seed"), Build: "b",
		Components: rapid.SliceOfNDistinct(name, 1, 5, rapid.ID).Draw(t, "components"),
		Spec:       rapid.SliceOf(rapid.Byte()).Draw(t, "spec"),
	}
	owners := append(slices.Clone(h.Components), "nobody")
	types := []string{"bool", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64"}
	for range rapid.IntRange(0, 12).Draw(t, "registers") {
		owner := rapid.SampledFrom(owners).Draw(t, "owner")
		register := owner + "." + name.Draw(t, "signal")
		if slices.ContainsFunc(h.Registers, func(r Register) bool { return r.Name == register }) {
			continue // a bank has each name once
		}
		h.Registers = append(h.Registers, Register{
			Name: register, Type: rapid.SampledFrom(types).Draw(t, "type"),
			Unit: rapid.SampledFrom([]string{"", "m", "°C"}).Draw(t, "unit"), Owner: owner,
		})
	}
	return h
}

// anyRecord draws a record of the header's components: any bits in any register,
// whether its type holds them or not.
func anyRecord(t *rapid.T, h Header) engine.Record {
	r := engine.Record{
		At:        time.Duration(rapid.Int64().Draw(t, "at")),
		Phase:     engine.Phase(rapid.IntRange(0, int(engine.Observe)).Draw(t, "phase")),
		Component: uint16(rapid.IntRange(0, len(h.Components)-1).Draw(t, "component")),
		Kind:      rapid.SampledFrom([]uint8{device.Registers, device.Registers, device.Registers, device.Note, device.TruthLeft, 0, 255}).Draw(t, "kind"),
	}
	if r.Kind != device.Registers {
		r.Data = rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		return r
	}
	var own []uint32
	for ref, reg := range h.Registers {
		if reg.Owner == h.Components[r.Component] {
			own = append(own, uint32(ref))
		}
	}
	if len(own) > 0 {
		for range rapid.IntRange(0, 6).Draw(t, "changes") {
			r.Data = append(r.Data, aChange(rapid.SampledFrom(own).Draw(t, "ref"), protocol.Quality(rapid.Byte().Draw(t, "quality")), rapid.Uint64().Draw(t, "bits"))...)
		}
	}
	return r
}

func TestAnyLogComesBackByteForByte(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := anyHeader(rt)
		var pieces [][]byte
		for range rapid.IntRange(0, 4).Draw(rt, "pieces") {
			var piece []byte
			for range rapid.IntRange(0, 12).Draw(rt, "records") {
				piece = anyRecord(rt, h).AppendTo(piece)
			}
			pieces = append(pieces, piece)
		}
		file := inMemory(rt, h, pieces)
		got, k := fromMemory(rt, file)
		if want := bytes.Join(pieces, nil); !bytes.Equal(got, want) {
			rt.Fatalf("the log came back as\n%x, it was\n%x", got, want)
		}
		if diff := cmp.Diff(h, k.Header, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("the header changed (-written +read):\n%s", diff)
		}
	})
}

func TestALogOfManyChunksComesBack(t *testing.T) {
	pieces, n := benchLog(20 * time.Second)
	r := record(t, benchLine(), pieces...)
	if got, want := log(t, r), bytes.Join(pieces, nil); !bytes.Equal(got, want) || r.Records != uint64(n) {
		t.Errorf("%d records came back of %d", r.Records, n)
	}
}

func TestTwoRunsOfOneLogGiveTheSameFile(t *testing.T) {
	one, two := recordFile(t, line(), nil, canonical(shortLog())), recordFile(t, line(), nil, canonical(shortLog()))
	if a, b := contents(t, one), contents(t, two); !bytes.Equal(a, b) {
		t.Error("the files differ")
	}
}

func TestEachStopsAtTheErrorOfItsFunction(t *testing.T) {
	r := record(t, line(), canonical(shortLog()))
	n := 0
	err := r.Each(func(engine.Record) error {
		if n++; n == 2 {
			return errCut
		}
		return nil
	})
	if err != errCut || n != 2 {
		t.Errorf("%v after %d records", err, n)
	}
}
