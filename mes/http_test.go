package mes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"linetwin.dev/mes"
)

// served is a MES with some past, and its handler. Commands are applied at 60 s.
func served(tb testing.TB) (*mes.MES, http.Handler) {
	m := open(tb, mes.Config{Run: "bottling-1", Registers: []string{"speed", "torque"}, Orders: []mes.Order{
		{ID: "A", Product: "still", Quantity: 2, Cycle: time.Second}, {ID: "B", Product: "still", Quantity: 5}, {ID: "C", Product: "still", Quantity: 5}}})
	must(tb, m.State(0, "Execute"))
	for i := 1; i <= 4; i++ {
		now := time.Duration(i) * time.Second
		p := mes.Part{Track: uint64(i), Serial: uint64(100 + i), Product: "still", Good: i != 2,
			Steps: []mes.Step{{Station: "infeed", At: now, Result: "seen", Value: math.NaN()}, {Station: "cap", At: now, Result: "<b>capped", Value: 0.5, Unit: "m", Measures: []mes.Measure{
				{Name: "cap_tilt", Value: math.Pi / 60, Unit: "rad"}, {Name: "cap_height", Value: 0.187362, Unit: "m"}, {Name: "torn", Value: 0.0125, Unit: "1"},
				{Name: "grade", Value: 3}, {Name: "length", Value: 1.25, Unit: "m"}, {Name: "depth", Value: math.NaN(), Unit: "<i>m"}}}}}
		if !p.Good {
			p.Reason = "no QR"
		}
		must(tb, m.Complete(now, p))
		if !p.Good {
			must(tb, m.Attach(uint64(i), mes.Picture{PictureInfo: mes.PictureInfo{Station: "cap", Camera: "top", At: now, Verdict: p.Reason}, Data: photo(i)}))
		}
		must(tb, m.Sample(now, []float64{float64(i), math.Inf(1)}, []uint8{0, 1}))
	}
	return m, mes.Handler(m, func(_ context.Context, c mes.Command) error { return m.Do(time.Minute, c) })
}

func call(tb testing.TB, h http.Handler, method, target string) (int, map[string]any, http.Header) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		tb.Fatalf("%s %s: %v in %q", method, target, err, w.Body)
	}
	if ct := w.Header().Get("Content-Type"); ct != "application/json" {
		tb.Errorf("%s %s is %s", method, target, ct)
	}
	return w.Code, body, w.Header()
}

// at follows keys and indices into a decoded document.
func at(v any, path ...any) any {
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[k]
		case int:
			a, _ := v.([]any)
			if k >= len(a) {
				return nil
			}
			v = a[k]
		}
	}
	return v
}

