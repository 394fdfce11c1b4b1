package recording

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/foxglove/mcap/go/mcap"

	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// cursor walks over the records of a recording, once and in order. Next does not
// allocate in steady state.
type cursor struct {
	Header
	Trailer
	c     *container
	close func()
	known *Recording
	frame func(topic string, message []byte) error // is called with each picture, unless nil

	library  string // of the file's header
	begun    bool
	ended    bool
	attached map[string][]byte
	layout   *layout
	channels []channel // by id
	chunk    []byte    // what is left of the open chunk
	data     []byte
	number   uint64 // of the record read last, from 1
}

// channel is what the messages of an MCAP channel are.
type channel struct {
	there     bool
	logged    bool // records of the log
	component uint16
	kind      uint8
	topic     string
}

// openCursor opens a file for reading. If known is not nil, the file is to be that
// recording still.
func openCursor(path string, known *Recording) (*cursor, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, bare(err)
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = errors.New("it is a folder; a run folder's recording is events.mcap")
	}
	if err == nil && !st.Mode().IsRegular() {
		err = errors.New("it is no file")
	}
	var k *cursor
	if err == nil {
		k, err = newCursor(f, st.Size())
	}
	if err != nil {
		f.Close()
		return nil, bare(err)
	}
	k.known = known
	k.close = func() {
		k.c.close()
		f.Close()
	}
	return k, nil
}

