package onnx

import (
	"bytes"
	"encoding/binary"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"linetwin.dev/vision/model"
)

// The networks of the tests are written here, field by field, with weights that are known.

func message(number protowire.Number, body []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), body)
}

func text(number protowire.Number, s string) []byte { return message(number, []byte(s)) }

func number(n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, n, protowire.VarintType), v)
}

func join(parts ...[]byte) (all []byte) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// weights is a TensorProto of 32-bit floats.
func weights(name string, v []float32, dims ...uint64) []byte {
	var b []byte
	for _, d := range dims {
		b = append(b, number(1, d)...)
	}
	raw := make([]byte, 4*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(x))
	}
	return join(b, number(2, 1), text(8, name), message(9, raw))
}

// value is a ValueInfoProto of a tensor of 32-bit floats.
func value(name string, dims ...uint64) []byte {
	var shape []byte
	for _, d := range dims {
		shape = append(shape, message(1, number(1, d))...)
	}
	return join(text(1, name), message(2, message(1, join(number(1, 1), message(2, shape)))))
}

// node is a NodeProto.
func node(op string, in []string, out string, attributes ...[]byte) []byte {
	var b []byte
	for _, n := range in {
		b = append(b, text(1, n)...)
	}
	b = join(b, text(2, out), text(3, op+" "+out), text(4, op))
	for _, a := range attributes {
		b = append(b, message(5, a)...)
	}
	return b
}

// ints is an attribute of whole numbers.
func ints(name string, v ...uint64) []byte {
	b := text(1, name)
	for _, x := range v {
		b = append(b, number(8, x)...)
	}
	return append(b, number(20, 7)...)
}

// whole is an attribute of one whole number.
func whole(name string, v uint64) []byte { return join(text(1, name), number(3, v), number(20, 2)) }

// network is a ModelProto of graph fields.
func network(graph ...[]byte) []byte {
	return join(number(1, 7), text(2, "linetwin tests"), message(7, join(graph...)), message(8, join(text(1, ""), number(2, 11))))
}

const side = 8 // of the classifier's input

// classifier is Conv(3 -> 4, 3 x 3, padded), Relu, GlobalAveragePool, Flatten, Gemm(4 -> 3),
// Softmax, with the weights kernel, bias, dense and offset.
func classifier() []byte {
	kernel, bias, dense, offset := known()
	return network(
		message(1, node("Conv", []string{"picture", "kernel", "bias"}, "c", ints("kernel_shape", 3, 3), ints("pads", 1, 1, 1, 1), ints("strides", 1, 1))),
		message(1, node("Relu", []string{"c"}, "r")),
		message(1, node("GlobalAveragePool", []string{"r"}, "g")),
		message(1, node("Flatten", []string{"g"}, "f", whole("axis", 1))),
		message(1, node("Gemm", []string{"f", "dense", "offset"}, "d", whole("transB", 1))),
		message(1, node("Softmax", []string{"d"}, "scores", whole("axis", 1))),
		text(2, "classifier"),
		message(5, weights("kernel", kernel, 4, 3, 3, 3)),
		message(5, weights("bias", bias, 4)),
		message(5, weights("dense", dense, 3, 4)),
		message(5, weights("offset", offset, 3)),
		message(11, value("picture", 1, 3, side, side)),
		message(12, value("scores", 1, 3)),
	)
}

// known are weights that look random and are not.
func known() (kernel, bias, dense, offset []float32) {
	x := uint32(1)
	next := func(n int) (v []float32) {
		for range n {
			x = x*1664525 + 1013904223
			v = append(v, float32(x>>8)/(1<<24)*2-1)
		}
		return v
	}
	return next(4 * 3 * 3 * 3), next(4), next(3 * 4), next(3)
}

