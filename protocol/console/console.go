package console

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/guard"
	"linetwin.dev/protocol/server"
	"linetwin.dev/protocol/wire"
)

// Console is an http.Handler for [Path]. Its methods may be called concurrently.
type Console struct {
	o       Options
	start   time.Time
	methods map[string]method
	rate    rate.Limit // bytes a second that a console may send

	// The map of the bank, which is sealed: the bank's own methods take a lock that
	// serving needs.
	infos  []protocol.Info
	byName map[string]int
	// searching is held during what takes long in a large map, so that all consoles
	// together keep one core busy with it at most.
	searching sync.Mutex
	reloading sync.Mutex

	clients cached[[]server.ClientInfo]
	stats   cached[server.Stats]
	health  cached[Health]
	// asking has an element for each call of the server that has not returned.
	asking chan struct{}

	ctx  context.Context
	stop context.CancelCauseFunc
	work sync.WaitGroup

	mu       sync.Mutex
	sessions map[*session]struct{}
	counts   ConsoleStats // Now is len(sessions)
	waiting  int          // sessions that have not shown a token yet
	closed   bool
}

var errShutDown = errors.New("the server shuts down")

// New makes the console of a bank, which must be sealed.
func New(o Options) *Console {
	if !o.Bank.Sealed() {
		panic("console: the bank is not sealed; consoles must see a map that stays")
	}
	c := &Console{
		o: o.withDefaults(), start: time.Now(), methods: methods(), rate: bytesPerSecond,
		infos: o.Bank.Registers(), byName: make(map[string]int), sessions: make(map[*session]struct{}),
		asking: make(chan struct{}, mostAsked),
	}
	c.health.ask = c.askHealth
	if o.Server != nil {
		c.clients.ask, c.stats.ask = c.askClients, o.Server.Stats
	}
	for i := range c.infos {
		c.byName[c.infos[i].Name] = i
	}
	c.ctx, c.stop = context.WithCancelCause(context.Background())
	return c
}

// now is the time since the server began.
func (c *Console) now() time.Duration { return time.Since(c.start) }

// Close ends all consoles, tells them that the server shuts down, and waits for their
// goroutines. A console that does not read delays it by at most a second.
func (c *Console) Close() error {
	c.mu.Lock()
	c.closed = true
	for s := range c.sessions {
		s.finish(websocket.StatusGoingAway, errShutDown.Error())
	}
	c.mu.Unlock()
	hard := time.AfterFunc(time.Second, func() { c.stop(errShutDown) })
	defer hard.Stop()
	c.work.Wait()
	c.stop(errShutDown)
	return nil
}

// ServeHTTP lets a console in and serves it until it leaves.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s, err := c.admit(r)
	if err != nil {
		var why *refusal
		if !errors.As(err, &why) {
			why = &refusal{http.StatusInternalServerError, err.Error()}
		}
		c.mu.Lock()
		c.counts.Refused++
		c.mu.Unlock()
		c.o.Log.Warn("console refused", "from", r.RemoteAddr, "reason", why.text)
		if why.status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		http.Error(w, why.text, why.status)
		return
	}
	defer c.work.Done()
	defer c.remove(s)
	k := &keeper{ResponseWriter: w, session: s}
	// admit has judged the origin, also by the host's name.
	ws, err := websocket.Accept(k, r, &websocket.AcceptOptions{Subprotocols: []string{Protocol}, InsecureSkipVerify: true})
	if err != nil {
		s.cancel(err)
		return
	}
	s.run(ws, k.conn)
}

// admit judges a request and keeps a place for its console.
func (c *Console) admit(r *http.Request) (*session, error) {
	if err := foreign(r, c.o.Hosts); err != nil {
		return nil, err
	}
	shown, given, err := credentialsOf(r)
	if err != nil {
		return nil, err
	}
	grant, ok, wait := c.judge(shown, r.RemoteAddr)
	switch {
	case wait > 0:
		return nil, &refusal{http.StatusTooManyRequests, tooManyWrong(wait)}
	case given && !ok:
		return nil, &refusal{http.StatusUnauthorized, "the token is not known"}
	}
	s := newSession(c, r.RemoteAddr, shown)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, &refusal{http.StatusServiceUnavailable, errShutDown.Error()}
	}
	if ok && !c.room(&grant) || !ok && c.waiting >= c.o.MaxConsoles {
		return nil, &refusal{http.StatusServiceUnavailable, "there are as many consoles as this server takes; close one"}
	}
	if ok {
		s.known, s.grant = true, grant
		c.counts.Accepted++
	} else {
		c.waiting++
	}
	c.sessions[s] = struct{}{}
	c.work.Add(1)
	return s, nil
}

// judge says what somebody may do who shows something for the first time, or how long he
// has to wait before a token from where he is is looked at.
func (c *Console) judge(shown wire.Credentials, remote string) (g protocol.Grant, ok bool, wait time.Duration) {
	from, now := guard.From(remote), c.start.Add(c.now())
	if shown.Token != "" {
		if wait = c.o.Guard.Wait(from, now); wait > 0 {
			return g, false, wait
		}
	}
	if g, ok = c.o.Authorise(shown); !ok && shown.Token != "" {
		c.o.Guard.Wrong(from, shown.Token, now)
	}
	return g, ok, 0
}

func tooManyWrong(wait time.Duration) string {
	return fmt.Sprintf("too many wrong tokens came from this address; try again in %d s", int(math.Ceil(wait.Seconds())))
}

// room tells whether one more console may come in. c.mu is held.
func (c *Console) room(g *protocol.Grant) bool {
	most := c.o.MaxConsoles
	if g.Access == protocol.Engineer {
		most *= 2 // others must not be able to keep the engineers out
	}
	return len(c.sessions)-c.waiting < most
}

// welcome lets a console in that has shown its token in a call.
func (c *Console) welcome(s *session, shown wire.Credentials, g *protocol.Grant) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known {
		if !c.room(g) {
			return false
		}
		c.waiting--
		c.counts.Accepted++
	}
	s.known, s.shown, s.grant = true, shown, *g
	return true
}

func (c *Console) remove(s *session) {
	s.cancel(nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sessions, s)
	if !s.known {
		c.waiting--
		c.counts.Refused++
	}
	if s.cut != "" {
		c.counts.Dropped++
	}
}

// Stats are the totals now.
func (c *Console) Stats() ConsoleStats {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.counts
	n.Now = len(c.sessions)
	return n
}

// find gives the registers of these names, as places in c.infos.
func (c *Console) find(names []string) ([]int, error) {
	found := make([]int, len(names))
	for i, name := range names {
		at, ok := c.byName[name]
		if !ok {
			return nil, c.unknown(name)
		}
		found[i] = at
	}
	return found, nil
}
