package recording

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/foxglove/mcap/go/mcap"

	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// Format of the recordings that this package writes and reads.
const Format = "1"

const library = "linetwin"

// The names of the metadata and attachments in the file.
const (
	beginMetadata  = "linetwin.begin"
	endMetadata    = "linetwin.end"
	specAttachment = "spec.json"
	mapAttachment  = "registers.json"
)

// Header is what a recording says before its records.
type Header struct {
	Scenario   string
	Seed       uint64
	Build      string
	Components []string
	Registers  []Register
	Spec       []byte // spec.json
}

// Trailer is what a recording says after its records.
type Trailer struct {
	Hash  [32]byte // of the records
	Until time.Duration
	// Partial tells that the run was interrupted.
	Partial bool
}

// Writer writes a recording. Records and Frame hand their work to a goroutine of
// the writer's own; they may be called from any goroutine, but Records only in the
// order of the log.
type Writer struct {
	file   *os.File
	mw     *mcap.Writer
	tables []table
	names  []string
	jobs   chan func() error
	ended  chan error
	once   sync.Once

	channels map[channelKey]uint16
	schemas  uint16
	buf      []byte
	seq      uint32
}

type channelKey struct {
	component uint16
	kind      uint8
	topic     string
}

// Create begins a recording. The file must not exist.
func Create(path string, h Header) (*Writer, error) {
	ts, err := tables(h.Components, h.Registers)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	w := &Writer{file: f, tables: ts, names: h.Components, channels: map[channelKey]uint16{}, jobs: make(chan func() error, 8), ended: make(chan error, 1)}
	if err := w.begin(h); err != nil {
		f.Close()
		return nil, fmt.Errorf("recording: %s: %w", path, err)
	}
	go w.work()
	return w, nil
}

func (w *Writer) begin(h Header) (err error) {
	w.mw, err = mcap.NewWriter(w.file, &mcap.WriterOptions{
		Chunked: true, ChunkSize: 1 << 20, Compression: mcap.CompressionLZ4, CompressionLevel: mcap.CompressionLevelFastest, IncludeCRC: true,
	})
	if err != nil {
		return err
	}
	if err := w.mw.WriteHeader(&mcap.Header{Library: library}); err != nil {
		return err
	}
	names, err := json.Marshal(h.Components)
	if err != nil {
		return err
	}
	regs, err := json.Marshal(h.Registers)
	if err != nil {
		return err
	}
	err = w.mw.WriteMetadata(&mcap.Metadata{Name: beginMetadata, Metadata: map[string]string{
		"format": Format, "scenario": h.Scenario, "seed": fmt.Sprint(h.Seed), "build": h.Build, "components": string(names),
	}})
	if err != nil {
		return err
	}
	if err := w.attach(mapAttachment, regs); err != nil {
		return err
	}
	return w.attach(specAttachment, h.Spec)
}

func (w *Writer) attach(name string, data []byte) error {
	return w.mw.WriteAttachment(&mcap.Attachment{Name: name, MediaType: "application/json", DataSize: uint64(len(data)), Data: bytes.NewReader(data)})
}

// work runs the jobs; after the first error it only drains them.
func (w *Writer) work() {
	var err error
	for job := range w.jobs {
		if err == nil {
			err = job()
		}
	}
	w.ended <- err
}

// Records writes a piece of the log. done is called when the piece is free again.
func (w *Writer) Records(piece []byte, done func(piece []byte)) {
	w.jobs <- func() error {
		defer done(piece)
		for b := piece; len(b) > 0; {
			r, rest, err := engine.ParseRecord(b)
			if err != nil {
				return err
			}
			if err := w.record(r); err != nil {
				return err
			}
			b = rest
		}
		return nil
	}
}

