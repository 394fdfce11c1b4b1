package endpoint

import (
	"bytes"
	"context"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"linetwin.dev/protocol/guard"
	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/recogniser"
)

//go:embed web
var web embed.FS

// Service recognises pictures; a [recogniser.Service] does.
type Service interface {
	Admit(recogniser.LaneName, recogniser.Priority) error
	Recognise(context.Context, recogniser.LaneName, recogniser.Request) (model.Answer, error)
	Status() recogniser.ServiceStatus
}

// Options set up a Handler. The zero value lets in who comes from this machine.
type Options struct {
	// Token is what a request must show, as Authorization: Bearer TOKEN. Without one, only
	// requests whose Host is this machine's are answered, so that no page of another site
	// gets at it through a browser that runs here.
	Token  string
	Models map[recogniser.LaneName]string // what is recognised with, for the answers
	Limits model.PictureLimits
	Within time.Duration // from the whole picture to the answer; 0: 30 s
}

// What is done at once at most: pictures that are received are held in memory, and ones
// that are unpacked take ten times as much.
const (
	mostUploads = 16
	mostUnpacks = 2
)

// Handler serves the page and the API. It is safe for concurrent use.
type Handler struct {
	service Service
	o       Options
	mux     http.Handler
	guard   guard.Guard
	uploads chan struct{}
	unpacks chan struct{}
	metrics *metrics
}

// New returns a handler before a service.
func New(s Service, o Options) *Handler {
	o.Limits = o.Limits.WithDefaults()
	if o.Within <= 0 {
		o.Within = 30 * time.Second
	}
	h := &Handler{
		service: s, o: o,
		uploads: make(chan struct{}, mostUploads), unpacks: make(chan struct{}, mostUnpacks),
		metrics: newMetrics(s),
	}
	files, err := fs.Sub(web, "web")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux := http.NewServeMux()
	mux.Handle("/", only("GET, HEAD", http.FileServerFS(files)))
	mux.Handle("/status", only("GET, HEAD", h.known(http.HandlerFunc(h.status))))
	mux.Handle("/metrics", only("GET, HEAD", h.known(h.metrics.handler())))
	mux.Handle("/recognise", only("POST", h.known(http.HandlerFunc(h.recognise))))
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusForbidden, errors.New("this request comes from a page of another site"), 0)
	}))
	h.mux = cross.Handler(mux)
	return h
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cache-Control", "no-store")
	if h.o.Token == "" && !local(r.Host) {
		fail(w, http.StatusForbidden, fmt.Errorf("this server is for its own machine only, not for %.100q; one with a token is for others", r.Host), 0)
		return
	}
	h.mux.ServeHTTP(w, r)
}

// only lets methods through.
func only(methods string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(strings.Split(methods, ", "), r.Method) {
			w.Header().Set("Allow", methods)
			fail(w, http.StatusMethodNotAllowed, fmt.Errorf("%.20q is not allowed here; this takes %s", r.Method, methods), 0)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// local tells whether a Host is this machine, by a name that no other site can have.
func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// known lets in who shows the token.
func (h *Handler) known(next http.Handler) http.Handler {
	if h.o.Token == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, shown, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		shown = strings.TrimSpace(shown)
		if !strings.EqualFold(scheme, "Bearer") || shown == "" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="linetwin"`)
			fail(w, http.StatusUnauthorized, errors.New("this takes a token; send it as Authorization: Bearer TOKEN, or open the page with #TOKEN at the end of its address"), 0)
			return
		}
		from, now := guard.From(r.RemoteAddr), time.Now()
		if wait := h.guard.Wait(from, now); wait > 0 {
			fail(w, http.StatusTooManyRequests, errors.New("too many wrong tokens came from this address"), wait)
			return
		}
		if subtle.ConstantTimeCompare([]byte(shown), []byte(h.o.Token)) != 1 {
			h.guard.Wrong(from, shown, now)
			w.Header().Set("WWW-Authenticate", `Bearer realm="linetwin", error="invalid_token"`)
			fail(w, http.StatusUnauthorized, errors.New("this is not the token of this server"), 0)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// fail answers with an error, and with when to try again if after is not zero.
func fail(w http.ResponseWriter, code int, err error, after time.Duration) {
	body := struct {
		Error      string `json:"error"`
		RetryAfter int    `json:"retry_after_s,omitempty"`
	}{Error: err.Error()}
	if after > 0 {
		body.RetryAfter = int(math.Ceil(after.Seconds()))
		w.Header().Set("Retry-After", strconv.Itoa(body.RetryAfter))
	}
	reply(w, code, body)
}

func reply(w http.ResponseWriter, code int, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		code = http.StatusInternalServerError
		b.Reset()
		fmt.Fprintf(&b, "{\"error\": %q}\n", err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(b.Bytes()) // a client that went away misses nothing
}

// lane is a lane's state as JSON.
type lane struct {
	Model   string  `json:"model"`
	Device  string  `json:"device,omitempty"`
	Ready   int     `json:"ready"`
	Running int     `json:"running"`
	Waiting int     `json:"waiting"`
	MeanMS  float64 `json:"mean_ms"`
	Trouble string  `json:"trouble,omitempty"`
}

func (h *Handler) status(w http.ResponseWriter, r *http.Request) {
	s := h.service.Status()
	out := struct {
		Lanes      map[string]lane `json:"lanes"`
		InWork     int             `json:"in_work"`
		MemoryPart float64         `json:"memory_part"`
	}{map[string]lane{}, s.InWork, s.Memory.Part()}
	for name, l := range s.Lanes {
		out.Lanes[string(name)] = lane{h.o.Models[name], l.Device, l.Ready, l.Running, l.Waiting, milliseconds(l.Mean), l.Trouble}
	}
	reply(w, http.StatusOK, out)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
