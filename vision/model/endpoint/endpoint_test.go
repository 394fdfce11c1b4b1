package endpoint

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/recogniser"
)

// fake is a service that says what a test wants.
type fake struct {
	admit, err error
	seen       atomic.Pointer[recogniser.Request]
	lane       atomic.Value
	wait       chan struct{}
}

func (f *fake) Admit(recogniser.LaneName, recogniser.Priority) error { return f.admit }

func (f *fake) Recognise(ctx context.Context, name recogniser.LaneName, r recogniser.Request) (model.Answer, error) {
	f.seen.Store(&r)
	f.lane.Store(name)
	if f.wait != nil {
		select {
		case <-f.wait:
		case <-ctx.Done():
			return model.Answer{}, ctx.Err()
		}
	}
	return model.Answer{
		Labels: []model.Label{{Label: "cap <b>", Score: 0.9}},
		Boxes:  []model.Box{{Label: "dent", Score: 0.5, X: 1, Y: 2, Width: 3, Height: 4}},
	}, f.err
}

func (f *fake) Status() recogniser.ServiceStatus {
	return recogniser.ServiceStatus{
		Lanes:  map[recogniser.LaneName]recogniser.Status{"fast": {Name: "caps", Ready: 1, Processes: 1, Counts: recogniser.Counts{Answered: 7}}},
		Memory: recogniser.Memory{Device: "GPU", Used: 1, Total: 4},
	}
}

var models = map[recogniser.LaneName]string{"fast": "caps 1.0"}

