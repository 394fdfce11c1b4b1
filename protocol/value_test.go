package protocol

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func drawFitting(t *rapid.T) (Type, Value) {
	typ := Type(rapid.IntRange(1, 9).Draw(t, "type"))
	bits := rapid.Uint64().Draw(t, "bits")
	if typ == Bool {
		return typ, BoolValue(bits&1 != 0)
	}
	v, _ := Value{bits}.Fit(typ)
	return typ, v
}

func TestAValueDecodesToWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ, v := drawFitting(t)
		b := AppendValue(nil, typ, v)
		if len(b) != typ.Size() {
			t.Fatalf("%v takes %d bytes, not %d", typ, len(b), typ.Size())
		}
		got, ok := DecodeValue(typ, b)
		if !ok || got != v {
			t.Fatalf("%v: got %x %v, want %x", typ, got.bits, ok, v.bits)
		}
		if _, ok := DecodeValue(typ, b[:len(b)-1]); ok {
			t.Fatal("a cut value is accepted")
		}
	})
}

func TestAValueParsesToWhatWasFormatted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ, v := drawFitting(t)
		got, err := ParseValue(typ, " "+v.Format(typ)+"\n")
		nan := typ.Float() && math.IsNaN(v.Float()) && math.IsNaN(got.Float())
		if err != nil || (got != v && !nan) {
			t.Fatalf("%v: %s parses to %s, %v", typ, v.Format(typ), got.Format(typ), err)
		}
	})
}

func TestFittingTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ, v := drawFitting(t)
		if again, ok := v.Fit(typ); !ok || again != v {
			t.Fatalf("%v: %x becomes %x, %v", typ, v.bits, again.bits, ok)
		}
	})
}

func TestAValueThatTheTypeCannotHoldIsNotParsed(t *testing.T) {
	for _, c := range []struct {
		typ  Type
		text string
		want string
	}{
		{Bool, "maybe", "write true or false"},
		{Bool, "", "write true or false"},
		{U16, "65536", "from 0 to 65535"},
		{U16, "-1", "from 0 to 65535"},
		{I16, "32768", "from -32768 to 32767"},
		{I16, "1.5", "whole number"},
		{U64, "18446744073709551616", "from 0 to 18446744073709551615"},
		{I64, "9223372036854775808", "to 9223372036854775807"},
		{F32, "1e39", "range of the type"},
		{F64, "1,5", "a number such as -1.5"},
		{0, "1", "type(0) is unknown"},
	} {
		if _, err := ParseValue(c.typ, c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ParseValue(%v, %q) = %v, want %q", c.typ, c.text, err, c.want)
		}
	}
}

func TestValuesAreReadAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct {
		typ        Type
		text, want string
	}{
		{Bool, "ON", "true"}, {Bool, "0", "false"}, {U16, "0x1F", "31"}, {I32, "-0b101", "-5"},
		{I16, "007", "7"}, {U32, "010", "10"}, {I16, "+12", "12"}, {F32, "0.1", "0.1"}, {F64, "-2e-3", "-0.002"}, {F64, "inf", "+Inf"},
	} {
		v, err := ParseValue(c.typ, c.text)
		if err != nil || v.Format(c.typ) != c.want {
			t.Errorf("ParseValue(%v, %q) = %s, %v, want %s", c.typ, c.text, v.Format(c.typ), err, c.want)
		}
	}
}

func TestANumberIsTheValueWhateverItsType(t *testing.T) {
	for _, c := range []struct {
		typ  Type
		v    Value
		want float64
	}{{Bool, BoolValue(true), 1}, {I16, IntValue(-3), -3}, {U64, UintValue(1 << 63), 1 << 63}, {F32, FloatValue(0.5), 0.5}} {
		if got := c.v.Number(c.typ); got != c.want {
			t.Errorf("%v: %v, want %v", c.typ, got, c.want)
		}
	}
}

func TestTypesParseToWhatTheyPrint(t *testing.T) {
	for typ := Bool; typ <= F64; typ++ {
		if got, err := ParseType(typ.String()); err != nil || got != typ {
			t.Errorf("%v: %v, %v", typ, got, err)
		}
	}
	if _, err := ParseType("int"); err == nil || !strings.Contains(err.Error(), "one of bool, u16") {
		t.Errorf("got %v", err)
	}
}
