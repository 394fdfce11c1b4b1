package recording

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"linetwin.dev/twin/device"
)

// Difference tells two recordings, A and B, apart.
type Difference struct {
	A string `json:"a"` // path
	B string `json:"b"`
	// Settings are what differs beside the events: scenario, seed, end,
	// specification, components, registers. They are likely causes.
	Settings []Value `json:"settings,omitempty"`
	// Equal is the number of events that are the same in both, from the first on.
	Equal uint64 `json:"equal"`
	// Event is the first event that differs; nil when all are the same.
	Event *EventDifference `json:"event,omitempty"`
}

// Value is something that differs, in words.
type Value struct {
	Name string `json:"name"`
	A    string `json:"a"`
	B    string `json:"b"`
}

// EventDifference is the first event in which two logs differ.
type EventDifference struct {
	// Number of the event in both logs, from 1.
	Number uint64 `json:"number"`
	// A and B are the events that stand there; nil where a log has ended.
	A *Event `json:"a,omitempty"`
	B *Event `json:"b,omitempty"`
	// OnlyIn is "A" or "B" when that one's event stands earlier in the order of a log
	// than the other's, so that the other does not have it.
	OnlyIn string `json:"only_in,omitempty"`
	// Values differ, when A and B are of one component, instant and phase.
	Values []Value `json:"values,omitempty"`
}

// Event is one record of a log.
type Event struct {
	At        time.Duration `json:"at_ns"` // line time
	Phase     string        `json:"phase"`
	Component string        `json:"component"`
	Kind      string        `json:"kind"`
	What      string        `json:"what"`
}

func (e *Event) place() string {
	return fmt.Sprintf("%s s, %s, %s", seconds(e.At), e.Phase, e.Component)
}

// String is the event in a line, for people.
func (e *Event) String() string {
	if e.Kind == kindName(device.Registers) {
		return e.place() + ": " + e.What
	}
	return e.place() + ", " + e.Kind + ": " + e.What
}

// seconds is a line time with all its digits, as the mcap tool writes it.
func seconds(t time.Duration) string {
	return strconv.FormatFloat(t.Seconds(), 'f', 9, 64)
}

// String tells the difference in a few lines, for people.
func (d *Difference) String() string {
	var b strings.Builder
	switch e := d.Event; {
	case e == nil:
		fmt.Fprintf(&b, "the event logs are the same, all %s events; the runs differ in", grouped(d.Equal))
	case e.A != nil && e.B != nil && len(e.Values) > 0:
		fmt.Fprintf(&b, "event %s differs, at %s:", grouped(e.Number), e.A.place())
		list(&b, e.Values)
	case e.A == nil:
		fmt.Fprintf(&b, "A ends after event %s; B goes on: %s", grouped(d.Equal), e.B)
	case e.B == nil:
		fmt.Fprintf(&b, "B ends after event %s; A goes on: %s", grouped(d.Equal), e.A)
	case e.OnlyIn == "A":
		fmt.Fprintf(&b, "event %s is in A only:\n  A: %s\n  B goes on: %s", grouped(e.Number), e.A, e.B)
	case e.OnlyIn == "B":
		fmt.Fprintf(&b, "event %s is in B only:\n  A goes on: %s\n  B: %s", grouped(e.Number), e.A, e.B)
	default:
		fmt.Fprintf(&b, "event %s differs:\n  A: %s\n  B: %s", grouped(e.Number), e.A, e.B)
	}
	if d.Event != nil && len(d.Settings) > 0 {
		b.WriteString("\nthe runs differ in")
	}
	list(&b, d.Settings)
	return b.String()
}

func list(b *strings.Builder, vs []Value) {
	const most = 12
	for i, v := range vs {
		if i == most {
			fmt.Fprintf(b, "\n  and %d more", len(vs)-most)
			break
		}
		fmt.Fprintf(b, "\n  %s: %s in A, %s in B", v.Name, v.A, v.B)
	}
}

// grouped is a number with commas between its thousands.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func (d *Difference) set(name, a, b string) {
	if a != b {
		d.Settings = append(d.Settings, Value{name, a, b})
	}
}