func TestTheAPIAnswersQueries(t *testing.T) {
	_, h := served(t)
	for _, tc := range []struct {
		target string
		path   []any
		want   any
	}{
		{"/api/status", []any{"run"}, "bottling-1"},
		{"/api/status", []any{"now_s"}, 4.0},
		{"/api/status", []any{"producing"}, true},
		{"/api/status", []any{"commands"}, true},
		{"/api/status", []any{"total", "good"}, 3.0},
		{"/api/status", []any{"total", "reasons", 0, "reason"}, "no QR"},
		{"/api/status", []any{"states", 0, "time_s"}, 4.0},
		{"/api/status", []any{"kpi", "oee"}, nil},
		{"/api/status", []any{"recent", 0, "serial"}, 104.0},
		{"/api/status", []any{"history", "samples"}, 4.0},
		{"/api/orders", []any{"orders", 1, "state"}, "Running"},
		{"/api/orders/A", []any{"state"}, "Completed"},
		{"/api/orders/A", []any{"kpi", "effectiveness"}, 1.0},
		{"/api/orders/A", []any{"audit", 3, "cause"}, "quantity reached"},
		{"/api/orders/B", []any{"can", 0}, "hold"},
		{"/api/orders/C", []any{"started_s"}, nil},
		{"/api/parts", []any{"parts", 0, "n"}, 4.0},
		{"/api/parts?limit=1", []any{"parts", 1}, nil},
		{"/api/parts?before=3&limit=1", []any{"parts", 0, "n"}, 2.0},
		{"/api/parts?order=A", []any{"parts", 0, "n"}, 3.0},
		{"/api/parts/102", []any{"parts", 0, "reason"}, "no QR"},
		{"/api/parts/102", []any{"parts", 0, "steps", 0, "value"}, nil},
		{"/api/parts/102", []any{"parts", 0, "steps", 1, "result"}, "<b>capped"},
		{"/api/parts/102", []any{"parts", 0, "steps", 0, "measures"}, nil},
		{"/api/parts/102", []any{"parts", 0, "steps", 1, "measures", 0, "name"}, "cap_tilt"},
		{"/api/parts/102", []any{"parts", 0, "steps", 1, "measures", 0, "value"}, math.Pi / 60},
		{"/api/parts/102", []any{"parts", 0, "steps", 1, "measures", 0, "unit"}, "rad"},
		{"/api/parts/102", []any{"parts", 0, "steps", 1, "measures", 3, "unit"}, ""},
		{"/api/parts/102", []any{"parts", 0, "steps", 1, "measures", 5, "name"}, "depth"},
		{"/api/parts/102", []any{"parts", 0, "steps", 1, "measures", 5, "value"}, nil},
		{"/api/tracks/3", []any{"parts", 0, "steps", 1, "measures", 4, "value"}, 1.25},
		{"/api/parts?limit=1", []any{"parts", 0, "steps", 1, "measures", 2, "value"}, 0.0125},
		{"/api/parts/102", []any{"parts", 0, "pictures", 0, "href"}, "api/pictures/1"},
		{"/api/parts/102", []any{"parts", 0, "pictures", 0, "width"}, 8.0},
		{"/api/parts/103", []any{"parts", 0, "pictures"}, nil},
		{"/api/status", []any{"recent", 2, "pictures", 0, "verdict"}, "no QR"},
		{"/api/status", []any{"pictures", "kept"}, 1.0},
		{"/api/status", []any{"pictures", "dropped"}, 0.0},
		{"/api/tracks/3", []any{"parts", 0, "serial"}, 103.0},
		{"/api/history", []any{"registers", 1}, "torque"},
		{"/api/history", []any{"samples", 0, "values", 0}, 4.0},
		{"/api/history", []any{"samples", 0, "values", 1}, nil},
		{"/api/history?register=torque&limit=2", []any{"samples", 1, "quality", 0}, 1.0},
		{"/api/history?register=torque&limit=2", []any{"samples", 2}, nil},
	} {
		code, body, _ := call(t, h, "GET", tc.target)
		if got := at(body, tc.path...); code != 200 || got != tc.want {
			t.Errorf("%s: status %d, %v is %v, want %v", tc.target, code, tc.path, got, tc.want)
		}
	}
}

func TestTheAPISaysWhatIsWrongWithARequest(t *testing.T) {
	_, h := served(t)
	for _, tc := range []struct {
		method, target string
		code           int
		want           string
	}{
		{"GET", "/api/nothing", 404, "the addresses are /api/status"},
		{"GET", "/api/orders/Z", 404, `order "Z": not found`},
		{"GET", "/api/parts/999", 404, "no part of serial 999"},
		{"GET", "/api/tracks/999", 404, "no part of track 999"},
		{"GET", "/api/parts/abc", 400, `serial "abc": a whole number from 1 on`},
		{"GET", "/api/parts/0", 400, "a whole number from 1 on"},
		{"GET", "/api/parts/18446744073709551615", 400, "a whole number from 1 on"},
		{"GET", "/api/parts/+5", 400, "a whole number from 1 on"},
		{"GET", "/api/parts/103/picture", 404, "picture of the part of serial 103: not found; pictures are kept of bad parts and of some good ones, and the newest 1000 of them"},
		{"GET", "/api/parts/999/picture", 404, "no part of serial 999"},
		{"GET", "/api/tracks/3/picture", 404, "picture of the part of track 3: not found"},
		{"GET", "/api/tracks/999/picture", 404, "no part of track 999"},
		{"GET", "/api/pictures/2", 404, "picture number 2: not found"},
		{"GET", "/api/pictures/x", 400, `number "x": a whole number from 1 on`},
		{"GET", "/api/pictures/9223372036854775808", 400, "a whole number from 1 on"},
		{"GET", "/api/pictures/1?size=2", 400, "this address takes none"},
		{"GET", "/api/pictures", 404, "the addresses are"},
		{"POST", "/api/pictures/1", 405, "use GET"},
		{"GET", "/api/parts?limit=0", 400, "from 1 to 1000"},
		{"GET", "/api/parts?limit=1001", 400, "from 1 to 1000"},
		{"GET", "/api/parts?limit=ten", 400, `limit "ten"`},
		{"GET", "/api/parts?limit=1&limit=2", 400, `parameter "limit" needs one value`},
		{"GET", "/api/parts?limit=", 400, "needs one value"},
		{"GET", "/api/parts?before=-1", 400, "the number of a part"},
		{"GET", "/api/parts?order=Z", 404, `order "Z": not found`},
		{"GET", "/api/parts?limt=5", 400, `unknown parameter "limt"; this address takes limit, before, order`},
		{"GET", "/api/status?x=1", 400, "this address takes none"},
		{"GET", "/api/parts?%zz=1", 400, "cannot be read"},
		{"GET", "/api/history?register=pressure", 404, `the sampled ones are ["speed" "torque"]`},
		{"POST", "/api/status", 405, "POST is not allowed here; use GET"},
		{"DELETE", "/api/orders/B", 405, "use GET"},
		{"POST", "/", 405, "use GET"},
		{"GET", "/api/orders/B/hold", 405, "a command needs POST"},
		{"POST", "/api/orders/B/stop", 404, "the commands are release, start, hold, resume, abort"},
		{"POST", "/api/orders/Z/hold", 404, `order "Z": not found`},
		{"POST", "/api/orders/A/start", 409, "Completed is final"},
		{"POST", "/api/orders/C/start", 409, "order B is running"},
	} {
		code, body, header := call(t, h, tc.method, tc.target)
		text, _ := body["error"].(string)
		if code != tc.code || !strings.Contains(text, tc.want) {
			t.Errorf("%s %s: %d %q, want %d %q", tc.method, tc.target, code, text, tc.code, tc.want)
		}
		if code == 405 && header.Get("Allow") == "" {
			t.Errorf("%s %s does not say what is allowed", tc.method, tc.target)
		}
	}
}

