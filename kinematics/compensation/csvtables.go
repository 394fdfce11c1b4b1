package compensation

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"

	"linetwin.dev/kinematics"
)

// The columns of the files.
func axisColumns(of quantity) []column {
	return []column{
		{name: "position", of: of}, {name: "forward", of: of}, {name: "backward", of: of, optional: true},
	}
}

// errorColumns are the components of an error; rotations may be missing.
func errorColumns(optional bool) []column {
	return []column{
		{name: "dx", of: isLength, optional: optional}, {name: "dy", of: isLength, optional: optional}, {name: "dz", of: isLength, optional: optional},
		{name: "a", of: isAngle, optional: true}, {name: "b", of: isAngle, optional: true}, {name: "c", of: isAngle, optional: true},
	}
}

func volumeColumns() []column {
	return append([]column{{name: "x", of: isLength}, {name: "y", of: isLength}, {name: "z", of: isLength}}, errorColumns(false)...)
}

func geometricColumns() []column {
	return append([]column{{name: "axis", of: isText}, {name: "position", of: isLength, optional: true}}, errorColumns(true)...)
}

func thermalColumns() []column {
	return []column{
		{name: "sensor", of: isText}, {name: "lag", of: isDuration}, {name: "temperature", of: isTemperature},
		{name: "position", of: isLength}, {name: "error", of: isLength},
	}
}

// twist of six columns from c on; what is missing or empty is 0.
func (s *sheet) twist(c int) kinematics.Twist {
	t := kinematics.Twist(s.value[c : c+6])
	for i := range t {
		if math.IsNaN(t[i]) {
			t[i] = 0
		}
	}
	return t
}

// checkRow tells coordinates and errors that no table takes.
func (s *sheet) checkRow() bool {
	before := len(s.mistakes)
	for c, v := range s.value {
		most := maxError
		switch s.columns[c].name {
		case "x", "y", "z", "position", "temperature":
			most = maxCoordinate
		case "lag":
			most = maxLag
			if v < 0 {
				s.failColumn(c, "%v s; it has to be 0 at least", v)
			}
		}
		if math.Abs(v) > most {
			s.failColumn(c, "%v in SI units; it has to be %v at most (is the unit right?)", v, most)
		}
	}
	return len(s.mistakes) == before
}

// ReadAxis reads the table of an axis from CSV: a header
//
//	position[mm],forward[um],backward[um]
//
// and a row for each position, which have to rise. Where backward is missing, or a cell of it
// is empty, it is as forward. Units of angles make the axis rotary. The file's name is for
// errors: Errors, unless reading itself fails. No file makes it use much more memory than the
// largest table.
func ReadAxis(r io.Reader, file string) (*Axis, error) {
	a := &Axis{}
	s, err := readSheet(r, file, axisColumns(isLength|isAngle), func(s *sheet) {
		a.rotary = s.unit[0].of == isAngle
		for c, u := range s.unit {
			if s.field[c] >= 0 && u.of != s.unit[0].of {
				if s.rows == 1 {
					s.failAt(s.line(), 0, "positions in %s and errors in %s; they have to be lengths or angles alike", s.unit[0].name, u.name)
				}
				return
			}
		}
		if !s.checkRow() {
			return
		}
		v := s.value
		if n := len(a.at); n > 0 && !(v[0] > a.at[n-1]) {
			s.failColumn(0, "it has to be above that of the row before")
			return
		}
		if math.IsNaN(v[2]) {
			v[2] = v[1]
		}
		a.at, a.forward, a.backward = append(a.at, v[0]), append(a.forward, v[1]), append(a.backward, v[2])
	})
	if err != nil {
		return nil, err
	}
	if err := a.check(); err != nil {
		s.failAt(s.line(), 0, "%v", err)
		return nil, s.err()
	}
	return a, nil
}

// WriteCSV writes the table as ReadAxis reads it. What is read back is equal, bit for bit.
func (a *Axis) WriteCSV(w io.Writer) error {
	of := isLength
	if a.rotary {
		of = isAngle
	}
	out := newSheetWriter(w, axisColumns(of))
	for i := range a.at {
		out.row("", a.at[i], a.forward[i], a.backward[i])
	}
	return out.flush()
}

