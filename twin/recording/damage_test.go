package recording

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/foxglove/mcap/go/mcap"

	"linetwin.dev/twin/engine"
)

func contents(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// check reads a file that is in memory as Open does.
func check(b []byte) error {
	k, err := newCursor(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	defer k.close()
	return k.verify()
}

// wholeFile is a recording with a record of each kind and a frame.
func wholeFile(t testing.TB) []byte {
	return contents(t, recordFile(t, line(), func(w *Writer) {
		w.Frame(6*time.Millisecond, "/top/color", "top", "png", func(out io.Writer) error {
			_, err := out.Write([]byte("not really a picture"))
			return err
		})
	}, canonical(shortLog())))
}

func TestAFileCutAtAnyByteIsRefused(t *testing.T) {
	whole := wholeFile(t)
	if err := check(whole); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		want := errCut
		if n == 0 {
			want = errEmpty
		}
		if err := check(whole[:n]); !errors.Is(err, want) {
			t.Fatalf("cut to %d of %d bytes: %v", n, len(whole), err)
		}
	}
	if err := check(append(bytes.Clone(whole), 0)); !errors.Is(err, errCut) {
		t.Errorf("with a byte more: %v", err)
	}
	if err := check(append(bytes.Clone(whole), mcap.Magic...)); err == nil || !strings.Contains(err.Error(), "follow the footer") {
		t.Errorf("with its end twice: %v", err)
	}
}

func TestAFlippedByteIsFoundWhereverItIs(t *testing.T) {
	whole := wholeFile(t)
	for i := range whole {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			whole[i] ^= flip
			if err := check(whole); err == nil {
				t.Errorf("byte %d of %d changed by %02x: no error", i, len(whole), flip)
			}
			whole[i] ^= flip
		}
	}
}

// foreign writes an MCAP file with what do does.
func foreign(t testing.TB, opts mcap.WriterOptions, do func(w *mcap.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := mcap.NewWriter(&b, &opts)
	if err == nil {
		err = w.WriteHeader(&mcap.Header{Library: "another"})
	}
	if err == nil {
		err = do(w)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func begin(changed map[string]string) func(w *mcap.Writer) error {
	m := map[string]string{"format": Format, "scenario": "bottling", "seed": "7", "build": "v9", "components": `["belt","top","world"]`}
	for k, v := range changed {
		m[k] = v
	}
	return func(w *mcap.Writer) error { return w.WriteMetadata(&mcap.Metadata{Name: beginMetadata, Metadata: m}) }
}

func registersJSON(text string) func(w *mcap.Writer) error {
	return func(w *mcap.Writer) error {
		return w.WriteAttachment(&mcap.Attachment{Name: mapAttachment, DataSize: uint64(len(text)), Data: strings.NewReader(text)})
	}
}

func ending(hash, until string) func(w *mcap.Writer) error {
	return func(w *mcap.Writer) error {
		return w.WriteMetadata(&mcap.Metadata{Name: endMetadata, Metadata: map[string]string{"hash": hash, "until_ns": until, "partial": "false"}})
	}
}

func aMessage(sequence uint32, component, kind string, data []byte) func(w *mcap.Writer) error {
	return func(w *mcap.Writer) error {
		err := w.WriteChannel(&mcap.Channel{Topic: "/belt", MessageEncoding: "protobuf", Metadata: map[string]string{"component": component, "kind": kind}})
		if err != nil {
			return err
		}
		return w.WriteMessage(&mcap.Message{Sequence: sequence, Data: data})
	}
}

func both(steps ...func(w *mcap.Writer) error) func(w *mcap.Writer) error {
	return func(w *mcap.Writer) error {
		for _, f := range steps {
			if err := f(w); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestWhatIsNoRecordingIsRefusedWithTheReason(t *testing.T) {
	chunked := mcap.WriterOptions{Chunked: true, IncludeCRC: true}
	hash := strings.Repeat("00", 32)
	regs := registersJSON(`[{"name":"belt.position","type":"f64","owner":"belt"}]`)
	mcap1 := bytes.Clone(wholeFile(t))
	mcap1[5] = '1'
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"nothing", nil, "it is empty"},
		{"a text", []byte("records\n"), "it is not an MCAP file"},
		{"a short text", []byte("hi"), "it is not an MCAP file"},
		{"zeros", make([]byte, 4096), "it is not an MCAP file"},
		{"another version of MCAP", mcap1, `it is an MCAP file of version '1', this linetwin reads version '0'`},
		{"a foreign file", foreign(t, chunked, aMessage(8, "0", "1", nil)), `no recording of linetwin: the metadata "linetwin.begin" is not there (written by "mcap go`},
		{"a foreign file without chunks", foreign(t, mcap.WriterOptions{}, aMessage(8, "0", "1", nil)), "no recording of linetwin: it has messages outside of chunks"},
		{"an empty foreign file", foreign(t, chunked, both()), "no recording of linetwin"},
		{"another format", foreign(t, chunked, begin(map[string]string{"format": "2"})), `its format is "2", this linetwin reads "1"; read it with the version that wrote it: "v9"`},
		{"two beginnings", foreign(t, chunked, both(begin(nil), begin(nil))), `metadata "linetwin.begin" twice`},
		{"no seed", foreign(t, chunked, begin(map[string]string{"seed": "x"})), `its seed "x" is no number`},
		{"no components", foreign(t, chunked, begin(map[string]string{"components": "x"})), "its list of components is damaged"},
		{"a component twice", foreign(t, chunked, both(begin(map[string]string{"components": `["a","a"]`}), regs, ending(hash, "0"))), `component "a" is listed twice`},
		{"no registers", foreign(t, chunked, both(begin(nil), ending(hash, "0"))), "its attachment registers.json is not there"},
		{"bad registers", foreign(t, chunked, both(begin(nil), registersJSON("{"), ending(hash, "0"))), "its attachment registers.json is damaged"},
		{"registers twice", foreign(t, chunked, both(begin(nil), regs, regs)), "attachment registers.json twice"},
		{"an unknown type", foreign(t, chunked, both(begin(nil), registersJSON(`[{"name":"a.b","type":"f80","owner":"belt"}]`), ending(hash, "0"))), `register a.b: register type "f80" is unknown`},
		{"no end", foreign(t, chunked, both(begin(nil), regs)), `its metadata "linetwin.end" is not there`},
		{"two ends", foreign(t, chunked, both(begin(nil), regs, ending(hash, "0"), ending(hash, "0"))), `metadata "linetwin.end" twice`},
		{"no hash", foreign(t, chunked, both(begin(nil), regs, ending("12", "0"))), `its hash "12" is no SHA-256`},
		{"no time", foreign(t, chunked, both(begin(nil), regs, ending(hash, "1s"))), `its end "1s" is no number of nanoseconds`},
		{"another hash", foreign(t, chunked, both(begin(nil), regs, ending(hash, "0"))), "the file was changed after the run"},
		{"an impossible component", foreign(t, chunked, both(begin(nil), regs, aMessage(8, "3", "1", nil))), `component "3", kind "1", which cannot be; there are 3`},
		{"an impossible kind", foreign(t, chunked, both(begin(nil), regs, aMessage(8, "0", "256", nil))), `kind "256"`},
		{"a lost record", foreign(t, chunked, both(begin(nil), regs, aMessage(16, "0", "1", nil))), "number 2 of belt stands where number 1 should be"},
		{"an impossible phase", foreign(t, chunked, both(begin(nil), regs, aMessage(8|5, "0", "1", nil))), "record 1, of belt, has the phase 5; there are 5"},
		{"an unknown field", foreign(t, chunked, both(begin(nil), regs, aMessage(8, "0", "1", []byte{3 << 3, 1}))), "record 1: a message of linetwin.belt is damaged: field 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := check(c.file)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwanted: %s", err, c.want)
			}
		})
	}
}

func TestOpenNamesTheFileAndTheReason(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.mcap")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none.mcap"): "no such file or directory",
		dir:                             "it is a folder; a run folder's recording is events.mcap",
		empty:                           "it is empty; a run folder's recording is events.mcap",
		os.DevNull:                      "it is no file",
	} {
		_, err := Open(path)
		if want := "recording " + path + ": " + want; err == nil || err.Error() != want {
			t.Errorf("%v\nwanted: %s", err, want)
		}
	}
}

