package mes

import (
	"database/sql"
	"fmt"
)

// Measure is one of the things that a station measured of a part.
type Measure struct {
	Name  string  // "cap_height"
	Value float64 // in Unit; NaN where it is not known
	Unit  string  // "m"; "1" of a share; "" of a plain number, as a grade
}

// measureKind is what rows of measures have in common. The file names each once.
type measureKind struct{ name, unit string }

// measureBook numbers the kinds from 1, in the order in which they came.
type measureBook struct {
	kinds   []measureKind
	ids     map[measureKind]int64
	written int // of the kinds, those that are in the file
}

func (b *measureBook) id(k measureKind) int64 {
	id, ok := b.ids[k]
	if !ok {
		if b.ids == nil {
			b.ids = make(map[measureKind]int64)
		}
		b.kinds = append(b.kinds, k)
		id = int64(len(b.kinds))
		b.ids[k] = id
	}
	return id
}

// measuredRow is a measure of a step on its way into the file.
type measuredRow struct {
	part, seq, measure int64
	value              float64
}

// admitMeasures refuses those without a name, and a name that is there twice.
func admitMeasures(ms []Measure) error {
	for i, a := range ms {
		if a.Name == "" {
			return fmt.Errorf("measure %d has no name", i+1)
		}
		for _, b := range ms[:i] {
			if a.Name == b.Name {
				return fmt.Errorf("measure %q is there twice; a step measures each once", a.Name)
			}
		}
	}
	return nil
}

// measure takes down what the seq-th step of a part measured.
func (m *MES) measure(part, seq int64, ms []Measure) {
	for _, x := range ms {
		id := m.measures.id(measureKind{x.Name, x.Unit})
		m.pend.measured = append(m.pend.measured, measuredRow{part, seq, id, x.Value})
	}
}

// writeMeasures writes what steps measured, and the kinds that are new.
func (m *MES) writeMeasures() error {
	b := m.st.bulkInsert("INSERT INTO measures", 3, &m.pend.args)
	for i := m.measures.written; i < len(m.measures.kinds); i++ {
		b.add(int64(i+1), m.measures.kinds[i].name, m.measures.kinds[i].unit)
	}
	if err := b.done(); err != nil {
		return err
	}
	b = m.st.bulkInsert("INSERT INTO measured", 4, &m.pend.args)
	for _, r := range m.pend.measured {
		b.add(r.part, r.seq, r.measure, r.value)
	}
	return b.done()
}

// readMeasures reads the kinds that a file names.
func (m *MES) readMeasures(tx *sql.Conn) error {
	err := each(tx, "SELECT id, name, unit FROM measures ORDER BY id", func(scan scanner) error {
		var id int64
		var k measureKind
		if err := scan(&id, &k.name, &k.unit); err != nil {
			return err
		}
		if m.measures.id(k) != id {
			return fmt.Errorf("measure %s has the number %d, and should have %d: the file is damaged", k.name, id, m.measures.id(k))
		}
		return nil
	})
	m.measures.written = len(m.measures.kinds)
	return err
}

// stepKey finds a step: its part, and which of its steps it is, from 1.
type stepKey struct{ part, seq int64 }

// measuresOf reads what the steps of those parts measured whose numbers a query gives.
func measuresOf(tx *sql.Tx, parts string, args ...any) (map[stepKey][]Measure, error) {
	ms := make(map[stepKey][]Measure)
	// The order of tables is given, so that parts are found by key.
	err := each(tx, "SELECT part, seq, name, value, unit FROM measured CROSS JOIN measures ON id = measure WHERE part IN ("+parts+") ORDER BY part, seq, measure", func(scan scanner) error {
		var k stepKey
		var x Measure
		var v sql.NullFloat64
		if err := scan(&k.part, &k.seq, &x.Name, &v, &x.Unit); err != nil {
			return err
		}
		x.Value = orNaN(v)
		ms[k] = append(ms[k], x)
		return nil
	}, args...)
	return ms, err
}