// ReadVolume reads a volumetric table from CSV: a header
//
//	x[mm],y[mm],z[mm],dx[um],dy[um],dz[um],a[urad],b[urad],c[urad]
//
// and a row for each node of a grid, in any order. The rotations a, b, c about x, y, z may be
// missing. The rest is as with ReadAxis.
func ReadVolume(r io.Reader, file string) (*Volume, error) {
	var g gridRows
	var errors []kinematics.Twist
	s, err := readSheet(r, file, volumeColumns(), func(s *sheet) {
		if s.checkRow() {
			g.add(s.line(), [3]float64(s.value[:3]))
			errors = append(errors, s.twist(3))
		}
	})
	if err != nil {
		return nil, err
	}
	axes, ok := g.sort(s, []int{0, 1, 2})
	if !ok {
		return nil, s.err()
	}
	sorted := make([]kinematics.Twist, len(errors))
	for i, r := range g.rows {
		sorted[i] = errors[r.index]
	}
	v, err := makeVolume(axes[0], axes[1], axes[2], sorted)
	if err != nil {
		s.failAt(s.line(), 0, "%v", err)
		return nil, s.err()
	}
	return v, nil
}

// WriteCSV writes the table as ReadVolume reads it. What is read back is equal, bit for bit.
func (v *Volume) WriteCSV(w io.Writer) error {
	out := newSheetWriter(w, volumeColumns())
	for i, e := range v.errors {
		p := v.node(i)
		out.row("", p[0], p[1], p[2], e[0], e[1], e[2], e[3], e[4], e[5])
	}
	return out.flush()
}

// ReadGeometric reads the 21 errors from CSV: a header
//
//	axis,position[mm],dx[um],dy[um],dz[um],a[urad],b[urad],c[urad]
//
// and a row for each position of the axes X, Y and Z, which have to rise for each; and a row for
// each of A0Z, B0Z and C0Y that is not 0, with its angle in the column a, b or c, and nothing in
// the others. An empty cell is 0. The order of the axes is that of the field Order; it is the
// machine's, and not in the file. The rest is as with ReadAxis.
func ReadGeometric(r io.Reader, file, order string) (*Geometric, error) {
	g := &Geometric{Order: order}
	square := map[string]int{}
	s, err := readSheet(r, file, geometricColumns(), func(s *sheet) {
		if !s.checkRow() {
			return
		}
		var axis *AxisErrors
		switch s.text {
		case "X":
			axis = &g.X
		case "Y":
			axis = &g.Y
		case "Z":
			axis = &g.Z
		case "A0Z", "B0Z", "C0Y":
			if line, twice := square[s.text]; twice {
				s.failColumn(0, "%s is in line %d already", s.text, line)
				return
			}
			square[s.text] = s.line()
			g.readSquare(s)
			return
		default:
			s.failColumn(0, "%q; it has to be X, Y, Z, A0Z, B0Z or C0Y", shorten(s.text))
			return
		}
		n := len(axis.Positions)
		switch {
		case math.IsNaN(s.value[1]):
			s.fail(-1, "no position")
		case n > 0 && !(s.value[1] > axis.Positions[n-1]):
			s.failColumn(1, "it has to be above that of the row of %s before", s.text)
		default:
			axis.Positions = append(axis.Positions, s.value[1])
			axis.Errors = append(axis.Errors, s.twist(2))
		}
	})
	if err != nil {
		return nil, err
	}
	if _, err := g.volume(); err != nil {
		s.failAt(s.line(), 0, "%v", err)
		return nil, s.err()
	}
	return g, nil
}

// readSquare reads the row of an angle between axes.
func (g *Geometric) readSquare(s *sheet) {
	to := map[string]*float64{"A0Z": &g.A0Z, "B0Z": &g.B0Z, "C0Y": &g.C0Y}[s.text]
	at := 5 + int(s.text[0]-'A')
	for c, v := range s.value[1:] {
		switch c++; {
		case c == at && math.IsNaN(v):
			s.fail(-1, "%s without a number in column %q", s.text, s.columns[c].name)
		case c == at:
			*to = v
		case !math.IsNaN(v):
			s.failColumn(c, "%s is an angle, in column %q; the others have to be empty", s.text, s.columns[at].name)
		}
	}
}

