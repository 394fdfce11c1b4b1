package recording

import (
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// imageSchema describes foxglove.CompressedImage: timestamp 1, data 2, format 3,
// frame_id 4 (https://docs.foxglove.dev/docs/sdk/schemas/compressed-image).
func imageSchema() ([]byte, error) {
	str, num := descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_INT64
	plain := func(name string, n int32, t descriptorpb.FieldDescriptorProto_Type) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{
			Name: proto.String(name), Number: proto.Int32(n), Type: t.Enum(), JsonName: proto.String(name),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}
	}
	stamp := plain("timestamp", 1, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE)
	stamp.TypeName = proto.String(".google.protobuf.Timestamp")
	return proto.MarshalOptions{Deterministic: true}.Marshal(&descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{
		{
			Name: proto.String("google/protobuf/timestamp.proto"), Package: proto.String("google.protobuf"), Syntax: proto.String("proto3"),
			MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("Timestamp"), Field: []*descriptorpb.FieldDescriptorProto{
				plain("seconds", 1, num), plain("nanos", 2, descriptorpb.FieldDescriptorProto_TYPE_INT32),
			}}},
		},
		{
			Name: proto.String("foxglove/CompressedImage.proto"), Package: proto.String("foxglove"), Syntax: proto.String("proto3"),
			Dependency: []string{"google/protobuf/timestamp.proto"},
			MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("CompressedImage"), Field: []*descriptorpb.FieldDescriptorProto{
				stamp, plain("data", 2, descriptorpb.FieldDescriptorProto_TYPE_BYTES), plain("format", 3, str), plain("frame_id", 4, str),
			}}},
		},
	}})
}

// appendImage appends a foxglove.CompressedImage.
func appendImage(b []byte, at time.Duration, frameID, format string, data []byte) []byte {
	stamp := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(at/time.Second))
	stamp = protowire.AppendVarint(protowire.AppendTag(stamp, 2, protowire.VarintType), uint64(at%time.Second))
	b = protowire.AppendBytes(protowire.AppendTag(b, 1, protowire.BytesType), stamp)
	b = protowire.AppendBytes(protowire.AppendTag(b, 2, protowire.BytesType), data)
	b = protowire.AppendString(protowire.AppendTag(b, 3, protowire.BytesType), format)
	return protowire.AppendString(protowire.AppendTag(b, 4, protowire.BytesType), frameID)
}
