package mes

import (
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Check writes what waits and then recomputes everything from the tables: that
// parts, counters and memory say the same; that each part was counted once, and
// for an order that was running; that each order's life is legal, and complete
// exactly when its quantity is reached; that the stretches of line time have no
// gap; that the history keeps its bounds. It returns all that is wrong, joined.
// Its time grows with the number of parts.
func (m *MES) Check() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	if err := m.flush(); err != nil {
		return err
	}
	c := checker{m: m, q: m.st.w}
	c.counts()
	c.lives()
	c.time()
	for _, law := range laws {
		c.law(law.what, law.sql)
	}
	if m.kept() > m.keep {
		c.fault("the history has %d samples, and may keep %d", m.kept(), m.keep)
	}
	c.measures()
	c.pictures()
	return errors.Join(c.faults...)
}

// laws are queries that must find nothing; each gives one text a row.
var laws = []struct{ what, sql string }{
	{"counters differ from the parts", `
		SELECT order_id || '/' || reason || ': counted ' || sum(a) || ', parts ' || sum(b) FROM (
			SELECT order_id, reason, n AS a, 0 AS b FROM counts
			UNION ALL SELECT order_id, reason, 0, count(*) FROM parts GROUP BY order_id, reason)
		GROUP BY order_id, reason HAVING sum(a) != sum(b)`},
	{"a part is good with a reason, or bad without one", `SELECT 'part ' || n FROM parts WHERE (good = 1) != (reason = '')`},
	{"parts are not numbered 1, 2, 3, ...", `SELECT count(*) || ' parts, the last is ' || max(n) FROM parts HAVING count(*) != coalesce(max(n), 0)`},
	{"a track was completed twice in a session", `SELECT 'track ' || track FROM parts WHERE track != 0 GROUP BY session, track HAVING count(*) > 1`},
	{"a part is of an order that is not there", `SELECT 'part ' || n || ' of ' || order_id FROM parts WHERE order_id != '' AND order_id NOT IN (SELECT id FROM orders)`},
	{"a part has another product than its order", `
		SELECT 'part ' || n FROM parts JOIN orders ON orders.id = order_id WHERE parts.product != '' AND parts.product != orders.product`},
	{"a part was counted for an order that was not running", `
		WITH running AS (
			SELECT order_id, at_ns AS a, to_state, lead(at_ns, 1, 9223372036854775807) OVER (PARTITION BY order_id ORDER BY n) AS b FROM transitions)
		SELECT 'part ' || n FROM parts WHERE order_id != '' AND NOT EXISTS (
			SELECT 1 FROM running r WHERE r.order_id = parts.order_id AND to_state = 'Running' AND at_ns BETWEEN a AND b)`},
	{"a step belongs to no part", `SELECT 'part ' || part FROM steps WHERE part NOT IN (SELECT n FROM parts)`},
	{"a measure belongs to no step", `
		SELECT DISTINCT 'step ' || seq || ' of part ' || part FROM measured m
		WHERE NOT EXISTS (SELECT 1 FROM steps WHERE steps.part = m.part AND steps.seq = m.seq)`},
	{"a step has a measure of no name", `
		SELECT 'step ' || seq || ' of part ' || part FROM measured WHERE measure NOT IN (SELECT id FROM measures)`},
	{"a step has a measure twice", `
		SELECT name || ' of step ' || seq || ' of part ' || part FROM measured JOIN measures ON id = measure
		GROUP BY part, seq, name HAVING count(*) > 1`},
	{"a picture belongs to no part", `SELECT 'picture ' || n FROM pictures WHERE part NOT IN (SELECT n FROM parts)`},
	{"a picture is of a station that its part did not pass", `
		SELECT 'picture ' || n || ' of ' || station FROM pictures WHERE part IN (SELECT part FROM steps)
			AND NOT EXISTS (SELECT 1 FROM steps WHERE steps.part = pictures.part AND steps.station = pictures.station)`},
	{"a picture was taken after its part had left", `SELECT 'picture ' || p.n FROM pictures p JOIN parts ON parts.n = p.part WHERE p.at_ns > parts.at_ns`},
	{"a picture is no JPEG", `SELECT 'picture ' || n FROM pictures WHERE substr(data, 1, 2) != x'FFD8' OR substr(data, -2) != x'FFD9'`},
	{"a sample lacks registers", `
		SELECT 'sample ' || n FROM samples WHERE (SELECT count(*) FROM history WHERE sample = n) != (SELECT count(*) FROM registers)`},
	{"a value belongs to no sample", `SELECT DISTINCT 'sample ' || sample FROM history WHERE sample NOT IN (SELECT n FROM samples)`},
}

type checker struct {
	m      *MES
	q      *sql.Conn
	faults []error
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("mes: "+format, args...))
}

func (c *checker) each(query string, f func(scanner) error) {
	if err := each(c.q, query, f); err != nil {
		c.fault("check: %w", err)
	}
}

// law reports the first row that a query finds, and how many there are.
func (c *checker) law(what, query string) {
	n, first := 0, ""
	c.each(query, func(scan scanner) error {
		n++
		if n > 1 {
			return nil
		}
		return scan(&first)
	})
	if n > 0 {
		c.fault("%s: %s (%d in all)", what, first, n)
	}
}