// WriteCSV writes the errors as ReadGeometric reads them. What is read back is equal, bit for
// bit. Errors of which Volume makes no table are not written.
func (g *Geometric) WriteCSV(w io.Writer) error {
	if _, err := g.Volume(); err != nil {
		return err
	}
	out := newSheetWriter(w, geometricColumns())
	for i, axis := range []*AxisErrors{&g.X, &g.Y, &g.Z} {
		for k, e := range axis.Errors {
			out.row("XYZ"[i:i+1], axis.Positions[k], e[0], e[1], e[2], e[3], e[4], e[5])
		}
	}
	no := math.NaN()
	for _, q := range []struct {
		name  string
		value float64
	}{{"A0Z", g.A0Z}, {"B0Z", g.B0Z}, {"C0Y", g.C0Y}} {
		if math.Float64bits(q.value) == 0 {
			continue
		}
		cells := []float64{no, no, no, no, no, no, no}
		cells[4+int(q.name[0]-'A')] = q.value
		out.row(q.name, cells...)
	}
	return out.flush()
}

// ReadThermal reads a thermal table from CSV: a header
//
//	sensor,lag[s],temperature[degC],position[mm],error[um]
//
// and a row for each temperature and position of each sensor, in any order. Sensors come in the
// order of their first rows; the lag is the same in all rows of one. The rest is as with ReadAxis.
func ReadThermal(r io.Reader, file string) (*Thermal, error) {
	type body struct {
		name   string
		lag    float64
		line   int
		grid   gridRows
		errors []float64
	}
	var bodies []*body
	s, err := readSheet(r, file, thermalColumns(), func(s *sheet) {
		if !s.checkRow() {
			return
		}
		i := slices.IndexFunc(bodies, func(b *body) bool { return b.name == s.text })
		if i < 0 {
			if err := checkName(s.text); err != nil {
				s.failColumn(0, "%v", err)
				return
			}
			if len(bodies) == MaxSensors {
				s.failColumn(0, "more than %d sensors", MaxSensors)
				return
			}
			i = len(bodies)
			bodies = append(bodies, &body{name: s.text, lag: s.value[1], line: s.line()})
		}
		b := bodies[i]
		if s.value[1] != b.lag {
			s.failColumn(1, "%v s; sensor %q has %v s in line %d, and it has to be the same in all its rows", s.value[1], b.name, b.lag, b.line)
			return
		}
		b.grid.add(s.line(), [3]float64{s.value[2], s.value[3]})
		b.errors = append(b.errors, s.value[4])
	})
	if err != nil {
		return nil, err
	}
	t := &Thermal{}
	for _, b := range bodies {
		axes, ok := b.grid.sort(s, []int{2, 3})
		if !ok {
			return nil, s.err()
		}
		sensor := Sensor{Name: b.name, Lag: b.lag, Temperatures: axes[0], Positions: axes[1]}
		for _, r := range b.grid.rows {
			sensor.Errors = append(sensor.Errors, b.errors[r.index])
		}
		t.sensors = append(t.sensors, sensor)
	}
	if err := t.check(); err != nil {
		s.failAt(s.line(), 0, "%v", err)
		return nil, s.err()
	}
	return t, nil
}

// WriteCSV writes the table as ReadThermal reads it. What is read back is equal, bit for bit.
func (t *Thermal) WriteCSV(w io.Writer) error {
	out := newSheetWriter(w, thermalColumns())
	for i := range t.sensors {
		s := &t.sensors[i]
		for k, e := range s.Errors {
			n := len(s.Positions)
			out.row(s.Name, s.Lag, s.Temperatures[k/n], s.Positions[k%n], e)
		}
	}
	return out.flush()
}

// sheetWriter writes a header and rows in the usual units.
type sheetWriter struct {
	csv     *csv.Writer
	columns []column
	record  []string
}

func newSheetWriter(w io.Writer, columns []column) *sheetWriter {
	out := &sheetWriter{csv: csv.NewWriter(w), columns: columns}
	for _, c := range columns {
		out.record = append(out.record, c.title())
	}
	_ = out.csv.Write(out.record) // Error tells
	return out
}

// row writes a row: the name, if there is a column for it, and the numbers, of which NaN stands
// for an empty cell.
func (o *sheetWriter) row(text string, values ...float64) {
	o.record = o.record[:0]
	for _, c := range o.columns {
		if c.of == isText {
			o.record = append(o.record, text)
			continue
		}
		cell := ""
		if v := values[0]; v == v {
			cell = c.usual().format(v)
		}
		o.record = append(o.record, cell)
		values = values[1:]
	}
	_ = o.csv.Write(o.record) // Error tells
}

func (o *sheetWriter) flush() error {
	o.csv.Flush()
	if err := o.csv.Error(); err != nil {
		return fmt.Errorf("compensation: writing a table: %w", err)
	}
	return nil
}
