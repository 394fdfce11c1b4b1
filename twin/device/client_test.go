package device

import (
	"testing"

	"linetwin.dev/protocol"
)

func TestPatternsNameRegisters(t *testing.T) {
	b := protocol.NewBank()
	w := b.Writer("w", "")
	for _, n := range []string{"belt.speed", "belt.position", "main.state", "main.part.good", "recipe.1.fill", "recipe.2.fill"} {
		if _, err := w.Define(protocol.Def{Name: n, Type: protocol.F64}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		patterns []string
		want     string
		missed   int
	}{
		{nil, "", -1},
		{[]string{"*"}, "012345", -1},
		{[]string{"belt.*"}, "01", -1},
		{[]string{"belt.speed"}, "0", -1},
		{[]string{"belt"}, "", 0},
		{[]string{"main.*", "belt.speed", "main.state"}, "023", -1},
		{[]string{"recipe.*.fill"}, "45", -1},
		{[]string{"*e*.*i*"}, "145", -1},
		{[]string{"belt.*", "bolt.*"}, "01", 1},
		{[]string{"belt.speed*belt.speed"}, "", 0},
	} {
		found, missed := Match(b, c.patterns)
		got := ""
		for _, r := range found {
			got += string(rune('0' + r.Ref))
		}
		if got != c.want || missed != c.missed {
			t.Errorf("%q: registers %q, missed %d; want %q, %d", c.patterns, got, missed, c.want, c.missed)
		}
	}
}