// settings compares what is not an event.
func (d *Difference) settings(a, b *Recording) {
	d.set("scenario", a.Scenario, b.Scenario)
	d.set("seed", strconv.FormatUint(a.Seed, 10), strconv.FormatUint(b.Seed, 10))
	d.set("end", end(a), end(b))
	for _, v := range members(a.Spec, b.Spec) {
		if v.Name != "name" && v.Name != "seed" { // told above
			d.Settings = append(d.Settings, v)
		}
	}
	d.components(a.Components, b.Components)
	d.registers(a.Registers, b.Registers)
}

func end(r *Recording) string {
	if r.Partial {
		return seconds(r.Until) + " s, interrupted"
	}
	return seconds(r.Until) + " s"
}

// components are matched by name; then their order is compared.
func (d *Difference) components(a, b []string) {
	n := len(d.Settings)
	for _, c := range a {
		if !slices.Contains(b, c) {
			d.set("component "+c, "there", "not there")
		}
	}
	for _, c := range b {
		if !slices.Contains(a, c) {
			d.set("component "+c, "not there", "there")
		}
	}
	if len(d.Settings) == n {
		d.set("order of components", strings.Join(a, ", "), strings.Join(b, ", "))
	}
}

// registers are matched by name; then their order is compared.
func (d *Difference) registers(a, b []Register) {
	n := len(d.Settings)
	inB := map[string]Register{}
	for _, r := range b {
		inB[r.Name] = r
	}
	for _, r := range a {
		other, ok := inB[r.Name]
		delete(inB, r.Name)
		what := "not there"
		if ok {
			what = described(other)
		}
		d.set("register "+r.Name, described(r), what)
	}
	for _, name := range slices.Sorted(maps.Keys(inB)) {
		d.set("register "+name, "not there", described(inB[name]))
	}
	if len(d.Settings) > n {
		return
	}
	for i := range a {
		if a[i].Name != b[i].Name {
			d.set(fmt.Sprintf("register %d", i), a[i].Name, b[i].Name)
			return
		}
	}
}

func described(r Register) string {
	s := r.Type
	if r.Unit != "" {
		s += " in " + r.Unit
	}
	return s + " of " + r.Owner
}

// sameRegisters tells whether the bytes of two recordings mean the same.
func sameRegisters(a, b []Register) bool {
	return slices.EqualFunc(a, b, func(x, y Register) bool { return x.Name == y.Name && x.Type == y.Type && x.Owner == y.Owner })
}

// members are the places in which two JSON documents differ, by path, in the order
// of the paths. What is no JSON is compared as text.
func members(a, b []byte) []Value {
	if bytes.Equal(a, b) {
		return nil
	}
	var x, y any
	if decode(a, &x) != nil || decode(b, &y) != nil {
		return []Value{{"the text", shortened(a), shortened(b)}}
	}
	vs := walk(nil, "", x, y)
	if len(vs) == 0 {
		return []Value{{"the same JSON is written", shortened(a), shortened(b)}}
	}
	return vs
}

// decode keeps numbers as they are written.
func decode(b []byte, v *any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(v)
}

func walk(vs []Value, path string, a, b any) []Value {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			break
		}
		keys := slices.Collect(maps.Keys(x))
		for k := range y {
			if _, ok := x[k]; !ok {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		for _, k := range keys {
			vs = walkMember(vs, strings.TrimPrefix(path+"."+k, "."), x, y, k)
		}
		return vs
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			break
		}
		for i := range x {
			vs = walk(vs, fmt.Sprintf("%s[%d]", path, i), x[i], y[i])
		}
		return vs
	}
	if s, t := written(a), written(b); s != t {
		vs = append(vs, Value{path, s, t})
	}
	return vs
}

func walkMember(vs []Value, path string, x, y map[string]any, k string) []Value {
	a, inA := x[k]
	b, inB := y[k]
	switch {
	case !inA:
		return append(vs, Value{path, "not there", written(b)})
	case !inB:
		return append(vs, Value{path, written(a), "not there"})
	}
	return walk(vs, path, a, b)
}

func written(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return shortened(b)
}

// shortened is at most a line of text.
func shortened(b []byte) string {
	const most = 120
	if !utf8.Valid(b) {
		return fmt.Sprintf("%d bytes: %x", len(b), b[:min(len(b), most/2)])
	}
	s := string(b)
	if len(s) <= most {
		return s
	}
	s = s[:most]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "..."
}