// bare is an error of the operating system without the path, which the caller says.
func bare(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// quoted is a text from a file as an error says it.
func quoted(s string) string { return strconv.Quote(shortened([]byte(s))) }

func newCursor(f io.ReaderAt, size int64) (*cursor, error) {
	c, err := openContainer(f, size)
	if err != nil {
		return nil, err
	}
	return &cursor{c: c, close: c.close, attached: map[string][]byte{}}, nil
}

// next is the next record of the log. Its data is valid until the next call. At the
// end of a file that is whole it gives io.EOF.
func (k *cursor) next() (engine.Record, error) {
	for {
		for len(k.chunk) > 0 {
			rec, ok, err := k.inner()
			if ok || err != nil {
				return rec, err
			}
		}
		op, body, err := k.c.next()
		if errors.Is(err, io.EOF) {
			return engine.Record{}, k.finish()
		}
		if err == nil {
			err = k.outer(op, body)
		}
		if err != nil {
			return engine.Record{}, err
		}
	}
}

// outer takes a record outside of chunks.
func (k *cursor) outer(op mcap.OpCode, body []byte) (err error) {
	if !k.c.data {
		return nil // the summary says nothing new
	}
	switch op {
	case mcap.OpHeader:
		if h, err := mcap.ParseHeader(body); err == nil {
			k.library = h.Library
		}
	case mcap.OpMetadata:
		m, err := mcap.ParseMetadata(body)
		if err != nil {
			return damaged(k.c.at, "metadata: %w", err)
		}
		return k.metadata(m)
	case mcap.OpAttachment:
		return k.attachment(body)
	case mcap.OpChunk:
		if err := k.ready(); err != nil {
			return err
		}
		k.chunk, err = k.c.open(body)
	case mcap.OpMessage:
		return k.foreign("it has messages outside of chunks")
	}
	return err
}

// foreign is the error of an MCAP file that this package has not written.
func (k *cursor) foreign(why string) error {
	return fmt.Errorf("it is an MCAP file, but no recording of linetwin: %s (written by %s); only the events.mcap of a run folder can be read", why, quoted(k.library))
}

func (k *cursor) metadata(m *mcap.Metadata) error {
	switch m.Name {
	case beginMetadata:
		if k.begun {
			return fmt.Errorf("it has metadata %q twice", m.Name)
		}
		k.begun = true
		return k.readBegin(m.Metadata)
	case endMetadata:
		if k.ended {
			return fmt.Errorf("it has metadata %q twice", m.Name)
		}
		k.ended = true
		return k.readEnd(m.Metadata)
	}
	return nil
}

func (k *cursor) readBegin(m map[string]string) error {
	if m["format"] != Format {
		return fmt.Errorf("its format is %s, this linetwin reads %q; read it with the version that wrote it: %s", quoted(m["format"]), Format, quoted(m["build"]))
	}
	seed, err := strconv.ParseUint(m["seed"], 10, 64)
	if err != nil {
		return fmt.Errorf("its seed %s is no number", quoted(m["seed"]))
	}
	if err := json.Unmarshal([]byte(m["components"]), &k.Components); err != nil {
		return fmt.Errorf("its list of components is damaged: %w", err)
	}
	if len(k.Components) > 1<<16 {
		return fmt.Errorf("it has %d components; there can be %d", len(k.Components), 1<<16)
	}
	k.Scenario, k.Seed, k.Build = m["scenario"], seed, m["build"]
	return nil
}

func (k *cursor) readEnd(m map[string]string) error {
	sum, err := hex.DecodeString(m["hash"])
	if err != nil || len(sum) != len(k.Hash) {
		return fmt.Errorf("its hash %s is no SHA-256", quoted(m["hash"]))
	}
	copy(k.Hash[:], sum)
	ns, err := strconv.ParseInt(m["until_ns"], 10, 64)
	if err != nil {
		return fmt.Errorf("its end %s is no number of nanoseconds", quoted(m["until_ns"]))
	}
	k.Until, k.Partial = time.Duration(ns), m["partial"] == "true"
	return nil
}

// attachment keeps the two that tell what the records mean.
func (k *cursor) attachment(body []byte) error {
	in := fields{b: body}
	in.bytes(16) // when it was made and logged
	name := string(in.bytes(uint64(in.u32())))
	in.bytes(uint64(in.u32())) // its media type
	data := in.bytes(in.u64())
	if in.short || len(in.b) != 4 { // its checksum, which that of the section covers
		return damaged(k.c.at, "the lengths in the attachment %s do not add up", quoted(name))
	}
	if name != mapAttachment && name != specAttachment {
		return nil
	}
	if _, twice := k.attached[name]; twice {
		return fmt.Errorf("it has the attachment %s twice", name)
	}
	k.attached[name] = append(make([]byte, 0, len(data)), data...)
	return nil
}

// ready prepares for the first record; everything that is needed stands before it.
func (k *cursor) ready() (err error) {
	if k.layout != nil {
		return nil
	}
	if !k.begun {
		return k.foreign(fmt.Sprintf("the metadata %q is not there", beginMetadata))
	}
	regs, ok := k.attached[mapAttachment]
	if !ok {
		return fmt.Errorf("its attachment %s is not there; another tool has rewritten the file", mapAttachment)
	}
	if err := json.Unmarshal(regs, &k.Registers); err != nil {
		return fmt.Errorf("its attachment %s is damaged: %w", mapAttachment, err)
	}
	k.Spec = k.attached[specAttachment]
	if k.layout, err = newLayout(k.Components, k.Registers); err != nil {
		return fmt.Errorf("its attachment %s: %w", mapAttachment, err)
	}
	if k.known != nil && !(slices.Equal(k.Components, k.known.Components) && slices.Equal(k.Registers, k.known.Registers)) {
		return errors.New("it has changed since it was opened")
	}
	return nil
}

// finish checks at the end that nothing is missing.
func (k *cursor) finish() error {
	if err := k.ready(); err != nil {
		return err
	}
	if !k.ended {
		return fmt.Errorf("its metadata %q is not there; another tool has rewritten the file", endMetadata)
	}
	return io.EOF
}

// inner takes a record of the open chunk; ok tells that it is one of the log.
func (k *cursor) inner() (rec engine.Record, ok bool, err error) {
	in := fields{b: k.chunk}
	op := in.bytes(1)
	body := in.bytes(in.u64())
	if in.short {
		return rec, false, damaged(k.c.at, "a record in the chunk before it ends early")
	}
	k.chunk = in.b
	switch mcap.OpCode(op[0]) {
	case mcap.OpChannel:
		return rec, false, k.newChannel(body)
	case mcap.OpMessage:
		return k.message(body)
	}
	return rec, false, nil
}

func (k *cursor) newChannel(body []byte) error {
	ch, err := mcap.ParseChannel(body)
	if err != nil {
		return damaged(k.c.at, "a channel: %w", err)
	}
	c := channel{there: true, topic: ch.Topic}
	if text, ok := ch.Metadata["component"]; ok {
		component, err := strconv.ParseUint(text, 10, 16)
		kind, err2 := strconv.ParseUint(ch.Metadata["kind"], 10, 8)
		if err != nil || err2 != nil || component >= uint64(len(k.Components)) {
			return fmt.Errorf("the channel %s is for component %s, kind %s, which cannot be; there are %d components", quoted(ch.Topic), quoted(text), quoted(ch.Metadata["kind"]), len(k.Components))
		}
		c = channel{there: true, logged: true, component: uint16(component), kind: uint8(kind)}
	}
	for len(k.channels) <= int(ch.ID) {
		k.channels = append(k.channels, channel{})
	}
	k.channels[ch.ID] = c
	return nil
}

// message lengths: channel, sequence, log time, publish time.
const messageHeader = 2 + 4 + 8 + 8

func (k *cursor) message(body []byte) (rec engine.Record, ok bool, err error) {
	if len(body) < messageHeader {
		return rec, false, damaged(k.c.at, "a message has %d bytes", len(body))
	}
	id := binary.LittleEndian.Uint16(body)
	var ch channel
	if int(id) < len(k.channels) {
		ch = k.channels[id]
	}
	if !ch.there {
		return rec, false, fmt.Errorf("a message is on channel %d, which is not there", id)
	}
	if !ch.logged {
		if k.frame != nil {
			err = k.frame(ch.topic, body[messageHeader:])
		}
		return rec, false, err // a frame
	}
	k.number++
	seq := binary.LittleEndian.Uint32(body[2:])
	if seq>>phaseBits != uint32(k.number)&(1<<(32-phaseBits)-1) {
		return rec, false, fmt.Errorf("its records are not in order: number %d of %s stands where number %d should be; another tool has rewritten the file", seq>>phaseBits, k.Components[ch.component], k.number)
	}
	rec = engine.Record{
		At: time.Duration(binary.LittleEndian.Uint64(body[6:])), Phase: engine.Phase(seq & (1<<phaseBits - 1)),
		Kind: ch.kind, Component: ch.component, Data: body[messageHeader:],
	}
	if rec.Phase > engine.Observe {
		return rec, false, fmt.Errorf("record %d, of %s, has the phase %d; there are %d", k.number, k.Components[ch.component], rec.Phase, engine.Observe+1)
	}
	if ch.kind == device.Registers {
		if k.data, err = k.layout.appendData(k.data[:0], ch.component, rec.Data); err != nil {
			return rec, false, fmt.Errorf("record %d: %w", k.number, err)
		}
		rec.Data = k.data
	}
	return rec, true, nil
}
