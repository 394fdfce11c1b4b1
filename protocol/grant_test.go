package protocol

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestRangesHoldTheReferencesThatTheyAreMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		refs := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Ref {
			return Ref(rapid.Uint32Range(0, 40).Draw(t, "ref"))
		})).Draw(t, "refs")
		if rapid.Bool().Draw(t, "the last one") {
			refs = append(refs, math.MaxUint32, math.MaxUint32-1)
		}
		g := Grant{Read: RangesOf(refs)}
		for i, r := range g.Read {
			if r.First > r.Last || i > 0 && g.Read[i-1].Last+1 >= r.First {
				t.Fatalf("%v", g.Read)
			}
		}
		for _, ref := range []Ref{math.MaxUint32 - 2, math.MaxUint32 - 1, math.MaxUint32} {
			if g.MayRead(ref) != slices.Contains(refs, ref) {
				t.Fatalf("%d: %v", ref, g.MayRead(ref))
			}
		}
		for ref := range Ref(42) {
			if g.MayRead(ref) != slices.Contains(refs, ref) {
				t.Fatalf("%d: %v", ref, g.MayRead(ref))
			}
			all := true
			for count := range 8 {
				if g.MayReadAll(ref, count) != all {
					t.Fatalf("%d registers from %d: %v", count, ref, !all)
				}
				all = all && slices.Contains(refs, ref+Ref(count))
			}
		}
	})
}

func TestAGrantSaysWhoMayWriteWhat(t *testing.T) {
	register := func(ref Ref, a Access) *In { return &In{ref: ref, access: a} }
	some := []Range{{2, 3}, {7, 7}}
	for _, c := range []struct {
		name  string
		grant Grant
		in    *In
		want  Status
	}{
		{"nobody writes what is read only", Grant{Access: Engineer}, register(2, ReadOnly), NotWritable},
		{"not even where the ranges have it", Grant{Access: Engineer, Write: some}, register(2, ReadOnly), NotWritable},
		{"a guest", Grant{}, register(2, Operator), NotAuthorised},
		{"an operator", Grant{Access: Operator}, register(2, Operator), OK},
		{"an operator at an engineer's", Grant{Access: Operator}, register(2, Engineer), NotAuthorised},
		{"an engineer at an operator's", Grant{Access: Engineer}, register(2, Operator), OK},
		{"within the ranges", Grant{Access: Operator, Write: some}, register(7, Operator), OK},
		{"between the ranges", Grant{Access: Operator, Write: some}, register(5, Operator), NotAuthorised},
		{"beyond the ranges", Grant{Access: Operator, Write: some}, register(8, Operator), NotAuthorised},
		{"of no ranges", Grant{Access: Engineer, Write: RangesOf(nil)}, register(0, Operator), NotAuthorised},
		{"the ranges for reading do not count", Grant{Access: Operator, Read: some}, register(9, Operator), OK},
	} {
		if got := c.grant.MayWrite(c.in); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
