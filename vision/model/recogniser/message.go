package recogniser

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"linetwin.dev/vision/model"
)

// ProtocolVersion is the version of the line protocol that this package speaks.
const ProtocolVersion = 1

// MaxLine is the longest line in bytes, without its end, that either side takes.
const MaxLine = 1 << 20

// Type says what a message is. Hello, Recognise and Shutdown go to the recogniser, the
// others come from it.
type Type string

// The messages.
const (
	Hello     Type = "hello"
	Recognise Type = "recognise"
	Shutdown  Type = "shutdown"
	Ready     Type = "ready"
	Progress  Type = "progress"
	Result    Type = "answer"
	Failure   Type = "error"
)

// Message is one line of the protocol. Which fields it has follows from its type;
// README.md has the table.
type Message struct {
	Type     Type `json:"type"`
	Protocol int  `json:"protocol,omitempty"` // hello, ready

	// ready
	Name   string      `json:"name,omitempty"`
	Images []ImageKind `json:"images,omitempty"`
	Device string      `json:"device,omitempty"` // what it runs on, for people

	ID       int64      `json:"id,omitempty"` // recognise, and what answers it; from 1 on
	Image    *Reference `json:"image,omitempty"`
	WithinMS int64      `json:"within_ms,omitempty"`

	Progress float64       `json:"progress,omitempty"` // 0 to 1, for people; 0 while it is not known
	Answer   *model.Answer `json:"answer,omitempty"`
	Error    string        `json:"error,omitempty"`
}

// ImageKind is a way in which a recogniser takes pictures.
type ImageKind string

// The ways.
const (
	File   ImageKind = "file"   // the path of a JPEG or PNG file
	Shared ImageKind = "shared" // pixels in memory that both sides map
)

// Format is the layout of the pixels in shared memory.
type Format string

// The formats: 8 bits a channel, the channels of a pixel one after the other.
const (
	RGB8  Format = "rgb8"
	BGR8  Format = "bgr8"
	Gray8 Format = "gray8"
)

// channels is how many bytes a pixel has; 0 for a format that there is not.
func (f Format) channels() int {
	switch f {
	case RGB8, BGR8:
		return 3
	case Gray8:
		return 1
	}
	return 0
}

// Reference says where a picture is: in a file, or in shared memory, which is a path as
// well, to be opened and mapped. Row y of a shared picture begins Offset + y*Stride bytes
// from the start of the file.
type Reference struct {
	File   string `json:"file,omitempty"`
	Shared string `json:"shared,omitempty"`
	Offset int64  `json:"offset,omitempty"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	Stride int    `json:"stride,omitempty"` // bytes from one row to the next
	Format Format `json:"format,omitempty"`
}

// Check says what is wrong with a reference by itself: both places or none, rows that
// overlap, a format that there is not.
func (r *Reference) Check() error {
	switch {
	case (r.File == "") == (r.Shared == ""):
		return errors.New("an image is either a file or shared")
	case strings.ContainsRune(r.File+r.Shared, 0):
		return errors.New("the image's path has a zero byte")
	case r.File != "":
		return nil
	case r.Width < 1 || r.Height < 1 || r.Width > 1<<20 || r.Height > 1<<20:
		return fmt.Errorf("a shared image of %d x %d pixels; 1 to %d each are wanted", r.Width, r.Height, 1<<20)
	case r.Format.channels() == 0:
		return fmt.Errorf("format %q of a shared image; rgb8, bgr8 or gray8 is wanted", r.Format)
	case r.Offset < 0 || r.Offset > 1<<40 || r.Stride < r.Width*r.Format.channels() || r.Stride > 1<<30:
		return fmt.Errorf("a shared image at %d with rows %d bytes apart; a row has %d", r.Offset, r.Stride, r.Width*r.Format.channels())
	}
	return nil
}

// end is the first byte after a shared image.
func (r *Reference) end() int64 {
	return r.Offset + int64(r.Stride)*int64(r.Height-1) + int64(r.Width*r.Format.channels())
}

// maxID is the largest number that JSON readers in every language keep exactly.
const maxID = 1<<53 - 1

// ParseMessage reads one line, without its end, and checks it for what its type must
// have. Fields that it does not know are left alone, for later versions.
func ParseMessage(line []byte) (Message, error) {
	var m Message
	if len(line) > MaxLine {
		return m, fmt.Errorf("a line of %d bytes; at most %d are taken", len(line), MaxLine)
	}
	if !utf8.Valid(line) {
		return m, fmt.Errorf("not UTF-8: %s", excerpt(line))
	}
	if t := bytes.TrimSpace(line); len(t) == 0 || t[0] != '{' {
		return m, fmt.Errorf("not a message: %s", excerpt(line))
	}
	if err := json.Unmarshal(line, &m); err != nil {
		return Message{}, fmt.Errorf("not a message: %s: %s", excerpt(line), strings.TrimPrefix(err.Error(), "json: "))
	}
	if err := m.check(); err != nil {
		return Message{}, fmt.Errorf("%w: %s", err, excerpt(line))
	}
	return m, nil
}

func (m *Message) check() error {
	switch m.Type {
	case Hello, Ready:
		if m.Protocol < 1 {
			return fmt.Errorf("%s without the protocol's version", m.Type)
		}
		if m.Type == Ready && len(m.Images) == 0 {
			return errors.New(`ready without images: "file", "shared" or both are wanted`)
		}
		if len(m.Name) > model.MaxLabelSize || len(m.Device) > model.MaxLabelSize || len(m.Images) > 16 {
			return errors.New("ready says too much")
		}
	case Recognise:
		if m.Image == nil {
			return errors.New("recognise without an image")
		}
		if err := m.Image.Check(); err != nil {
			return err
		}
		return m.checkID()
	case Result:
		if m.Answer == nil {
			return errors.New("an answer without its answer")
		}
		if err := m.Answer.Check(); err != nil {
			return err
		}
		return m.checkID()
	case Failure:
		if m.Error == "" {
			return errors.New("an error that does not say what is wrong")
		}
		if m.ID != 0 { // without one, the model cannot be loaded
			return m.checkID()
		}
	case Progress:
		if !(m.Progress >= 0 && m.Progress <= 1) {
			return fmt.Errorf("progress %g; 0 to 1 is wanted", m.Progress)
		}
		if m.ID != 0 { // without one, the model is being loaded
			return m.checkID()
		}
	case Shutdown:
	default:
		return fmt.Errorf("there is no message %q", m.Type)
	}
	return nil
}

func (m *Message) checkID() error {
	if m.ID < 1 || m.ID > maxID {
		return fmt.Errorf("id %d of %s; 1 to %d are wanted", m.ID, m.Type, int64(maxID))
	}
	return nil
}

// AppendMessage appends a message as a line, with its end.
func AppendMessage(line []byte, m Message) ([]byte, error) {
	data, err := json.Marshal(m)
	if err != nil {
		return line, err
	}
	if len(data) > MaxLine {
		return line, fmt.Errorf("a message of %d bytes; at most %d fit in a line", len(data), MaxLine)
	}
	return append(append(line, data...), '\n'), nil
}

// excerpt shows the beginning of what somebody said.
func excerpt(b []byte) string {
	const most = 80
	if len(b) > most {
		return fmt.Sprintf("%q...", b[:most])
	}
	return fmt.Sprintf("%q", b)
}