// dot is a PNG file of a picture whose pixels right of the middle are white.
func dot(t testing.TB, w, h int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := w / 2; x < w; x++ {
			m.SetGray(x, y, color.Gray{255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// request goes to a handler directly.
func request(h http.Handler, method, target, kind string, body io.Reader, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:7121"+target, body)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAPictureIsAnswered(t *testing.T) {
	f := &fake{}
	h := New(f, Options{Models: models})
	var form bytes.Buffer
	mw := multipart.NewWriter(&form)
	part, err := mw.CreateFormFile("picture", "../../x.png")
	if err != nil {
		t.Fatal(err)
	}
	part.Write(dot(t, 20, 10))
	mw.Close()
	for kind, body := range map[string][]byte{"image/png": dot(t, 20, 10), "application/octet-stream": dot(t, 20, 10), mw.FormDataContentType(): form.Bytes()} {
		w := request(h, "POST", "/recognise?lane=fast&priority=high", kind, bytes.NewReader(body), "")
		var got Result
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
			t.Fatalf("%s: %d %s", kind, w.Code, w.Body)
		}
		if got.Model != "caps 1.0" || got.Lane != "fast" || got.Width != 20 || got.Height != 10 || got.Labels[0].Label != "cap <b>" || got.Boxes[0].Width != 3 {
			t.Errorf("%s: %+v", kind, got)
		}
		if r := f.seen.Load(); r.Priority != recogniser.High || r.Image.W != 20 || r.Image.Pix[0] != 0 || r.Image.Pix[3*19] != 255 {
			t.Errorf("%s: the service sees %d x %d of priority %v", kind, r.Image.W, r.Image.H, r.Priority)
		}
	}
	request(h, "POST", "/recognise", "image/png", bytes.NewReader(dot(t, 20, 10)), "")
	if r := f.seen.Load(); r.Priority != recogniser.Low || f.lane.Load() != recogniser.LaneName("") {
		t.Errorf("without parameters: priority %v, lane %q", r.Priority, f.lane.Load())
	}
}

func TestAPhotographIsTurnedUpright(t *testing.T) {
	f := &fake{}
	plain := dot(t, 20, 10)
	tiff := "MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(tiff))), "eXIf"+tiff...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	const head = 33
	turned := append(append(bytes.Clone(plain[:head]), chunk...), plain[head:]...)
	w := request(New(f, Options{}), "POST", "/recognise", "image/png", bytes.NewReader(turned), "")
	if w.Code != 200 {
		t.Fatal(w.Body)
	}
	// Orientation 6: what was right is below.
	if r := f.seen.Load(); r.Image.W != 10 || r.Image.H != 20 || r.Image.Pix[0] != 0 || r.Image.Pix[len(r.Image.Pix)-1] != 255 {
		t.Errorf("the service sees %d x %d pixels, or turned the other way", r.Image.W, r.Image.H)
	}
}

func TestWhatGoesWrongHasItsStatusAndAClearText(t *testing.T) {
	good := dot(t, 20, 10)
	bomb := bytes.Clone(good)
	binary.BigEndian.PutUint32(bomb[16:], 60_000)
	binary.BigEndian.PutUint32(bomb[20:], 60_000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	limits := model.PictureLimits{Bytes: 4000, Pixels: 10_000}
	for name, c := range map[string]struct {
		service *fake
		target  string
		kind    string
		body    io.Reader
		code    int
		text    string
		after   string
	}{
		"no kind":         {&fake{}, "/recognise", "", bytes.NewReader(good), 415, "image/jpeg, image/png or a form", ""},
		"another kind":    {&fake{}, "/recognise", "text/html", bytes.NewReader(good), 415, "text/html", ""},
		"no picture":      {&fake{}, "/recognise", "image/png", strings.NewReader("<svg/>"), 415, "not a JPEG or PNG picture", ""},
		"nothing":         {&fake{}, "/recognise", "image/png", strings.NewReader(""), 400, "no picture in it", ""},
		"damaged":         {&fake{}, "/recognise", "image/png", bytes.NewReader(good[:60]), 400, "the picture is damaged", ""},
		"too long":        {&fake{}, "/recognise", "image/png", bytes.NewReader(make([]byte, 9000)), 413, "at most 4000 are taken", ""},
		"endless":         {&fake{}, "/recognise", "image/png", endless{}, 413, "more than 4000 bytes", ""},
		"a bomb":          {&fake{}, "/recognise", "image/png", bytes.NewReader(bomb), 413, "60000 x 60000 pixels", ""},
		"cut off":         {&fake{}, "/recognise", "image/png", io.MultiReader(bytes.NewReader(good[:50]), iotest.ErrReader(io.ErrUnexpectedEOF)), 400, "did not arrive whole", ""},
		"too slow":        {&fake{}, "/recognise", "image/png", iotest.ErrReader(os.ErrDeadlineExceeded), 408, "did not arrive in time", ""},
		"another field":   {&fake{}, "/recognise", "multipart/form-data; boundary=x", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--x--\r\n"), 400, `first field is "file"`, ""},
		"no boundary":     {&fake{}, "/recognise", "multipart/form-data", strings.NewReader("x"), 400, "the form cannot be read", ""},
		"parameter":       {&fake{}, "/recognise?prio=high", "image/png", bytes.NewReader(good), 400, `no parameter "prio"`, ""},
		"twice":           {&fake{}, "/recognise?lane=fast&lane=fast", "image/png", bytes.NewReader(good), 400, "needs one value", ""},
		"priority":        {&fake{}, "/recognise?priority=highest", "image/png", bytes.NewReader(good), 400, "low, normal or high is wanted", ""},
		"lane":            {&fake{admit: fmt.Errorf("%w", recogniser.ErrNoLane)}, "/recognise?lane=slow", "image/png", bytes.NewReader(good), 400, "no such lane", ""},
		"refused":         {&fake{admit: &recogniser.Refused{Why: "8 requests are in work", RetryAfter: 2500 * time.Millisecond}}, "/recognise", "image/png", bytes.NewReader(good), 429, "8 requests are in work", "3"},
		"refused later":   {&fake{err: &recogniser.Refused{Why: "full"}}, "/recognise", "image/png", bytes.NewReader(good), 429, "full", "1"},
		"down":            {&fake{err: &recogniser.Unavailable{Cause: errors.New("no weights"), RetryAfter: 7 * time.Second}}, "/recognise", "image/png", bytes.NewReader(good), 503, "no weights", "7"},
		"died":            {&fake{err: &recogniser.Fault{Name: "caps", What: "ended by itself"}}, "/recognise", "image/png", bytes.NewReader(good), 503, "ended by itself", "1"},
		"late":            {&fake{err: &recogniser.Fault{Name: "caps", What: "did not answer", Late: true}}, "/recognise", "image/png", bytes.NewReader(good), 504, "did not answer", "1"},
		"complaint":       {&fake{err: &recogniser.Complaint{Name: "caps", Text: "too dark"}}, "/recognise", "image/png", bytes.NewReader(good), 422, "too dark", ""},
		"in no time":      {&fake{wait: make(chan struct{})}, "/recognise", "image/png", bytes.NewReader(good), 504, "no answer in time", "1"},
		"closed":          {&fake{err: recogniser.ErrClosed}, "/recognise", "image/png", bytes.NewReader(good), 503, "this server ends", "5"},
		"something else":  {&fake{err: errors.New("disk full")}, "/recognise", "image/png", bytes.NewReader(good), 500, "disk full", ""},
		"no such address": {&fake{}, "/admin", "", nil, 405, "this takes GET, HEAD", ""},
	} {
		h := New(c.service, Options{Limits: limits, Within: 50 * time.Millisecond})
		w := request(h, "POST", c.target, c.kind, c.body, "")
		var body struct {
			Error string `json:"error"`
		}
		err := json.Unmarshal(w.Body.Bytes(), &body)
		if err != nil || w.Code != c.code || !strings.Contains(body.Error, c.text) || w.Header().Get("Retry-After") != c.after {
			t.Errorf("%s: %d, Retry-After %q, %s; want %d, %q, %q", name, w.Code, w.Header().Get("Retry-After"), w.Body, c.code, c.after, c.text)
		}
	}
}

// endless is a body without an end and a length.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestOnlyWhoHasTheTokenGetsIn(t *testing.T) {
	h := New(&fake{}, Options{Token: "s3cret", Models: models})
	for _, c := range []struct {
		method, target, token string
		want                  int
	}{
		{"GET", "/", "", 200},
		{"GET", "/app.js", "", 200},
		{"GET", "/status", "", 401},
		{"GET", "/metrics", "", 401},
		{"POST", "/recognise", "", 401},
		{"POST", "/recognise", "s3cret2", 401},
		{"GET", "/status", "s3cret", 200},
		{"GET", "/metrics", "s3cret", 200},
		{"GET", "/recognise", "s3cret", 405},
	} {
		w := request(h, c.method, c.target, "image/png", bytes.NewReader(dot(t, 4, 4)), c.token)
		if w.Code != c.want {
			t.Errorf("%s %s with %q: %d, want %d: %s", c.method, c.target, c.token, w.Code, c.want, w.Body)
		}
	}
	for i := range 50 {
		w := request(h, "GET", "/status", "", nil, fmt.Sprint("guess", i))
		if w.Code == 429 {
			if w.Header().Get("Retry-After") == "" {
				t.Error("no time after which to try again")
			}
			return
		}
	}
	t.Error("50 guesses were looked at")
}

func TestPagesOfOtherSitesGetNothing(t *testing.T) {
	h := New(&fake{}, Options{})
	for host, want := range map[string]int{"127.0.0.1:7121": 200, "localhost:7121": 200, "[::1]:7121": 200, "evil.example:7121": 403, "127.0.0.1.evil.example": 403, "": 403} {
		r := httptest.NewRequest("GET", "/status", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("host %q: %d, want %d", host, w.Code, want)
		}
	}
	r := httptest.NewRequest("POST", "http://localhost:7121/recognise", bytes.NewReader(dot(t, 4, 4)))
	r.Header.Set("Content-Type", "image/png")
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 403 {
		t.Errorf("a page of another site: %d", w.Code)
	}
}

func TestPicturesThatAreReceivedAtOnceAreBounded(t *testing.T) {
	h := New(&fake{}, Options{})
	for range mostUploads {
		h.uploads <- struct{}{}
	}
	w := request(h, "POST", "/recognise", "image/png", bytes.NewReader(dot(t, 4, 4)), "")
	if w.Code != 429 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

func TestMetricsTellWhatHappened(t *testing.T) {
	h := New(&fake{}, Options{})
	request(h, "POST", "/recognise", "image/png", bytes.NewReader(dot(t, 4, 4)), "")
	request(h, "POST", "/recognise", "text/plain", strings.NewReader("x"), "")
	text := request(h, "GET", "/metrics", "", nil, "").Body.String()
	for _, want := range []string{
		`linetwin_model_requests_total{status="200"} 1`, `linetwin_model_requests_total{status="415"} 1`,
		`linetwin_model_request_seconds_count 2`, `linetwin_model_answered_total{lane="fast"} 7`,
		`linetwin_model_memory_used_ratio 0.25`, `linetwin_model_ready{lane="fast"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// serve serves a handler as the command does, with patience of its own.
func serve(t *testing.T, h http.Handler, change func(*http.Server)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := Server(h)
	if change != nil {
		change(s)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(Limit(l)) }()
	t.Cleanup(func() {
		s.Close()
		<-done
	})
	return l.Addr().String()
}

func TestWhoSendsHisHeadSlowlyIsCutOff(t *testing.T) {
	at := serve(t, New(&fake{}, Options{}), func(s *http.Server) { s.ReadHeaderTimeout = 100 * time.Millisecond })
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /recognise HTTP/1.1\r\nHost: %s\r\nX-Slow: ", at)
	c.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("it is not cut off: %v", err)
	}
}

func TestWhoSendsHisPictureSlowlyIsCutOff(t *testing.T) {
	f := &fake{}
	at := serve(t, New(f, Options{}), func(s *http.Server) { s.ReadTimeout = 150 * time.Millisecond })
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /recognise HTTP/1.1\r\nHost: %s\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\nabc", at)
	c.SetReadDeadline(time.Now().Add(time.Minute))
	said, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(said), "HTTP/1.1 408 ") {
		t.Errorf("%q, %v", said, err)
	}
	if f.seen.Load() != nil {
		t.Error("half a picture was recognised")
	}
}

func TestAHeadWithoutEndIsRefused(t *testing.T) {
	at := serve(t, New(&fake{}, Options{}), nil)
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\nX-Long: %s", at, strings.Repeat("x", 64<<10))
	c.SetReadDeadline(time.Now().Add(time.Minute))
	said, _ := io.ReadAll(c)
	if !strings.HasPrefix(string(said), "HTTP/1.1 431 ") {
		t.Errorf("%.80q", said)
	}
}

func TestNobodyTakesAllConnections(t *testing.T) {
	at := serve(t, New(&fake{}, Options{}), nil)
	var held []net.Conn
	defer func() {
		for _, c := range held {
			c.Close()
		}
	}()
	for range mostOfAnAddress {
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
	}
	more, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer more.Close()
	more.SetReadDeadline(time.Now().Add(time.Minute))
	if n, err := more.Read(make([]byte, 1)); n != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("one too many is let in: %v", err)
	}
	held[0].Close()
	for begun := time.Now(); ; {
		res, err := http.Get("http://" + at + "/status")
		if err == nil {
			res.Body.Close()
			break
		}
		if time.Since(begun) > time.Minute {
			t.Fatal("there is no room after one has gone")
		}
	}
}

func TestThePageNeedsNothingFromElsewhere(t *testing.T) {
	h := New(&fake{}, Options{})
	for _, name := range []string{"/", "/app.js", "/style.css"} {
		w := request(h, "GET", name, "", nil, "")
		if w.Code != 200 || strings.Contains(w.Body.String(), "http://") || strings.Contains(w.Body.String(), "https://") {
			t.Errorf("%s: %d, or an address of another site", name, w.Code)
		}
		if !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'self'") {
			t.Errorf("%s may load anything", name)
		}
	}
}
