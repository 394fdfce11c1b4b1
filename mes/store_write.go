package mes

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	// batchRows is when a batch is written: large enough that a transaction's
	// cost is nothing to a row, small enough that the batch fits the cache.
	batchRows = 4096
	// maxPending is when a MES that cannot write refuses more parts.
	maxPending = 1 << 18
	// bulkRows go into one INSERT. Measured: 1 row 3 times slower a row, 128 no
	// faster.
	bulkRows = 32
)

// pending holds the rows that are not in the file yet. Its slices are used again.
type pending struct {
	parts       []partRow
	steps       []Step // without their measures
	measured    []measuredRow
	transitions []transitionRow
	spans       []span
	samples     []sampleRow
	values      []float64
	quality     []uint8
	pictures    []Picture
	// oldestPicture is the smallest number once the transaction is committed, if it takes some out.
	oldestPicture int64
	args          []any
}

type partRow struct {
	n                   int64
	at                  time.Duration
	order               string
	part                Part // without its steps, which are in pending.steps
	firstStep, lastStep int
}

type transitionRow struct {
	n        int64
	order    string
	at       time.Duration
	from, to OrderState
	cause    string
}

type sampleRow struct {
	n     int64
	at    time.Duration
	first int // in pending.values
}

func (p *pending) rows() int {
	return len(p.parts) + len(p.steps) + len(p.measured) + len(p.transitions) + len(p.spans) + len(p.values) + len(p.pictures)
}

func (p *pending) clear() {
	p.parts, p.steps, p.measured, p.transitions = p.parts[:0], p.steps[:0], p.measured[:0], p.transitions[:0]
	p.spans, p.samples = p.spans[:0], p.samples[:0]
	p.values, p.quality = p.values[:0], p.quality[:0]
}

// committed ends a call that changed something: it writes at once, or when the
// batch is full.
func (m *MES) committed() error {
	if m.durable || m.pend.rows() >= batchRows {
		return m.flush()
	}
	return nil
}

// errSuperseded: a second MES has the file.
var errSuperseded = errors.New("another MES has opened this file since; only the newest may write")

// flush writes everything that waits, in one transaction. When it fails, all of it waits
// on; but where it can be written without the pictures, these are dropped.
func (m *MES) flush() error {
	rows := []func() error{m.writeSession, m.writeOrders, m.writeParts, m.writeMeasures, m.writeCounts, m.writeSpans, m.writeSamples}
	err := m.write(append(rows, m.writePictures)...)
	if n := len(m.pend.pictures); err != nil && n > 0 && m.write(rows...) == nil {
		m.drop(n, fmt.Errorf("%w: %s: pictures were dropped: %w", ErrStore, m.path, err))
		err = nil
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrStore, m.path, err)
	}
	for _, o := range m.orders {
		o.dirty = false
		o.tally.clean()
	}
	m.unassigned.clean()
	m.measures.written = len(m.measures.kinds)
	m.settlePictures()
	m.pend.clear()
	return nil
}

