package recording

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

const imageMessage = "foxglove.CompressedImage"

// frame is a picture on its way into the file.
type frame struct {
	at      time.Duration
	topic   string
	frameID string
	format  string
	encode  func(io.Writer) error
	message []byte // once it is encoded
}

// Frame writes a compressed picture ("png" or "jpeg") that was exposed at the line
// time at, as foxglove.CompressedImage. It is not part of the log. encode is called
// on the writer's goroutine; what it reads must not change meanwhile.
func (w *Writer) Frame(at time.Duration, topic, frameID, format string, encode func(io.Writer) error) {
	w.FrameThen(at, topic, frameID, format, encode, func() {})
}

// FrameThen is Frame, and calls done once when encode will not be called any more, also
// when the frame is not written: what encode reads may change from then on.
func (w *Writer) FrameThen(at time.Duration, topic, frameID, format string, encode func(io.Writer) error, done func()) {
	w.hand(job{
		frame: &frame{at: at, topic: topic, frameID: frameID, format: format, encode: encode},
		done:  func([]byte) { done() },
	})
}

func (w *Writer) takeFrame(f *frame) error {
	var b bytes.Buffer
	if err := f.encode(&b); err != nil {
		return fmt.Errorf("frame of %s: %w", f.frameID, err)
	}
	f.message = appendImage(make([]byte, 0, b.Len()+64), f.at, f.frameID, f.format, b.Bytes())
	f.encode = nil
	return w.frames.add(w, f)
}

// frameQueue holds frames back until the records of their instants have come: a frame
// comes at once, a record with the next piece of the log. So the file is in the order
// of time, as tools like it best.
type frameQueue struct {
	frames []*frame // by instant
	bytes  int
}

// maxQueued bytes of frames wait at most; beyond them a frame goes ahead of the log.
const maxQueued = 64 << 20

func (q *frameQueue) add(w *Writer, f *frame) error {
	i := len(q.frames)
	for i > 0 && q.frames[i-1].at > f.at {
		i--
	}
	q.frames = slices.Insert(q.frames, i, f)
	q.bytes += len(f.message)
	for q.bytes > maxQueued {
		if err := q.pop(w); err != nil {
			return err
		}
	}
	return nil
}

// before writes the frames of before the instant.
func (q *frameQueue) before(w *Writer, at time.Duration) error {
	for len(q.frames) > 0 && q.frames[0].at < at {
		if err := q.pop(w); err != nil {
			return err
		}
	}
	return nil
}

// flush writes all.
func (q *frameQueue) flush(w *Writer) error {
	for len(q.frames) > 0 {
		if err := q.pop(w); err != nil {
			return err
		}
	}
	return nil
}

func (q *frameQueue) pop(w *Writer) error {
	f := q.frames[0]
	q.frames = slices.Delete(q.frames, 0, 1)
	q.bytes -= len(f.message)
	ch, err := w.topic(f.topic)
	if err != nil {
		return err
	}
	// A frame arrives after its exposure, when later records may have been written.
	return w.write(ch, 0, max(f.at, w.latest), max(f.at, 0), f.message)
}

// imageSchema describes foxglove.CompressedImage: timestamp 1, data 2, format 3,
// frame_id 4 (https://docs.foxglove.dev/docs/sdk/schemas/compressed-image).
func imageSchema() ([]byte, error) {
	field := func(name string, n int32, t descriptorpb.FieldDescriptorProto_Type) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{
			Name: proto.String(name), Number: proto.Int32(n), Type: t.Enum(), JsonName: proto.String(name),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}
	}
	stamp := field("timestamp", 1, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE)
	stamp.TypeName = proto.String(".google.protobuf.Timestamp")
	return proto.MarshalOptions{Deterministic: true}.Marshal(&descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{
		{
			Name: proto.String("google/protobuf/timestamp.proto"), Package: proto.String("google.protobuf"), Syntax: proto.String("proto3"),
			MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("Timestamp"), Field: []*descriptorpb.FieldDescriptorProto{
				field("seconds", 1, descriptorpb.FieldDescriptorProto_TYPE_INT64), field("nanos", 2, descriptorpb.FieldDescriptorProto_TYPE_INT32),
			}}},
		},
		{
			Name: proto.String("foxglove/CompressedImage.proto"), Package: proto.String("foxglove"), Syntax: proto.String("proto3"),
			Dependency: []string{"google/protobuf/timestamp.proto"},
			MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("CompressedImage"), Field: []*descriptorpb.FieldDescriptorProto{
				stamp, field("data", 2, descriptorpb.FieldDescriptorProto_TYPE_BYTES),
				field("format", 3, descriptorpb.FieldDescriptorProto_TYPE_STRING), field("frame_id", 4, descriptorpb.FieldDescriptorProto_TYPE_STRING),
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
