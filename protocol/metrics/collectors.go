package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/console"
	"linetwin.dev/protocol/server"
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

func gauge[N int | float64](ch chan<- prometheus.Metric, d *prometheus.Desc, v N, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
}

func counter(ch chan<- prometheus.Metric, d *prometheus.Desc, v uint64) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
}

var (
	clientsDesc   = desc("linetwin_registers_clients", "Clients that are connected, by what their role allows.", "access")
	watchesDesc   = desc("linetwin_registers_watches", "Watches of all clients.")
	watchedDesc   = desc("linetwin_registers_watched", "Registers in the watches of all clients.")
	pendingDesc   = desc("linetwin_registers_pending_writes", "Writes of all clients that wait for their registers' writer.")
	unsentDesc    = desc("linetwin_registers_unsent_bytes", "Bytes that wait for clients to read.")
	slowestDesc   = desc("linetwin_registers_unsent_worst_bytes", "Bytes that wait for the client with the most of them.")
	acceptedDesc  = desc("linetwin_registers_connections_accepted_total", "Clients that were let in.")
	turnedDesc    = desc("linetwin_registers_connections_turned_away_total", "Clients that were not let in.")
	endedDesc     = desc("linetwin_registers_connections_ended_total", "Clients that are gone.")
	droppedDesc   = desc("linetwin_registers_connections_dropped_total", "Clients that the server ended: silent, slow, not reading, broken.")
	requestsDesc  = desc("linetwin_registers_requests_total", "Requests of all clients.")
	failedDesc    = desc("linetwin_registers_requests_failed_total", "Requests that were answered with a status other than ok.")
	pushesDesc    = desc("linetwin_registers_pushes_total", "Pushes to all clients.")
	valuesDesc    = desc("linetwin_registers_pushed_values_total", "Values in all pushes.")
	coalescedDesc = desc("linetwin_registers_coalesced_values_total", "Values that were not pushed since newer ones took their place.")
	receivedDesc  = desc("linetwin_registers_received_bytes_total", "Bytes received from clients.")
	sentDesc      = desc("linetwin_registers_sent_bytes_total", "Bytes sent to clients.")
	loopsDesc     = desc("linetwin_registers_loops", "Loops that serve the clients.")
	busyDesc      = desc("linetwin_registers_loop_busy_seconds", "For how long the slowest loop has been at what it does now.")
	backlogDesc   = desc("linetwin_registers_backlog_connections", "Connections that the kernel holds and that were not yet accepted.")
	mostDesc      = desc("linetwin_registers_backlog_limit_connections", "Connections that the kernel would hold.")
	waitingDesc   = desc("linetwin_registers_waiting_news", "Finished transactions and other news that wait for a loop.")
	watchingDesc  = desc("linetwin_registers_watching_clients", "Clients that watch registers.")
	lateDesc      = desc("linetwin_registers_push_late_seconds", "How long after its time the last look at all watched registers was through.")
	latestDesc    = desc("linetwin_registers_push_late_worst_seconds", "The same at the worst since the server began.")
	missedDesc    = desc("linetwin_registers_push_looks_missed_total", "Looks at watched registers left out since the one before took too long.")
	lostDesc      = desc("linetwin_registers_log_lines_lost_total", "Lines that the log did not take in time.")
	qualityDesc   = desc("linetwin_registers_defined", "Registers of the bank, by their quality.", "quality")
	valueDesc     = desc("linetwin_register", "A register's value; absent while its quality is bad.", "name", "unit")
	ownDesc       = desc("linetwin_register_quality", "A register's quality: 0 good, 1 uncertain, 2 bad.", "name")
	consolesDesc  = desc("linetwin_console_connections", "Consoles that are connected.")
	letInDesc     = desc("linetwin_console_connections_accepted_total", "Consoles that were let in.")
	refusedDesc   = desc("linetwin_console_connections_refused_total", "Consoles that were not let in.")
	cutDesc       = desc("linetwin_console_connections_dropped_total", "Consoles that did not read or live.")
)

// describe is Describe of a collector: all of them have always the same metrics.
func describe(c prometheus.Collector, ch chan<- *prometheus.Desc) {
	prometheus.DescribeByCollect(c, ch)
}

// clients shows what the clients of the register server do. It is asked for them at most
// once in maxAge, however often Prometheus asks; while it hangs and does not answer within
// patience, there are none of these metrics, which is what they then say.
type clients struct {
	server Server

	mu     sync.Mutex
	at     time.Time
	all    totals
	answer chan struct{} // closed when the question that is out is answered; nil when none is
}

const (
	maxAge   = time.Second
	patience = 2 * time.Second
)

// totals of all clients now.
type totals struct {
	stats                             server.Stats
	byAccess                          [protocol.Engineer + 1]int
	watches, watched, pending, unsent int
	worst                             int
}

// now gives the totals, unless the server hangs.
func (c *clients) now() (totals, bool) {
	answer := c.begin()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-answer:
	case <-late.C:
		return totals{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all, true
}

// begin asks, unless a question is out or the last answer is new.
func (c *clients) begin() chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answer != nil && (c.at.IsZero() || time.Since(c.at) < maxAge) {
		return c.answer
	}
	answer := make(chan struct{})
	c.answer, c.at = answer, time.Time{}
	go func() {
		all := total(c.server)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.all, c.at = all, time.Now()
		close(answer)
	}()
	return answer
}

