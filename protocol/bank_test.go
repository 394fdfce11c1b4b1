package protocol

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func define(t testing.TB, w *Writer, name string, typ Type) *Out {
	t.Helper()
	o, err := w.Define(Def{Name: name, Type: typ})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestASecondWriterOfARegisterIsRefusedAndBothAreNamed(t *testing.T) {
	b := NewBank()
	define(t, b.Writer("gate reject", "line.cue:31:2"), "reject.open", Bool)
	_, err := b.Writer("plc main", "line.cue:70:2").Define(Def{Name: "reject.open", Type: Bool})
	var two *TwoWritersError
	if !errors.As(err, &two) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"gate reject", "line.cue:31:2", "plc main", "line.cue:70:2", "reject.open"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
}

func TestABadDefinitionIsRefusedWithWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct {
		name string
		def  Def
		want string
	}{
		{"no name", Def{Type: Bool}, "begin with a letter"},
		{"leading digit", Def{Name: "1a", Type: Bool}, "begin with a letter"},
		{"empty word", Def{Name: "a..b", Type: Bool}, "words of letters"},
		{"trailing dot", Def{Name: "a.", Type: Bool}, "words of letters"},
		{"space", Def{Name: "a b", Type: Bool}, "words of letters"},
		{"long name", Def{Name: strings.Repeat("a", MaxName+1), Type: Bool}, "at most 128 bytes"},
		{"no type", Def{Name: "a"}, "one of Bool"},
		{"odd access", Def{Name: "a", Type: Bool, Access: 7}, "ReadOnly, Operator or Engineer"},
		{"long unit", Def{Name: "a", Type: Bool, Unit: strings.Repeat("m", MaxUnit+1)}, "at most 32 bytes"},
		{"doc not UTF-8", Def{Name: "a", Type: Bool, Doc: "\xff"}, "UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewBank().Writer("w", "here:1:1").Define(c.def)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "here:1:1: ") {
				t.Errorf("got %v, want it to contain %q", err, c.want)
			}
		})
	}
}

func TestASealedBankTakesNoDefinition(t *testing.T) {
	b := NewBank()
	w := b.Writer("w", "here:1:1")
	b.Seal()
	if _, err := w.Define(Def{Name: "a", Type: Bool}); err == nil || !strings.Contains(err.Error(), "sealed") {
		t.Errorf("got %v", err)
	}
}

func TestReadingTellsWhichRegisterOrTypeWouldBeRight(t *testing.T) {
	b := NewBank()
	w := b.Writer("gate reject", "line.cue:31:2")
	define(t, w, "reject.open", Bool)
	define(t, w, "belt.position", I64)
	for _, c := range []struct {
		name string
		typ  Type
		want string
	}{
		{"reject.opne", Bool, `did you mean "reject.open"?`},
		{"something.else.entirely", Bool, `there are 2 registers`},
		{"reject.open", U16, `register "reject.open" is bool, not u16`},
	} {
		if _, err := b.In(c.name, c.typ); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("In(%q, %v) = %v, want %q", c.name, c.typ, err, c.want)
		}
	}
	if _, err := NewBank().In("a", Bool); err == nil || !strings.Contains(err.Error(), "there are no registers") {
		t.Errorf("got %v", err)
	}
}

func TestARegisterIsBadUntilItIsWritten(t *testing.T) {
	b := NewBank()
	o := define(t, b.Writer("w", ""), "a", I32)
	if s := o.In().Sample(); s.Quality != Bad || s.Value.Int() != 0 || s.Time != 0 {
		t.Errorf("got %+v", s)
	}
	o.SetInt(5, 0)
	if s := o.In().Sample(); s.Quality != Good || s.Time != 5 {
		t.Errorf("after a write of zero: %+v", s)
	}
}

