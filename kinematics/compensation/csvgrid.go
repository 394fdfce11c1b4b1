package compensation

import (
	"cmp"
	"slices"
	"strings"
)

// gridRows collects the rows of a table over a grid, which may come in any order.
type gridRows struct {
	rows []gridRow
}

// gridRow is a node: where it is and in which line. Its values are kept by its index.
type gridRow struct {
	at    [3]float64
	line  int32
	index int32
}

func (g *gridRows) add(line int, at [3]float64) {
	g.rows = append(g.rows, gridRow{at: at, line: int32(line), index: int32(len(g.rows))})
}

// sort the rows into the order of a grid, the last coordinate fastest, and find its coordinates.
// Where it is no grid, or a node is there twice, the mistakes go to the sheet; columns are those
// of the coordinates.
func (g *gridRows) sort(s *sheet, columns []int) (axes [3]nodes, ok bool) {
	slices.SortFunc(g.rows, func(a, b gridRow) int {
		for i := range a.at {
			if c := cmp.Compare(a.at[i], b.at[i]); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.line, b.line)
	})
	before := len(s.mistakes)
	for i := 1; i < len(g.rows); i++ {
		if a, b := g.rows[i-1], g.rows[i]; a.at == b.at {
			s.failAt(int(b.line), 0, "the node %s is in line %d already", s.place(columns, a.at), a.line)
		}
	}
	if len(s.mistakes) > before {
		return axes, false
	}
	for i := range axes {
		all := make(nodes, len(g.rows))
		for k := range g.rows {
			all[k] = g.rows[k].at[i]
		}
		slices.Sort(all)
		axes[i] = slices.Clip(slices.Compact(all))
	}
	// The rows are sorted, and each is there once: the first place where they leave the grid is
	// one that is missing.
	k := 0
	for _, x := range axes[0] {
		for _, y := range axes[1] {
			for _, z := range axes[2] {
				if at := [3]float64{x, y, z}; k >= len(g.rows) || g.rows[k].at != at {
					s.failAt(s.line(), 0, "no row for the node %s; %s make a grid of %d x %d x %d nodes, and there are %d",
						s.place(columns, at), s.names(columns), len(axes[0]), len(axes[1]), len(axes[2]), len(g.rows))
					return axes, false
				}
				k++
			}
		}
	}
	return axes, true
}

// place writes coordinates in the units of the file.
func (s *sheet) place(columns []int, at [3]float64) string {
	var parts []string
	for i, c := range columns {
		u := s.unit[c]
		if u.factor != 0 {
			u = s.columns[c].usual()
		}
		parts = append(parts, s.columns[c].name+"="+u.format(at[i])+u.name)
	}
	return strings.Join(parts, " ")
}

func (s *sheet) names(columns []int) string {
	var names []string
	for _, c := range columns {
		names = append(names, s.columns[c].name)
	}
	return strings.Join(names, ", ")
}
