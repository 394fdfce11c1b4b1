package endpoint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"time"

	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/recogniser"
)

// Result is the answer to a picture as JSON. Boxes are in pixels of the upright picture.
type Result struct {
	Model  string  `json:"model"`
	Lane   string  `json:"lane"`
	Width  int     `json:"width"`
	Height int     `json:"height"`
	MS     float64 `json:"ms"` // from the whole picture to the answer
	model.Answer
}

// problem is an error with the status that says so over HTTP.
type problem struct {
	code  int
	err   error
	after time.Duration
}

func (p *problem) Error() string { return p.err.Error() }

func (p *problem) Unwrap() error { return p.err }

func problemf(code int, format string, args ...any) error {
	return &problem{code: code, err: fmt.Errorf(format, args...)}
}

// field is the name of a form's field that holds the picture.
const field = "picture"

// recognise answers POST /recognise.
func (h *Handler) recognise(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	res, err := h.answer(w, r)
	code := http.StatusOK
	if err != nil {
		p := problemOf(err)
		code = p.code
		// What is left of the body is not waited for.
		w.Header().Set("Connection", "close")
		fail(w, p.code, p.err, p.after)
	} else {
		reply(w, code, res)
	}
	h.metrics.answered(code, time.Since(begun))
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request) (*Result, error) {
	name, priority, err := parameters(r)
	if err != nil {
		return nil, err
	}
	if r.ContentLength > int64(h.o.Limits.Bytes)+formOverhead {
		return nil, problemf(http.StatusRequestEntityTooLarge, "the picture has %d bytes; at most %d are taken", r.ContentLength, h.o.Limits.Bytes)
	}
	if err := h.service.Admit(name, priority); err != nil {
		return nil, err
	}
	select {
	case h.uploads <- struct{}{}:
		defer func() { <-h.uploads }()
	default:
		return nil, &problem{http.StatusTooManyRequests, fmt.Errorf("%d pictures are being received already", mostUploads), time.Second}
	}
	file, err := h.receive(w, r)
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	ctx, cancel := context.WithTimeout(r.Context(), h.o.Within)
	defer cancel()
	img, err := h.unpack(ctx, file)
	if err != nil {
		return nil, err
	}
	a, err := h.service.Recognise(ctx, name, recogniser.Request{Image: img, Priority: priority})
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = recogniser.Fast
		if _, ok := h.o.Models[name]; !ok {
			name = recogniser.Precise
		}
	}
	return &Result{h.o.Models[name], string(name), img.W, img.H, milliseconds(time.Since(begun)), a}, nil
}

// parameters are those of the address: strictly, so that a misspelt one is no silent
// default.
func parameters(r *http.Request) (name recogniser.LaneName, p recogniser.Priority, err error) {
	p = recogniser.Low // the line's own requests go first
	values := r.URL.Query()
	for key, v := range values {
		switch {
		case len(v) != 1:
			return "", 0, problemf(http.StatusBadRequest, "parameter %.40q needs one value", key)
		case key == "lane":
			name = recogniser.LaneName(v[0])
		case key == "priority":
			if p, err = recogniser.ParsePriority(v[0]); err != nil {
				return "", 0, &problem{code: http.StatusBadRequest, err: err}
			}
		default:
			return "", 0, problemf(http.StatusBadRequest, "there is no parameter %.40q; there are lane and priority", key)
		}
	}
	return name, p, nil
}

// formOverhead is what a form adds to its picture.
const formOverhead = 4 << 10

// receive reads the picture out of a request.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	most := int64(h.o.Limits.Bytes)
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = r.Header.Get("Content-Type")
	}
	var from io.Reader
	switch kind {
	case "image/jpeg", "image/png", "application/octet-stream":
		from = http.MaxBytesReader(w, r.Body, most)
	case "multipart/form-data":
		r.Body = http.MaxBytesReader(w, r.Body, most+formOverhead)
		parts, err := r.MultipartReader()
		if err != nil {
			return nil, problemf(http.StatusBadRequest, "the form cannot be read: %w", err)
		}
		part, err := parts.NextPart()
		if err != nil {
			return nil, received(err, most)
		}
		if part.FormName() != field {
			return nil, problemf(http.StatusBadRequest, "the form's first field is %.40q; %q with the picture is wanted", part.FormName(), field)
		}
		from = part
	default:
		return nil, problemf(http.StatusUnsupportedMediaType, "Content-Type %.80q; image/jpeg, image/png or a form with the field %s is wanted", kind, field)
	}
	file, err := io.ReadAll(from)
	if err != nil {
		return nil, received(err, most)
	}
	if len(file) == 0 {
		return nil, problemf(http.StatusBadRequest, "the request has no picture in it")
	}
	return file, nil
}

// received says why a body was not read to its end.
func received(err error, most int64) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return problemf(http.StatusRequestEntityTooLarge, "the picture has more than %d bytes", most)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problemf(http.StatusRequestTimeout, "the picture did not arrive in time")
	}
	return problemf(http.StatusBadRequest, "the picture did not arrive whole: %w", err)
}

// unpack decodes a picture, a few at a time.
func (h *Handler) unpack(ctx context.Context, file []byte) (model.Image, error) {
	select {
	case h.unpacks <- struct{}{}:
		defer func() { <-h.unpacks }()
	case <-ctx.Done():
		return model.Image{}, ctx.Err()
	}
	return model.DecodePicture(file, h.o.Limits)
}

// problemOf says over HTTP what went wrong.
func problemOf(err error) *problem {
	var p *problem
	var refused *recogniser.Refused
	var down *recogniser.Unavailable
	var fault *recogniser.Fault
	var complaint *recogniser.Complaint
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &refused):
		return &problem{http.StatusTooManyRequests, err, max(refused.RetryAfter, time.Second)}
	case errors.As(err, &down):
		return &problem{http.StatusServiceUnavailable, err, down.RetryAfter}
	case errors.As(err, &fault):
		if fault.Late {
			return &problem{http.StatusGatewayTimeout, err, time.Second}
		}
		return &problem{http.StatusServiceUnavailable, err, time.Second}
	case errors.As(err, &complaint):
		return &problem{code: http.StatusUnprocessableEntity, err: err}
	case errors.Is(err, model.ErrPictureKind):
		return &problem{code: http.StatusUnsupportedMediaType, err: err}
	case errors.Is(err, model.ErrPictureSize):
		return &problem{code: http.StatusRequestEntityTooLarge, err: err}
	case errors.Is(err, model.ErrPictureDamaged), errors.Is(err, recogniser.ErrNoLane):
		return &problem{code: http.StatusBadRequest, err: err}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &problem{http.StatusGatewayTimeout, errors.New("no answer in time"), time.Second}
	case errors.Is(err, recogniser.ErrClosed):
		return &problem{http.StatusServiceUnavailable, errors.New("this server ends"), 5 * time.Second}
	}
	return &problem{code: http.StatusInternalServerError, err: err}
}