func TestTheAPIAnswersWithPicturesThatBrowsersKeepAndAskAgainFor(t *testing.T) {
	_, h := served(t)
	get := func(method, target string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, target := range []string{"/api/pictures/1", "/api/parts/102/picture", "/api/tracks/2/picture"} {
		w := get("GET", target)
		if w.Code != 200 || !bytes.Equal(w.Body.Bytes(), photo(2)) {
			t.Errorf("%s: %d, %d bytes", target, w.Code, w.Body.Len())
		}
		tag := w.Header().Get("ETag")
		for name, want := range map[string]string{
			"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache",
			"Content-Length": strconv.Itoa(len(photo(2))),
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", target, name, got, want)
			}
		}
		if w := get("GET", target, "If-None-Match", tag); len(tag) < 10 || w.Code != 304 || w.Body.Len() != 0 {
			t.Errorf("%s with the tag %s: %d, %d bytes", target, tag, w.Code, w.Body.Len())
		}
		if w := get("GET", target, "If-None-Match", `"another"`); w.Code != 200 {
			t.Errorf("%s with another tag: %d", target, w.Code)
		}
		if w := get("HEAD", target); w.Code != 200 || w.Body.Len() != 0 {
			t.Errorf("HEAD %s: %d, %d bytes", target, w.Code, w.Body.Len())
		}
	}
}

func TestCommandsThroughTheAPIChangeTheOrder(t *testing.T) {
	m, h := served(t)
	for _, tc := range []struct{ target, order, state string }{
		{"/api/orders/C/release", "C", "Released"},
		{"/api/orders/B/hold", "B", "Held"},
		{"/api/orders/C/start", "C", "Running"},
		{"/api/orders/C/abort", "C", "Aborted"},
		{"/api/orders/B/resume", "B", "Running"},
	} {
		code, body, _ := call(t, h, "POST", tc.target)
		if code != 200 || body["id"] != tc.order || body["state"] != tc.state {
			t.Errorf("%s: %d %v", tc.target, code, body)
		}
	}
	must(t, m.Check())
}