func TestAWriteThatChangesNothingKeepsTheTimestamp(t *testing.T) {
	b := NewBank()
	w := b.Writer("w", "")
	o := define(t, w, "a", F64)
	o.SetFloat(1*time.Second, 2.5)
	w.Changes(func(Ref, Sample) {})
	o.SetFloat(2*time.Second, 2.5)
	if got := o.In().Time(); got != time.Second {
		t.Errorf("time %v, want 1s", got)
	}
	if w.Changed() {
		t.Error("the writer reports a change")
	}
	o.SetQuality(3*time.Second, Uncertain)
	if s := o.In().Sample(); s.Time != 3*time.Second || s.Quality != Uncertain || s.Value.Float() != 2.5 {
		t.Errorf("after a change of quality: %+v", s)
	}
}

func TestAValueOutsideItsTypeIsClampedAndUncertain(t *testing.T) {
	for _, c := range []struct {
		typ  Type
		set  func(o *Out)
		want string
		q    Quality
	}{
		{U16, func(o *Out) { o.SetInt(1, 65536) }, "65535", Uncertain},
		{U16, func(o *Out) { o.SetInt(1, -1) }, "0", Uncertain},
		{U16, func(o *Out) { o.SetInt(1, 65535) }, "65535", Good},
		{I16, func(o *Out) { o.SetInt(1, -32769) }, "-32768", Uncertain},
		{I16, func(o *Out) { o.SetInt(1, 32768) }, "32767", Uncertain},
		{I32, func(o *Out) { o.SetInt(1, 1<<40) }, "2147483647", Uncertain},
		{U32, func(o *Out) { o.SetUint(1, 1<<32) }, "4294967295", Uncertain},
		{U64, func(o *Out) { o.SetUint(1, 1<<63) }, "9223372036854775808", Good},
		{I64, func(o *Out) { o.SetInt(1, -1<<63) }, "-9223372036854775808", Good},
		{F32, func(o *Out) { o.SetFloat(1, 1e300) }, "3.4028235e+38", Uncertain},
		{F32, func(o *Out) { o.SetFloat(1, 0.1) }, "0.1", Good},
		{F64, func(o *Out) { o.SetFloat(1, 1e300) }, "1e+300", Good},
		{Bool, func(o *Out) { o.Set(1, IntValue(2), Good) }, "true", Uncertain},
		{I16, func(o *Out) { o.Set(1, IntValue(40000), Bad) }, "32767", Bad},
	} {
		o := define(t, NewBank().Writer("w", ""), "a", c.typ)
		c.set(o)
		s := o.In().Sample()
		if got := s.Value.Format(c.typ); got != c.want || s.Quality != c.q {
			t.Errorf("%v: got %s %v, want %s %v", c.typ, got, s.Quality, c.want, c.q)
		}
	}
}

func TestABatchAppearsAtItsCommit(t *testing.T) {
	b := NewBank()
	w := b.Writer("w", "")
	x, y := define(t, w, "x", I32), define(t, w, "y", I32)
	x.SetInt(1, 1)
	y.SetInt(1, 1)
	w.Begin()
	x.SetInt(2, 2)
	x.SetInt(2, 3)
	y.SetInt(2, 3)
	if x.In().Int() != 1 || y.In().Sample().Value.Int() != 1 || x.In().Time() != 1 {
		t.Error("an open batch is visible")
	}
	if x.Sample().Value.Int() != 3 {
		t.Error("the writer does not see its own batch")
	}
	var dst [2]Sample
	refs := []Ref{x.Ref(), y.Ref()}
	if !b.Snapshot(refs, dst[:]) || dst[0].Value.Int() != 1 || dst[1].Value.Int() != 1 {
		t.Errorf("snapshot in an open batch: %+v", dst)
	}
	w.Commit()
	if !b.Snapshot(refs, dst[:]) || dst[0].Value.Int() != 3 || dst[1].Value.Int() != 3 {
		t.Errorf("snapshot after the batch: %+v", dst)
	}
	x.SetInt(3, 4)
	if x.In().Int() != 4 || y.In().Int() != 3 {
		t.Error("a write after the batch is not visible")
	}
}

