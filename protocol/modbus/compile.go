package modbus

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"linetwin.dev/protocol"
)

const addresses = 1 << 16 // of a table

// fault is an error at a place of the configuration.
func fault(place, format string, args ...any) error {
	err := fmt.Errorf("modbus gateway: "+format, args...)
	if place == "" {
		return err
	}
	return fmt.Errorf("%s: %w", place, err)
}

// compile finds out what the settings mean for a bank, or the first thing that is wrong
// with them.
func compile(bank *protocol.Bank, s Settings, apply protocol.ApplyFunc) (*image, error) {
	s = s.withDefaults()
	im := &image{bank: bank, apply: apply, settings: s, identity: s.Identity.objects()}
	if s.OnBad > BadMarked {
		return nil, fault(s.Place, "onBad is %v; it must be one of not-responding, failure, marked", s.OnBad)
	}
	for _, o := range im.identity {
		if len(o.text) > maxObject {
			return nil, fault(s.Place, "the identity has a text of %d bytes; at most %d fit into a reply", len(o.text), maxObject)
		}
	}
	m := &mapper{bank: bank, infos: bank.Registers(), apply: apply}
	var other *Unit
	owners := map[int]*Unit{}
	for i := range s.Units {
		config := &s.Units[i]
		u, err := m.unit(config, s.Grant)
		if err != nil {
			return nil, err
		}
		u.onBad = s.OnBad
		im.all = append(im.all, u)
		if len(u.ids) == 0 {
			if other != nil {
				return nil, fault(config.Place, "a second unit without identifiers%s; only one can answer to all the others", also(other.Place))
			}
			other = config
		}
		for _, id := range u.ids {
			if id < 0 || id > 255 {
				return nil, fault(config.Place, "unit %d; unit identifiers are from 0 to 255", id)
			}
			if owner := owners[id]; owner != nil {
				return nil, fault(config.Place, "unit %d is there already%s; a unit identifier belongs to one unit", id, also(owner.Place))
			}
			owners[id], im.byID[id] = config, u
		}
	}
	if other != nil {
		u := im.all[slices.IndexFunc(im.all, func(u *unit) bool { return len(u.ids) == 0 })]
		for id := range im.byID {
			if im.byID[id] == nil {
				im.byID[id] = u
			}
		}
	}
	return im, im.addSerial()
}

// also says where the other of two things is.
func also(place string) string {
	if place == "" {
		return ""
	}
	return ", at " + place
}

func (im *image) addSerial() error {
	for _, config := range im.settings.Serial {
		config = config.withDefaults()
		l := &serialImage{settings: config}
		switch {
		case config.Device == "":
			return fault(config.Place, "a serial line without a device; name it as in \"/dev/ttyUSB0\"")
		case im.line(config.Device) != nil:
			return fault(config.Place, "serial line %s is there already%s", config.Device, also(im.line(config.Device).settings.Place))
		case config.Parity != "even" && config.Parity != "odd" && config.Parity != "none":
			return fault(config.Place, "serial line %s: parity %q; it is one of even, odd, none", config.Device, config.Parity)
		case config.StopBits != 1 && config.StopBits != 2:
			return fault(config.Place, "serial line %s: %d stop bits; there are 1 or 2", config.Device, config.StopBits)
		}
		if len(config.Units) == 0 {
			for _, u := range im.all {
				config.Units = append(config.Units, u.ids...)
			}
			config.Units = slices.DeleteFunc(config.Units, func(id int) bool { return id == 0 || id > 247 })
		}
		if len(config.Units) == 0 {
			return fault(config.Place, "serial line %s: no unit answers there; name units from 1 to 247", config.Device)
		}
		for _, id := range config.Units {
			if id < 1 || id > 247 {
				return fault(config.Place, "serial line %s: unit %d; on a serial line units are from 1 to 247", config.Device, id)
			}
			u := im.byID[id]
			if u == nil {
				return fault(config.Place, "serial line %s: there is no unit %d", config.Device, id)
			}
			l.units[id] = u
			if !slices.Contains(l.distinct, u) {
				l.distinct = append(l.distinct, u)
			}
		}
		im.serial = append(im.serial, l)
	}
	return nil
}

// mapper lays registers out.
type mapper struct {
	bank  *protocol.Bank
	infos []protocol.Info
	apply protocol.ApplyFunc
}

// placed is a span on its way into a table, with what errors say of it.
type placed struct {
	span
	name, place string
}

