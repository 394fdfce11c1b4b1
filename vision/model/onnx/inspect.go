package onnx

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// MaxFile is the largest ONNX file that is read: protocol buffers have no larger ones.
const MaxFile = 1<<31 - 1

// Summary is what an ONNX file says of its network.
type Summary struct {
	Producer string   `json:"producer,omitempty"`
	IR       int64    `json:"ir_version"`
	Opset    int64    `json:"opset"`
	Inputs   []Tensor `json:"inputs"` // those that are no weights
	Outputs  []Tensor `json:"outputs"`
	Ops      []string `json:"ops"` // the kinds of nodes, sorted
	Nodes    int      `json:"nodes"`
	Weights  int64    `json:"weights_bytes"`
}

// Tensor is an input or output; a dimension that is open is -1.
type Tensor struct {
	Name  string  `json:"name"`
	Shape []int64 `json:"shape"`
}

// InspectFile reads an ONNX file; see Inspect.
func InspectFile(path string) (*Summary, []byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is no file", path)
	}
	if info.Size() > MaxFile {
		return nil, nil, fmt.Errorf("%s has %d bytes; an ONNX file has %d at most", path, info.Size(), MaxFile)
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxFile))
	if err != nil {
		return nil, nil, err
	}
	s, err := Inspect(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, data, nil
}

// Inspect reads what an ONNX file says of its network, and checks that it is whole: every
// field ends where it says, the graph has nodes, an input and an output, and each tensor of
// weights has the bytes that its shape needs. Weights in other files are refused, since a
// digest of the file would not cover them.
func Inspect(data []byte) (*Summary, error) {
	s := &Summary{}
	var graph []byte
	graphs := 0
	err := fields(data, "model", func(f field) error {
		switch f.number {
		case 1:
			s.IR = int64(f.varint)
		case 2:
			s.Producer = string(f.bytes)
		case 7:
			graph, graphs = f.bytes, graphs+1
		case 8:
			return fields(f.bytes, "opset", func(f field) error {
				if f.number == 2 {
					s.Opset = max(s.Opset, int64(f.varint))
				}
				return nil
			})
		}
		return nil
	})
	switch {
	case err != nil && graphs == 0 && s.IR == 0:
		return nil, fmt.Errorf("not an ONNX file: %w", err)
	case err != nil:
		return nil, err
	case graphs != 1 || s.IR < 1 || s.IR > 100:
		return nil, errors.New("not an ONNX file: it has no graph, or no version")
	}
	return s, s.readGraph(graph)
}