func TestChangesComeOnceAndInOrderOfReference(t *testing.T) {
	b := NewBank()
	w := b.Writer("w", "")
	var outs []*Out
	for i := range 130 {
		outs = append(outs, define(t, w, "r"+string(rune('a'+i%26))+strings.Repeat("x", i/26), I32))
	}
	order := []int{129, 3, 64, 0, 63, 3}
	for i, n := range order {
		outs[n].SetInt(time.Duration(i), int64(i+1))
	}
	var refs []Ref
	w.Changes(func(ref Ref, s Sample) {
		refs = append(refs, ref)
		if s != b.At(ref).Sample() {
			t.Errorf("register %d: change %+v, read %+v", ref, s, b.At(ref).Sample())
		}
	})
	want := []Ref{0, 3, 63, 64, 129}
	if len(refs) != len(want) {
		t.Fatalf("got %v, want %v", refs, want)
	}
	for i := range want {
		if refs[i] != want[i] {
			t.Fatalf("got %v, want %v", refs, want)
		}
	}
	w.Changes(func(ref Ref, s Sample) { t.Errorf("register %d is told twice", ref) })
}

func TestADeviceThatStopsAnsweringMakesAllItsRegistersBad(t *testing.T) {
	b := NewBank()
	w := b.Writer("w", "")
	x, y := define(t, w, "x", I32), define(t, w, "y", F64)
	other := define(t, b.Writer("v", ""), "z", Bool)
	x.SetInt(1, 7)
	y.SetFloat(1, 8)
	other.SetBool(1, true)
	w.SetAllQuality(9, Bad)
	if x.In().Quality() != Bad || y.In().Quality() != Bad || other.In().Quality() != Good {
		t.Error("qualities are wrong")
	}
	if s := x.In().Sample(); s.Value.Int() != 7 || s.Time != 9 {
		t.Errorf("got %+v", s)
	}
	x.SetInt(10, 7)
	if x.In().Quality() != Good || x.In().Time() != 10 {
		t.Error("a value written after the failure is not good again")
	}
}

func TestAReadOfTheWrongClassPanicsAndSaysSo(t *testing.T) {
	o := define(t, NewBank().Writer("w", ""), "a", I32)
	f := define(t, NewBank().Writer("w", ""), "b", F32)
	for name, call := range map[string]func(){
		"Bool": func() { o.In().Bool() }, "Float": func() { o.In().Float() }, "Uint": func() { o.In().Uint() },
		"Int": func() { f.In().Int() }, "SetInt": func() { f.SetInt(0, 1) }, "SetBool": func() { o.SetBool(0, true) },
		"SetFloat": func() { o.SetFloat(0, 1) }, "SetUint": func() { o.SetUint(0, 1) },
	} {
		func() {
			defer func() {
				if s, _ := recover().(string); !strings.Contains(s, name+" called on") {
					t.Errorf("%s: recovered %q", name, s)
				}
			}()
			call()
		}()
	}
}

func TestTheDigestFollowsWhatClientsSeeAndNothingElse(t *testing.T) {
	sum := func(owner, place string, d Def) [32]byte {
		b := NewBank()
		if _, err := b.Writer(owner, place).Define(d); err != nil {
			t.Fatal(err)
		}
		if b.Digest() != [32]byte{} {
			t.Error("there is a digest before Seal")
		}
		b.Seal()
		return b.Digest()
	}
	base := Def{Name: "a", Type: I16, Unit: "mm", Doc: "d"}
	want := sum("w", "p", base)
	if sum("x", "q", base) != want {
		t.Error("owner or place changes the digest")
	}
	for _, d := range []Def{
		{Name: "b", Type: I16, Unit: "mm", Doc: "d"}, {Name: "a", Type: U16, Unit: "mm", Doc: "d"},
		{Name: "a", Type: I16, Unit: "m", Doc: "md"}, {Name: "a", Type: I16, Unit: "mm", Doc: "e"},
		{Name: "a", Type: I16, Unit: "mm", Doc: "d", Access: Operator}, {Name: "a", Type: I16, Unit: "mm", Doc: "d", Order: CDAB},
	} {
		if sum("w", "p", d) == want {
			t.Errorf("%+v has the same digest", d)
		}
	}
}