// classified is what the classifier must say, computed in plain Go.
func classified(in []float32) []float64 {
	kernel, bias, dense, offset := known()
	var mean [4]float64
	for o := range 4 {
		for y := range side {
			for x := range side {
				sum := float64(bias[o])
				for c := range 3 {
					for dy := range 3 {
						for dx := range 3 {
							u, v := x+dx-1, y+dy-1
							if u >= 0 && v >= 0 && u < side && v < side {
								sum += float64(kernel[((o*3+c)*3+dy)*3+dx]) * float64(in[(c*side+v)*side+u])
							}
						}
					}
				}
				mean[o] += max(sum, 0) / (side * side)
			}
		}
	}
	scores, total := make([]float64, 3), 0.0
	for i := range scores {
		sum := float64(offset[i])
		for o := range 4 {
			sum += float64(dense[i*4+o]) * mean[o]
		}
		scores[i] = math.Exp(sum)
		total += scores[i]
	}
	for i := range scores {
		scores[i] /= total
	}
	return scores
}

// detector is a network whose output is a constant of the shape 1 x 6 x 3, as YOLOv8 gives
// for two classes and three candidates, plus zero times the picture.
func detector(columns []float32) []byte {
	return network(
		message(1, node("GlobalAveragePool", []string{"picture"}, "g")),
		message(1, node("Flatten", []string{"g"}, "f", whole("axis", 1))),
		message(1, node("Gemm", []string{"f", "zeros", "boxes"}, "d", whole("transB", 1))),
		message(1, node("Reshape", []string{"d", "shape"}, "out")),
		text(2, "detector"),
		message(5, weights("zeros", make([]float32, 18*3), 18, 3)),
		message(5, weights("boxes", columns, 18)),
		message(5, shapeOf("shape", 1, 6, 3)),
		message(11, value("picture", 1, 3, 32, 32)),
		message(12, value("out", 1, 6, 3)),
	)
}

// shapeOf is a TensorProto of 64-bit whole numbers.
func shapeOf(name string, v ...uint64) []byte {
	var raw []byte
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint64(raw, x)
	}
	return join(number(1, uint64(len(v))), number(2, 7), text(8, name), message(9, raw))
}

const (
	classifierSpec = `{"name":"tiny","version":"1","kind":"onnx","file":"tiny.onnx","labels":["a","b","c"],"input":{"width":8,"height":8,"mean":[128,120,110],"scale":[0.01,0.02,0.015]}}`
	detectorSpec   = `{"name":"boxes","version":"1","kind":"onnx","file":"boxes.onnx","labels":["cap","label"],"input":{"width":32,"height":32,"fit":"letterbox"},"output":{"format":"yolov8"}}`
)

// folder writes a model's folder.
func folder(t testing.TB, spec string, file []byte) (string, *model.Spec) {
	t.Helper()
	dir := t.TempDir()
	s, err := model.Parse([]byte(spec))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, model.SpecFile), []byte(spec), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, s.File), file, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, s
}

// scene is a picture with structure.
func scene(w, h int) model.Image {
	m := model.Image{W: w, H: h, Pix: make([]byte, 3*w*h)}
	for i := range m.Pix {
		m.Pix[i] = byte(i*i/7 + 31*(i%3) + i/w)
	}
	return m
}

var update = flag.Bool("update", false, "write the network in testdata, which the scripts of the command line use")

func TestTheNetworkInTestdataIsTheTestsOwn(t *testing.T) {
	dir := filepath.Join("testdata", "tiny")
	if *update {
		for name, data := range map[string][]byte{model.SpecFile: []byte(classifierSpec + "\n"), "tiny.onnx": classifier()} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	file, err := os.ReadFile(filepath.Join(dir, "tiny.onnx"))
	if err != nil || !bytes.Equal(file, classifier()) {
		t.Errorf("another network, or none: %v; go test ./vision/model/onnx -run Testdata -update writes it", err)
	}
	if _, err := Check(dir, must(model.Load(dir))); err != nil {
		t.Error(err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
