package mes

import (
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what the MES is for. The zero value is a MES without orders that
// counts everything as unassigned.
type Config struct {
	// Run names what the file belongs to, as "bottling-1"; a file of another run
	// is refused. Empty: any.
	Run string
	// Orders of the schedule, in their order. When a file is opened again, its
	// unfinished orders must be among them, unchanged; new ones are added.
	Orders []Order
	// Manual: orders start by command only. Otherwise, where no order is running
	// or held, the next one starts by itself.
	Manual bool
	// HistoryPeriod is the period at which the caller samples, HistoryKeep the
	// number of samples kept; zero: 5 minutes and 1000.
	HistoryPeriod time.Duration
	HistoryKeep   int
	// PictureKeep is how many pictures of parts are kept, the newest; zero: 1000.
	PictureKeep int
	// Registers are the names of the sampled registers. They are fixed for the
	// life of a file.
	Registers []string
	// Producing is the state of the line in which it produces; empty: "Execute".
	Producing string
	// Durable: every part is on the disk before Complete returns (WAL and
	// synchronous=FULL), for production. Otherwise rows are written in batches
	// and a power loss may cost the newest, for simulation.
	Durable bool
}

// Errors that callers may want to tell apart with errors.Is.
var (
	// ErrNotFound: there is no such order or part.
	ErrNotFound = errors.New("not found")
	// ErrStore: the file could not be written. Nothing is lost as long as the
	// process lives: the rows are written with the next ones.
	ErrStore = errors.New("mes: the database could not be written")
	// ErrClosed: the MES was closed.
	ErrClosed = errors.New("mes: closed")
)

// MES runs the orders of one line. All methods may be called concurrently; those
// that take a line time must get times that do not go backwards.
//
// Line time in the file goes on where the last session ended: a session that
// starts its own clock at zero gets its times shifted by that much.
type MES struct {
	path      string
	run       string
	registers []string
	period    time.Duration
	keep      int
	producing string
	manual    bool
	durable   bool

	mu      sync.Mutex
	closed  bool
	st      *store
	session int64
	base    time.Duration // line time at which this session began
	now     time.Duration // newest line time

	orders  []*order
	byID    map[string]int
	running int // index of the running order, -1 for none

	unassigned, total tally
	tracks            trackSet
	recent            recentParts
	measures          measureBook

	state    string
	since    time.Duration
	spanFrom time.Duration
	spent    []stateTime // of all sessions, without the stretch that runs

	lastSample   time.Duration
	oldestSample int64

	pictureKeep   int
	picturesKept  int   // those that wait in memory among them
	oldestPicture int64 // the smallest number that may still be there
	dropped       atomic.Int64
	why           atomic.Pointer[error] // the last one was dropped

	nParts, nTransitions, nSpans, nSamples, nPictures int64

	pend pending
}

// Open opens the MES database at path, or creates it. It refuses, without
// changing it, a file that is not a database, one of another program or version,
// one of another run, and one whose registers or unfinished orders differ from
// the configuration. A file belongs to one MES at a time: when a second one opens
// it, the first one's next write fails.
func Open(path string, c Config) (*MES, error) {
	if c.HistoryPeriod == 0 {
		c.HistoryPeriod = 5 * time.Minute
	}
	if c.HistoryKeep == 0 {
		c.HistoryKeep = 1000
	}
	if c.PictureKeep == 0 {
		c.PictureKeep = 1000
	}
	if c.Producing == "" {
		c.Producing = "Execute"
	}
	if err := checkOrders(c.Orders); err != nil {
		return nil, err
	}
	if c.HistoryPeriod < 0 || c.HistoryKeep < 0 {
		return nil, fmt.Errorf("mes: history of period %v, keep %d; both must be positive", c.HistoryPeriod, c.HistoryKeep)
	}
	if c.PictureKeep < 0 {
		return nil, fmt.Errorf("mes: keep %d pictures; the number must be positive", c.PictureKeep)
	}
	seen := make(map[string]bool, len(c.Registers))
	for _, r := range c.Registers {
		if r == "" || seen[r] {
			return nil, fmt.Errorf("mes: sampled register %q is empty or there twice; names must be unique", r)
		}
		seen[r] = true
	}
	m := &MES{
		path: path, run: c.Run, registers: append([]string(nil), c.Registers...),
		period: c.HistoryPeriod, keep: c.HistoryKeep,
		pictureKeep: c.PictureKeep,
		producing:   c.Producing, manual: c.Manual, durable: c.Durable,
		byID: make(map[string]int), running: -1, state: Unreported, oldestSample: 1,
	}
	st, err := openStore(path, c.Durable)
	if err != nil {
		return nil, err
	}
	m.st = st
	if err := m.load(c); err != nil {
		st.close()
		return nil, err
	}
	return m, nil
}

// load brings the file's state into memory, adds what is new in the
// configuration, and begins a session.
func (m *MES) load(c Config) error {
	err := m.st.inTx(func(tx *sql.Conn) error {
		version, err := m.st.identify(tx)
		if err != nil {
			return err
		}
		if version == 0 {
			err = m.st.create(tx, c.Run, m.registers)
		} else if err = m.st.upgrade(tx, version); err == nil {
			err = m.read(tx, c)
		}
		if err != nil {
			return err
		}
		m.session++
		return m.st.beginSession(tx, m.session, m.base)
	})
	if err != nil {
		return fmt.Errorf("mes: %s: %w", m.path, err)
	}
	m.now, m.since, m.spanFrom = m.base, m.base, m.base
	for _, o := range c.Orders {
		if _, ok := m.byID[o.ID]; ok {
			continue
		}
		m.byID[o.ID] = len(m.orders)
		n := newOrder(o)
		n.state = ""
		m.orders = append(m.orders, n)
		m.transition(len(m.orders)-1, Planned, "configured")
	}
	m.dispatch()
	if err := m.st.tune(); err != nil {
		return fmt.Errorf("mes: %s: %w", m.path, err)
	}
	return m.flush()
}

// at gives the line time of the caller's clock, if it may be that late.
func (m *MES) at(now time.Duration) (time.Duration, error) {
	if m.closed {
		return 0, ErrClosed
	}
	t := m.base + now
	if now < 0 || t < m.now {
		return 0, fmt.Errorf("mes: time %v is before %v, the newest that was told; the line's clock does not go backwards", now, m.now-m.base)
	}
	return t, nil
}

// Flush writes what waits in memory.
func (m *MES) Flush() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	return m.flush()
}

// Close writes everything to the file, leaves it as one plain database without
// side files, and closes it. Snapshot goes on working. A second Close does
// nothing.
func (m *MES) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	return errors.Join(m.flush(), m.st.close())
}
