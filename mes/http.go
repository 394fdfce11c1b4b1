package mes

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed web
var web embed.FS

// commandPatience is how long a request waits for the line to apply its command.
const commandPatience = 5 * time.Second

// Handler serves the HTTP API of m under /api/ and a page at /, which needs
// nothing from elsewhere. The README lists the addresses.
//
// A command goes to submit, which applies it on the line's clock and gives the
// error that [MES.Do] gives: see [Inbox.Submit]. With a nil submit, commands are
// refused, and the page shows none. Requests that change something are refused
// when a browser sends them for a page of another origin.
func Handler(m *MES, submit func(context.Context, Command) error) http.Handler {
	a := &api{m: m, submit: submit}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/status", a.get(a.status))
	mux.HandleFunc("/api/orders", a.get(a.orders))
	mux.HandleFunc("/api/orders/{id}", a.get(a.order))
	mux.HandleFunc("/api/orders/{id}/{verb}", a.command)
	mux.HandleFunc("/api/parts", a.get(a.parts))
	mux.HandleFunc("/api/parts/{serial}", a.get(a.serial))
	mux.HandleFunc("/api/parts/{serial}/picture", a.picture("serial", func(n int64) (Picture, error) { return m.PictureOf(uint64(n)) }))
	mux.HandleFunc("/api/tracks/{track}", a.get(a.track))
	mux.HandleFunc("/api/tracks/{track}/picture", a.picture("track", func(n int64) (Picture, error) { return m.PictureOfTrack(uint64(n)) }))
	mux.HandleFunc("/api/pictures/{number}", a.picture("number", m.Picture))
	mux.HandleFunc("/api/history", a.get(a.history))
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, fmt.Errorf("no %s; the addresses are /api/status, /api/orders, /api/parts, /api/tracks, /api/pictures and /api/history", r.URL.Path))
	})
	files, err := fs.Sub(web, "web")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux.Handle("/", page(http.FileServerFS(files)))
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusForbidden, errors.New("this request comes from a page of another origin; give the command from this server's own page"))
	}))
	return cross.Handler(mux)
}

// page lets the browser load nothing from elsewhere, and ask again each time.
func page(files http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !reads(w, r) {
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		files.ServeHTTP(w, r)
	})
}

type api struct {
	m      *MES
	submit func(context.Context, Command) error
}

// get wraps a query: it answers with JSON, and maps errors to status codes.
func (a *api) get(f func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !reads(w, r) {
			return
		}
		v, err := f(r)
		if err != nil {
			fail(w, statusOf(err), err)
			return
		}
		reply(w, http.StatusOK, v)
	}
}

// reads refuses what is not a GET or HEAD.
func reads(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	fail(w, http.StatusMethodNotAllowed, fmt.Errorf("%s is not allowed here; use GET", r.Method))
	return false
}

func (a *api) status(r *http.Request) (any, error) {
	if _, err := parseQuery(r.URL.RawQuery); err != nil {
		return nil, err
	}
	return statusJSON(a.m.Snapshot(), a.submit != nil), nil
}

func (a *api) orders(r *http.Request) (any, error) {
	if _, err := parseQuery(r.URL.RawQuery); err != nil {
		return nil, err
	}
	out := []orderView{}
	for _, o := range a.m.Snapshot().Orders {
		out = append(out, orderJSON(o))
	}
	return map[string]any{"orders": out}, nil
}

func (a *api) order(r *http.Request) (any, error) {
	if _, err := parseQuery(r.URL.RawQuery); err != nil {
		return nil, err
	}
	return a.oneOrder(r.PathValue("id"))
}

func (a *api) oneOrder(id string) (any, error) {
	o, err := a.m.OrderStatus(id)
	if err != nil {
		return nil, err
	}
	audit, err := a.m.Audit(id)
	if err != nil {
		return nil, err
	}
	v := orderJSON(o)
	for _, t := range audit {
		v.Audit = append(v.Audit, transitionView{t.At.Seconds(), string(t.From), string(t.To), t.Cause})
	}
	return v, nil
}

func (a *api) parts(r *http.Request) (any, error) {
	q, err := parseQuery(r.URL.RawQuery, "limit", "before", "order")
	if err != nil {
		return nil, err
	}
	if q.order != "" {
		if _, err := a.m.OrderStatus(q.order); err != nil {
			return nil, err
		}
	}
	rs, err := a.m.Parts(PartsQuery{Limit: q.limit, Before: q.before, Order: q.order})
	if err != nil {
		return nil, err
	}
	return partsJSON(rs), nil
}

func (a *api) serial(r *http.Request) (any, error) {
	return a.traced(r, "serial", a.m.Trace)
}

func (a *api) track(r *http.Request) (any, error) {
	return a.traced(r, "track", a.m.TraceTrack)
}

