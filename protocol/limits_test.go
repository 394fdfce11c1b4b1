package protocol

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestLimitsHoldWhatIsBetweenThem(t *testing.T) {
	i, f := IntValue, FloatValue
	for _, c := range []struct {
		t    Type
		l    Limits
		v    Value
		want bool
	}{
		{I16, Limits{i(-5), i(5)}, i(-5), true}, {I16, Limits{i(-5), i(5)}, i(5), true},
		{I16, Limits{i(-5), i(5)}, i(-6), false}, {I16, Limits{i(-5), i(5)}, i(6), false},
		{U64, Limits{UintValue(1 << 63), UintValue(1<<63 + 1)}, UintValue(1<<63 + 2), false},
		{U64, Limits{UintValue(1 << 63), UintValue(1<<63 + 1)}, UintValue(1<<63 + 1), true},
		{I64, I64.Limits(), i(math.MinInt64), true}, {Bool, Bool.Limits(), BoolValue(true), true},
		{F64, Limits{f(0), f(math.Inf(1))}, f(math.Inf(1)), true}, {F64, Limits{f(0), f(math.Inf(1))}, f(math.NaN()), false},
		{F32, F32.Limits(), f(math.NaN()), true}, {F32, F32.Limits(), f(math.Inf(-1)), true},
	} {
		if got := c.l.Hold(c.t, c.v); got != c.want {
			t.Errorf("%v from %s holds %s: %t", c.t, c.l.Format(c.t), c.v.Format(c.t), got)
		}
	}
}

func TestATypesOwnLimitsHoldAllThatFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := Type(rapid.IntRange(1, 9).Draw(t, "type"))
		v, _ := Value{rapid.Uint64().Draw(t, "bits")}.Fit(typ)
		if !typ.Limits().Hold(typ, v) {
			t.Fatalf("%v does not hold %s", typ, v.Format(typ))
		}
	})
}

func TestLimitsAreWrittenAsPeopleDo(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		t    Type
		l    Limits
		want string
	}{
		{U16, U16.Limits(), "0 to 65535"}, {I16, Limits{IntValue(-3), IntValue(4)}, "-3 to 4"},
		{F64, Limits{FloatValue(0.5), FloatValue(2)}, "0.5 to 2"}, {F64, Limits{FloatValue(0), FloatValue(inf)}, "0 or more"},
		{F32, Limits{FloatValue(-inf), FloatValue(9)}, "9 or less"}, {F32, F32.Limits(), "any number"}, {Bool, Bool.Limits(), "false to true"},
	} {
		if got := c.l.Format(c.t); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestTransactionsKeepTheLimitsAndTheWriterNeedNot(t *testing.T) {
	b := NewBank()
	w := b.Writer("w", "here:1:1")
	o, free := define(t, w, "level", U16), define(t, w, "free", I16)
	b.Seal()
	set := func(o *Out, v int64, a Action) Status {
		tx := &Transaction{Changes: []Change{{Ref: o.Ref(), Action: a, Value: IntValue(v)}}}
		w.Apply(time.Second, tx)
		return tx.Status
	}
	if b.Limits(o.Ref()) != U16.Limits() || b.Limits(99) != (Limits{}) {
		t.Errorf("limits before any are set: %v", b.Limits(o.Ref()))
	}
	l := Limits{UintValue(10), UintValue(20)}
	o.Limit(l)
	if b.Limits(o.Ref()) != l || b.Limits(free.Ref()) != I16.Limits() {
		t.Error("the bank does not tell the limits")
	}
	for _, c := range []struct {
		v    int64
		a    Action
		want Status
	}{{15, Set, OK}, {21, Set, OutOfRange}, {9, Set, OutOfRange}, {5, Add, OK}, {1, Add, OutOfRange}} {
		if got := set(o, c.v, c.a); got != c.want {
			t.Errorf("%v %d: %v, want %v", c.a, c.v, got, c.want)
		}
	}
	if got := o.In().Uint(); got != 20 {
		t.Errorf("it holds %d", got)
	}
	o.SetUint(2*time.Second, 500)
	if got := o.In().Uint(); got != 500 {
		t.Errorf("its writer's own value became %d", got)
	}
	o.Limit(U16.Limits())
	if got := set(o, 0, Set); got != OK {
		t.Errorf("without limits again: %v", got)
	}
}
