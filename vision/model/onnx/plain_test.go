package onnx

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"linetwin.dev/vision/model"
)

func TestAFileSaysWhatItsNetworkIs(t *testing.T) {
	s, err := Inspect(classifier())
	if err != nil {
		t.Fatal(err)
	}
	want := &Summary{
		Producer: "linetwin tests", IR: 7, Opset: 11, Nodes: 6, Weights: 4 * (108 + 4 + 12 + 3),
		Inputs: []Tensor{{"picture", []int64{1, 3, 8, 8}}}, Outputs: []Tensor{{"scores", []int64{1, 3}}},
		Ops: []string{"Conv", "Flatten", "Gemm", "GlobalAveragePool", "Relu", "Softmax"},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("%+v\nwant %+v", s, want)
	}
}

func TestATruncatedFileIsRefusedWhereverItWasCut(t *testing.T) {
	file := classifier()
	if _, err := Inspect(file); err != nil {
		t.Fatal(err)
	}
	end := len(file) - len(message(8, join(text(1, ""), number(2, 11)))) // the opset, which may be missing
	for n := range len(file) {
		if _, err := Inspect(file[:n]); err == nil && n != end {
			t.Fatalf("the first %d of %d bytes are taken", n, len(file))
		}
	}
	if _, err := Inspect(file[:len(file)/2]); !strings.Contains(err.Error(), "the file is truncated") {
		t.Error(err)
	}
}