func (w *Writer) record(r engine.Record) error {
	data := r.Data
	if r.Kind == device.Registers {
		var err error
		if w.buf, err = w.tables[r.Component].appendMessage(w.buf[:0], r.Data); err != nil {
			return err
		}
		data = w.buf
	}
	ch, err := w.channel(r.Component, r.Kind)
	if err != nil {
		return err
	}
	// The sequence carries the phase in its low three bits.
	w.seq += 8
	return w.mw.WriteMessage(&mcap.Message{
		ChannelID: ch, Sequence: w.seq | uint32(r.Phase), LogTime: uint64(r.At), PublishTime: uint64(r.At), Data: data,
	})
}

// suffixes of the topics of what is not registers.
var suffixes = map[uint8]string{device.TruthLeft: "/truth/left", device.TruthSeen: "/truth/seen", device.Note: "/notes"}

// channel makes a channel when its first message comes.
func (w *Writer) channel(component uint16, kind uint8) (uint16, error) {
	key := channelKey{component: component, kind: kind}
	if id, ok := w.channels[key]; ok {
		return id, nil
	}
	name := w.names[component]
	schema := &mcap.Schema{Name: "linetwin.json", Encoding: "jsonschema", Data: []byte(`{"type":"object"}`)}
	ch := &mcap.Channel{Topic: "/" + name + suffixes[kind], MessageEncoding: "json"}
	if kind == device.Registers {
		t := &w.tables[component]
		schema = &mcap.Schema{Name: t.message, Encoding: "protobuf", Data: t.schema}
		ch.MessageEncoding = "protobuf"
	}
	ch.Metadata = map[string]string{"component": fmt.Sprint(component), "kind": fmt.Sprint(kind)}
	return w.add(key, schema, ch)
}

func (w *Writer) add(key channelKey, schema *mcap.Schema, ch *mcap.Channel) (uint16, error) {
	w.schemas++
	schema.ID, ch.SchemaID = w.schemas, w.schemas
	ch.ID = uint16(len(w.channels))
	if err := w.mw.WriteSchema(schema); err != nil {
		return 0, err
	}
	if err := w.mw.WriteChannel(ch); err != nil {
		return 0, err
	}
	w.channels[key] = ch.ID
	return ch.ID, nil
}

// Frame writes a compressed picture ("png" or "jpeg") as foxglove.CompressedImage.
// It is not part of the log. encode is called on the writer's goroutine.
func (w *Writer) Frame(at time.Duration, topic, frameID, format string, encode func(io.Writer) error) {
	w.jobs <- func() error {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			return fmt.Errorf("frame of %s: %w", frameID, err)
		}
		key := channelKey{topic: topic}
		id, ok := w.channels[key]
		if !ok {
			schema, err := imageSchema()
			if err != nil {
				return err
			}
			id, err = w.add(key, &mcap.Schema{Name: "foxglove.CompressedImage", Encoding: "protobuf", Data: schema},
				&mcap.Channel{Topic: topic, MessageEncoding: "protobuf", Metadata: map[string]string{}})
			if err != nil {
				return err
			}
		}
		return w.mw.WriteMessage(&mcap.Message{
			ChannelID: id, LogTime: uint64(at), PublishTime: uint64(at), Data: appendImage(nil, at, frameID, format, b.Bytes()),
		})
	}
}

// Close writes the trailer and ends the file. The first error of all is returned.
func (w *Writer) Close(t Trailer) error {
	w.once.Do(func() { close(w.jobs) })
	err := <-w.ended
	w.ended <- err
	if err == nil {
		err = w.mw.WriteMetadata(&mcap.Metadata{Name: endMetadata, Metadata: map[string]string{
			"hash": hex.EncodeToString(t.Hash[:]), "until_ns": fmt.Sprint(int64(t.Until)), "partial": fmt.Sprint(t.Partial),
		}})
	}
	if err == nil {
		err = w.mw.Close()
	}
	if cerr := w.file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("recording: %s: %w", w.file.Name(), err)
	}
	return nil
}
