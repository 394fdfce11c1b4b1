package console

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/creachadair/jrpc2"

	"linetwin.dev/protocol"
)

// registerMap describes the registers whose names match, a page at a time.
func (s caller) registerMap(_ context.Context, p MapParams) (MapPage, error) {
	if err := shortText("pattern", p.Match); err != nil {
		return MapPage{}, err
	}
	if p.From < 0 {
		return MapPage{}, jrpc2.Errorf(jrpc2.InvalidParams, "from is %d; the first register is 0", p.From)
	}
	match, err := matcher(p.Match)
	if err != nil {
		return MapPage{}, err
	}
	s.con.searching.Lock()
	defer s.con.searching.Unlock()
	out := MapPage{Registers: []Register{}}
	for i := p.From; i < len(s.con.infos); i++ {
		info := &s.con.infos[i]
		if !match(info.Name) {
			continue
		}
		if len(out.Registers) == page {
			out.Next = i
			break
		}
		out.Registers = append(out.Registers, s.describe(info))
	}
	return out, nil
}

func (s caller) describe(info *protocol.Info) Register {
	return Register{
		Ref: int(info.Ref), Name: info.Name, Type: info.Type.String(), Unit: info.Unit, Access: info.Access.String(),
		Writable: s.con.o.Apply != nil && s.grant.MayWrite(s.con.o.Bank.At(info.Ref)) == protocol.OK,
		Doc:      info.Doc, Owner: info.Owner, Place: info.Place,
	}
}

// matcher makes of a pattern what tells whether a name is meant.
func matcher(pattern string) (func(string) bool, error) {
	if !strings.ContainsAny(pattern, `*?[\`) {
		return func(name string) bool { return strings.Contains(name, pattern) }, nil
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, jrpc2.Errorf(jrpc2.InvalidParams, "%q is not a pattern; write * for anything, ? for a letter, [a-z] for one of these", pattern)
	}
	return func(name string) bool {
		ok, _ := path.Match(pattern, name) // the pattern has been tried
		return ok
	}, nil
}

// nearEnough is the number of names among which one that was perhaps meant is looked for.
const nearEnough = 5000

// unknown is the error for a name that no register has. In a large map only registers of
// the same owner are proposed.
func (c *Console) unknown(name string) error {
	if len(name) > protocol.MaxName {
		return fail(protocol.UnknownRegister, "no register has a name of %d bytes", len(name))
	}
	head, _, _ := strings.Cut(name, ".")
	var names []string
	for i := range c.infos {
		if n := c.infos[i].Name; len(c.infos) <= nearEnough || strings.HasPrefix(n, head+".") {
			names = append(names, n)
		}
		if len(names) == nearEnough {
			break
		}
	}
	c.searching.Lock()
	defer c.searching.Unlock()
	return fail(protocol.UnknownRegister, "%v", protocol.UnknownName(name, names))
}

// readable finds registers that the caller may read.
func (s caller) readable(names []string) ([]int, error) {
	if err := atMost(len(names)); err != nil {
		return nil, err
	}
	found, err := s.con.find(names)
	if err != nil {
		return nil, err
	}
	for _, i := range found {
		if info := &s.con.infos[i]; !s.grant.MayRead(info.Ref) {
			return nil, fail(protocol.NotAuthorised, "register %q: this console may not read it", info.Name)
		}
	}
	return found, nil
}

// refs are the references of registers that find has found.
func (c *Console) refs(found []int) []protocol.Ref {
	refs := make([]protocol.Ref, len(found))
	for i, at := range found {
		refs[i] = c.infos[at].Ref
	}
	return refs
}

// get reads registers: of one instant, whenever their writers leave the time for that.
func (s caller) get(_ context.Context, p GetParams) (Readings, error) {
	found, err := s.readable(p.Names)
	if err != nil {
		return Readings{}, err
	}
	samples := make([]protocol.Sample, len(found))
	s.con.o.Bank.Snapshot(s.con.refs(found), samples)
	out := Readings{Registers: make([]Reading, len(found))}
	for i, at := range found {
		out.Registers[i] = jsonReading(&s.con.infos[at], samples[i])
	}
	return out, nil
}

// set writes registers, all at one instant or none, and answers with what those that the
// caller may read hold afterwards.
func (s caller) set(ctx context.Context, p SetParams) (Readings, error) {
	names := slices.Sorted(maps.Keys(p.Values))
	if err := atMost(len(names)); err != nil {
		return Readings{}, err
	}
	found, err := s.con.find(names)
	if err != nil {
		return Readings{}, err
	}
	tx := &protocol.Transaction{}
	var read []int
	for i, at := range found {
		info := &s.con.infos[at]
		if err := s.mayWrite(info); err != nil {
			return Readings{}, err
		}
		v, err := parseValue(info.Type, p.Values[names[i]])
		if err != nil {
			return Readings{}, fail(protocol.OutOfRange, "register %q: %v", info.Name, err)
		}
		tx.Changes = append(tx.Changes, protocol.Change{Ref: info.Ref, Value: v})
		if s.grant.MayRead(info.Ref) {
			tx.Reads = append(tx.Reads, info.Ref)
			read = append(read, at)
		}
	}
	if err := s.apply(ctx, tx, found); err != nil {
		return Readings{}, err
	}
	for i, at := range found {
		info := &s.con.infos[at]
		s.log.Info("console set a register", "who", s.who(), "register", info.Name, "value", tx.Changes[i].Value.Format(info.Type))
	}
	out := Readings{Registers: []Reading{}}
	for i, at := range read {
		out.Registers = append(out.Registers, jsonReading(&s.con.infos[at], tx.Samples[i]))
	}
	return out, nil
}

func (s caller) mayWrite(info *protocol.Info) error {
	if s.con.o.Apply == nil {
		return fail(protocol.NotWritable, "register %q: this server takes no writes", info.Name)
	}
	switch status := s.grant.MayWrite(s.con.o.Bank.At(info.Ref)); status {
	case protocol.OK:
		return nil
	case protocol.NotWritable:
		return fail(status, "register %q: only the line writes it; the map shows which registers are writable", info.Name)
	default:
		return fail(status, "register %q: its access is %v, and this console, as %v, may not write it", info.Name, info.Access, s.grant.Access)
	}
}

// apply takes a transaction to the registers' writer and waits for it, not for ever.
func (s caller) apply(ctx context.Context, tx *protocol.Transaction, found []int) error {
	done := make(chan struct{})
	tx.Finished = func(*protocol.Transaction) { close(done) }
	if !s.con.o.Apply(tx) {
		patience := time.NewTimer(s.con.o.Patience)
		defer patience.Stop()
		select {
		case <-done:
		case <-patience.C:
			return fail(protocol.DeviceNotResponding, "the line has not taken the write within %v, and may still do so", s.con.o.Patience)
		case <-ctx.Done():
			return fail(protocol.DeviceNotResponding, "the line has not taken the write, and may still do so")
		}
	}
	if tx.Status == protocol.OK {
		return nil
	}
	at, takes := "", ""
	if tx.Failed < len(found) {
		info := &s.con.infos[found[tx.Failed]]
		at = fmt.Sprintf("register %q: ", info.Name)
		if l := s.con.o.Bank.Limits(info.Ref); tx.Status == protocol.OutOfRange && l != info.Type.Limits() {
			takes = "; it takes " + strings.TrimSpace(l.Format(info.Type)+" "+info.Unit)
		}
	}
	return fail(tx.Status, "%s%v%s; nothing was written", at, tx.Status, takes)
}