// measures compares the kinds with those that memory knows.
func (c *checker) measures() {
	known := c.m.measures.kinds
	n := int64(0)
	c.each("SELECT id, name, unit FROM measures ORDER BY id", func(scan scanner) error {
		var id int64
		var k measureKind
		err := scan(&id, &k.name, &k.unit)
		if n++; id != n || id > int64(len(known)) || k != known[id-1] {
			c.fault("measure %d is %q in %q in its table, and not in memory", id, k.name, k.unit)
		}
		return err
	})
	if n != int64(len(known)) {
		c.fault("%d measures have names, %d are known", n, len(known))
	}
}

// pictures compares how many there are with what memory counted and may keep.
func (c *checker) pictures() {
	c.each("SELECT count(*), coalesce(max(n), 0), coalesce(min(n), 0) FROM pictures", func(scan scanner) error {
		var n int
		var newest, oldest int64
		err := scan(&n, &newest, &oldest)
		if n != c.m.picturesKept || n > c.m.pictureKeep || newest > c.m.nPictures || n > 0 && oldest < c.m.oldestPicture {
			c.fault("%d pictures from %d to %d are kept; counted are %d up to %d, and %d may be kept",
				n, oldest, newest, c.m.picturesKept, c.m.nPictures, c.m.pictureKeep)
		}
		return err
	})
}

// counts compares the parts with what memory counted.
func (c *checker) counts() {
	type key struct{ order, reason string }
	got := make(map[key]int64)
	c.each("SELECT order_id, reason, count(*) FROM parts GROUP BY order_id, reason", func(scan scanner) error {
		var k key
		var n int64
		err := scan(&k.order, &k.reason, &n)
		got[k] = n
		return err
	})
	var sum int64
	compare := func(order string, t *tally) {
		want := append([]reasonCount{{reason: "", n: t.good}}, t.reasons...)
		for _, w := range want {
			if n := got[key{order, w.reason}]; n != w.n {
				c.fault("order %q, reason %q: %d parts in the table, %d counted", order, w.reason, n, w.n)
			}
			sum += w.n
		}
	}
	compare("", &c.m.unassigned)
	for _, o := range c.m.orders {
		compare(o.ID, &o.tally)
		full := o.tally.good >= int64(o.Quantity)
		if full != (o.state == Completed) || o.tally.good > int64(o.Quantity) {
			c.fault("order %s is %s with %d good parts of %d", o.ID, o.state, o.tally.good, o.Quantity)
		}
	}
	if all := c.m.total.good + c.m.total.reject; sum != c.m.nParts || all != c.m.nParts {
		c.fault("%d parts came, %d are counted by order and %d in all", c.m.nParts, sum, all)
	}
}

// lives walks the audit: each order's transitions, and one running order at most.
func (c *checker) lives() {
	state := make(map[string]OrderState)
	running, last := "", time.Duration(0)
	c.each("SELECT order_id, at_ns, from_state, to_state FROM transitions ORDER BY n", func(scan scanner) error {
		var id string
		var at time.Duration
		var from, to OrderState
		if err := scan(&id, (*int64)(&at), (*string)(&from), (*string)(&to)); err != nil {
			return err
		}
		was, known := state[id]
		switch {
		case at < last:
			c.fault("order %s went to %s at %v, before the transition ahead of it", id, to, at)
		case was != from || (!known && to != Planned) || (known && !legal(from, to)):
			c.fault("order %s was %s and went from %s to %s", id, was, from, to)
		case to == Running && running != "":
			c.fault("order %s started while %s was running", id, running)
		}
		if to == Running {
			running = id
		} else if running == id {
			running = ""
		}
		state[id], last = to, at
		return nil
	})
	stored := make(map[string]OrderState)
	c.each("SELECT id, state FROM orders", func(scan scanner) error {
		var id string
		var s OrderState
		err := scan(&id, (*string)(&s))
		stored[id] = s
		return err
	})
	for _, o := range c.m.orders {
		if state[o.ID] != o.state || stored[o.ID] != o.state {
			c.fault("order %s is %s, %s in its table and %s in the audit", o.ID, o.state, stored[o.ID], state[o.ID])
		}
	}
}

// time sees that the spans of all sessions follow each other from 0 to now, and
// that memory's totals are theirs.
func (c *checker) time() {
	var end time.Duration
	c.each("SELECT n, from_ns, to_ns FROM spans ORDER BY n", func(scan scanner) error {
		var n int64
		var from, to time.Duration
		err := scan(&n, (*int64)(&from), (*int64)(&to))
		if from != end || to <= from {
			c.fault("span %d is from %v to %v, after one that ended at %v", n, from, to, end)
		}
		end = to
		return err
	})
	if end != c.m.now {
		c.fault("the spans end at %v, and it is %v", end, c.m.now)
	}
	sum := c.m.now - c.m.spanFrom
	for _, s := range c.m.spent {
		sum += s.d
	}
	if sum != c.m.now {
		c.fault("the states of the line add up to %v, and it is %v", sum, c.m.now)
	}
}
