package recording

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/foxglove/mcap/go/mcap"
	"github.com/pierrec/lz4/v4"

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

// phaseBits of a message's sequence hold the phase; the bits above them count the
// records from 1, and wrap.
const phaseBits = 3

// Header is what a recording says before its records.
type Header struct {
	Scenario   string
	Seed       uint64
	Build      string // of the linetwin that wrote it
	Components []string
	Registers  []Register
	Spec       []byte // spec.json
}

// Trailer is what a recording says after its records.
type Trailer struct {
	Hash  [32]byte      // of the records, by engine.Digest
	Until time.Duration // line time at the end of the run
	// Partial tells that the run was interrupted.
	Partial bool
}

// Writer writes a recording. Its methods hand the work to a goroutine of the
// writer's own, and wait while that is several pieces behind, so memory is bounded.
// They may be called from any goroutine, but Records only in the order of the log.
//
// After the first error, of the disk or of a frame, nothing more is written; pieces
// are taken and given back as before, so the run goes on. Err and Close tell.
type Writer struct {
	path string
	file io.WriteCloser
	out  *bufio.Writer
	mw   *mcap.Writer

	layout   *layout
	names    []string
	channels [][]uint16 // by component and kind; 0: not yet, else the channel's id plus 1
	topics   map[string]uint16
	schemas  map[string]uint16
	msg      mcap.Message
	buf      []byte
	records  uint32        // written, modulo what the sequence holds
	latest   time.Duration // log time of the message written last
	frames   frameQueue

	mu     sync.RWMutex // held for reading while a job is handed over
	closed bool
	once   sync.Once
	jobs   chan job
	ended  chan struct{} // closed when the goroutine has ended
	failed atomic.Pointer[error]
}

// job is a piece of the log, or a frame.
type job struct {
	piece []byte
	done  func(piece []byte)
	frame *frame
}

// Create begins a recording. The file must not exist; if Create fails, it still does
// not.
func Create(path string, h Header) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("recording %s: %w", path, bare(err))
	}
	w, err := newWriter(f, path, h)
	if err != nil {
		f.Close()
		os.Remove(path)
		return nil, fmt.Errorf("recording %s: %w", path, bare(err))
	}
	return w, nil
}

func newWriter(f io.WriteCloser, path string, h Header) (*Writer, error) {
	l, err := newLayout(h.Components, h.Registers)
	if err != nil {
		return nil, err
	}
	w := &Writer{
		path: path, file: f, out: bufio.NewWriterSize(f, 1<<16), layout: l, names: h.Components,
		channels: make([][]uint16, len(h.Components)), topics: map[string]uint16{}, schemas: map[string]uint16{},
		jobs: make(chan job, 8), ended: make(chan struct{}),
	}
	if err := w.begin(h); err != nil {
		return nil, err
	}
	go w.work()
	return w, nil
}

// begin writes all that stands before the records, through to the disk, so that a
// folder that cannot be written to says so before the run.
func (w *Writer) begin(h Header) (err error) {
	compressor, err := newCompressor()
	if err != nil {
		return err
	}
	w.mw, err = mcap.NewWriter(w.out, &mcap.WriterOptions{Chunked: true, ChunkSize: chunkSize, IncludeCRC: true, Compressor: compressor})
	if err != nil {
		return err
	}
	if err := w.mw.WriteHeader(&mcap.Header{Library: library}); err != nil {
		return err
	}
	components, err := json.Marshal(h.Components)
	if err != nil {
		return err
	}
	registers, err := json.Marshal(h.Registers)
	if err != nil {
		return err
	}
	err = w.mw.WriteMetadata(&mcap.Metadata{Name: beginMetadata, Metadata: map[string]string{
		"format": Format, "scenario": h.Scenario, "seed": strconv.FormatUint(h.Seed, 10), "build": h.Build, "components": string(components),
	}})
	if err != nil {
		return err
	}
	if err := w.attach(mapAttachment, registers); err != nil {
		return err
	}
	if err := w.attach(specAttachment, h.Spec); err != nil {
		return err
	}
	return w.out.Flush()
}

// newCompressor makes LZ4 frames of small blocks, which stay in the processor's cache:
// that is a sixth faster than the library's choice of 4 MiB. The chunk's checksum
// makes the frame's needless. README.md has the measurements.
func newCompressor() (mcap.CustomCompressor, error) {
	z := lz4.NewWriter(nil)
	err := z.Apply(lz4.CompressionLevelOption(lz4.Fast), lz4.BlockSizeOption(lz4.Block64Kb), lz4.ChecksumOption(false))
	return mcap.NewCustomCompressor(mcap.CompressionLZ4, z), err
}

