package recogniser

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"linetwin.dev/vision/model"
)

// Handler is the recogniser's side in Go, for Serve.
type Handler struct {
	Name   string
	Device string
	// Recognise answers for a picture. Its pixels are shared with who asked, so they
	// are only read, and not after it has returned. An error is the picture's: the
	// recogniser goes on.
	Recognise func(model.Image) (model.Answer, error)
}

// Serve is a recogniser's main loop: it calls load once, and then answers what comes from
// in, until that ends or it is asked to end. What load says is wrong is told to who
// started it.
func Serve(in io.Reader, out io.Writer, load func() (*Handler, error)) error {
	lines := newLineReader(in)
	hello, err := hear(lines)
	if err != nil {
		return err
	}
	if hello.Type != Hello || hello.Protocol != ProtocolVersion {
		return fmt.Errorf("hello of version %d of the protocol is wanted, not %s of %d", ProtocolVersion, hello.Type, hello.Protocol)
	}
	h, err := load()
	if err != nil {
		return errors.Join(err, say(out, Message{Type: Failure, Error: err.Error()}))
	}
	if err := say(out, Message{Type: Ready, Protocol: ProtocolVersion, Name: h.Name, Device: h.Device, Images: []ImageKind{Shared, File}}); err != nil {
		return err
	}
	for {
		m, err := hear(lines)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case m.Type == Shutdown:
			return nil
		case m.Type != Recognise:
			return fmt.Errorf("recognise or shutdown is wanted, not %s", m.Type)
		}
		if err := say(out, h.reply(m)); err != nil {
			return err
		}
	}
}

func hear(lines *lineReader) (Message, error) {
	line, err := lines.next()
	if err != nil {
		return Message{}, err
	}
	return ParseMessage(line)
}

func say(out io.Writer, m Message) error {
	line, err := AppendMessage(nil, m)
	if err != nil {
		return err
	}
	_, err = out.Write(line)
	return err
}

func (h *Handler) reply(m Message) Message {
	img, release, err := m.Image.Load()
	if err != nil {
		return Message{Type: Failure, ID: m.ID, Error: err.Error()}
	}
	defer release()
	a, err := h.Recognise(img)
	if err == nil {
		err = a.Check()
	}
	if err != nil {
		return Message{Type: Failure, ID: m.ID, Error: err.Error()}
	}
	return Message{Type: Result, ID: m.ID, Answer: &a}
}

// Load gets the picture that a reference points to. release gives back what was mapped;
// the pixels must not be touched after it. Pictures of format rgb8 without gaps are not
// copied.
func (r *Reference) Load() (img model.Image, release func(), err error) {
	if err := r.Check(); err != nil {
		return img, nil, err
	}
	if r.File != "" {
		file, err := os.ReadFile(r.File)
		if err != nil {
			return img, nil, err
		}
		img, err = model.DecodePicture(file, model.PictureLimits{})
		return img, func() {}, err
	}
	data, release, err := mapShared(r.Shared, r.end())
	if err != nil {
		return img, nil, err
	}
	data = data[r.Offset:]
	if r.Format == RGB8 && r.Stride == 3*r.Width {
		return model.Image{W: r.Width, H: r.Height, Pix: data[: 3*r.Width*r.Height : 3*r.Width*r.Height]}, release, nil
	}
	defer release()
	img = model.Image{W: r.Width, H: r.Height, Pix: make([]byte, 0, 3*r.Width*r.Height)}
	for y := range r.Height {
		row := data[y*r.Stride:][:r.Width*r.Format.channels()]
		switch r.Format {
		case RGB8:
			img.Pix = append(img.Pix, row...)
		case BGR8:
			for p := range slices.Chunk(row, 3) {
				img.Pix = append(img.Pix, p[2], p[1], p[0])
			}
		case Gray8:
			for _, v := range row {
				img.Pix = append(img.Pix, v, v, v)
			}
		}
	}
	return img, func() {}, nil
}
