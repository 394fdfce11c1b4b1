package protocol

import (
	"testing"
	"time"
)

// routed is a bank with registers of a line, which answers later, and of two stores.
func routed(t *testing.T) (b *Bank, apply ApplyFunc, waiting *[]*Transaction) {
	t.Helper()
	b = NewBank()
	now := func() time.Duration { return time.Second }
	line := b.Writer("operator", "line.cue:1:1")
	if _, err := line.Define(Def{Name: "main.command", Type: U16, Access: Operator}); err != nil {
		t.Fatal(err)
	}
	recipes, clocks := NewStore(b, "configuration", "server.cue:1:1", now), NewStore(b, "clocks", "", now)
	for _, d := range []struct {
		s    *Store
		name string
	}{{recipes, "recipe"}, {clocks, "clock.panel.offset"}, {recipes, "speed"}} {
		if _, err := d.s.Define(Def{Name: d.name, Type: U16, Access: Operator}, UintValue(1)); err != nil {
			t.Fatal(err)
		}
	}
	b.Seal()
	waiting = new([]*Transaction)
	return b, Route(b, func(tx *Transaction) bool {
		*waiting = append(*waiting, tx)
		return false
	}, recipes, clocks), waiting
}

func TestATransactionGoesToTheOwnerOfItsRegisters(t *testing.T) {
	b, apply, waiting := routed(t)
	tx := NewWrite(1, UintValue(7))
	tx.Changes = append(tx.Changes, Change{Ref: 3, Value: UintValue(8)})
	tx.Reads = []Ref{0, 2}
	if !apply(tx) || tx.Status != OK || b.At(1).Uint() != 7 || b.At(3).Uint() != 8 || len(tx.Samples) != 2 {
		t.Errorf("a store's registers: %+v", tx)
	}
	if tx := NewWrite(2, UintValue(9)); !apply(tx) || tx.Status != OK || b.At(2).Uint() != 9 {
		t.Errorf("another store's: %+v", tx)
	}
	if tx := NewWrite(0, UintValue(4)); apply(tx) || len(*waiting) != 1 || (*waiting)[0] != tx {
		t.Error("the line's register is not left to the line")
	}
}

func TestATransactionOverSeveralOwnersIsRefusedAsAWhole(t *testing.T) {
	b, apply, waiting := routed(t)
	for _, refs := range [][]Ref{{1, 3, 0}, {1, 3, 2}, {0, 0, 1}} {
		tx := &Transaction{}
		for _, ref := range refs {
			tx.Changes = append(tx.Changes, Change{Ref: ref, Value: UintValue(50)})
		}
		if !apply(tx) || tx.Status != Limit || tx.Failed != 2 {
			t.Errorf("%v: %v at %d", refs, tx.Status, tx.Failed)
		}
	}
	for ref := range Ref(b.Len()) {
		if b.At(ref).Uint() == 50 {
			t.Errorf("register %d was written", ref)
		}
	}
	if len(*waiting) != 0 {
		t.Error("the line was asked")
	}
	if tx := NewWrite(99, UintValue(1)); !apply(tx) || tx.Status != UnknownRegister {
		t.Errorf("a register that is not there: %v", tx.Status)
	}
}

func TestWithoutALineItsRegistersAreReadOnly(t *testing.T) {
	b, _, _ := routed(t)
	if tx := NewWrite(0, UintValue(1)); !Route(b, nil)(tx) || tx.Status != NotWritable {
		t.Errorf("a write: %v", tx.Status)
	}
}
