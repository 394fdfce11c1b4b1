package server

import (
	"log/slog"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

const (
	// A loop does no longer than this what can wait before it looks for requests again,
	// and nothing at all before it gives other goroutines their turn.
	slice = 100 * time.Microsecond
	// A deadline that has passed is noticed within this time.
	patrol = 250 * time.Millisecond
	never  = time.Duration(math.MaxInt64)
)

// readiness is what the poller tells of a client.
type readiness struct {
	slot int32
	in   bool // there is something to read, or it ends
	out  bool // there is room to write
	end  bool // the client sends no more after what there is to read
	dead bool // the connection is broken, in both directions
}

// verdict is what a loop does next.
type verdict uint8

const (
	rest verdict = iota // until something happens
	more                // another turn, at once
	halt
)

// loop serves a share of the clients, one after the other, and waits for none of them.
// There are as many loops as processors. Its lock is held during a turn; others take it
// to look at some clients, or to change something.
type loop struct {
	server *Server
	poller *poller
	inbox  inbox
	door   bool         // it lets clients in
	size   atomic.Int64 // of clients
	began  atomic.Int64 // when the turn under way began; 0 without one

	mu       sync.Mutex
	config   wire.ServerConfig
	poll     time.Duration
	now      time.Duration   // of the turn
	clients  []*client       // by slot
	deadline []time.Duration // by slot: when something must have happened
	free     []int32         // slots
	queue    line            // of clients that others go before
	stopping bool
	past     Counts // of the clients that are gone
	traces   map[*client][]*trace

	pushing   pushing
	patrolled time.Duration
	yielded   time.Duration
	period    time.Duration // of the poller's timer

	buffer [16 << 10]byte
}

func newLoop(s *Server) (*loop, error) {
	p, err := newPoller()
	if err != nil {
		return nil, err
	}
	settings := s.settings.Load()
	return &loop{server: s, poller: p, config: s.config(settings), poll: settings.poll(), period: patrol}, nil
}

// admit makes a connection a client, or closes it.
func (l *loop) admit(c *client) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopping {
		c.end.close()
		l.server.left(c)
		return nil
	}
	l.now = l.server.now()
	if n := len(l.free); n > 0 {
		c.slot, l.free = l.free[n-1], l.free[:n-1]
	} else {
		c.slot = int32(len(l.clients))
		l.clients, l.deadline = append(l.clients, nil), append(l.deadline, never)
	}
	l.size.Add(1)
	c.loop, c.since, c.heard, c.room = l, l.now, l.now, true
	c.session = wire.NewServer(l.now, l.server.bank, l.config)
	if c.certificate != "" {
		c.session.Certified(c.certificate)
	}
	if l.config.Apply != nil {
		c.session.OnFinished(c.notify)
	}
	l.clients[c.slot], l.deadline[c.slot] = c, c.session.Deadline()
	switch err := c.end.attach(c); {
	case err != nil:
		l.remove(c, broke(err))
		return err
	case c.refused:
		c.refuse()
	default:
		l.server.journal.tell(slog.LevelInfo, "client connected", c.addr, nil)
	}
	return nil
}

// remove forgets a client and closes its connection. Unless its session is over
// already, why says the reason.
func (l *loop) remove(c *client, why string) {
	if c.gone {
		return
	}
	c.gone = true
	c.session.Close(protocol.OK, why)
	l.clients[c.slot], l.deadline[c.slot] = nil, never
	l.free = append(l.free, c.slot)
	l.past.add(c)
	l.endTraces(c)
	l.size.Add(-1)
	c.end.close()
	l.server.left(c)
}

// shutsDown is what clients are told by Close.
const shutsDown = "the register server shuts down"

// halt ends all sessions, and the loop when the clients are gone.
func (l *loop) halt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopping = true
	l.now = l.server.now()
	for _, c := range l.clients {
		if c != nil {
			c.part(protocol.Busy, shutsDown)
		}
	}
	l.poller.wake()
}

