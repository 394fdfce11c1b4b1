package bench

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"
)

// table is text in columns that fit their content.
type table struct {
	indent string
	right  []bool // which columns are aligned to the right
	rows   [][]string
	styles []string // ANSI sequence for each row, "" for none
}

func (t *table) add(cells ...string) { t.addStyled("", cells...) }

func (t *table) addStyled(style string, cells ...string) {
	t.rows = append(t.rows, cells)
	t.styles = append(t.styles, style)
}

// write the rows; cells are two spaces apart, and no line ends in spaces.
func (t *table) write(w io.Writer) error {
	var widths []int
	for _, r := range t.rows {
		for i, c := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	b := bufio.NewWriter(w)
	for n, r := range t.rows {
		var line strings.Builder
		for i, c := range r {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			if i > 0 {
				line.WriteString("  ")
			}
			if i < len(t.right) && t.right[i] {
				line.WriteString(pad + c)
			} else {
				line.WriteString(c + pad)
			}
		}
		text := strings.TrimRight(line.String(), " ")
		if t.styles[n] != "" {
			text = t.styles[n] + text + ansiReset
		}
		b.WriteString(strings.TrimRight(t.indent+text, " ") + "\n")
	}
	return b.Flush()
}

const (
	ansiReset  = "\x1b[0m"
	ansiBold   = "\x1b[1m"
	ansiDim    = "\x1b[2m"
	ansiGreen  = "\x1b[1;32m"
	ansiRed    = "\x1b[1;31m"
	ansiYellow = "\x1b[1;33m"
)
