package protocol

import "slices"

// Range is the registers from First to Last, both included.
type Range struct{ First, Last Ref }

// Grant is what a client may do.
type Grant struct {
	// Name of the client or of its role, for logs and the console.
	Name string
	// Access is its role: it may write the registers whose access is not above.
	Access Access
	// Read and Write are the registers that it may read and write, in ascending order;
	// nil stands for all. The map shows all registers all the same.
	Read, Write []Range
}

// MayRead reports whether the client may read a register.
func (g *Grant) MayRead(ref Ref) bool { return g.Read == nil || within(g.Read, ref) }

// MayReadAll reports whether the client may read count registers from first on.
func (g *Grant) MayReadAll(first Ref, count int) bool {
	if g.Read == nil {
		return true
	}
	for i := range count {
		if !within(g.Read, first+Ref(i)) {
			return false
		}
	}
	return true
}

// MayWrite says whether the client may write a register: OK, NotWritable when nobody
// may, or NotAuthorised.
func (g *Grant) MayWrite(in *In) Status {
	switch {
	case in.access == ReadOnly:
		return NotWritable
	case g.Access < in.access, g.Write != nil && !within(g.Write, in.ref):
		return NotAuthorised
	}
	return OK
}

func within(ranges []Range, ref Ref) bool {
	_, found := slices.BinarySearchFunc(ranges, ref, func(r Range, ref Ref) int {
		switch {
		case r.Last < ref:
			return -1
		case r.First > ref:
			return 1
		}
		return 0
	})
	return found
}

// RangesOf gathers references into ranges: sorted, without gaps and overlaps. Of no
// references it is empty, not nil.
func RangesOf(refs []Ref) []Range {
	refs = slices.Clone(refs)
	slices.Sort(refs)
	ranges := []Range{}
	for _, ref := range slices.Compact(refs) {
		if n := len(ranges); n > 0 && ranges[n-1].Last+1 == ref {
			ranges[n-1].Last = ref
			continue
		}
		ranges = append(ranges, Range{ref, ref})
	}
	return ranges
}