func TestAFileThatChangesAfterItWasOpenedIsRefused(t *testing.T) {
	path := recordFile(t, line(), nil, canonical(shortLog()))
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	other := recordFile(t, benchLine(), nil)
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	if err := r.Each(func(engine.Record) error { return nil }); err == nil || !strings.Contains(err.Error(), "changed since it was opened") {
		t.Error(err)
	}
	if _, err := Diff(r, r); err == nil || !strings.Contains(err.Error(), "changed since it was opened") {
		t.Error(err)
	}
}

// repack copies a recording as tools do: other compression, other chunks.
func repack(t testing.TB, path string, opts mcap.WriterOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := mcap.NewWriter(&b, &opts)
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	lex, err := mcap.NewLexer(in, &mcap.LexerOptions{AttachmentCallback: func(a *mcap.AttachmentReader) error {
		return w.WriteAttachment(&mcap.Attachment{Name: a.Name, MediaType: a.MediaType, DataSize: a.DataSize, Data: a.Data()})
	}})
	if err != nil {
		t.Fatal(err)
	}
	for {
		tok, rec, err := lex.Next(nil)
		if err != nil {
			t.Fatal(err)
		}
		switch tok {
		case mcap.TokenHeader:
			err = w.WriteHeader(&mcap.Header{})
		case mcap.TokenSchema:
			s, _ := mcap.ParseSchema(rec)
			err = w.WriteSchema(s)
		case mcap.TokenChannel:
			c, _ := mcap.ParseChannel(rec)
			err = w.WriteChannel(c)
		case mcap.TokenMessage:
			m, _ := mcap.ParseMessage(rec)
			err = w.WriteMessage(m)
		case mcap.TokenMetadata:
			m, _ := mcap.ParseMetadata(rec)
			err = w.WriteMetadata(m)
		case mcap.TokenDataEnd:
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestARecordingThatToolsHaveRepackedIsRead(t *testing.T) {
	path := recordFile(t, line(), nil, canonical(shortLog()))
	for _, compression := range []mcap.CompressionFormat{mcap.CompressionNone, mcap.CompressionLZ4, mcap.CompressionZSTD} {
		for _, crc := range []bool{false, true} {
			b := repack(t, path, mcap.WriterOptions{Chunked: true, ChunkSize: 100, Compression: compression, IncludeCRC: crc})
			if err := check(b); err != nil {
				t.Errorf("%q, checksums %v: %v", compression, crc, err)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(wholeFile(f))
	path := recordFile(f, line(), nil, canonical(shortLog()))
	for _, compression := range []mcap.CompressionFormat{mcap.CompressionNone, mcap.CompressionLZ4, mcap.CompressionZSTD} {
		// Without checksums, so that what is changed reaches the parsers.
		f.Add(repack(f, path, mcap.WriterOptions{Chunked: true, ChunkSize: 400, Compression: compression}))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := check(b); err != nil && len(err.Error()) > 2000 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}
