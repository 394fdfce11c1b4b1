package modbus

import (
	"slices"
	"sort"

	"linetwin.dev/protocol"
)

// image is what the settings mean for a bank: what is behind each address of each unit.
// It does not change; Reconfigure puts another one in its place.
type image struct {
	bank     *protocol.Bank
	apply    protocol.ApplyFunc
	settings Settings // with defaults
	all      []*unit
	byID     [256]*unit
	serial   []*serialImage
	identity []object
}

// unit has a table for each kind of address.
type unit struct {
	ids    []int // none: all that no other unit has
	tables [4]table
	onBad  OnBad
}

// Table is one of the four kinds of address.
type Table uint8

// The tables.
const (
	Coils Table = iota
	DiscreteInputs
	HoldingRegisters
	InputRegisters
)

var tableText = [...]string{"coils", "discrete inputs", "holding registers", "input registers"}

// String is the table's name: "coils", "discrete inputs", ...
func (t Table) String() string { return tableText[t] }

// Words reports whether the table's addresses have 16 bits.
func (t Table) Words() bool { return t >= HoldingRegisters }

// Writable reports whether masters can write to the table at all.
func (t Table) Writable() bool { return t == Coils || t == HoldingRegisters }

// table is the spans of addresses, in order and without overlaps.
type table []span

// span is the addresses of one register.
type span struct {
	first   int
	size    int
	ref     protocol.Ref
	typ     protocol.Type
	order   protocol.WordOrder
	quality bool // of the register, in place of its value
	mayRead bool
	write   protocol.Status // OK, or why the master may not write
}

func (s *span) end() int { return s.first + s.size }

// find returns the spans that the addresses from first to end are in, or false when not
// all of them are mapped.
func (t table) find(first, end int) (table, bool) {
	i := sort.Search(len(t), func(i int) bool { return t[i].end() > first })
	next := first
	for j := i; j < len(t) && t[j].first <= next; j++ {
		if next = t[j].end(); next >= end {
			return t[i : j+1], true
		}
	}
	return nil, false
}

// serialImage is a serial line and the units that answer there.
type serialImage struct {
	settings Serial // with defaults
	units    [256]*unit
	distinct []*unit // for broadcasts, each once
}

func (im *image) line(device string) *serialImage {
	if i := slices.IndexFunc(im.serial, func(l *serialImage) bool { return l.settings.Device == device }); i >= 0 {
		return im.serial[i]
	}
	return nil
}
