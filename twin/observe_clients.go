package twin

import (
	"maps"
	"slices"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// clientGroup measures a group of simulated clients. What the clients say themselves is
// taken as it is; that what was acknowledged to them was truly written is held against the
// log's records of the registers.
type clientGroup struct {
	history                                         map[uint32]*valueHistory // of the registers that they write
	published                                       map[uint32]*published
	connected                                       *bench.Series
	up                                              float64
	latency, pushDelay, recovery, blind             *bench.Histogram
	requests, refused, lost, reconnects, coalesced  *bench.Counter
	pushes, dropped                                 *bench.Counter
	lostWrites, staleReads, stalePushes, wrongClock *bench.Counter
	resumed                                         *bench.Ratio
	clockError                                      *bench.Error
}

func newClientGroups(m *bench.Metrics, s *specs.Scenario) map[string]*clientGroup {
	groups := map[string]*clientGroup{}
	for _, n := range specs.Names(s.Clients) {
		p, c := "clients."+n+".", s.Clients[n]
		// What a group does not do has no metrics.
		of := func(does bool) *bench.Metrics {
			if does {
				return m
			}
			return bench.NewMetrics()
		}
		watching, reading := of(len(c.Watch.Registers) > 0), of(len(c.Read.Registers) > 0)
		publishing, comparing := of(len(c.Publish.Registers) > 0), of(c.Clock.Every > 0)
		writing := of(len(c.Write.Registers)+len(c.Publish.Registers) > 0)
		groups[n] = &clientGroup{
			history: map[uint32]*valueHistory{}, published: map[uint32]*published{},
			connected:   m.Series(n+".connected", bench.One, bench.SeriesOptions{Draw: bench.Steps, About: "clients that are connected"}),
			requests:    m.Counter(p+"requests", bench.One, bench.About("requests that were answered")),
			latency:     m.Histogram(p+"latency", bench.Seconds, bench.Virtual, bench.About("from a request to its answer")),
			refused:     m.Counter(p+"refused", bench.One, bench.About("requests that the server refused")),
			lost:        m.Counter(p+"lost", bench.One, bench.About("requests without an answer, since the connection was lost")),
			reconnects:  m.Counter(p+"reconnects", bench.One, bench.About("times that a client came back after it had lost the connection")),
			recovery:    m.Histogram(p+"recovery", bench.Seconds, bench.Virtual, bench.About("from the loss of a connection, as the client noticed it, to the next one")),
			dropped:     m.Counter(p+"dropped", bench.One, bench.About("connections that the server ended since it had waited too long for the client")),
			pushes:      watching.Counter(p+"pushes", bench.One, bench.About("pushes that arrived, without the first one of each connection")),
			pushDelay:   watching.Histogram(p+"push_delay", bench.Seconds, bench.Virtual, bench.About("from the change that waited longest to the push that shows it")),
			coalesced:   watching.Counter(p+"coalesced", bench.One, bench.About("values that were never pushed, since newer ones took their place")),
			resumed:     watching.Ratio(p+"resumed", bench.About("watches that showed all their registers again after a reconnect")),
			stalePushes: watching.Counter(p+"stale_pushes", bench.One, bench.Key, bench.About("pushes of values older than what had been shown, or than the reconnect")),
			staleReads:  reading.Counter(p+"stale_reads", bench.One, bench.Key, bench.About("reads of what a register had held before the request")),
			lostWrites:  writing.Counter(p+"lost_writes", bench.One, bench.Key, bench.About("acknowledged writes of values that the register never had meanwhile")),
			blind:       publishing.Histogram(p+"blind", bench.Seconds, bench.Virtual, bench.About("from a lost source's last value to its register being bad")),
			clockError:  comparing.Error(p+"clock_error", bench.Seconds, bench.About("error of the clients' estimates of the line's clock")),
			wrongClock:  comparing.Counter(p+"clock_wrong", bench.One, bench.About("estimates that were further off than the client thought possible")),
		}
	}
	return groups
}

// watchClients follows the registers that a group writes and is the source of. Two groups
// may write the same ones.
func (o *observer) watchClients(name string) error {
	g, spec := o.clients[name], o.t.sc.Clients[name]
	if err := o.on(name+".connected", func(now time.Duration, v protocol.Value, _ protocol.Quality) {
		g.up = float64(v.Uint())
		g.connected.Append(now, g.up)
	}); err != nil {
		return err
	}
	written, _ := device.Match(o.t.bank, append(append([]string(nil), spec.Write.Registers...), spec.Publish.Registers...))
	for _, r := range written {
		h := new(valueHistory)
		g.history[uint32(r.Ref)] = h
		o.also(r.Ref, func(now time.Duration, v protocol.Value, _ protocol.Quality) { h.add(now, v) })
	}
	sources, _ := device.Match(o.t.bank, spec.Publish.Registers)
	for _, r := range sources {
		p := &published{hold: spec.Publish.Hold.D()}
		g.published[uint32(r.Ref)] = p
		o.also(r.Ref, func(now time.Duration, _ protocol.Value, q protocol.Quality) {
			if age, lost := p.says(now, q); lost {
				g.blind.RecordDuration(age)
			}
		})
	}
	return nil
}

// also calls f with each record of a register beside what is called already.
func (o *observer) also(ref protocol.Ref, f watcher) {
	before := o.watch[ref]
	if before == nil {
		o.watch[ref] = f
		return
	}
	o.watch[ref] = func(now time.Duration, v protocol.Value, q protocol.Quality) {
		before(now, v, q)
		f(now, v, q)
	}
}

// happened takes what happened to a client.
func (g *clientGroup) happened(now time.Duration, e *device.ClientEvent) {
	switch e.What {
	case device.ClientConnected:
		if e.Took > 0 {
			g.reconnects.Add(1)
			g.recovery.RecordDuration(e.Took)
		}
	case device.ClientResumed:
		g.resumed.Hit(true)
	case device.ClientNotResumed:
		g.resumed.Hit(false)
	case device.ClientAnswered:
		g.requests.Add(1)
		g.latency.RecordDuration(e.Took)
	case device.ClientWrote:
		if h := g.history[e.Register]; h == nil || !h.had(now-e.Took, protocol.UintValue(e.Value)) {
			g.lostWrites.Add(1)
		}
	case device.ClientRefused:
		g.refused.Add(1)
	case device.ClientLost:
		g.lost.Add(1)
	case device.ClientPushed:
		g.pushes.Add(1)
		g.pushDelay.RecordDuration(e.Took)
		g.coalesced.Add(uint64(e.Count))
	case device.ClientStalePush:
		g.stalePushes.Add(1)
	case device.ClientStaleRead:
		g.staleReads.Add(1)
	case device.ClientDropped:
		g.dropped.Add(1)
	case device.ClientClock:
		g.clockError.Record(e.Error)
		if max(e.Error, -e.Error) > e.Uncertainty {
			g.wrongClock.Add(1)
		}
	}
}

// close settles what is open at the end of a run.
func (g *clientGroup) close(end time.Duration) {
	g.connected.Append(end, g.up)
	for _, ref := range slices.Sorted(maps.Keys(g.published)) {
		if age, lost := g.published[ref].ends(end); lost {
			g.blind.RecordDuration(age)
		}
	}
}

// valueHistory is what a register has held lately.
type valueHistory struct{ values []heldValue }

// heldValue is a value and from when on the register held it.
type heldValue struct {
	at time.Duration
	v  protocol.Value
}

// remembers is how long a register's values are kept: longer than any client waits for
// an answer.
const remembers = 5 * time.Minute

func (h *valueHistory) add(now time.Duration, v protocol.Value) {
	h.values = append(h.values, heldValue{now, v})
	old := 0
	for old < len(h.values)-1 && h.values[old+1].at < now-remembers {
		old++
	}
	if old > len(h.values)/2 {
		h.values = append(h.values[:0], h.values[old:]...)
	}
}

// had tells whether the register has held v at some time since from.
func (h *valueHistory) had(from time.Duration, v protocol.Value) bool {
	for i := len(h.values) - 1; i >= 0; i-- {
		if h.values[i].v == v {
			return true
		}
		if h.values[i].at < from {
			return false // it was held when the time began
		}
	}
	return false
}

// published is a register with a source among the clients.
type published struct {
	hold time.Duration
	good bool
	last time.Duration // of the source's words
}

// says notes a record of the register. It reports for how long the source had said nothing
// when the register became bad.
func (p *published) says(now time.Duration, q protocol.Quality) (age time.Duration, lost bool) {
	age, lost = now-p.last, p.good && q == protocol.Bad
	p.good, p.last = q == protocol.Good && now > 0, now
	return age, lost
}

// ends reports a register at the end of a run that is still good although its source has
// said nothing for longer than twice its hold.
func (p *published) ends(end time.Duration) (age time.Duration, lost bool) {
	age = end - p.last
	return age, p.good && age > 2*p.hold
}
