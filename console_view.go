package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"linetwin.dev/protocol/console"
)

// printLine prints a document in one line, for those that follow each other.
func printLine(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// clean is a text that a client chose, as a terminal may be shown it: without the bytes
// with which a terminal could be told to do things.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// table prints rows below a head, each column as wide as it must be. A head that begins
// with > is of a column of numbers.
func table(w io.Writer, head []string, rows [][]string) error {
	width := make([]int, len(head))
	right := make([]bool, len(head))
	for i, h := range head {
		head[i], right[i] = strings.CutPrefix(h, ">")
	}
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range append([][]string{head}, rows...) {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if right[i] {
				line.WriteString(pad + cell + "  ")
			} else {
				line.WriteString(cell + pad + "  ")
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// ago is a time that has passed, to two units: "3s", "12m30s", "5h07m", "3d04h".
func ago(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%02dh", int(d.Hours())/24, int(d.Hours())%24)
}

// amount is a number with at most four digits and a prefix: "0", "42", "1.2k", "5.0M".
func amount(v float64) string {
	for _, p := range []struct {
		unit float64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= 0.99995*p.unit {
			return strconv.FormatFloat(v/p.unit, 'f', 1, 64) + p.name
		}
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// clientRates is a client, and what it did each second.
type clientRates struct {
	console.ClientInfo
	Rates struct {
		Requests float64 `json:"requests"`
		Pushes   float64 `json:"pushes"`
		Values   float64 `json:"values"`
		BytesIn  float64 `json:"bytes_in"`
		BytesOut float64 `json:"bytes_out"`
	} `json:"per_second"`
}

// ratesOf compares two lists that are so many seconds apart. A client that is new has the
// rates since it came.
func ratesOf(before, after []console.ClientInfo, seconds float64) []clientRates {
	was := make(map[uint64]console.Counts, len(before))
	for _, c := range before {
		was[c.ID] = c.Counts
	}
	all := make([]clientRates, len(after))
	for i, c := range after {
		old, known := was[c.ID]
		over := seconds
		if !known {
			over = max(c.Connected, 0.001)
		}
		if over <= 0 {
			over = 1 // the server gave one answer twice: all differences are 0
		}
		rate := func(now, then uint64) float64 { return float64(now-then) / over }
		all[i].ClientInfo = c
		r := &all[i].Rates
		r.Requests, r.Pushes, r.Values = rate(c.Requests, old.Requests), rate(c.Pushes, old.Pushes), rate(c.Values, old.Values)
		r.BytesIn, r.BytesOut = rate(c.BytesIn, old.BytesIn), rate(c.BytesOut, old.BytesOut)
	}
	return all
}

func (s *consoleSession) viewClients(all []clientRates) error {
	if len(all) == 0 {
		s.say("no clients")
		return nil
	}
	rows := make([][]string, len(all))
	for i, c := range all {
		name, role := c.Name, c.Role
		if c.Certificate != "" {
			name = strings.TrimSpace(name + " (" + c.Certificate + ")")
		}
		if role == "" {
			role = c.Access
		}
		rows[i] = []string{
			strconv.FormatUint(c.ID, 10), dash(clean(name)), c.Addr, clean(role), ago(c.Connected), ago(c.Heard),
			amount(c.Rates.Requests), amount(c.Rates.Pushes), amount(c.Rates.Values), amount(c.Rates.BytesIn), amount(c.Rates.BytesOut),
			strconv.Itoa(c.Watched), amount(float64(c.Unsent)),
		}
	}
	return table(s.out, []string{">ID", "NAME", "ADDRESS", "ROLE", ">SINCE", ">HEARD", ">REQ/S", ">PUSH/S", ">VALUES/S", ">IN B/S", ">OUT B/S", ">WATCHED", ">UNSENT B"}, rows)
}

// dash stands for an empty cell.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (s *consoleSession) viewHealth(h console.Health) error {
	word := "well"
	if !h.OK {
		word = "NOT WELL"
	}
	s.say("%s, up %s, version %s", word, ago(h.Uptime), dash(clean(h.Version)))
	rows := [][2]string{}
	for _, c := range h.Checks {
		detail := clean(c.Detail)
		if !c.OK {
			detail = "FAILS: " + detail
		}
		rows = append(rows, [2]string{clean(c.Name), detail})
	}
	rows = append(rows,
		[2]string{"registers", fmt.Sprintf("%d good, %d uncertain, %d bad", h.Registers.Good, h.Registers.Uncertain, h.Registers.Bad)},
		[2]string{"process", fmt.Sprintf("%sB in use, %s, %s", amount(float64(h.Heap)), plural(uint64(h.Goroutines), "goroutine"), plural(uint64(h.Consoles), "console"))})
	width := 0
	for _, r := range rows {
		width = max(width, utf8.RuneCountInString(r[0]))
	}
	for _, r := range rows {
		s.say("  %-*s  %s", width, r[0], r[1])
	}
	return nil
}

func (s *consoleSession) viewStats(n console.Stats) error {
	for _, row := range []struct {
		what string
		text string
	}{
		{"clients", fmt.Sprintf("%d now; %d accepted, %d turned away, %d gone, of which the server ended %d", n.Clients, n.Accepted, n.TurnedAway, n.Ended, n.Dropped)},
		{"requests", fmt.Sprintf("%d, of which %d failed", n.Requests, n.Failed)},
		{"pushes", fmt.Sprintf("%d with %s; %d more were coalesced", n.Pushes, plural(n.Values, "value"), n.Coalesced)},
		{"bytes", fmt.Sprintf("%sB in, %sB out", amount(float64(n.BytesIn)), amount(float64(n.BytesOut)))},
		{"consoles", fmt.Sprintf("%d now; %d accepted, %d refused, %d dropped", n.Consoles.Now, n.Consoles.Accepted, n.Consoles.Refused, n.Consoles.Dropped)},
	} {
		s.say("%-9s %s", row.what, row.text)
	}
	return nil
}

func (s *consoleSession) viewMap(all []console.Register) error {
	rows := make([][]string, len(all))
	for i, r := range all {
		access := r.Access
		if r.Access != "read-only" && !r.Writable {
			access += " (not you)"
		}
		rows[i] = []string{r.Name, r.Type, dash(clean(r.Unit)), access, clean(r.Doc)}
	}
	return table(s.out, []string{"NAME", "TYPE", "UNIT", "ACCESS", "MEANING"}, rows)
}

// number of a reading for people, without the digits of rounding.
func readingText(r console.Reading) string {
	text := fmt.Sprint(r.Value)
	if v, ok := r.Value.(float64); ok {
		text = strconv.FormatFloat(v, 'g', 12, 64)
		if v == float64(int64(v)) && v < 1e15 && v > -1e15 {
			text = strconv.FormatInt(int64(v), 10)
		}
	}
	return strings.TrimSpace(text + " " + clean(r.Unit))
}

func (s *consoleSession) viewReadings(rs []console.Reading) error {
	width := 0
	for _, r := range rs {
		width = max(width, len(r.Name))
	}
	var b strings.Builder
	for _, r := range rs {
		at := time.Duration(r.Time * float64(time.Second)).Round(time.Microsecond)
		fmt.Fprintf(&b, "%-*s  %-14s  %-9s  %s\n", width, r.Name, readingText(r), r.Quality, at)
	}
	_, err := io.WriteString(s.out, b.String())
	return err
}

func (s *consoleSession) viewFrames(f console.Frames) error {
	var b strings.Builder
	if f.Dropped > 0 {
		fmt.Fprintf(&b, "... %s missed: the client is faster than this console\n", plural(uint64(f.Dropped), "frame"))
	}
	for _, m := range f.Frames {
		fmt.Fprintf(&b, "%13.6f  %-6s  %5d B  %s\n", m.At, m.From, m.Size, clean(m.Text))
	}
	_, err := io.WriteString(s.out, b.String())
	return err
}

func (s *consoleSession) viewSettings(all []console.Setting) error {
	rows := make([][]string, len(all))
	for i, v := range all {
		rows[i] = []string{clean(v.Path), dash(clean(v.Value)), clean(v.Effect), clean(v.Where)}
	}
	return table(s.out, []string{"SETTING", "VALUE", "CHANGES", "WRITTEN AT"}, rows)
}

func (s *consoleSession) viewReloaded(r console.Reloaded) error {
	if len(r.Changes)+len(r.Pending) == 0 {
		s.say("nothing has changed")
		return nil
	}
	for _, c := range r.Changes {
		s.say("%s: %s -> %s, %s", clean(c.Path), dash(clean(c.Old)), dash(clean(c.New)), clean(c.Effect))
	}
	for _, c := range r.Pending {
		s.say("%s: %s -> %s, waits for a restart", clean(c.Path), dash(clean(c.Old)), dash(clean(c.New)))
	}
	return nil
}