func total(s Server) totals {
	t := totals{stats: s.Stats()}
	for _, i := range s.Clients() {
		t.byAccess[min(i.Access, protocol.Engineer)]++
		t.watches += i.Watches
		t.watched += i.Watched
		t.pending += i.Pending
		t.unsent += i.Unsent
		t.worst = max(t.worst, i.Unsent)
	}
	return t
}

// Describe is that of a prometheus.Collector.
func (c *clients) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{clientsDesc, watchesDesc, watchedDesc, pendingDesc, unsentDesc, slowestDesc, acceptedDesc,
		turnedDesc, endedDesc, droppedDesc, requestsDesc, failedDesc, pushesDesc, valuesDesc, coalescedDesc, receivedDesc, sentDesc} {
		ch <- d
	}
}

// Collect is that of a prometheus.Collector.
func (c *clients) Collect(ch chan<- prometheus.Metric) {
	t, ok := c.now()
	if !ok {
		return
	}
	for access, n := range t.byAccess {
		gauge(ch, clientsDesc, n, protocol.Access(access).String())
	}
	gauge(ch, watchesDesc, t.watches)
	gauge(ch, watchedDesc, t.watched)
	gauge(ch, pendingDesc, t.pending)
	gauge(ch, unsentDesc, t.unsent)
	gauge(ch, slowestDesc, t.worst)
	n := &t.stats
	counter(ch, acceptedDesc, n.Accepted)
	counter(ch, turnedDesc, n.TurnedAway)
	counter(ch, endedDesc, n.Ended)
	counter(ch, droppedDesc, n.Dropped)
	counter(ch, requestsDesc, n.Requests)
	counter(ch, failedDesc, n.Failed)
	counter(ch, pushesDesc, n.Pushes)
	counter(ch, valuesDesc, n.Values)
	counter(ch, coalescedDesc, n.Coalesced)
	counter(ch, receivedDesc, n.BytesIn)
	counter(ch, sentDesc, n.BytesOut)
}

// serving shows how the register server keeps up, also while it hangs.
type serving struct{ server Server }

// Describe is that of a prometheus.Collector.
func (s serving) Describe(ch chan<- *prometheus.Desc) { describe(s, ch) }

// Collect is that of a prometheus.Collector.
func (s serving) Collect(ch chan<- prometheus.Metric) {
	h := s.server.Health()
	gauge(ch, loopsDesc, h.Loops)
	gauge(ch, busyDesc, h.Busy.Seconds())
	gauge(ch, backlogDesc, h.Backlog)
	gauge(ch, mostDesc, h.BacklogLimit)
	gauge(ch, waitingDesc, h.Waiting)
	gauge(ch, watchingDesc, h.Watching)
	gauge(ch, lateDesc, h.Late.Seconds())
	gauge(ch, latestDesc, h.Latest.Seconds())
	counter(ch, missedDesc, h.Missed)
	counter(ch, lostDesc, h.LinesLost)
}

// qualities counts the registers of a bank.
type qualities struct{ bank *protocol.Bank }

// Describe is that of a prometheus.Collector.
func (q qualities) Describe(ch chan<- *prometheus.Desc) { describe(q, ch) }

// Collect is that of a prometheus.Collector.
func (q qualities) Collect(ch chan<- prometheus.Metric) {
	var n [protocol.Bad + 1]int
	for ref := range protocol.Ref(q.bank.Len()) {
		n[q.bank.At(ref).Quality()]++
	}
	for quality, count := range n {
		gauge(ch, qualityDesc, count, protocol.Quality(quality).String())
	}
}

// registers shows those that a grant may read.
type registers struct {
	bank  *protocol.Bank
	shown []protocol.Info
	grant *protocol.Grant
}

// Describe is that of a prometheus.Collector.
func (r *registers) Describe(ch chan<- *prometheus.Desc) {
	ch <- valueDesc
	ch <- ownDesc
}

// Collect is that of a prometheus.Collector.
func (r *registers) Collect(ch chan<- prometheus.Metric) {
	for i := range r.shown {
		info := &r.shown[i]
		if !r.grant.MayRead(info.Ref) {
			continue
		}
		s := r.bank.At(info.Ref).Sample()
		gauge(ch, ownDesc, int(s.Quality), info.Name)
		if s.Quality != protocol.Bad {
			gauge(ch, valueDesc, s.Value.Number(info.Type), info.Name, info.Unit)
		}
	}
}

// consoles shows those of the server.
type consoles struct {
	stats func() console.ConsoleStats
}

// Describe is that of a prometheus.Collector.
func (c consoles) Describe(ch chan<- *prometheus.Desc) { describe(c, ch) }

// Collect is that of a prometheus.Collector.
func (c consoles) Collect(ch chan<- prometheus.Metric) {
	n := c.stats()
	gauge(ch, consolesDesc, n.Now)
	counter(ch, letInDesc, n.Accepted)
	counter(ch, refusedDesc, n.Refused)
	counter(ch, cutDesc, n.Dropped)
}