// readGraph reads a GraphProto.
func (s *Summary) readGraph(graph []byte) error {
	ops, weights := map[string]bool{}, map[string]bool{}
	var inputs []Tensor
	err := fields(graph, "graph", func(f field) error {
		switch f.number {
		case 1:
			s.Nodes++
			return fields(f.bytes, "node", func(f field) error {
				if f.number == 4 {
					ops[string(f.bytes)] = true
				}
				return nil
			})
		case 5:
			name, size, err := weight(f.bytes)
			weights[name] = true
			s.Weights += size
			return err
		case 11, 12:
			t, err := tensor(f.bytes)
			if f.number == 11 {
				inputs = append(inputs, t)
			} else {
				s.Outputs = append(s.Outputs, t)
			}
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, t := range inputs {
		if !weights[t.Name] {
			s.Inputs = append(s.Inputs, t)
		}
	}
	s.Ops = slices.Sorted(maps.Keys(ops))
	if s.Nodes == 0 || len(s.Inputs) == 0 || len(s.Outputs) == 0 {
		return fmt.Errorf("the network has %d nodes, %d inputs and %d outputs; one of each is the least", s.Nodes, len(s.Inputs), len(s.Outputs))
	}
	return nil
}

// sizes are the bytes of an element by its type in ONNX; others have no fixed size.
var sizes = map[uint64]int64{1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2}

// weight reads a TensorProto.
func weight(data []byte) (name string, raw int64, err error) {
	elements, kind := int64(1), uint64(0)
	hasRaw, external := false, false
	err = fields(data, "weights", func(f field) error {
		switch f.number {
		case 1: // one dimension, or all of them packed
			return numbers(f, func(v uint64) error {
				d := int64(v)
				if d < 0 || d > MaxFile || d > 0 && elements > MaxFile/d {
					return fmt.Errorf("weights %q: a dimension of %d is none", name, d)
				}
				elements *= d
				return nil
			})
		case 2:
			kind = f.varint
		case 8:
			name = string(f.bytes)
		case 9:
			hasRaw, raw = true, int64(len(f.bytes))
		case 13:
			external = true
		case 14:
			external = external || f.varint == 1
		}
		return nil
	})
	switch size, known := sizes[kind]; {
	case err != nil:
		return name, raw, err
	case external:
		return name, raw, fmt.Errorf("weights %.80q are in another file; export the network with its weights inside", name)
	case hasRaw && known && raw != elements*size:
		return name, raw, fmt.Errorf("weights %.80q have %d bytes; their shape needs %d", name, raw, elements*size)
	}
	return name, raw, nil
}

// tensor reads a ValueInfoProto: its name, and the dimensions of TypeProto.Tensor.
func tensor(data []byte) (t Tensor, err error) {
	t.Shape = []int64{}
	err = fields(data, "value", func(f field) error {
		switch f.number {
		case 1:
			t.Name = string(f.bytes)
		case 2:
			return fields(f.bytes, "type", func(f field) error {
				if f.number != 1 {
					return nil
				}
				return fields(f.bytes, "tensor type", func(f field) error {
					if f.number != 2 {
						return nil
					}
					return fields(f.bytes, "shape", func(f field) error {
						if f.number != 1 {
							return nil
						}
						open := int64(-1)
						err := fields(f.bytes, "dimension", func(f field) error {
							if f.number == 1 {
								open = int64(f.varint)
							}
							return nil
						})
						t.Shape = append(t.Shape, open)
						return err
					})
				})
			})
		}
		return nil
	})
	return t, err
}

// field is one field of a protocol buffer's message: a number or bytes, by its type.
type field struct {
	number protowire.Number
	varint uint64
	bytes  []byte
	packed bool // bytes are set
}

// fields walks over the fields of a message.
func fields(data []byte, what string, do func(field) error) error {
	for at := 0; at < len(data); {
		number, kind, n := protowire.ConsumeTag(data[at:])
		if n < 0 {
			return fmt.Errorf("the %s is damaged %d bytes from its start: %w", what, at, protowire.ParseError(n))
		}
		f := field{number: number}
		rest := data[at+n:]
		m := 0
		switch kind {
		case protowire.VarintType:
			f.varint, m = protowire.ConsumeVarint(rest)
		case protowire.BytesType:
			f.bytes, m = protowire.ConsumeBytes(rest)
			f.packed = true
			if m < 0 {
				if size, k := protowire.ConsumeVarint(rest); k > 0 && size > uint64(len(rest)-k) {
					return fmt.Errorf("the file is truncated: a field of the %s has %d bytes, and only %d are there", what, size, len(rest)-k)
				}
			}
		default:
			m = protowire.ConsumeFieldValue(number, kind, rest)
		}
		if m < 0 {
			return fmt.Errorf("the %s is damaged %d bytes from its start: %w", what, at, protowire.ParseError(m))
		}
		if err := do(f); err != nil {
			return err
		}
		at += n + m
	}
	return nil
}

// numbers are those of a repeated field, packed or not.
func numbers(f field, do func(uint64) error) error {
	if !f.packed {
		return do(f.varint)
	}
	for rest := f.bytes; len(rest) > 0; {
		v, n := protowire.ConsumeVarint(rest)
		if n < 0 {
			return protowire.ParseError(n)
		}
		if err := do(v); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}