func (w *Writer) attach(name string, data []byte) error {
	if len(data) > maxRecord {
		return fmt.Errorf("%s has %d bytes; a recording takes at most %d", name, len(data), maxRecord)
	}
	return w.mw.WriteAttachment(&mcap.Attachment{Name: name, MediaType: "application/json", DataSize: uint64(len(data)), Data: bytes.NewReader(data)})
}

// Records writes a piece of the log: whole records in canonical form. done is called,
// on the writer's goroutine, when the piece is free again; it is called for every
// piece, also after an error.
func (w *Writer) Records(piece []byte, done func(piece []byte)) {
	w.hand(job{piece: piece, done: done})
}

// hand gives the goroutine a job; a writer that is closed only gives it back.
func (w *Writer) hand(j job) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if !w.closed {
		w.jobs <- j
	} else if j.done != nil {
		j.done(j.piece)
	}
}

// Err is the first error so far, or nil. It may be called from any goroutine, so that
// a run can end early when it cannot be recorded.
func (w *Writer) Err() error {
	if err := w.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// fail keeps the first error.
func (w *Writer) fail(err error) {
	if err != nil && w.failed.Load() == nil {
		err = fmt.Errorf("recording %s: %w; events after %v of line time may be missing from it", w.path, bare(err), w.latest)
		w.failed.Store(&err)
	}
}

// work does the jobs; after the first error it only gives pieces back.
func (w *Writer) work() {
	defer close(w.ended)
	for j := range w.jobs {
		switch {
		case j.frame != nil:
			if w.Err() == nil {
				w.fail(w.takeFrame(j.frame))
			}
		default:
			if w.Err() == nil {
				w.fail(w.takePiece(j.piece))
			}
		}
		j.done(j.piece)
	}
}

func (w *Writer) takePiece(b []byte) error {
	for len(b) > 0 {
		r, rest, err := engine.ParseRecord(b)
		if err != nil {
			return err
		}
		if err := w.frames.before(w, r.At); err != nil {
			return err
		}
		if err := w.record(r); err != nil {
			return err
		}
		b = rest
	}
	return nil
}

func (w *Writer) record(r engine.Record) error {
	if int(r.Component) >= len(w.names) {
		return fmt.Errorf("a record is of component %d; there are %d", r.Component, len(w.names))
	}
	data := r.Data
	if r.Kind == device.Registers {
		var err error
		if w.buf, err = w.layout.appendMessage(w.buf[:0], r.Component, r.Data); err != nil {
			return err
		}
		data = w.buf
	}
	ch, err := w.channel(r.Component, r.Kind)
	if err != nil {
		return err
	}
	w.records++
	return w.write(ch, w.records<<phaseBits|uint32(r.Phase), r.At, r.At, data)
}

// write writes a message.
func (w *Writer) write(ch uint16, seq uint32, logged, published time.Duration, data []byte) error {
	if len(data) > maxRecord {
		return fmt.Errorf("a message has %d bytes; a recording takes at most %d", len(data), maxRecord)
	}
	w.msg = mcap.Message{ChannelID: ch, Sequence: seq, LogTime: uint64(logged), PublishTime: uint64(published), Data: data}
	if err := w.mw.WriteMessage(&w.msg); err != nil {
		return err
	}
	w.latest = max(w.latest, logged)
	return nil
}

// Close writes the trailer and ends the file. It returns the first error of all; later
// calls return the same.
func (w *Writer) Close(t Trailer) error {
	w.once.Do(func() {
		w.mu.Lock()
		w.closed = true
		w.mu.Unlock()
		close(w.jobs)
		<-w.ended
		if w.Err() == nil {
			w.fail(w.end(t))
		}
		w.fail(w.file.Close())
	})
	return w.Err()
}

func (w *Writer) end(t Trailer) error {
	if err := w.frames.flush(w); err != nil {
		return err
	}
	err := w.mw.WriteMetadata(&mcap.Metadata{Name: endMetadata, Metadata: map[string]string{
		"hash": hex.EncodeToString(t.Hash[:]), "until_ns": strconv.FormatInt(int64(t.Until), 10), "partial": strconv.FormatBool(t.Partial),
	}})
	if err != nil {
		return err
	}
	if err := w.mw.Close(); err != nil {
		return err
	}
	return w.out.Flush()
}
