package bench

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Kind of a metric.
type Kind string

// The kinds.
const (
	KindCounter   Kind = "counter"
	KindGauge     Kind = "gauge"
	KindRatio     Kind = "ratio"
	KindHistogram Kind = "histogram"
	KindError     Kind = "error"
)

// distribution tells whether the kind has percentiles.
func (k Kind) distribution() bool { return k == KindHistogram || k == KindError }

// Clock on which a metric was measured. It is also an [Option]; the default is Virtual.
type Clock uint8

// The clocks.
const (
	Virtual Clock = iota // simulated time: reproducible
	Wall                 // the machine's time: differs from run to run
)

// String is "virtual" or "wall".
func (c Clock) String() string {
	if c == Wall {
		return "wall"
	}
	return "virtual"
}

// MarshalText writes the clock's name.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the clock's name.
func (c *Clock) UnmarshalText(b []byte) error {
	switch string(b) {
	case "virtual":
		*c = Virtual
	case "wall":
		*c = Wall
	default:
		return fmt.Errorf("unknown clock %q; it is virtual or wall", b)
	}
	return nil
}

// meta is what was declared of a metric.
type meta struct {
	name       string
	kind       Kind
	unit       Unit
	clock      Clock
	about      string
	key        bool
	resolution float64
}

func (m *meta) String() string {
	return fmt.Sprintf("a %s in %s (%s time)", m.kind, m.unit, m.clock)
}

// Option of a metric's declaration: a [Clock], [About], [Key] or [Resolution].
type Option interface{ declare(*meta) }

type optionFunc func(*meta)

func (f optionFunc) declare(m *meta) { f(m) }

func (c Clock) declare(m *meta) { m.clock = c }

// About says in a few words what the metric is; reports show it.
func About(text string) Option { return optionFunc(func(m *meta) { m.about = text }) }

// Key marks a metric that the short verdict on a terminal shows.
var Key Option = optionFunc(func(m *meta) { m.key = true })

// Resolution is the smallest difference, in the metric's SI unit, that the
// percentiles of a [Histogram] or [Error] can tell; 1e-9 for s, m and rad, 1e-6
// otherwise. The largest value is 2^50 times as much. It must be above 0.
func Resolution(r float64) Option { return optionFunc(func(m *meta) { m.resolution = r }) }

// metric is what the registry needs of each kind.
type metric interface {
	describe() *meta
	snapshot() Value
	canonical([]byte) []byte
}

// Metrics is the set of all metrics of a run. Declare them all before the run.
//
// Declaring a name again with the same kind, unit and clock gives the metric that
// is there. Declaring it as something else, an ill-formed name, or a name whose
// last segment is that of a part (".p99", ".max", ...) is a mistake of the program
// and panics with a message that says both declarations.
//
// All methods, and all methods of the metrics, may be called concurrently. The
// sums behind mean and rms depend in their last bits on the order of the samples:
// a metric of virtual time must be recorded in a reproducible order.
type Metrics struct {
	mu     sync.Mutex
	byName map[string]metric
	series map[string]*Series
}

// NewMetrics gives an empty set.
func NewMetrics() *Metrics {
	return &Metrics{byName: map[string]metric{}, series: map[string]*Series{}}
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$`)

// checkName panics when a metric cannot have this name.
func checkName(name string) {
	if !nameForm.MatchString(name) {
		panic(fmt.Sprintf("bench: %q is not a metric's name; names are lower-case segments joined by dots, like inspection.latency", name))
	}
	if last := name[strings.LastIndexByte(name, '.')+1:]; last != name && slices.Contains(partNames, last) {
		panic(fmt.Sprintf("bench: a metric cannot be named %q: .%s names a part of a distribution", name, last))
	}
}

// declare gives the metric of this name, which create makes when it is new.
func declare[M metric](m *Metrics, name string, kind Kind, unit Unit, options []Option, create func(meta) M) M {
	checkName(name)
	if unit == "" {
		panic(fmt.Sprintf("bench: metric %q has no unit; a plain number has the unit \"1\"", name))
	}
	d := meta{name: name, kind: kind, unit: unit}
	for _, o := range options {
		o.declare(&d)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.series[name]; ok {
		panic(fmt.Sprintf("bench: %q is declared as a series in %s, and again as %s", name, s.unit, &d))
	}
	if old, ok := m.byName[name]; ok {
		o := old.describe()
		if o.kind != d.kind || o.unit != d.unit || o.clock != d.clock {
			panic(fmt.Sprintf("bench: metric %q is declared as %s, and again as %s", name, o, &d))
		}
		return old.(M)
	}
	n := create(d)
	m.byName[name] = n
	return n
}

// Counter declares a count of things that happened.
func (m *Metrics) Counter(name string, unit Unit, options ...Option) *Counter {
	return declare(m, name, KindCounter, unit, options, func(d meta) *Counter { return &Counter{meta: d} })
}

// Gauge declares a value that is set.
func (m *Metrics) Gauge(name string, unit Unit, options ...Option) *Gauge {
	return declare(m, name, KindGauge, unit, options, func(d meta) *Gauge { return &Gauge{meta: d} })
}

// Ratio declares the part of cases in which something was so.
func (m *Metrics) Ratio(name string, options ...Option) *Ratio {
	return declare(m, name, KindRatio, One, options, func(d meta) *Ratio { return &Ratio{meta: d} })
}

// Histogram declares a distribution of values that are never below 0, such as
// latencies, on the given clock. It holds about 330 kB.
func (m *Metrics) Histogram(name string, unit Unit, clock Clock, options ...Option) *Histogram {
	options = append([]Option{clock}, options...)
	return declare(m, name, KindHistogram, unit, options, func(d meta) *Histogram {
		return &Histogram{dist: newDist(d)}
	})
}

// Error declares a distribution of errors, signed or not. It holds about 330 kB.
func (m *Metrics) Error(name string, unit Unit, options ...Option) *Error {
	return declare(m, name, KindError, unit, options, func(d meta) *Error {
		return &Error{dist: newDist(d)}
	})
}

// Names of all metrics, sorted; series are not among them.
func (m *Metrics) Names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := make([]string, 0, len(m.byName))
	for n := range m.byName {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

func (m *Metrics) get(name string) metric {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.byName[name]
}

// Snapshot of all metrics by name, as they stand.
func (m *Metrics) Snapshot() map[string]Value {
	s := map[string]Value{}
	for _, n := range m.Names() {
		s[n] = m.get(n).snapshot()
	}
	return s
}

// Canonical is the state of all metrics of virtual time as deterministic bytes:
// one line for each, sorted by name, with floats in exact hexadecimal and the
// counts of all histogram buckets. Two runs that measured the same give the same
// bytes. Metrics of wall time and series are left out.
func (m *Metrics) Canonical() []byte {
	var b []byte
	for _, n := range m.Names() {
		x := m.get(n)
		d := x.describe()
		if d.clock == Wall {
			continue
		}
		b = fmt.Appendf(b, "%s %s %s", d.name, d.kind, d.unit)
		b = x.canonical(b)
		b = append(b, '\n')
	}
	return b
}