// run is the loop's goroutine.
func (l *loop) run() {
	l.poller.every(l.period)
	l.poller.run(l.turn)
	l.poller.close()
}

// turn does what there is to do: first what clients that have greeted ask now, and then
// for a slice of time each what came of it, pushes, and new connections.
func (l *loop) turn(ready []readiness) verdict {
	l.mu.Lock()
	l.now = l.server.now()
	begin := l.now
	l.began.Store(int64(begin) | 1)
	waiting := l.queue.size()
	for _, r := range ready {
		if c := l.clients[r.slot]; c != nil {
			l.ready(c, r)
		}
	}
	l.inbox.take(l.noticed)
	l.goOn(waiting)
	l.push()
	l.lookAfter()
	next := rest
	switch {
	case l.stopping && len(l.free) == len(l.clients):
		next = halt
	case l.queue.size() > 0 || l.pushing.round:
		next = more
	}
	l.mu.Unlock()
	if l.door && l.server.door.letIn(l.server) && next == rest {
		next = more
	}
	l.began.Store(0)
	if begin-l.yielded > slice {
		l.yielded = begin
		runtime.Gosched()
	}
	return next
}

// ready notes what the poller tells of a client. Clients that come or go have to wait for
// those that are there: so a crowd that knocks, or sends nonsense, does not hold them up.
func (l *loop) ready(c *client, r readiness) {
	c.readable = c.readable || r.in
	c.room = c.room || r.out
	c.ending = c.ending || r.end
	c.dead = c.dead || r.dead
	if c.dead || c.ending || c.parting || c.queued || !c.session.Greeted() {
		l.later(c)
		return
	}
	c.serve()
}

// noticed takes a notice from the inbox.
func (l *loop) noticed(c *client, tx *protocol.Transaction) {
	switch {
	case c.gone:
		return
	case tx != nil:
		c.session.Complete(l.now, tx)
	default:
		c.readable, c.room = true, true
	}
	c.serve()
}

// later gives a client a turn after others had theirs.
func (l *loop) later(c *client) {
	if !c.queued {
		c.queued = true
		l.queue.add(c)
	}
}

// goOn serves clients that have waited, for a slice of time, each once at most.
func (l *loop) goOn(waiting int) {
	for begin := l.now; waiting > 0; waiting-- {
		c := l.queue.take()
		c.queued = false
		if !c.gone {
			c.serve()
		}
		if l.now = l.server.now(); l.now-begin > slice {
			return
		}
	}
}

// lookAfter ends what takes too long, and sets the timer.
func (l *loop) lookAfter() {
	every := min(patrol, l.config.Stall/4, l.config.Half/4)
	if l.now-l.patrolled >= every {
		l.patrolled = l.now
		for slot, d := range l.deadline {
			if c := l.clients[slot]; l.now >= d && c != nil {
				l.expire(c)
			}
		}
	}
	if len(l.pushing.clients) > 0 {
		every = min(every, l.poll)
	}
	if every != l.period {
		l.period = every
		l.poller.every(every)
	}
}

// patience is how long a client whose session is over may take to read what waits for it.
func (l *loop) patience() time.Duration {
	if l.stopping {
		return linger
	}
	return l.config.Stall
}

// expire is called when a client's deadline has passed.
func (l *loop) expire(c *client) {
	if c.queued {
		return // it is the loop that is late: what was waited for may be there
	}
	if c.parting || c.ended {
		l.remove(c, "the client does not read its last replies")
		return
	}
	c.tick()
}

// line is clients that wait, the first one in front.
type line struct {
	clients []*client
	front   int
}

func (q *line) size() int { return len(q.clients) - q.front }

func (q *line) add(c *client) {
	if q.front > len(q.clients)/2 {
		n := copy(q.clients, q.clients[q.front:])
		clear(q.clients[n:])
		q.clients, q.front = q.clients[:n], 0
	}
	q.clients = append(q.clients, c)
}

func (q *line) take() *client {
	c := q.clients[q.front]
	q.clients[q.front] = nil
	q.front++
	return c
}
