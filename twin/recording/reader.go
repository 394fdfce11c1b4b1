package recording

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/foxglove/mcap/go/mcap"

	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// Recording is a recording that was opened. It is whole: Open has read the file
// from end to end and compared the records with the hash that the run stated.
type Recording struct {
	Header
	Trailer
	path   string
	tables []table
}

// limits against files that are not what they say
const maxChunk, maxRecord = 256 << 20, 256 << 20

// Open opens a recording and checks all of it. An error says whether the file is no
// recording, comes from another version, is cut short, or is damaged.
func Open(path string) (*Recording, error) {
	r := &Recording{path: path}
	digest := (*engine.Digest)(nil)
	err := r.scan(func(rec engine.Record) error {
		if digest == nil {
			digest = engine.NewDigest(r.Components)
		}
		digest.Write(rec.AppendTo(nil))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("recording %s: %w", path, err)
	}
	if digest == nil {
		digest = engine.NewDigest(r.Components)
	}
	if sum := digest.Sum(); sum != r.Hash {
		return nil, fmt.Errorf("recording %s: its records hash to %x, the run stated %x; the file was changed after the run", path, sum[:8], r.Hash[:8])
	}
	return r, nil
}

// Each calls f with each record, in the order of the log. Data is valid during the
// call only.
func (r *Recording) Each(f func(engine.Record) error) error {
	again := &Recording{path: r.path}
	if err := again.scan(f); err != nil {
		return fmt.Errorf("recording %s: %w", r.path, err)
	}
	return nil
}

// errCut is what a file without its end gives.
var errCut = errors.New("it is cut short: the run that wrote it did not end, or the file was not copied whole; record the run again")

func (r *Recording) scan(f func(engine.Record) error) error {
	file, err := os.Open(r.path)
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return err
	}
	defer file.Close()
	attached := map[string][]byte{}
	lex, err := mcap.NewLexer(file, &mcap.LexerOptions{
		ValidateChunkCRCs: true, MaxDecompressedChunkSize: maxChunk, MaxRecordSize: maxRecord,
		AttachmentCallback: func(a *mcap.AttachmentReader) error {
			b, err := io.ReadAll(io.LimitReader(a.Data(), maxRecord))
			attached[a.Name] = b
			return err
		},
	})
	if err != nil {
		return errors.New("it is not an MCAP file; a run folder's recording is events.mcap")
	}
	defer lex.Close()
	s := scanner{r: r, attached: attached, channels: map[uint16]channelKey{}, each: f}
	var buf []byte
	for {
		tok, data, err := lex.Next(buf)
		if errors.Is(err, io.EOF) || tok == mcap.TokenFooter {
			break
		}
		var cut *mcap.ErrTruncatedRecord
		if errors.As(err, &cut) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errCut
		}
		if err != nil {
			return fmt.Errorf("it is damaged: %w", err)
		}
		if len(data) > len(buf) {
			buf = data
		}
		if err := s.token(tok, data); err != nil {
			return err
		}
	}
	if !s.ended {
		return errCut
	}
	return nil
}

// scanner follows the tokens of a file.
type scanner struct {
	r        *Recording
	attached map[string][]byte
	channels map[uint16]channelKey
	each     func(engine.Record) error
	begun    bool
	ended    bool
	data     []byte
}

func (s *scanner) token(tok mcap.TokenType, b []byte) error {
	switch tok {
	case mcap.TokenMetadata:
		m, err := mcap.ParseMetadata(b)
		if err != nil {
			return err
		}
		switch m.Name {
		case beginMetadata:
			s.begun = true
			return s.r.readBegin(m.Metadata)
		case endMetadata:
			s.ended = true
			return s.r.readEnd(m.Metadata)
		}
	case mcap.TokenChannel:
		ch, err := mcap.ParseChannel(b)
		if err != nil {
			return err
		}
		key := channelKey{topic: ch.Topic}
		if c, err := strconv.ParseUint(ch.Metadata["component"], 10, 16); err == nil {
			kind, err := strconv.ParseUint(ch.Metadata["kind"], 10, 8)
			if err != nil || int(c) >= len(s.r.Components) {
				return fmt.Errorf("channel %s says nothing of its component", ch.Topic)
			}
			key = channelKey{component: uint16(c), kind: uint8(kind)}
		}
		s.channels[ch.ID] = key
	case mcap.TokenMessage:
		m, err := mcap.ParseMessage(b)
		if err != nil {
			return err
		}
		return s.message(m)
	}
	return nil
}

func (s *scanner) message(m *mcap.Message) error {
	if !s.begun {
		return fmt.Errorf("it has messages, but no metadata %q: it was not written by linetwin", beginMetadata)
	}
	if s.r.tables == nil {
		if err := s.r.readAttached(s.attached); err != nil {
			return err
		}
	}
	key, ok := s.channels[m.ChannelID]
	if !ok {
		return fmt.Errorf("a message is on channel %d, which is not there", m.ChannelID)
	}
	if key.topic != "" {
		return nil // a frame
	}
	rec := engine.Record{At: time.Duration(m.LogTime), Phase: engine.Phase(m.Sequence & 7), Kind: key.kind, Component: key.component, Data: m.Data}
	if rec.Phase > engine.Observe {
		return fmt.Errorf("a record of %s has the phase %d", s.r.Components[key.component], rec.Phase)
	}
	if key.kind == device.Registers {
		var err error
		if s.data, err = s.r.tables[key.component].appendData(s.data[:0], m.Data); err != nil {
			return err
		}
		rec.Data = s.data
	}
	return s.each(rec)
}

func (r *Recording) readBegin(m map[string]string) error {
	if m["format"] != Format {
		return fmt.Errorf("its format is %q, this linetwin reads %q; replay it with the version that wrote it (%s)", m["format"], Format, m["build"])
	}
	seed, err := strconv.ParseUint(m["seed"], 10, 64)
	if err != nil {
		return fmt.Errorf("its seed %q is no number", m["seed"])
	}
	if err := json.Unmarshal([]byte(m["components"]), &r.Components); err != nil {
		return fmt.Errorf("its list of components is damaged: %w", err)
	}
	r.Scenario, r.Seed, r.Build = m["scenario"], seed, m["build"]
	return nil
}

func (r *Recording) readAttached(a map[string][]byte) (err error) {
	if err := json.Unmarshal(a[mapAttachment], &r.Registers); err != nil {
		return fmt.Errorf("its %s is damaged: %w", mapAttachment, err)
	}
	r.Spec = a[specAttachment]
	r.tables, err = tables(r.Components, r.Registers)
	return err
}

func (r *Recording) readEnd(m map[string]string) error {
	sum, err := hex.DecodeString(m["hash"])
	if err != nil || len(sum) != len(r.Hash) {
		return fmt.Errorf("its hash %q is damaged", m["hash"])
	}
	copy(r.Hash[:], sum)
	ns, err := strconv.ParseInt(m["until_ns"], 10, 64)
	if err != nil {
		return fmt.Errorf("its end %q is damaged", m["until_ns"])
	}
	r.Until, r.Partial = time.Duration(ns), m["partial"] == "true"
	return nil
}