func (m *mapper) unit(config *Unit, grant protocol.Grant) (*unit, error) {
	u := &unit{ids: config.IDs}
	if config.Grant != nil {
		grant = *config.Grant
	}
	blocks := [...][]Block{Coils: config.Coils, DiscreteInputs: config.DiscreteInputs,
		HoldingRegisters: config.HoldingRegisters, InputRegisters: config.InputRegisters}
	if len(config.Auto) > 0 {
		if len(slices.Concat(blocks[:]...)) > 0 {
			return nil, fault(config.Place, "%s has both auto and blocks; it is laid out by one of them", unitText(u.ids))
		}
		return u, m.auto(u, config, &grant)
	}
	for t, list := range blocks {
		var spans []placed
		for i := range list {
			var err error
			if spans, err = m.block(spans, u, Table(t), &list[i], &grant); err != nil {
				return nil, err
			}
		}
		sort.SliceStable(spans, func(i, j int) bool { return spans[i].first < spans[j].first })
		for i := 1; i < len(spans); i++ {
			a, b := &spans[i-1], &spans[i]
			if a.end() > b.first {
				return nil, fault(b.place, "%s, %v: address %d of register %q belongs to register %q%s", unitText(u.ids), Table(t), b.first, b.name, a.name, also(a.place))
			}
		}
		u.tables[t] = make(table, len(spans))
		for i := range spans {
			u.tables[t][i] = spans[i].span
		}
	}
	return u, nil
}

// unitText names a unit in errors and tables.
func unitText(ids []int) string {
	if len(ids) == 0 {
		return "any other unit"
	}
	s := fmt.Sprint(ids)
	if len(ids) == 1 {
		return "unit " + s[1:len(s)-1]
	}
	return "units " + strings.ReplaceAll(s[1:len(s)-1], " ", ", ")
}

func (m *mapper) auto(u *unit, config *Unit, grant *protocol.Grant) error {
	refs, err := m.match(config.Auto)
	if err != nil {
		return fault(config.Place, "%s: %w", unitText(u.ids), err)
	}
	slices.Sort(refs)
	var next [4]int
	for _, ref := range slices.Compact(refs) {
		tables := [...]Table{HoldingRegisters, InputRegisters}
		if m.infos[ref].Type == protocol.Bool {
			tables = [...]Table{Coils, DiscreteInputs}
		}
		for _, t := range tables {
			s := m.span(t, ref, false, grant)
			s.first = next[t]
			if next[t] = s.end(); next[t] > addresses {
				return fault(config.Place, "%s: %v have %d addresses, and register %q is the first one without; share the registers out among units", unitText(u.ids), t, addresses, m.infos[ref].Name)
			}
			u.tables[t] = append(u.tables[t], s)
		}
	}
	return nil
}

func (m *mapper) block(spans []placed, u *unit, t Table, b *Block, grant *protocol.Grant) ([]placed, error) {
	refs, err := m.match(b.Registers)
	if err == nil && len(refs) == 0 {
		err = fmt.Errorf("the block at address %d has no registers", b.Address)
	}
	if err != nil {
		return nil, fault(b.Place, "%s, %v: %w", unitText(u.ids), t, err)
	}
	next := int(b.Address)
	for _, ref := range refs {
		info := &m.infos[ref]
		if !t.Words() && info.Type.Float() && !b.Quality {
			return nil, fault(b.Place, "%s, %v: register %q is %v, which has no bits to show; put it into a table of words", unitText(u.ids), t, info.Name, info.Type)
		}
		s := m.span(t, ref, b.Quality, grant)
		s.first = next
		if next = s.end(); next > addresses {
			return nil, fault(b.Place, "%s, %v: register %q would end at address %d; the last one is %d", unitText(u.ids), t, info.Name, next-1, addresses-1)
		}
		spans = append(spans, placed{s, info.Name, b.Place})
	}
	return spans, nil
}

// span is a register in a table, without its first address.
func (m *mapper) span(t Table, ref protocol.Ref, quality bool, grant *protocol.Grant) span {
	info := &m.infos[ref]
	s := span{size: 1, ref: ref, typ: info.Type, order: info.Order, quality: quality, mayRead: grant.MayRead(ref), write: protocol.NotWritable}
	if t.Writable() && !quality && m.apply != nil {
		s.write = grant.MayWrite(m.bank.At(ref))
	}
	switch {
	case quality:
	case t.Words():
		s.size = Words(info.Type)
	case info.Type != protocol.Bool:
		s.size = 8 * info.Type.Size()
	}
	return s
}

// match finds the registers of names and patterns, in the order given, and those of one
// pattern in order of Ref.
func (m *mapper) match(patterns []string) ([]protocol.Ref, error) {
	var refs []protocol.Ref
	for _, p := range patterns {
		if !strings.Contains(p, "*") {
			info, err := m.bank.Lookup(p)
			if err != nil {
				return nil, err
			}
			refs = append(refs, info.Ref)
			continue
		}
		before := len(refs)
		for i := range m.infos {
			ok, err := path.Match(p, m.infos[i].Name)
			if err != nil {
				return nil, fmt.Errorf("pattern %q: %w; in a pattern * stands for any text", p, err)
			}
			if ok {
				refs = append(refs, m.infos[i].Ref)
			}
		}
		if len(refs) == before && len(m.infos) > 0 {
			return nil, fmt.Errorf("pattern %q matches none of the %d registers, the first of which is %q", p, len(m.infos), m.infos[0].Name)
		}
	}
	return refs, nil
}
