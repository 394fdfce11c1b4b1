package bench

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// photo is a PNG with so much noise that it does not compress.
func photo(w, h int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			level := 90 + 80*float64(y)/float64(h)
			if math.Abs(float64(x-w/2)) < float64(w)/9 && y > h/5 {
				level = 200
			}
			n := level + 6*r.NormFloat64()
			img.Set(x, y, color.RGBA{uint8(n), uint8(n), uint8(min(n*1.04, 255)), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// line is the report of five minutes on an invented line.
func line(broken bool) Report {
	r := rand.New(rand.NewPCG(1, 1))
	m := NewMetrics()
	lat := m.Histogram("inspection.latency", Seconds, Virtual, About("trigger to verdict"))
	render := m.Histogram("camera.render", Seconds, Wall, About("computing one frame"))
	idle := m.Histogram("mes.request", Seconds, Wall)
	_ = idle
	final := m.Error("servo.error.final", Metres, About("seen error when the cap is put tight"))
	gateError := m.Error("gate.timing", Seconds, About("gate against the part, signed"))
	passed := m.Counter("line.passed", One, Key, About("ran off the end as good"))
	rejected := m.Counter("line.rejected", One, Key, About("pushed off by the gate"))
	escape := m.Ratio("inspection.escape_rate", Key, About("bad parts that passed"))
	alarm := m.Ratio("inspection.false_reject_rate", Key, About("good parts that were rejected"))
	m.Gauge("mes.oee", One, About("overall equipment effectiveness")).Set(0.873)
	speed := m.Series("belt.speed", MetresPerSecond, SeriesOptions{About: "encoder"})
	queue := m.Series("line.parts_on_belt", One, SeriesOptions{Draw: Steps, About: "fed, not yet left"})
	seen := m.Series("servo.error.seen", Metres, SeriesOptions{Of: "servo.error.final", Draw: Dots, About: "at the end, one for each part"})
	reasons := []string{"no QR", "wrong label", "dent", "no cap", "not judged"}
	t := Timeline{Lanes: []string{"PLC", "servo", "passed", "rejected: no QR", "rejected: wrong label", "rejected: dent", "rejected: no cap", "rejected: not judged"}}
	t.Spans = []Span{
		{"PLC", "Starting", Neutral, 0, 2 * time.Second},
		{"PLC", "Execute", Good, 2 * time.Second, 150 * time.Second},
		{"PLC", "Suspended", Warn, 150 * time.Second, 163 * time.Second},
		{"PLC", "Execute", Good, 163 * time.Second, 296 * time.Second},
		{"PLC", "Stopping", Idle, 296 * time.Second, 300 * time.Second},
	}
	for ms := 0; ms < 300_000; ms += 5 {
		v := 0.5 + 0.002*r.NormFloat64()
		switch {
		case ms < 2000:
			v *= float64(ms) / 2000
		case ms > 150_000 && ms < 163_000:
			v = 0
		}
		speed.Append(time.Duration(ms)*time.Millisecond, v)
	}
	var pictures []Picture
	now, n := 3.0, 0
	for now < 296 {
		now += 0.55 + r.ExpFloat64()*0.45
		if now > 149 && now < 164 {
			continue
		}
		at := time.Duration(now * 1e9)
		n++
		v := 0.045 + 0.004*r.Float64() + 0.003*r.Float64()
		if r.Float64() < 0.01 {
			v += 0.012 * r.Float64()
		}
		lat.Record(v)
		render.Record(0.008 * math.Exp(0.25*r.NormFloat64()))
		gateError.Record(0.0004 * r.NormFloat64())
		queue.Append(at, float64(8+n%4))
		e := 0.00003*math.Abs(r.NormFloat64()) + 0.00006*r.Float64()
		seen.Append(at, e)
		final.Record(e)
		verdict, tone := "good", Good
		drop := now > 60 && now < 62
		if drop || r.Float64() < 0.07 {
			k := r.IntN(4)
			if drop {
				k = 4
			}
			tone, verdict = Bad, reasons[k]
			rejected.Add(1)
			t.Ticks = append(t.Ticks, Tick{"rejected: " + verdict, at, fmt.Sprintf("LT%08d", n), Bad})
			escape.Hit(false)
		} else {
			passed.Add(1)
			alarm.Hit(false)
			t.Ticks = append(t.Ticks, Tick{"passed", at, fmt.Sprintf("LT%08d", n), Good})
		}
		if len(pictures) < 6 && n%37 == 5 {
			pictures = append(pictures, Picture{Caption: fmt.Sprintf("LT%08d, camera top", n), Verdict: verdict, Kind: tone, At: at, Data: photo(320, 180, uint64(n))})
		}
	}
	t.Ticks = append(t.Ticks, Tick{"servo", 201 * time.Second, "target lost for 3 frames", Warn})
	t.Throughput = []string{"passed", "rejected: no QR", "rejected: wrong label", "rejected: dent", "rejected: no cap", "rejected: not judged"}
	expect := map[string]string{
		"inspection.escape_rate": "<= 0", "inspection.latency.p99": "<= 60ms", "servo.error.final": "<= 0.2mm",
		"line.passed": ">= 200", "gate.timing.p99": "<= 2ms",
	}
	if broken {
		expect["inspection.latency.p99"] = "<= 50ms"
		expect["mes.request.p99"] = "<= 100ms"
		expect["mes.requests"] = ">= 1"
	}
	s := Summary{
		Scenario: "bottling", Title: "Bottling line: inspect, cap, reject", Seed: 1, Events: 4_182_331,
		Hash:    "9f2c41d8e07ab3569f2c41d8e07ab3569f2c41d8e07ab3569f2c41d8e07ab356",
		Metrics: m.Snapshot(), Expect: Evaluate(expect, m),
		Faults: []Fault{{60, 2, "top", "drop-frames"}, {150, 13, "entry", "stuck"}},
		Notes:  []string{"Inspection runs at fidelity \"pixels\"."},
		Build:  Build{Revision: "a1b2c3d4e5f6a7b8", Go: "go1.26.8", Platform: "linux/amd64"},
	}
	s.SetTimes(5*time.Minute, 21400*time.Millisecond)
	s.Verdict = Judge(s.Expect, true)
	report := NewReport(s, m)
	report.Timeline, report.Pictures = t, pictures
	return report
}

func render(t *testing.T, r Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteReport(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var svgs = regexp.MustCompile(`(?s)<svg.*?</svg>`)

// wellFormed checks every plot of a page: XML without numbers that are none.
func wellFormed(t *testing.T, html string) {
	t.Helper()
	for _, svg := range svgs.FindAllString(html, -1) {
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in %.300s", err, svg)
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Fatalf("not a number in %.300s", svg)
		}
	}
}

func TestReportIsOneSelfContainedPage(t *testing.T) {
	html := render(t, line(true))
	wellFormed(t, html)
	if n := len(svgs.FindAllString(html, -1)); n < 12 {
		t.Errorf("only %d plots", n)
	}
	for _, no := range []string{"http:", "https:", "<script", "<link", "@import", "url(", `src="/`, "ZgotmplZ"} {
		if strings.Contains(html, no) {
			t.Errorf("the page has %q in it", no)
		}
	}
	for _, want := range []string{
		"<title>FAIL: Bottling line: inspect, cap, reject, seed 1</title>",
		"3 of 7 bounds are broken",
		`<div class="verdict">FAIL</div>`,
		"≤ 0.2 mm",
		"there is no such metric; near it: mes.request",
		"top: drop-frames at 60 s for 2 s",
		"Without samples: mes.request",
		`src="data:image/`,
		"servo.error.seen over time",
		"a1b2c3d4e5f6, go1.26.8, linux/amd64",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
	if strings.Contains(html, "servo.error.seen</code>") {
		t.Error("a series that belongs to a metric is shown twice")
	}
}

func TestTheSameReportGivesTheSameBytes(t *testing.T) {
	if first := render(t, line(false)); render(t, line(false)) != first {
		t.Error("two pages of one run differ")
	}
}

func TestReportOfARunWithoutAnythingStillReads(t *testing.T) {
	m := NewMetrics()
	m.Histogram("a.latency", Seconds, Virtual)
	m.Series("b", One, SeriesOptions{})
	m.Gauge("c", One)
	for name, r := range map[string]Report{
		"zero":       {},
		"no samples": NewReport(Summary{Scenario: "x", Verdict: Partial, Metrics: m.Snapshot()}, m),
		"one sample": func() Report {
			m := NewMetrics()
			m.Histogram("a.latency", Seconds, Virtual).Record(0)
			m.Error("b.error", Metres).Record(-0.001)
			m.Series("s", One, SeriesOptions{}).Append(0, 3)
			m.Series("d", One, SeriesOptions{Draw: Dots}).Append(0, 3)
			r := NewReport(Summary{Metrics: m.Snapshot()}, m)
			r.Timeline.Spans = []Span{{"l", "x", Good, 0, 0}}
			r.Timeline.Ticks = []Tick{{"l", 0, "x", Good}}
			return r
		}(),
	} {
		html := render(t, r)
		wellFormed(t, html)
		if !strings.Contains(html, "PARTIAL") || !strings.Contains(html, "ended early, after 0 s; no bounds are stated") {
			t.Errorf("%s: the page does not say that the run was cut short", name)
		}
	}
}

func TestWideDistributionsAreDrawnOnLogarithmicAxes(t *testing.T) {
	m := NewMetrics()
	h := m.Histogram("x.latency", Seconds, Wall)
	h.Record(0)
	for i := range 1000 {
		h.Record(40e-6 * math.Pow(1000, float64(i/990)*float64(i-990)/10))
	}
	d := m.Distributions()[0]
	for _, svg := range []template.HTML{histogramPlot(d, nil), percentilePlot(d, nil)} {
		wellFormed(t, string(svg))
		for _, tick := range []string{">100 µs<", ">1 ms<", ">10 ms<"} {
			if !strings.Contains(string(svg), tick) {
				t.Errorf("no tick %s in %s", tick, svg)
			}
		}
	}
}

func TestNamesFromOutsideAreEscaped(t *testing.T) {
	const evil = `<script>alert("x")</script>&'`
	r := line(false)
	r.Summary.Title, r.Summary.Scenario, r.Summary.Notes = evil, evil, []string{evil}
	r.Summary.Faults[0].Device = evil
	r.Summary.Expect[0].Metric, r.Summary.Expect[0].Bound = evil, evil
	r.Timeline.Spans = append(r.Timeline.Spans, Span{evil, evil, Tone(evil), 0, 100 * time.Second})
	r.Timeline.Ticks = append(r.Timeline.Ticks, Tick{evil, 1, evil, Tone(evil)})
	r.Series = append(r.Series, Curve{Name: evil, Unit: evil, Points: []Point{{0, 1}, {1, 2}}})
	r.Distributions[0].Name = evil
	r.Pictures[0].Caption, r.Pictures[0].Verdict, r.Pictures[0].Kind = evil, evil, Tone(evil)
	html := render(t, r)
	if strings.Contains(html, "<script") || strings.Contains(html, `alert("`) {
		t.Error("markup from outside got into the page")
	}
	wellFormed(t, html)
}

func TestPageStaysSmallHoweverMuchHappened(t *testing.T) {
	r := line(false)
	picture := photo(960, 540, 1)
	for i := range 14 {
		r.Pictures = append(r.Pictures, Picture{Caption: fmt.Sprint(i), Data: picture})
	}
	r.Pictures = append(r.Pictures, Picture{Caption: "torn", Data: picture[:1000]}, Picture{Caption: "text", Data: []byte("hello")})
	for i := range 50_000 {
		at := time.Duration(i) * 6 * time.Millisecond
		tone := []Tone{Good, Bad, Warn}[i%3]
		r.Timeline.Ticks = append(r.Timeline.Ticks, Tick{"many", at, fmt.Sprint(i), tone})
		r.Timeline.Spans = append(r.Timeline.Spans, Span{"flicker", fmt.Sprint(i), tone, at, at + 5*time.Millisecond})
	}
	s := NewMetrics().Series("noise", One, SeriesOptions{Points: 100_000})
	for i := range 100_000 {
		s.Append(time.Duration(i)*3*time.Millisecond, float64(i%97))
	}
	for i := range 60 {
		c := s.Curve()
		c.Name = fmt.Sprintf("noise.%d", i)
		r.Series = append(r.Series, c)
	}
	html := render(t, r)
	if len(html) > 1_500_000 {
		t.Errorf("%d bytes", len(html))
	}
	if !regexp.MustCompile(`and \d+ more</title>`).MatchString(html) {
		t.Error("no tooltip says that ticks were drawn as one")
	}
	for _, want := range []string{"left out to keep this page small", `The picture &#34;torn&#34; could not be shown`, `The picture &#34;text&#34; could not be shown: is neither PNG nor JPEG`, "Not drawn, to keep this page small: noise."} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
}

func TestTimelineIsDrawnAsDescribed(t *testing.T) {
	got := string(timelinePlot(Timeline{
		Spans:      []Span{{"PLC", "Execute", Good, 0, 8 * time.Second}},
		Ticks:      []Tick{{"out", 4 * time.Second, "part 1", Good}, {"out", 4 * time.Second, "part 2", Good}, {"out", 6 * time.Second, "dent", Bad}},
		Throughput: []string{"none"},
	}, 10, []Fault{{2, 1, "top", "offline"}}))
	for _, want := range []string{
		`<rect class="fault" x="347.2" y="18" width="89.6" height="168"><title>top: offline at 2 s for 1 s</title></rect>`,
		`<rect class="span good" x="168" y="28" width="716.2" height="18"><title>PLC: Execute, 0 s to 8 s</title></rect><text class="t st" text-anchor="start" x="173" y="41">Execute</text>`,
		"<path class=\"tick good\" d=\"M526.4 56v14\"><title>4 s part 1\n4 s part 2</title></path>",
		`<path class="tick bad" d="M705.6 63m-3.5 -3.5l7 7m0 -7l-7 7"><title>6 s dent</title></path>`,
		`<text class="t" text-anchor="end" x="1116" y="67">3</text>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nis not in\n%s", want, strings.ReplaceAll(got, "><", ">\n<"))
		}
	}
}

func TestReportFileIsReplacedWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	for range 2 {
		if err := (Report{}).WriteFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.HasSuffix(b, []byte("</html>\n")) {
		t.Errorf("%v, %d bytes", err, len(b))
	}
}

func BenchmarkReport(b *testing.B) {
	r := line(false)
	b.ReportAllocs()
	for range b.N {
		if err := WriteReport(io.Discard, r); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTablesAreShownWithTheirMarkedRows(t *testing.T) {
	r := line(false)
	r.Tables = []Table{{Title: "Rates <1>", About: "by kind", Head: []string{"kind", "rate"}, Rows: []TableRow{
		{Cells: []string{"blur", "65 %"}}, {Cells: []string{"noise & more", "9 %"}, Kind: Bad},
	}}}
	var b bytes.Buffer
	if err := WriteReport(&b, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h2>Rates &lt;1&gt;</h2>", "by kind", `<th class="n">rate</th>`, `<tr><td>blur</td><td class="n">65 %</td></tr>`,
		`<tr class="broken"><td>noise &amp; more</td><td class="n">9 %</td></tr>`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestReportsWithoutALineHaveNoTimeOnIt(t *testing.T) {
	facts := Summary{Scenario: "trial", Seed: 3, WallS: 2}.facts()
	var names []string
	for _, f := range facts {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, ", "); got != "scenario, seed, computed in" {
		t.Errorf("the facts are %s", got)
	}
}