func TestWhatIsNoNetworkIsToldWithItsReason(t *testing.T) {
	in, out := message(11, value("in", 1)), message(12, value("out", 1))
	relu := message(1, node("Relu", []string{"in"}, "out"))
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":         {nil, "not an ONNX file"},
		"text":            {[]byte("<html>404 not found</html>"), "not an ONNX file"},
		"a picture":       {[]byte("\x89PNG\r\n\x1a\n"), "not an ONNX file"},
		"no nodes":        {network(in, out), "0 nodes, 1 inputs and 1 outputs"},
		"no output":       {network(relu, in), "1 nodes, 1 inputs and 0 outputs"},
		"short weights":   {network(relu, in, out, message(5, weights("w", make([]float32, 5), 2, 3))), `weights "w" have 20 bytes; their shape needs 24`},
		"huge dimension":  {network(relu, in, out, message(5, weights("w", nil, 1<<40))), "a dimension of 1099511627776 is none"},
		"overflow":        {network(relu, in, out, message(5, weights("w", nil, 1<<30, 1<<30, 1<<30))), "is none"},
		"other files":     {network(relu, in, out, message(5, join(weights("w", nil), number(14, 1)))), "are in another file"},
		"names of others": {network(relu, in, out, message(5, join(weights("w", nil), message(13, join(text(1, "location"), text(2, "/etc/passwd")))))), "are in another file"},
	} {
		if _, err := Inspect(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

func TestADescriptionMustFitItsNetwork(t *testing.T) {
	dir, s := folder(t, strings.Replace(classifierSpec, `"width":8`, `"width":9`, 1), classifier())
	if _, err := Check(dir, s); err == nil || !strings.Contains(err.Error(), "the network takes [1 3 8 8], and its description says [1 3 8 9]") {
		t.Error(err)
	}
	dir, s = folder(t, classifierSpec, classifier())
	if _, err := Check(dir, s); err != nil {
		t.Error(err)
	}
	s.File = "other.onnx"
	if _, err := Check(dir, s); err == nil || !strings.Contains(err.Error(), "other.onnx") {
		t.Error(err)
	}
}

func TestAPictureIsLaidIntoTheInputAsAsked(t *testing.T) {
	white := model.Image{W: 40, H: 20, Pix: bytes.Repeat([]byte{255}, 3*40*20)}
	for i := range 20 * 20 { // the left half is black
		copy(white.Pix[3*(i/20*40+i%20):], []byte{0, 0, 0})
	}
	for _, c := range []struct {
		fit                      string
		topLeft, left, right, at float32 // the input's corner, and in its middle row
		box                      model.Box
	}{
		{"stretch", 0, 0, 1, 0, model.Box{Width: 40, Height: 20}},
		{"letterbox", 114. / 255, 0, 1, 0, model.Box{Width: 40, Height: 20}},
		{"crop", 0, 0, 1, 0, model.Box{X: 10, Width: 20, Height: 20}},
	} {
		in := &model.Input{Width: 10, Height: 10, Channels: "gray", Fit: c.fit, Mean: []float64{0}, Scale: []float64{1. / 255}}
		to := make([]float32, 100)
		f := prepare(in, white, to)
		near := func(a, b float32) bool { return math.Abs(float64(a-b)) < 0.01 }
		if !near(to[0], c.topLeft) || !near(to[51], c.left) || !near(to[58], c.right) {
			t.Errorf("%s: %v", c.fit, to)
		}
		if got := f.back(model.Box{Width: 10, Height: 10}, 40, 20); got != c.box {
			t.Errorf("%s: the whole input is %+v of the picture, want %+v", c.fit, got, c.box)
		}
	}
	red := model.Image{W: 1, H: 1, Pix: []byte{200, 100, 50}}
	to := make([]float32, 3)
	prepare(&model.Input{Width: 1, Height: 1, Channels: "bgr", Mean: []float64{1, 2, 3}, Scale: []float64{1, 10, 100}}, red, to)
	if to[0] != 49 || to[1] != 980 || to[2] != 19700 {
		t.Errorf("blue, green, red: %v", to)
	}
	for _, size := range [][2]int{{1, 1}, {1, 5000}, {5000, 1}, {3, 2}} {
		for _, fit := range []string{"stretch", "crop", "letterbox"} {
			in := &model.Input{Width: 16, Height: 16, Channels: "gray", Fit: fit, Mean: []float64{0}, Scale: []float64{1}}
			f := prepare(in, model.Image{W: size[0], H: size[1], Pix: bytes.Repeat([]byte{77}, 3*size[0]*size[1])}, make([]float32, 256))
			if !(f.scaleX > 0 && f.scaleY > 0) {
				t.Errorf("%v, %s: %+v", size, fit, f)
			}
		}
	}
}

// spec is a description of labels a and b and an input of 100 x 100.
func spec(t *testing.T, output string) *model.Spec {
	t.Helper()
	s, err := model.Parse([]byte(`{"name":"x","version":"1","kind":"onnx","file":"x.onnx","labels":["a","b"],"input":{"width":100,"height":100},"output":` + output + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheNumbersOfANetworkBecomeAnAnswer(t *testing.T) {
	same := fit{1, 1, 0, 0}
	nan := float32(math.NaN())
	box := func(label string, score, x, y, w, h float64) model.Answer {
		return model.Answer{Boxes: []model.Box{{Label: label, Score: score, X: x, Y: y, Width: w, Height: h}}}
	}
	for name, c := range map[string]struct {
		output string
		shape  []int
		v      []float32
		want   model.Answer
		err    string
	}{
		"classes":       {`{}`, []int{1, 2}, []float32{0.25, 0.75}, model.Answer{Labels: []model.Label{{Label: "b", Score: 0.75}, {Label: "a", Score: 0.25}}}, ""},
		"softmax":       {`{"softmax":true,"top":1}`, []int{1, 2}, []float32{1000, 1000}, model.Answer{Labels: []model.Label{{Label: "a", Score: 0.5}}}, ""},
		"logits":        {`{}`, []int{1, 2}, []float32{-3, 7}, model.Answer{}, `write "softmax": true`},
		"no number":     {`{}`, []int{1, 2}, []float32{nan, 0}, model.Answer{}, "gives NaN for a"},
		"other labels":  {`{}`, []int{1, 3}, []float32{0, 0, 1}, model.Answer{}, "gives 3 numbers, and its description has 2 labels"},
		"too few":       {`{}`, []int{2, 2}, []float32{0, 0, 1}, model.Answer{}, "which is no output"},
		"yolov5":        {`{"format":"yolov5"}`, []int{1, 2, 7}, []float32{50, 50, 20, 10, 0.5, 0.1, 1, 10, 10, 4, 4, 0.1, 1, 1}, box("b", 0.5, 40, 45, 20, 10), ""},
		"yolov8":        {`{"format":"yolov8"}`, []int{1, 6, 1}, []float32{50, 50, 20, 10, 0.5, 0.1}, box("a", 0.5, 40, 45, 20, 10), ""},
		"yolo, broken":  {`{"format":"yolov8"}`, []int{1, 6, 1}, []float32{nan, 50, 20, 10, 0.5, 0.1}, model.Answer{}, ""},
		"yolo, endless": {`{"format":"yolov8"}`, []int{1, 6, 1}, []float32{50, 50, float32(math.Inf(1)), 10, 0.5, 0.1}, model.Answer{}, ""},
		"yolo, others":  {`{"format":"yolov8"}`, []int{1, 7, 1}, make([]float32, 7), model.Answer{}, "7 numbers for each box; yolov8 with 2 labels gives 6"},
		"yolo, flat":    {`{"format":"yolov8"}`, []int{6}, make([]float32, 6), model.Answer{}, "one matrix"},
		"ssd":           {`{"format":"ssd"}`, []int{1, 1, 2, 7}, []float32{0, 1, 0.75, 0.1, 0.2, 0.5, 0.75, -1, 0, 0, 0, 0, 0, 0}, box("b", 0.75, 10, 20, 40, 55), ""},
		"ssd, beyond":   {`{"format":"ssd"}`, []int{1, 1, 1, 7}, []float32{0, 0, 0.5, -1, -1, 2, 2}, box("a", 0.5, 0, 0, 100, 100), ""},
		"ssd, others":   {`{"format":"ssd"}`, []int{1, 1, 1, 6}, make([]float32, 6), model.Answer{}, "rows of 7 numbers"},
		"ssd, no label": {`{"format":"ssd"}`, []int{1, 1, 1, 7}, []float32{0, 17, 0.5, 0, 0, 1, 1}, box("17", 0.5, 0, 0, 100, 100), ""},
	} {
		got, err := decode(spec(t, c.output), c.shape, c.v, same, 100, 100)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v; want %q", name, err, c.err)
			continue
		}
		for _, b := range [][]model.Box{got.Boxes, c.want.Boxes} {
			for i := range b { // 32-bit numbers have no 0.1
				b[i].X, b[i].Y = math.Round(b[i].X*1e4)/1e4, math.Round(b[i].Y*1e4)/1e4
				b[i].Width, b[i].Height = math.Round(b[i].Width*1e4)/1e4, math.Round(b[i].Height*1e4)/1e4
			}
		}
		if len(got.Boxes) != len(c.want.Boxes) || len(got.Boxes) > 0 && got.Boxes[0] != c.want.Boxes[0] || !reflect.DeepEqual(got.Labels, c.want.Labels) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if err := got.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOfBoxesThatOverlapTheSurestOfALabelStays(t *testing.T) {
	at := func(label string, score, x float64) model.Box {
		return model.Box{Label: label, Score: score, X: x, Width: 10, Height: 10}
	}
	got := suppress([]model.Box{at("a", 0.6, 1), at("a", 0.9, 0), at("b", 0.5, 0), at("a", 0.3, 9)}, 0.45)
	want := []model.Box{at("a", 0.9, 0), at("b", 0.5, 0), at("a", 0.3, 9)}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if v := iou(at("a", 1, 0), at("a", 1, 5)); math.Abs(v-1./3) > 1e-12 {
		t.Errorf("half of each: %g", v)
	}
}

func TestDevicesAreNamed(t *testing.T) {
	for s, want := range map[string]Device{"": Auto, "cpu": CPU, "cuda": CUDA, "auto": Auto} {
		if d, err := ParseDevice(s); err != nil || d != want {
			t.Errorf("%q: %v, %v", s, d, err)
		}
	}
	if _, err := ParseDevice("tpu"); err == nil {
		t.Error("there is no tpu")
	}
}

func TestAModelThatIsNoNetworkIsNotOpened(t *testing.T) {
	s := &model.Spec{Name: "x", Kind: model.KindProgram}
	if _, err := Open(t.TempDir(), s, CPU); err == nil || errors.Is(err, ErrNoOpenCV) {
		t.Error(err)
	}
}

func FuzzInspect(f *testing.F) {
	f.Add(classifier())
	f.Add(detector(make([]float32, 18)))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := Inspect(file)
		if err == nil && (s.Nodes == 0 || len(s.Inputs) == 0 || len(s.Outputs) == 0) {
			t.Errorf("%+v", s)
		}
		if err != nil && len(err.Error()) > 2000 {
			t.Errorf("a message of %d bytes", len(err.Error()))
		}
	})
}