func TestCommandsAreRefusedWhereTheyMayNotComeFrom(t *testing.T) {
	m, h := served(t)
	r := httptest.NewRequest("POST", "/api/orders/B/abort", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 403 || !strings.Contains(w.Body.String(), "another origin") {
		t.Errorf("from another origin: %d %s", w.Code, w.Body)
	}
	readOnly := mes.Handler(m, nil)
	if code, body, _ := call(t, readOnly, "POST", "/api/orders/B/abort"); code != 403 || !strings.Contains(body["error"].(string), "takes no commands") {
		t.Errorf("without commands: %d %v", code, body)
	}
	if _, body, _ := call(t, readOnly, "GET", "/api/status"); body["commands"] != false {
		t.Error("a server without commands says that it takes some")
	}
	slow := mes.Handler(m, func(context.Context, mes.Command) error { return context.DeadlineExceeded })
	if code, body, _ := call(t, slow, "POST", "/api/orders/B/abort"); code != 504 || !strings.Contains(body["error"].(string), "withdrawn") {
		t.Errorf("when the line does not answer: %d %v", code, body)
	}
	if o, _ := m.OrderStatus("B"); o.State != mes.Running {
		t.Errorf("order B is %s", o.State)
	}
	must(t, m.Close())
	if code, _, _ := call(t, h, "GET", "/api/parts"); code != 503 {
		t.Errorf("after Close: %d", code)
	}
	if code, _, _ := call(t, h, "GET", "/api/status"); code != 200 {
		t.Errorf("status after Close: %d", code)
	}
}

func TestAnInboxBringsCommandsOntoTheLinesClock(t *testing.T) {
	m, _ := served(t)
	box := mes.NewInbox(m)
	if got := box.Apply(5 * time.Second); got != nil {
		t.Errorf("applied %v of nothing", got)
	}
	answers := make(chan error)
	for _, c := range []mes.Command{{Order: "B", Verb: mes.Hold}, {Order: "A", Verb: mes.Hold}} {
		go func() { answers <- box.Submit(context.Background(), c) }()
	}
	var done []mes.Command
	var errs []error
	for now := 6 * time.Second; len(errs) < 2; now += time.Millisecond {
		done = append(done, box.Apply(now)...)
		select {
		case err := <-answers:
			errs = append(errs, err)
		case <-time.After(time.Millisecond):
		}
	}
	var refused *mes.TransitionError
	if !errors.As(errors.Join(errs...), &refused) || refused.Order != "A" || len(done) != 1 || done[0].Order != "B" {
		t.Errorf("done %v, errors %v", done, errs)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := box.Submit(ctx, mes.Command{Order: "B", Verb: mes.Abort}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up, it said %v", err)
	}
	if got := box.Apply(time.Hour); got != nil {
		t.Errorf("a withdrawn command was applied: %v", got)
	}
}

func TestThePageNeedsNothingFromElsewhere(t *testing.T) {
	_, h := served(t)
	s := httptest.NewServer(h)
	defer s.Close()
	elsewhere := regexp.MustCompile(`(src|href|url\(|from|import)[ ="'(]*(https?:)?//`)
	for target, kind := range map[string]string{"/": "text/html", "/app.js": "javascript", "/style.css": "text/css"} {
		r, err := http.Get(s.URL + target)
		must(t, err)
		body, err := io.ReadAll(r.Body)
		must(t, err)
		r.Body.Close()
		if r.StatusCode != 200 || !strings.Contains(r.Header.Get("Content-Type"), kind) || !strings.Contains(r.Header.Get("Content-Security-Policy"), "default-src 'self'") {
			t.Errorf("%s: %d %v", target, r.StatusCode, r.Header)
		}
		if x := elsewhere.Find(body); x != nil {
			t.Errorf("%s refers to elsewhere: %s", target, x)
		}
	}
}

func FuzzQueriesAreAnsweredOrRefusedButNeverFail(f *testing.F) {
	m, _ := served(f)
	h := mes.Handler(m, nil)
	for _, s := range []string{"limit=5", "limit=-1&before=9", "register=speed&limit=1000", "order=A&limit=2", "%", "limit=1;before=2", "order=%00", "register=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, path := range []string{"/api/status", "/api/orders", "/api/parts", "/api/history", "/api/parts/101", "/api/pictures/" + url.PathEscape(raw), "/api/parts/" + url.PathEscape(raw) + "/picture", "/api/tracks/" + url.PathEscape(raw), "/api/orders/" + url.PathEscape(raw)} {
			r := httptest.NewRequest("GET", "/", nil)
			u, err := url.Parse(path)
			if err != nil {
				continue
			}
			r.URL = u
			r.URL.RawQuery = raw
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			switch w.Code {
			case 200, 400, 404:
				if !json.Valid(w.Body.Bytes()) {
					t.Errorf("%s?%s: no JSON: %q", path, raw, w.Body)
				}
			case 301, 307: // a path with dots, cleaned
			default:
				t.Errorf("%s?%s: status %d %s", path, raw, w.Code, w.Body)
			}
		}
	})
}