func (a *api) traced(r *http.Request, what string, trace func(uint64) ([]Record, error)) (any, error) {
	if _, err := parseQuery(r.URL.RawQuery); err != nil {
		return nil, err
	}
	x, err := numbered(r, what)
	if err != nil {
		return nil, err
	}
	rs, err := trace(uint64(x))
	if err != nil {
		return nil, err
	}
	return partsJSON(rs), nil
}

// numbered reads the number in an address.
func numbered(r *http.Request, what string) (int64, error) {
	s := r.PathValue(what)
	x, err := strconv.ParseInt(s, 10, 64)
	if err != nil || x < 1 || s[0] == '+' {
		return 0, badRequest(fmt.Sprintf("%s %q: a whole number from 1 on is needed", what, s))
	}
	return x, nil
}

// picture answers with a JPEG. Browsers may keep it, but ask each time whether it is
// still the one: another file has other pictures of the same numbers.
func (a *api) picture(what string, find func(int64) (Picture, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !reads(w, r) {
			return
		}
		_, err := parseQuery(r.URL.RawQuery)
		var x int64
		if err == nil {
			x, err = numbered(r, what)
		}
		var p Picture
		if err == nil {
			p, err = find(x)
		}
		if err != nil {
			fail(w, statusOf(err), err)
			return
		}
		sum := sha256.Sum256(p.Data)
		h := w.Header()
		h.Set("Content-Type", "image/jpeg")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "private, no-cache")
		h.Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.Data))
	}
}

func (a *api) history(r *http.Request) (any, error) {
	q, err := parseQuery(r.URL.RawQuery, "register", "limit")
	if err != nil {
		return nil, err
	}
	names := a.m.registers
	var ask []string
	if q.register != "" {
		ask = []string{q.register}
		names = ask
	}
	samples, err := a.m.History(q.limit, ask...)
	if err != nil {
		return nil, err
	}
	return historyJSON(names, samples), nil
}

func (a *api) command(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		fail(w, http.StatusMethodNotAllowed, fmt.Errorf("%s is not allowed here; a command needs POST", r.Method))
		return
	}
	verb, err := ParseVerb(r.PathValue("verb"))
	if err != nil {
		fail(w, http.StatusNotFound, err)
		return
	}
	id := r.PathValue("id")
	if _, err := a.m.OrderStatus(id); err != nil {
		fail(w, http.StatusNotFound, err)
		return
	}
	if a.submit == nil {
		fail(w, http.StatusForbidden, errors.New("this run takes no commands; serve the line to give some"))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), commandPatience)
	defer cancel()
	if err := a.submit(ctx, Command{Order: id, Verb: verb}); err != nil {
		fail(w, statusOf(err), err)
		return
	}
	v, err := a.oneOrder(id)
	if err != nil {
		fail(w, statusOf(err), err)
		return
	}
	reply(w, http.StatusOK, v)
}

// badRequest is a request that asks for something that cannot be.
type badRequest string

func (e badRequest) Error() string { return string(e) }

func statusOf(err error) int {
	var t *TransitionError
	var bad badRequest
	switch {
	case errors.As(err, &bad):
		return http.StatusBadRequest
	case errors.As(err, &t):
		return http.StatusConflict
	case errors.Is(err, ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, ErrClosed):
		return http.StatusServiceUnavailable
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

func fail(w http.ResponseWriter, code int, err error) {
	text := strings.TrimPrefix(err.Error(), "mes: ")
	if code == http.StatusGatewayTimeout {
		text = "the line did not take the command in time; it was withdrawn. Is the run still going?"
	}
	reply(w, code, map[string]string{"error": text})
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
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(b.Bytes()) // a client that went away misses nothing
}

// query holds the parameters that addresses take.
type query struct {
	limit    int // 0: not given
	before   int64
	order    string
	register string
}

// parseQuery reads parameters strictly: a misspelt one is an error and not a
// silent default.
func parseQuery(raw string, allowed ...string) (query, error) {
	var q query
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, badRequest(fmt.Sprintf("the parameters %q cannot be read: %v", raw, err))
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		vs := values[name]
		known := slices.Contains(allowed, name)
		switch {
		case !known && len(allowed) == 0:
			return q, badRequest(fmt.Sprintf("unknown parameter %q; this address takes none", name))
		case !known:
			return q, badRequest(fmt.Sprintf("unknown parameter %q; this address takes %s", name, strings.Join(allowed, ", ")))
		case len(vs) != 1 || vs[0] == "":
			return q, badRequest(fmt.Sprintf("parameter %q needs one value", name))
		}
		v := vs[0]
		switch name {
		case "limit":
			if q.limit, err = strconv.Atoi(v); err != nil || q.limit < 1 || q.limit > maxLimit {
				return q, badRequest(fmt.Sprintf("limit %q: a whole number from 1 to %d is needed", v, maxLimit))
			}
		case "before":
			if q.before, err = strconv.ParseInt(v, 10, 64); err != nil || q.before < 1 {
				return q, badRequest(fmt.Sprintf("before %q: the number of a part is needed", v))
			}
		case "order":
			q.order = v
		case "register":
			q.register = v
		}
	}
	return q, nil
}
