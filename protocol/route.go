package protocol

// Route is an ApplyFunc that takes each transaction to the owner of the registers that
// it changes: to one of the stores, or else to rest, which may be nil where nobody else
// accepts writes. The bank is sealed.
//
// A transaction is carried out by one owner, who alone can do it at one instant. One
// with changes to registers of several owners is refused with Limit, at the first change
// that is not the first one's; nothing of it is done. What it reads may be anybody's.
func Route(b *Bank, rest ApplyFunc, stores ...*Store) ApplyFunc {
	if rest == nil {
		rest = func(tx *Transaction) bool {
			tx.Refuse(NotWritable, 0)
			return true
		}
	}
	reads := rest
	if len(stores) > 0 {
		reads = stores[0].Apply // which answers at once
	}
	owners := make([]ApplyFunc, b.Len()) // by reference
	index := make([]int, b.Len())
	for ref := range owners {
		owners[ref] = rest
		for i, s := range stores {
			if b.At(Ref(ref)).commit == s.w.commit {
				owners[ref], index[ref] = s.Apply, i+1
			}
		}
	}
	return func(tx *Transaction) bool {
		if len(tx.Changes) == 0 {
			return reads(tx)
		}
		for i := range tx.Changes {
			switch ref := tx.Changes[i].Ref; {
			case uint64(ref) >= uint64(len(owners)):
				tx.Refuse(UnknownRegister, i)
				return true
			case index[ref] != index[tx.Changes[0].Ref]:
				tx.Refuse(Limit, i)
				return true
			}
		}
		return owners[tx.Changes[0].Ref](tx)
	}
}
