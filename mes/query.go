package mes

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// readable brings the file up to date for a query.
func (m *MES) readable() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	if m.pend.rows() == 0 {
		return nil
	}
	return m.flush()
}

// Trace gives the records of the parts on which this serial was read, with their
// steps, newest first: normally one. It is [ErrNotFound] if there is none.
func (m *MES) Trace(serial uint64) ([]Record, error) {
	return m.trace("serial", serial)
}

// TraceTrack gives the records of a track, newest first: one for each session in
// which there was such a track.
func (m *MES) TraceTrack(track uint64) ([]Record, error) {
	return m.trace("track", track)
}

func (m *MES) trace(column string, x uint64) ([]Record, error) {
	if x == 0 || x > math.MaxInt64 {
		return nil, fmt.Errorf("mes: %s %d: %w; 0 stands for an unknown one", column, x, ErrNotFound)
	}
	rs, err := m.records("WHERE "+column+" = ?", maxLimit, int64(x))
	if err == nil && len(rs) == 0 {
		err = fmt.Errorf("mes: no part of %s %d: %w", column, x, ErrNotFound)
	}
	return rs, err
}

// PartsQuery selects parts. The zero value selects the newest 50.
type PartsQuery struct {
	Limit  int    // at most so many, newest first; 0: 50, at most 1000
	Before int64  // only parts with a smaller N, for paging; 0: all
	Order  string // only those of this order; "": all
}

const (
	defaultLimit = 50
	maxLimit     = 1000
)

func bounded(limit int) int {
	if limit <= 0 {
		return defaultLimit
	}
	return min(limit, maxLimit)
}

// Parts lists parts with their steps and what was measured, newest first.
func (m *MES) Parts(q PartsQuery) ([]Record, error) {
	q.Limit = bounded(q.Limit)
	if q.Before == 0 {
		q.Before = math.MaxInt64
	}
	if q.Order != "" {
		return m.records("WHERE n < ? AND order_id = ?", q.Limit, q.Before, q.Order)
	}
	return m.records("WHERE n < ?", q.Limit, q.Before)
}

// records reads parts and their steps as of one instant.
func (m *MES) records(where string, limit int, args ...any) ([]Record, error) {
	var rs []Record
	err := m.query(func(tx *sql.Tx) error {
		which := where + fmt.Sprintf(" ORDER BY n DESC LIMIT %d", limit)
		at := make(map[int64]int)
		err := each(tx, recordColumns+which, func(scan scanner) error {
			var r Record
			err := scanRecord(scan, &r)
			at[r.N] = len(rs)
			rs = append(rs, r)
			return err
		}, args...)
		if err != nil {
			return err
		}
		measures, err := measuresOf(tx, "SELECT n FROM parts "+which, args...)
		if err != nil {
			return err
		}
		err = each(tx, "SELECT part, seq, station, at_ns, result, value, unit FROM steps WHERE part IN (SELECT n FROM parts "+which+") ORDER BY part, seq", func(scan scanner) error {
			var k stepKey
			var s Step
			var v sql.NullFloat64
			if err := scan(&k.part, &k.seq, &s.Station, (*int64)(&s.At), &s.Result, &v, &s.Unit); err != nil {
				return err
			}
			s.Value, s.Measures = orNaN(v), measures[k]
			r := &rs[at[k.part]]
			r.Steps = append(r.Steps, s)
			return nil
		}, args...)
		if err != nil {
			return err
		}
		return each(tx, pictureColumns+"WHERE part IN (SELECT n FROM parts "+which+") ORDER BY n", func(scan scanner) error {
			var p PictureInfo
			if err := scanPicture(scan, &p); err != nil {
				return err
			}
			r := &rs[at[p.Part]]
			r.Pictures = append(r.Pictures, p)
			return nil
		}, args...)
	})
	return rs, err
}

func orNaN(v sql.NullFloat64) float64 {
	if !v.Valid {
		return math.NaN()
	}
	return v.Float64
}

// query reads the file as it is at one instant, with everything told so far.
// It does not hold up the line while it reads.
func (m *MES) query(f func(*sql.Tx) error) error {
	if err := m.readable(); err != nil {
		return err
	}
	tx, err := m.st.rdb.BeginTx(bg, &sql.TxOptions{ReadOnly: true})
	if err == nil {
		err = f(tx)
		err = errors.Join(err, tx.Rollback())
	}
	if err != nil {
		return fmt.Errorf("mes: reading %s: %w", m.path, err)
	}
	return nil
}

// Sample is one row of the history.
type Sample struct {
	N       int64
	At      time.Duration
	Values  []float64 // one for each register asked for; NaN where there was none
	Quality []uint8
}

// History gives the newest samples of the registers, newest first; no registers
// means all, limit 0 means 50, at most 1000. A register that is not sampled is
// [ErrNotFound].
func (m *MES) History(limit int, registers ...string) ([]Sample, error) {
	limit = bounded(limit)
	if len(registers) == 0 {
		registers = m.registers
	}
	column := make([]int, len(m.registers))
	for i := range column {
		column[i] = -1
	}
	for k, r := range registers {
		i := slices.Index(m.registers, r)
		if i < 0 {
			return nil, fmt.Errorf("mes: register %q is not sampled: %w; the sampled ones are %q", r, ErrNotFound, m.registers)
		}
		column[i] = k
	}
	var out []Sample
	err := m.query(func(tx *sql.Tx) error {
		at := make(map[int64]int)
		err := each(tx, "SELECT n, at_ns FROM samples ORDER BY n DESC LIMIT ?", func(scan scanner) error {
			s := Sample{Values: make([]float64, len(registers)), Quality: make([]uint8, len(registers))}
			err := scan(&s.N, (*int64)(&s.At))
			at[s.N] = len(out)
			out = append(out, s)
			return err
		}, limit)
		if err != nil || len(out) == 0 {
			return err
		}
		// One register of many is looked up by key; more are read in one sweep.
		q, args := "SELECT sample, register, value, quality FROM history WHERE sample >= ?", []any{out[len(out)-1].N}
		if len(registers) == 1 {
			q, args = q+" AND register = ?", append(args, slices.Index(m.registers, registers[0]))
		}
		return each(tx, q, func(scan scanner) error {
			var n int64
			var reg int
			var v sql.NullFloat64
			var quality uint8
			if err := scan(&n, &reg, &v, &quality); err != nil {
				return err
			}
			if k := column[reg]; k >= 0 {
				s := &out[at[n]]
				s.Values[k], s.Quality[k] = orNaN(v), quality
			}
			return nil
		}, args...)
	})
	return out, err
}

// Transition is one row of the audit of an order.
type Transition struct {
	At       time.Duration
	From, To OrderState
	Cause    string // "configured", "schedule", "command" or "quantity reached"
}

// Audit gives every change of an order's state, oldest first.
func (m *MES) Audit(order string) ([]Transition, error) {
	var out []Transition
	err := m.query(func(tx *sql.Tx) error {
		return each(tx, "SELECT at_ns, from_state, to_state, cause FROM transitions WHERE order_id = ? ORDER BY n", func(scan scanner) error {
			var t Transition
			err := scan((*int64)(&t.At), (*string)(&t.From), (*string)(&t.To), &t.Cause)
			out = append(out, t)
			return err
		}, order)
	})
	if err == nil && len(out) == 0 {
		err = notFound(order)
	}
	return out, err
}
