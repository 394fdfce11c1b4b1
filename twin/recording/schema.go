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

// field is where a register stands in its component's message: its value under
// number, and its quality, unless that is good, under number+1.
type field struct {
	ref    protocol.Ref
	number protowire.Number
	typ    protocol.Type
}

// table is the message of one component.
type table struct {
	byRef    map[protocol.Ref]field
	byNumber map[protowire.Number]field
	schema   []byte // a serialized FileDescriptorSet
	message  string // full name
}

// tables lays out the messages of all components.
func tables(components []string, registers []Register) ([]table, error) {
	ts := make([]table, len(components))
	for i, c := range components {
		t := table{byRef: map[protocol.Ref]field{}, byNumber: map[protowire.Number]field{}, message: "linetwin." + identifier(c)}
		msg := &descriptorpb.DescriptorProto{Name: proto.String(identifier(c))}
		for ref, r := range registers {
			if r.Owner != c {
				continue
			}
			typ, err := protocol.ParseType(r.Type)
			if err != nil {
				return nil, fmt.Errorf("register %s: %w", r.Name, err)
			}
			f := field{ref: protocol.Ref(ref), number: protowire.Number(2*len(t.byRef) + 1), typ: typ}
			t.byRef[f.ref], t.byNumber[f.number] = f, f
			name := identifier(strings.TrimPrefix(r.Name, c+"."))
			msg.Field = append(msg.Field,
				optional(msg, name, f.number, protoType(typ)),
			)
			msg.Field = append(msg.Field,
				optional(msg, name+"_quality", f.number+1, descriptorpb.FieldDescriptorProto_TYPE_UINT32))
		}
		set := &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{{
			Name: proto.String(identifier(c) + ".proto"), Package: proto.String("linetwin"), Syntax: proto.String("proto3"),
			MessageType: []*descriptorpb.DescriptorProto{msg},
		}}}
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
		if err != nil {
			return nil, fmt.Errorf("schema of %s: %w", c, err)
		}
		t.schema = b
		ts[i] = t
	}
	return ts, nil
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

// identifier makes a name of protobuf out of one of ours.
func identifier(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c|0x20 < 'a' && (c < '0' || c > '9') || c|0x20 > 'z' {
			b[i] = '_'
		}
	}
	return string(b)
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