// write does all of the writers in one transaction.
func (m *MES) write(writers ...func() error) error {
	return m.st.inTx(func(*sql.Conn) error {
		for _, f := range writers {
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tally) clean() {
	t.dirty = false
	for i := range t.reasons {
		t.reasons[i].dirty = false
	}
}

// writeSession moves the session's end, and finds out whether it is still ours.
func (m *MES) writeSession() error {
	st, err := m.st.prepared("UPDATE sessions SET end_ns = ? WHERE id = ? AND id = (SELECT max(id) FROM sessions)")
	if err != nil {
		return err
	}
	r, err := st.ExecContext(bg, int64(m.now), m.session)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return errors.Join(errSuperseded, err)
	}
	return nil
}

func (m *MES) writeOrders() error {
	b := m.st.bulkInsert("REPLACE INTO orders", 6, &m.pend.args)
	for i, o := range m.orders {
		if o.dirty {
			b.add(int64(i+1), o.ID, o.Product, int64(o.Quantity), int64(o.Cycle), string(o.state))
		}
	}
	if err := b.done(); err != nil {
		return err
	}
	b = m.st.bulkInsert("INSERT INTO transitions", 6, &m.pend.args)
	for _, t := range m.pend.transitions {
		b.add(t.n, t.order, int64(t.at), string(t.from), string(t.to), t.cause)
	}
	return b.done()
}

func (m *MES) writeParts() error {
	b := m.st.bulkInsert("INSERT INTO parts", 9, &m.pend.args)
	for i := range m.pend.parts {
		r := &m.pend.parts[i]
		p := &r.part
		good := int64(0)
		if p.Good {
			good = 1
		}
		b.add(r.n, m.session, int64(r.at), int64(p.Track), int64(p.Serial), p.Product, r.order, good, p.Reason)
	}
	if err := b.done(); err != nil {
		return err
	}
	b = m.st.bulkInsert("INSERT INTO steps", 7, &m.pend.args)
	for i := range m.pend.parts {
		r := &m.pend.parts[i]
		for k, s := range m.pend.steps[r.firstStep:r.lastStep] {
			b.add(r.n, int64(k+1), s.Station, int64(s.At), s.Result, s.Value, s.Unit)
		}
	}
	return b.done()
}

func (m *MES) writeCounts() error {
	b := m.st.bulkInsert("REPLACE INTO counts", 3, &m.pend.args)
	put := func(order string, t *tally) {
		if t.dirty {
			b.add(order, "", t.good)
		}
		for _, r := range t.reasons {
			if r.dirty {
				b.add(order, r.reason, r.n)
			}
		}
	}
	put("", &m.unassigned)
	for _, o := range m.orders {
		put(o.ID, &o.tally)
	}
	return b.done()
}

func (m *MES) writeSpans() error {
	b := m.st.bulkInsert("REPLACE INTO spans", 6, &m.pend.args)
	put := func(s span) {
		b.add(s.n, m.session, int64(s.from), int64(s.to), s.state, s.order)
	}
	for _, s := range m.pend.spans {
		put(s)
	}
	if m.now > m.spanFrom {
		put(m.openSpan())
	}
	return b.done()
}

func (m *MES) writeSamples() error {
	if len(m.pend.samples) == 0 {
		return nil
	}
	b := m.st.bulkInsert("INSERT INTO samples", 2, &m.pend.args)
	for _, s := range m.pend.samples {
		b.add(s.n, int64(s.at))
	}
	if err := b.done(); err != nil {
		return err
	}
	b = m.st.bulkInsert("INSERT INTO history", 4, &m.pend.args)
	for _, s := range m.pend.samples {
		for i := range m.registers {
			b.add(s.n, int64(i), m.pend.values[s.first+i], int64(m.pend.quality[s.first+i]))
		}
	}
	if err := b.done(); err != nil {
		return err
	}
	return m.trim()
}

// trim drops the samples that the history does not keep.
func (m *MES) trim() error {
	for _, q := range []string{"DELETE FROM history WHERE sample < ?", "DELETE FROM samples WHERE n < ?"} {
		st, err := m.st.prepared(q)
		if err != nil {
			return err
		}
		if _, err := st.ExecContext(bg, m.oldestSample); err != nil {
			return err
		}
	}
	return nil
}

// prepared gives a statement of the writing connection, prepared once.
func (s *store) prepared(q string) (*sql.Stmt, error) {
	if st := s.bulk[q]; st != nil {
		return st, nil
	}
	st, err := s.w.PrepareContext(bg, q)
	if err != nil {
		return nil, err
	}
	s.bulk[q] = st
	return st, nil
}

// bulk inserts rows many at a time, in one statement for bulkRows of them, and in halves of
// that, halves of these and so on for the rest.
type bulk struct {
	s    *store
	into string
	cols int
	args *[]any
	err  error
}

func (s *store) bulkInsert(into string, cols int, args *[]any) bulk {
	*args = (*args)[:0]
	return bulk{s: s, into: into, cols: cols, args: args}
}

func (b *bulk) add(row ...any) {
	*b.args = append(*b.args, row...)
	if len(*b.args) == bulkRows*b.cols {
		b.exec(bulkRows, *b.args)
		*b.args = (*b.args)[:0]
	}
}

func (b *bulk) done() error {
	a := *b.args
	for rows := bulkRows / 2; rows > 0; rows /= 2 {
		if n := rows * b.cols; len(a) >= n {
			b.exec(rows, a[:n])
			a = a[n:]
		}
	}
	*b.args = (*b.args)[:0]
	return b.err
}

func (b *bulk) exec(rows int, args []any) {
	if b.err != nil {
		return
	}
	row := "(?" + strings.Repeat(",?", b.cols-1) + ")"
	st, err := b.s.prepared(b.into + " VALUES " + row + strings.Repeat(","+row, rows-1))
	if err == nil {
		_, err = st.ExecContext(bg, args...)
	}
	b.err = err
}
