package modbus

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"linetwin.dev/protocol"
)

// Mapped is a row of the address table: where a register is for masters.
type Mapped struct {
	// IDs of the unit; none for the unit that answers to all that no other one has.
	IDs   []int
	Table Table
	// Address of the first word or bit, from 0, as it is on the wire, and how many
	// there are.
	Address, Size int
	Register      protocol.Info
	// Quality says that the register's quality is there, not its value.
	Quality bool
	// Readable and Writable say what a master may do.
	Readable, Writable bool
}

// Reference is the address as manuals of PLCs write it: the table's digit and five
// digits that count from 1, as 400001 for the first holding register.
func (m *Mapped) Reference() string {
	digit := [...]int{Coils: 0, DiscreteInputs: 1, InputRegisters: 3, HoldingRegisters: 4}[m.Table]
	return fmt.Sprintf("%d%05d", digit, m.Address+1)
}

// Map is the address table that settings give a bank, or what is wrong with them.
func Map(bank *protocol.Bank, s Settings) ([]Mapped, error) {
	// Registers are shown as writable as the grants have them.
	im, err := compile(bank, s, func(*protocol.Transaction) bool { return true })
	if err != nil {
		return nil, err
	}
	return im.rows(), nil
}

// Map is the present address table, by unit, table and address.
func (g *Gateway) Map() []Mapped { return g.image.Load().rows() }

func (im *image) rows() []Mapped {
	infos := im.bank.Registers()
	var rows []Mapped
	for _, u := range im.all {
		for t, spans := range u.tables {
			for _, s := range spans {
				rows = append(rows, Mapped{IDs: u.ids, Table: Table(t), Address: s.first, Size: s.size, Register: infos[s.ref],
					Quality: s.quality, Readable: s.mayRead, Writable: s.write == protocol.OK})
			}
		}
	}
	return rows
}

// PrintMap writes the address table for people: a heading for each unit and table, and a
// line for each register.
func PrintMap(w io.Writer, rows []Mapped) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range rows {
		m := &rows[i]
		if i == 0 || unitText(m.IDs) != unitText(rows[i-1].IDs) || m.Table != rows[i-1].Table {
			if i > 0 {
				fmt.Fprintln(tab)
			}
			fmt.Fprintf(tab, "%s, %v\naddress\treference\tsize\tregister\ttype\torder\tunit\taccess\tmeaning\n", unitText(m.IDs), m.Table)
		}
		def := m.Register.Def
		typ, order, doc := def.Type.String(), "", def.Doc
		switch {
		case m.Quality:
			typ, def.Unit, doc = "quality", "", "0 good, 1 uncertain, 2 bad"
			if !m.Table.Words() {
				doc = "1: the value can be used"
			}
		case m.Table.Words() && Words(def.Type) > 1:
			order = def.Order.String()
		}
		access := "none"
		switch {
		case m.Readable && m.Writable:
			access = "read, write"
		case m.Readable:
			access = "read"
		case m.Writable:
			access = "write"
		}
		line := fmt.Sprintf("%d\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s", m.Address, m.Reference(), m.Size, def.Name, typ, order, def.Unit, access, doc)
		fmt.Fprintln(tab, strings.TrimRight(line, "\t"))
	}
	return tab.Flush()
}
