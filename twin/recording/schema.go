package recording

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"linetwin.dev/protocol"
)

// Register is what a recording knows of a register; its place in the list is its
// reference.
type Register struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Unit  string `json:"unit,omitempty"`
	Doc   string `json:"doc,omitempty"`
	Owner string `json:"owner"`
}

// coding is how a register's value is put into a protobuf message.
type coding uint8

const (
	plain  coding = iota // varint: bool, uint32, uint64
	zigzag               // varint: sint32, sint64
	double               // fixed64
)

// field is where a register stands in its component's message.
type field struct {
	owner  int // place of the component, -1: none
	number protowire.Number
	coding coding
	value  uint64 // tag of the value
	marred uint64 // tag of the quality
}

// message is the protobuf message of one component.
type message struct {
	name   string         // full
	refs   []protocol.Ref // of the registers, in the order of their fields
	schema []byte         // a serialized FileDescriptorSet
}

// layout is the protobuf message of each component. It follows from the components
// and the registers alone, so writer and reader have the same one.
type layout struct {
	fields   []field // by reference
	messages []message
}

// protobuf keeps the numbers from 19000 to 19999 to itself.
const gapFrom, gapTo = 18999, 20001

// numberOf is the field number of the value of the i-th register of a component, which
// is odd; its quality has the next one.
func numberOf(i int) protowire.Number {
	n := 2*i + 1
	if n >= gapFrom {
		n += gapTo - gapFrom
	}
	return protowire.Number(n)
}

// indexOf is the inverse of numberOf, and tells whether the field is a quality.
func indexOf(n protowire.Number) (i int, quality bool) {
	if n >= gapTo {
		n -= gapTo - gapFrom
	} else if n >= gapFrom {
		return -1, false
	}
	return int(n-1) / 2, n%2 == 0
}

func newLayout(components []string, registers []Register) (*layout, error) {
	l := &layout{fields: make([]field, len(registers)), messages: make([]message, len(components))}
	place := make(map[string]int, len(components))
	for i, c := range components {
		if _, twice := place[c]; twice {
			return nil, fmt.Errorf("component %q is listed twice", c)
		}
		place[c] = i
	}
	for ref, r := range registers {
		typ, err := protocol.ParseType(r.Type)
		if err != nil {
			return nil, fmt.Errorf("register %s: %w", r.Name, err)
		}
		owner, ok := place[r.Owner]
		if !ok {
			l.fields[ref].owner = -1 // nobody records it
			continue
		}
		m := &l.messages[owner]
		f := field{owner: owner, number: numberOf(len(m.refs)), coding: codingOf(typ)}
		wire := protowire.VarintType
		if f.coding == double {
			wire = protowire.Fixed64Type
		}
		f.value = protowire.EncodeTag(f.number, wire)
		f.marred = protowire.EncodeTag(f.number+1, protowire.VarintType)
		l.fields[ref] = f
		m.refs = append(m.refs, protocol.Ref(ref))
	}
	types := names{}
	for i, c := range components {
		m := &l.messages[i]
		own := types.take(c)
		m.name = "linetwin." + own
		var err error
		if m.schema, err = m.describe(own, c, l.fields, registers); err != nil {
			return nil, fmt.Errorf("schema of %s: %w", c, err)
		}
	}
	return l, nil
}

func codingOf(t protocol.Type) coding {
	switch {
	case t.Float():
		return double
	case t == protocol.I16 || t == protocol.I32 || t == protocol.I64:
		return zigzag
	}
	return plain
}

// describe writes the schema of a component's message.
func (m *message) describe(name, component string, fields []field, registers []Register) ([]byte, error) {
	msg := &descriptorpb.DescriptorProto{Name: proto.String(name)}
	taken := names{}
	for _, ref := range m.refs {
		r := registers[ref]
		typ, err := protocol.ParseType(r.Type)
		if err != nil {
			return nil, err
		}
		field := taken.take(strings.TrimPrefix(r.Name, component+"."), "", "_quality")
		n := fields[ref].number
		msg.Field = append(msg.Field,
			optional(msg, field, n, protoType(typ)),
			optional(msg, field+"_quality", n+1, descriptorpb.FieldDescriptorProto_TYPE_UINT32))
	}
	// Descriptors hold no maps, so this is the same in every run.
	return proto.MarshalOptions{Deterministic: true}.Marshal(&descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{{
		Name: proto.String("linetwin/" + name + ".proto"), Package: proto.String("linetwin"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{msg},
	}}})
}

// optional is a field of proto3 that knows whether it is there.
func optional(msg *descriptorpb.DescriptorProto, name string, n protowire.Number, t descriptorpb.FieldDescriptorProto_Type) *descriptorpb.FieldDescriptorProto {
	one := int32(len(msg.OneofDecl))
	msg.OneofDecl = append(msg.OneofDecl, &descriptorpb.OneofDescriptorProto{Name: proto.String("_" + name)})
	return &descriptorpb.FieldDescriptorProto{
		Name: proto.String(name), Number: proto.Int32(int32(n)), Type: t.Enum(),
		Label:      descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		OneofIndex: &one, Proto3Optional: proto.Bool(true), JsonName: proto.String(name),
	}
}

func protoType(t protocol.Type) descriptorpb.FieldDescriptorProto_Type {
	switch t {
	case protocol.Bool:
		return descriptorpb.FieldDescriptorProto_TYPE_BOOL
	case protocol.U16, protocol.U32:
		return descriptorpb.FieldDescriptorProto_TYPE_UINT32
	case protocol.U64:
		return descriptorpb.FieldDescriptorProto_TYPE_UINT64
	case protocol.I16, protocol.I32:
		return descriptorpb.FieldDescriptorProto_TYPE_SINT32
	case protocol.I64:
		return descriptorpb.FieldDescriptorProto_TYPE_SINT64
	}
	return descriptorpb.FieldDescriptorProto_TYPE_DOUBLE
}

// names are the names that are taken in one scope, in the form in which protobuf
// compares the names of proto3: without case and underscores.
type names map[string]bool

// take makes a free name of protobuf out of one of ours: one that stays free with
// each of the suffixes.
func (n names) take(s string, suffixes ...string) string {
	if len(suffixes) == 0 {
		suffixes = []string{""}
	}
	base := identifier(s)
	name := base
	for i := 2; n.clash(name, suffixes); i++ {
		name = fmt.Sprintf("%s_%d", base, i)
	}
	for _, suffix := range suffixes {
		n[folded(name+suffix)] = true
	}
	return name
}

func (n names) clash(name string, suffixes []string) bool {
	for _, suffix := range suffixes {
		if n[folded(name+suffix)] {
			return true
		}
	}
	return false
}

func folded(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }

// identifier is s with an underscore for all that is not allowed in protobuf's names.
func identifier(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c|0x20 < 'a' && (c < '0' || c > '9') || c|0x20 > 'z' {
			b[i] = '_'
		}
	}
	if len(b) == 0 || b[0] < 'A' {
		return "n" + string(b) // a name does not begin with a digit
	}
	return string(b)
}
