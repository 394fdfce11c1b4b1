package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Row is one line of a table of required figures: what was measured, what a peer
// does, and what was to be reached. It is one object of out/bench-NAME.json.
type Row struct {
	What  string  `json:"what"`
	Value float64 `json:"value"` // in Unit
	Unit  string  `json:"unit"`
	// Peer that it is compared with, "" for none. A peer that is not installed has
	// no PeerValue.
	Peer      string   `json:"peer"`
	PeerValue *float64 `json:"peer_value"`
	// Ratio to the peer, above 1 where the value is the better one.
	Ratio *float64 `json:"ratio"`
	// Reach is a bound as [ParseBound] reads it: on Ratio where there is a peer and
	// the bound has no unit, on Value otherwise.
	Reach string `json:"reach"`
	OK    bool   `json:"ok"`
}

// Better says which of two figures is the better one.
type Better bool

// The directions.
const (
	Lower  Better = false // a time, a size
	Higher Better = true  // a rate
)

// Measured gives the row of a figure without a peer, judged.
func Measured(what string, value float64, unit, reach string) Row {
	r := Row{What: what, Value: value, Unit: unit, Reach: reach}
	r.OK = r.reached()
	return r
}

// Against gives the row with a peer, judged again. A nil value says that the peer
// is not installed; a bound on the ratio is then not reached.
func (r Row) Against(peer string, value *float64, better Better) Row {
	r.Peer, r.PeerValue, r.Ratio = peer, value, nil
	if value != nil {
		if a, b := r.Value, *value; better == Higher && b != 0 {
			r.Ratio = number(a / b)
		} else if better == Lower && a != 0 {
			r.Ratio = number(b / a)
		}
	}
	r.OK = r.reached()
	return r
}

// reached judges the row; a bound that cannot be read or does not fit the unit is
// not reached.
func (r Row) reached() bool {
	b, err := ParseBound(r.Reach)
	if err != nil {
		return false
	}
	if r.Peer != "" && b.limit.suffix == "" {
		if r.Ratio == nil {
			return false
		}
		return b.Holds(*r.Ratio, b.limit.number())
	}
	if b.limit.suffix == r.Unit || b.limit.suffix == "" {
		return b.Holds(r.Value, b.limit.number())
	}
	m, known := multiples[r.Unit]
	if !known {
		return false
	}
	limit, err := b.Limit(m.unit)
	if err != nil {
		return false
	}
	one, err := quantity{mantissa: "1", suffix: r.Unit}.in(m.unit)
	return err == nil && b.Holds(r.Value*one, limit)
}

// WriteTable writes the rows as an aligned table.
func WriteTable(w io.Writer, rows []Row) error {
	t := table{right: []bool{false, true, false, true, true, false, false}}
	t.add("what", "value", "peer", "peer's", "ratio", "reach", "")
	for _, r := range rows {
		peer, value, ratio := r.Peer, "", ""
		switch {
		case r.PeerValue != nil:
			value = quantityText(*r.PeerValue, r.Unit)
		case r.Peer != "":
			value = "not installed"
		}
		if r.Ratio != nil {
			ratio = formatNumber(*r.Ratio, 3)
		}
		verdict := "ok"
		if !r.OK {
			verdict = "NOT REACHED"
		}
		t.add(r.What, quantityText(r.Value, r.Unit), peer, value, ratio, r.Reach, verdict)
	}
	return t.write(w)
}

func quantityText(v float64, unit string) string {
	switch unit {
	case "1":
		unit = ""
	case "1/s":
		unit = "/s"
	}
	return strings.TrimSpace(formatNumber(v, 4) + " " + unit)
}

// WriteJSON writes the rows as one indented JSON array.
func WriteJSON(w io.Writer, rows []Row) error {
	if rows == nil {
		rows = []Row{}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(rows)
}

// WriteRowsFile writes the rows as JSON into a file that takes its place when it is
// complete.
func WriteRowsFile(path string, rows []Row) error {
	return writeAtomic(path, func(w io.Writer) error { return WriteJSON(w, rows) })
}

// Publish writes the rows of "make bench-NAME" to out/bench-NAME.json below the working
// directory, where users look for them, and says on w where they are.
func Publish(w io.Writer, name string, rows []Row) error {
	path := filepath.Join("out", "bench-"+name+".json")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := WriteRowsFile(path, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, path)
	return err
}

// Reached is an error that names the rows that were not reached, or nil.
func Reached(rows []Row) error {
	var missed []string
	for _, r := range rows {
		if !r.OK {
			missed = append(missed, fmt.Sprintf("%s: %s, to reach %s", r.What, quantityText(r.Value, r.Unit), r.Reach))
		}
	}
	if missed == nil {
		return nil
	}
	return fmt.Errorf("not reached: %s", strings.Join(missed, "; "))
}
