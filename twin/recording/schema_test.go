package recording

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"pgregory.net/rapid"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
)

// describe builds the message type of a schema, as tools do.
func describe(t failer, schema []byte, name string) protoreflect.MessageDescriptor {
	t.Helper()
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(schema, &set); err != nil {
		t.Fatal(err)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		t.Fatal(err)
	}
	d, err := files.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		t.Fatal(err)
	}
	return d.(protoreflect.MessageDescriptor)
}

func TestAMessageHasOneFieldARegisterUnderItsName(t *testing.T) {
	h := line()
	l, err := newLayout(h.Components, h.Registers)
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.Join([][]byte{
		aChange(0, protocol.Good, math.Float64bits(-1.5)), aChange(2, protocol.Uncertain, 1), aChange(3, protocol.Bad, math.MaxUint64-6),
	}, nil)
	msg, err := l.appendMessage(nil, 0, data)
	if err != nil {
		t.Fatal(err)
	}
	m := dynamicpb.NewMessage(describe(t, l.messages[0].schema, l.messages[0].name))
	if err := proto.Unmarshal(msg, m); err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		got[string(f.Name())] = v.Interface()
		return true
	})
	want := map[string]any{"position": -1.5, "running": true, "running_quality": uint32(1), "slip": int32(-7), "slip_quality": uint32(2)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if unknown := m.GetUnknown(); len(unknown) > 0 {
		t.Errorf("unknown fields %x", unknown)
	}
}

// A value that its register's type can hold is the same number for a tool that knows
// only the schema.
func TestToolsReadTheValuesThatWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := protocol.Type(rapid.IntRange(int(protocol.Bool), int(protocol.F64)).Draw(t, "type"))
		v, _ := protocol.UintValue(rapid.Uint64().Draw(t, "bits")).Fit(typ)
		l, err := newLayout([]string{"a"}, []Register{{Name: "a.x", Type: typ.String(), Owner: "a"}})
		if err != nil {
			t.Fatal(err)
		}
		msg, err := l.appendMessage(nil, 0, aChange(0, protocol.Good, v.Uint()))
		if err != nil {
			t.Fatal(err)
		}
		d := describe(t, l.messages[0].schema, "linetwin.a")
		m := dynamicpb.NewMessage(d)
		if err := proto.Unmarshal(msg, m); err != nil {
			t.Fatal(err)
		}
		var got protocol.Value
		switch x := m.Get(d.Fields().ByName("x")).Interface().(type) {
		case bool:
			got = protocol.BoolValue(x)
		case uint32:
			got = protocol.UintValue(uint64(x))
		case uint64:
			got = protocol.UintValue(x)
		case int32:
			got = protocol.IntValue(int64(x))
		case int64:
			got = protocol.IntValue(x)
		case float64:
			got = protocol.FloatValue(x)
		}
		if got != v {
			t.Fatalf("%v %s was read as %s", typ, v.Format(typ), got.Format(typ))
		}
	})
}

func TestSchemasAreValidWhateverTheNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHeader(t)
		l, err := newLayout(h.Components, h.Registers)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for i := range l.messages {
			m := &l.messages[i]
			d := describe(t, m.schema, m.name)
			if n := d.Fields().Len(); n != 2*len(m.refs) {
				t.Fatalf("%s has %d fields for %d registers", m.name, n, len(m.refs))
			}
			if folded := strings.ToLower(m.name); seen[folded] {
				t.Fatalf("%s is there twice", m.name)
			} else {
				seen[folded] = true
			}
		}
	})
}

func TestNamesThatClashAreNumbered(t *testing.T) {
	n := names{}
	for _, c := range []struct{ name, want string }{
		{"speed", "speed"}, {"part.seq", "part_seq"}, {"part-seq", "part_seq_2"}, {"partSeq", "partSeq_3"},
		{"speed_quality", "speed_quality_2"}, {"4th", "n4th"}, {"", "n"}, {"größe", "gr____e"},
	} {
		if got := n.take(c.name, "", "_quality"); got != c.want {
			t.Errorf("%q became %q, wanted %q", c.name, got, c.want)
		}
	}
}

func TestFieldNumbersLeaveOutThoseThatProtobufKeeps(t *testing.T) {
	for i := range 12000 {
		n := numberOf(i)
		for _, q := range []bool{false, true} {
			m := n
			if q {
				m++
			}
			if m >= 19000 && m <= 19999 {
				t.Fatalf("register %d has the field %d", i, m)
			}
			if j, quality := indexOf(m); j != i || quality != q {
				t.Fatalf("field %d of register %d is taken for that of %d", m, i, j)
			}
		}
	}
	if i, _ := indexOf(19500); i >= 0 {
		t.Errorf("field 19500 is taken for that of register %d", i)
	}
}

func FuzzMessage(f *testing.F) {
	h := line()
	l, err := newLayout(h.Components, h.Registers)
	if err != nil {
		f.Fatal(err)
	}
	for _, r := range shortLog() {
		if r.Kind == device.Registers {
			msg, err := l.appendMessage(nil, r.Component, r.Data)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(r.Component, msg)
		}
	}
	f.Fuzz(func(t *testing.T, component uint16, msg []byte) {
		component %= uint16(len(h.Components))
		data, err := l.appendData(nil, component, msg)
		if err != nil {
			return
		}
		for b := data; len(b) > 0; b = b[device.ChangeSize:] {
			if ref := binary.LittleEndian.Uint32(b); l.fields[ref].owner != int(component) {
				t.Fatalf("register %d is not one of %s", ref, h.Components[component])
			}
		}
		again, err := l.appendMessage(nil, component, data)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := l.appendData(nil, component, again); err != nil || !bytes.Equal(back, data) {
			t.Fatalf("%x became %x, %v", data, back, err)
		}
	})
}
