package mes

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// read loads the state of a file that is there already.
func (m *MES) read(tx *sql.Conn, c Config) error {
	var run string
	if err := tx.QueryRowContext(bg, "SELECT value FROM meta WHERE key = 'run'").Scan(&run); err != nil {
		return err
	}
	if c.Run != "" && run != c.Run {
		return fmt.Errorf("the file of run %q, not of %q; name a new file, or the one of this run", run, c.Run)
	}
	m.run = run
	var names []string
	err := each(tx, "SELECT name FROM registers ORDER BY id", func(scan scanner) error {
		var s string
		err := scan(&s)
		names = append(names, s)
		return err
	})
	if err != nil {
		return err
	}
	if strings.Join(names, "\n") != strings.Join(m.registers, "\n") {
		return fmt.Errorf("its history has the registers [%s], the configuration [%s]; a changed list needs a new file", strings.Join(names, " "), strings.Join(m.registers, " "))
	}
	if err := tx.QueryRowContext(bg, "SELECT id, end_ns FROM sessions ORDER BY id DESC LIMIT 1").Scan(&m.session, (*int64)(&m.base)); err != nil {
		return err
	}
	for _, f := range []func(*sql.Conn) error{m.readOrders, m.readCounts, m.readSpans, m.readNumbers, m.readMeasures, m.readRecent, m.readPictures} {
		if err := f(tx); err != nil {
			return err
		}
	}
	if oldest := m.nSamples - int64(m.keep) + 1; oldest > m.oldestSample { // keep has become smaller
		m.oldestSample = oldest
		if err := m.trim(); err != nil {
			return err
		}
	}
	return m.agree(c.Orders)
}

// agree compares the unfinished orders of the file with the configured ones.
func (m *MES) agree(orders []Order) error {
	want := make(map[string]Order, len(orders))
	for _, o := range orders {
		want[o.ID] = o
	}
	for _, o := range m.orders {
		w, ok := want[o.ID]
		switch {
		case !ok && !o.state.Final():
			return fmt.Errorf("order %s of the file is %s and not in the configuration; put it back, or abort it first", o.ID, o.state)
		case ok && w != o.Order:
			return fmt.Errorf("order %s is %d of %q with the cycle %v in the file, and %d of %q with %v in the configuration; a changed order needs a new ID",
				o.ID, o.Quantity, o.Product, o.Cycle, w.Quantity, w.Product, w.Cycle)
		}
	}
	return nil
}

func (m *MES) readOrders(tx *sql.Conn) error {
	err := each(tx, "SELECT id, product, quantity, cycle_ns, state FROM orders ORDER BY seq", func(scan scanner) error {
		o := newOrder(Order{})
		if err := scan(&o.ID, &o.Product, &o.Quantity, (*int64)(&o.Cycle), (*string)(&o.state)); err != nil {
			return err
		}
		if o.state == Running {
			m.running = len(m.orders)
		}
		m.byID[o.ID] = len(m.orders)
		m.orders = append(m.orders, o)
		return nil
	})
	if err != nil {
		return err
	}
	return each(tx, "SELECT order_id, at_ns, to_state FROM transitions ORDER BY n", func(scan scanner) error {
		var id string
		var at time.Duration
		var to OrderState
		if err := scan(&id, (*int64)(&at), (*string)(&to)); err != nil {
			return err
		}
		i := m.find(id)
		if i < 0 {
			return fmt.Errorf("a transition of order %s, which is not there: the file is damaged", id)
		}
		o := m.orders[i]
		if to == Running && o.started < 0 {
			o.started = at
		}
		if to.Final() {
			o.ended = at
		}
		return nil
	})
}

func (m *MES) readCounts(tx *sql.Conn) error {
	return each(tx, "SELECT order_id, reason, n FROM counts", func(scan scanner) error {
		var id, reason string
		var n int64
		if err := scan(&id, &reason, &n); err != nil {
			return err
		}
		t := &m.unassigned
		if id != "" {
			i := m.find(id)
			if i < 0 {
				return fmt.Errorf("counts of order %s, which is not there: the file is damaged", id)
			}
			t = &m.orders[i].tally
		}
		for _, t := range []*tally{t, &m.total} {
			if reason == "" {
				t.good += n
			} else {
				t.add(reason, n, false)
			}
		}
		return nil
	})
}

func (m *MES) readSpans(tx *sql.Conn) error {
	return each(tx, "SELECT state, order_id, sum(to_ns - from_ns) FROM spans GROUP BY state, order_id ORDER BY state, order_id", func(scan scanner) error {
		var state, id string
		var d time.Duration
		if err := scan(&state, &id, (*int64)(&d)); err != nil {
			return err
		}
		m.account(d, state, m.find(id))
		return nil
	})
}

// readNumbers finds where the numbering goes on.
func (m *MES) readNumbers(tx *sql.Conn) error {
	for _, q := range []struct {
		sql string
		to  *int64
	}{
		{"SELECT coalesce(max(n), 0) FROM parts", &m.nParts},
		{"SELECT coalesce(max(n), 0) FROM transitions", &m.nTransitions},
		{"SELECT coalesce(max(n), 0) FROM spans", &m.nSpans},
		{"SELECT coalesce(max(n), 0) FROM samples", &m.nSamples},
		{"SELECT coalesce(min(n), 1) FROM samples", &m.oldestSample},
		{"SELECT coalesce(max(at_ns), 0) FROM samples", (*int64)(&m.lastSample)},
	} {
		if err := tx.QueryRowContext(bg, q.sql).Scan(q.to); err != nil {
			return err
		}
	}
	return nil
}

const recordColumns = "SELECT n, session, at_ns, track, serial, product, order_id, good, reason FROM parts "

func (m *MES) readRecent(tx *sql.Conn) error {
	return each(tx, recordColumns+fmt.Sprintf("WHERE n > (SELECT coalesce(max(n), 0) FROM parts) - %d ORDER BY n", keepRecent), func(scan scanner) error {
		var r Record
		if err := scanRecord(scan, &r); err != nil {
			return err
		}
		m.recent.push(r)
		return nil
	})
}

// readPictures finds how many there are, takes out those that are too many now, and notes those
// of the newest parts.
func (m *MES) readPictures(tx *sql.Conn) error {
	err := tx.QueryRowContext(bg, "SELECT count(*), coalesce(max(n), 0) FROM pictures").Scan(&m.picturesKept, &m.nPictures)
	if err == nil {
		err = m.trimPictures()
	}
	if err != nil {
		return err
	}
	m.settlePictures()
	return each(tx, pictureColumns+fmt.Sprintf("WHERE part > %d ORDER BY n", m.nParts-keepRecent), func(scan scanner) error {
		var p PictureInfo
		err := scanPicture(scan, &p)
		m.recent.add(p)
		return err
	})
}

type scanner func(to ...any) error

type querier interface {
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
}

// each runs a query and calls f for each row.
func each(q querier, query string, f func(scanner) error, args ...any) error {
	rows, err := q.QueryContext(bg, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scanRecord(scan scanner, r *Record) error {
	return scan(&r.N, &r.Session, (*int64)(&r.At), &r.Track, &r.Serial, &r.Product, &r.Order, &r.Good, &r.Reason)
}
