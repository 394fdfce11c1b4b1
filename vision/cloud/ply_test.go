package cloud

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
)

// full is a cloud with everything that there can be.
func full(n int) *Cloud {
	c := points(part, n, 0.5, 5)
	rng := rand.New(rand.NewPCG(4, 4))
	for range n {
		v := [3]float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		l := norm(v)
		c.NX, c.NY, c.NZ = append(c.NX, float32(v[0]/l)), append(c.NY, float32(v[1]/l)), append(c.NZ, float32(v[2]/l))
		c.Color = append(c.Color, byte(rng.IntN(256)), byte(rng.IntN(256)), byte(rng.IntN(256)))
		c.Deviation = append(c.Deviation, float32(rng.NormFloat64()))
	}
	return c
}

func encode(t testing.TB, c *Cloud, f Format) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WritePLY(&b, c, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// nearly compares clouds: normals are brought to unit length when they are read, which may change a last bit.
func nearly(t *testing.T, got, want *Cloud) {
	t.Helper()
	close := cmp.Comparer(func(a, b float32) bool { return a == b || math.Abs(float64(a-b)) < 2e-7 })
	if diff := cmp.Diff(want, got, close); diff != "" {
		t.Error(diff[:min(len(diff), 1000)])
	}
}

func TestWhatIsWrittenAsPLYIsReadBackTheSame(t *testing.T) {
	bare := points(part, 10, 0, 1)
	for _, f := range []Format{Binary, Text} {
		for _, c := range []*Cloud{full(5000), bare, {X: []float32{}, Y: []float32{}, Z: []float32{}}} {
			got, err := ReadPLY(bytes.NewReader(encode(t, c, f)))
			if err != nil {
				t.Fatal(err)
			}
			nearly(t, got, c)
		}
	}
}

func TestSavingAPLYFileLeavesNothingHalfWritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.ply")
	if err := SavePLY(path, full(10), Text); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	bad := full(10)
	bad.Y[3] = float32(math.NaN())
	if err := SavePLY(path, bad, Binary); err == nil || !strings.HasPrefix(err.Error(), "cloud "+path+": cloud: point 3 is (") {
		t.Error(err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the file changed")
	}
	if got, err := LoadPLY(path); err != nil || got.Len() != 10 {
		t.Error(err)
	}
	if _, err := LoadPLY(filepath.Join(dir, "b.ply")); err == nil || !strings.HasSuffix(err.Error(), "b.ply: there is no such file") {
		t.Error(err)
	}
}

const strange = `ply
format ascii 1.0
comment made by hand
obj_info as others do
element camera 1
property float focal
property list uchar float matrix
element vertex 3
property list uchar int neighbours
property ushort diffuse_red
property ushort diffuse_green
property ushort diffuse_blue
property double z
property short x
property char y
property float nz
property float ny
property float nx
property float confidence
element face 1
property list uchar int vertex_indices
end_header
505.5 2 1 0

2 7 8 65535 0 257 1000.5 -300 -3 2 0 0 0.5
0 1 2 3 nan 1 2 0 0 1 1
1 0 0 0 0 4	5 6	0 0 0 1
3 0 1 2
`

func TestPropertiesComeInAnyOrderAndType(t *testing.T) {
	want := &Cloud{X: []float32{-300, 5}, Y: []float32{-3, 6}, Z: []float32{1000.5, 4},
		NX: []float32{0, 0}, NY: []float32{0, 0}, NZ: []float32{1, 0}, Color: []byte{255, 0, 1, 0, 0, 0}}
	for _, text := range []string{strange, strings.ReplaceAll(strange, "\n", "\r\n")} {
		got, err := ReadPLY(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		nearly(t, got, want)
	}
	for _, order := range []interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}{binary.LittleEndian, binary.BigEndian} {
		name := "binary_little_endian"
		if order.String() == "BigEndian" {
			name = "binary_big_endian"
		}
		head, _, _ := strings.Cut(strange, "505.5")
		b := []byte(strings.Replace(head, "ascii", name, 1))
		float := func(v float32) { b = order.AppendUint32(b, math.Float32bits(v)) }
		float(505.5)
		b = append(b, 2)
		float(1)
		float(0)
		for i := range want.X {
			b = order.AppendUint32(append(b, 1), 7)
			for k := range 3 {
				b = order.AppendUint16(b, uint16(want.Color[3*i+k])*257)
			}
			b = order.AppendUint64(b, math.Float64bits(float64(want.Z[i])))
			b = append(order.AppendUint16(b, uint16(int16(want.X[i]))), byte(int8(want.Y[i])))
			float(2 * want.NZ[i])
			float(0)
			float(0)
			float(0.5)
		}
		b = bytes.Replace(b, []byte("vertex 3"), []byte("vertex 2"), 1)
		got, err := ReadPLY(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		nearly(t, got, want)
	}
}

func TestABrokenPLYFileGivesOneClearSentence(t *testing.T) {
	const head = "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nend_header\n"
	bin := string(encode(t, points(part, 3, 0, 1), Binary))
	replace := func(old, new string) string { return strings.Replace(head, old, new, 1) }
	list := "ply\nformat binary_little_endian 1.0\nelement a 1\nproperty list char float v\nelement vertex 0\nproperty int x\nproperty int y\nproperty int z\nend_header\n"
	for _, c := range []struct{ data, want string }{
		{"", "empty; a PLY file begins with the line ply"},
		{"solid cube\n", "not a PLY file: its first line is not ply"},
		{head[:38], "line 4: truncated within the header; it ends with end_header"},
		{replace("1.0", "1.1"), `line 2: "format ascii 1.1": ascii, binary_little_endian or binary_big_endian, and 1.0, are right`},
		{replace("format ascii 1.0\n", ""), "line 6: the header says no format; as in format binary_little_endian 1.0"},
		{replace("2", "-2"), `line 3: "element vertex -2": a number from 0 to 1073741824 is right`},
		{replace("2", "99999999999999999999"), `line 3: "element vertex 99999999999999999999": a number from 0 to 1073741824 is right`},
		{replace("2", "100000000") + "1 2 3\n", "100000000 points; at most 67108864 are read"},
		{replace("float x", "flaot x"), `line 4: "property flaot x": type flaot; char, uchar, short, ushort, int, uint, float or double is right`},
		{replace("float y", "float x"), `line 5: "property float x": a second property x`},
		{replace("float z", "float w"), "element vertex has no property z; a point has x, y and z"},
		{replace("float z", "list float int z"), `line 6: "property list float int z": a list whose length is a float; a whole number is right`},
		{replace("element vertex 2", "element face 2"), "no element vertex in the header; a cloud has one, with x, y and z"},
		{replace("element vertex 2\n", ""), `line 3: "property float x": it belongs to no element; a line element stands before it`},
		{replace("element vertex", "elephant"), `line 3: "elephant 2": format, element, property, comment, obj_info or end_header is right`},
		{head + "1 2 3\n", "line 9: truncated: element vertex has 2 records"},
		{head + "1 2 3\n4 5\n", `line 9: "4 5": z is missing; a record of element vertex has 3 properties`},
		{head + "1 2 3\n4 5 6 7\n", `line 9: "4 5 6 7": more values than the properties of element vertex`},
		{head + "1 2 3\n4 five 6\n", `line 9: "4 five 6": "five" is not a number, and y is one`},
		{head + strings.Repeat("1", 70000), "line 8: longer than 65536 bytes"},
		{bin[:len(bin)-5], fmt.Sprintf("byte %d: truncated: element vertex has 3 records", len(bin)-5)},
		{list + "\xff", "byte 148: list v has the length -1; it is not negative"},
		{list + "\x05", "byte 149: truncated: element a has 1 records"},
	} {
		_, err := ReadPLY(strings.NewReader(c.data))
		if err == nil || err.Error() != c.want {
			t.Errorf("%.60q:\n got %v\nwant %s", c.data, err, c.want)
		}
	}
}

// Draco is Google's; its programs read PLY, and write it with the values as they were when nothing is quantized.
func TestAnotherProgramReadsOurPLYAndWeReadIts(t *testing.T) {
	for _, program := range []string{"draco_encoder", "draco_decoder"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("draco is not installed")
		}
	}
	dir := t.TempDir()
	for _, f := range []Format{Binary, Text} {
		want := full(1000)
		ours, between, theirs := filepath.Join(dir, "ours.ply"), filepath.Join(dir, "between.drc"), filepath.Join(dir, "theirs.ply")
		if err := SavePLY(ours, want, f); err != nil {
			t.Fatal(err)
		}
		for _, call := range [][]string{
			{"draco_encoder", "-point_cloud", "-i", ours, "-o", between, "-qp", "0", "-qn", "0", "-cl", "0"}, // 0: the order stays
			{"draco_decoder", "-i", between, "-o", theirs},
		} {
			if out, err := exec.Command(call[0], call[1:]...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %v: %s", call, err, out)
			}
		}
		got, err := LoadPLY(theirs)
		if err != nil {
			t.Fatal(err)
		}
		want.Deviation = nil // Draco drops what it does not know
		nearly(t, got, want)
	}
}

func TestACaptureBecomesACloudWithItsColours(t *testing.T) {
	k := bolt(64, 48)
	ck := align.Camera{W: 80, H: 60, FX: 40, FY: 40, CX: 39.5, CY: 29.5}
	c := &capture.Capture{Depth: wall(k, 600), DepthK: k, ColorK: ck, Color: align.Image{W: 80, H: 60, Pix: make([]byte, 3*80*60)},
		DepthInColor: kinematics.Translation(-0.03, 0, 0), Pose: kinematics.Identity(), Mask: make([]byte, 64*48)}
	for i := range c.Mask {
		c.Mask[i] = byte(i % 2)
	}
	for i := range 80 * 60 { // red in the left half of the colour image, blue in the right one
		c.Color.Pix[3*i+2*(i%80/40)] = 200
	}
	got, err := FromCapture(c)
	if err != nil {
		t.Fatal(err)
	}
	if got.Len() != 64*48/2 || !got.HasNormals() {
		t.Fatalf("%d points", got.Len())
	}
	for i := range got.X {
		// A point of the depth frame lies 30 mm further left in the colour camera's.
		x := float64(got.X[i]) - 30
		red, blue := got.Color[3*i], got.Color[3*i+2]
		if x < -20 && x > -400 && math.Abs(float64(got.Y[i])) < 300 && (red < 190 || blue > 10) || x > 20 && x < 400 && math.Abs(float64(got.Y[i])) < 300 && (blue < 190 || red > 10) {
			t.Fatalf("at %v it is %v", got.at(i), got.Color[3*i:3*i+3])
		}
	}
}

// FuzzReadPLY: whatever is read can be written, and reads the same again.
func FuzzReadPLY(f *testing.F) {
	f.Add(encode(f, full(3), Binary))
	f.Add(encode(f, full(3), Text))
	f.Add([]byte(strange))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadPLY(bytes.NewReader(data))
		if err != nil {
			return
		}
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		again, err := ReadPLY(bytes.NewReader(encode(t, c, Text)))
		if err != nil {
			t.Fatal(err)
		}
		if again.Len() != c.Len() || again.HasNormals() != c.HasNormals() || !bytes.Equal(again.Color, c.Color) {
			t.Error("it reads otherwise")
		}
	})
}
