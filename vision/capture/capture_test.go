package capture

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision/align"
)

// sample is a capture with everything that there can be.
func sample() *Capture {
	const w, h = 7, 5
	rng := rand.New(rand.NewPCG(1, 2))
	c := &Capture{
		Depth:  align.Depth{W: w, H: h, Z: make([]float32, w*h)},
		DepthK: align.Camera{W: w, H: h, FX: 505.28, FY: 505.3, CX: 3.25, CY: 2, K1: 8.69, K2: 4.468, K3: 0.1729, K4: 9.017, K5: 7.379, K6: 1.056, P1: 1e-4, P2: -5e-5},
		Color:  align.Image{W: 4, H: 3, Pix: make([]byte, 36)},
		ColorK: align.Camera{W: 4, H: 3, FX: 370, FY: 371, CX: 1.5, CY: 1, K1: 0.0784},

		DepthInColor: kinematics.FromRPY([3]float64{-0.0325, -0.001, 0.0019}, [3]float64{-0.11, 0, 0.002}),
		Pose:         kinematics.FromRPY([3]float64{0, 0, 0.9}, [3]float64{math.Pi, 0, 0}), Posed: true,
		Meta: Meta{Camera: "top", Model: "femto-bolt", Serial: "CL8FC3100RM", Mode: "NFOV unbinned", Exposure: 0.008, Gain: 2.5,
			Seq: 17, Exposed: 1.25, Arrived: 1.28, Stamp: 4711.5, Taken: "2026-11-22T07:00:00Z", Frames: 30, Noise: 1.7, Note: "Flasche \"A\", 瓶 <1>"},
	}
	for i := range c.Depth.Z {
		c.Depth.Z[i] = 800 + rng.Float32()
		c.Mask = append(c.Mask, byte(i%2))
		c.Confidence = append(c.Confidence, byte(rng.IntN(256)))
		c.Sigma = append(c.Sigma, rng.Float32())
		c.Near = append(c.Near, rng.Float32())
		c.Far = append(c.Far, rng.Float32()+1)
	}
	c.Depth.Z[3], c.Far[4] = 0, float32(math.Inf(1))
	for i := range c.Color.Pix {
		c.Color.Pix[i] = byte(rng.IntN(256))
	}
	return c
}

func encode(t testing.TB, c *Capture) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(b []byte) (*Capture, error) { return Read(bytes.NewReader(b), int64(len(b))) }

func TestWhatIsWrittenIsReadBackTheSame(t *testing.T) {
	c := sample()
	bare := &Capture{Depth: c.Depth, DepthK: c.DepthK, DepthInColor: kinematics.Identity(), Pose: kinematics.Identity()}
	for _, c := range []*Capture{c, bare} {
		data := encode(t, c)
		got, err := decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, got); diff != "" {
			t.Error(diff)
		}
		if !bytes.Equal(data, encode(t, got)) {
			t.Error("equal captures gave other bytes")
		}
	}
}

func TestADepthThatIsNoneIsStoredAsZero(t *testing.T) {
	c := sample()
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	copy(c.Depth.Z, []float32{nan, -1, inf, -inf, 5})
	got, err := decode(encode(t, c))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{0, 0, 0, 0, 5}, got.Depth.Z[:5]); diff != "" {
		t.Error(diff)
	}
	if !math.IsNaN(float64(c.Depth.Z[0])) {
		t.Error("writing changed the capture")
	}
}

func TestSavingPutsAllOfAFileInItsPlaceOrNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "good.npz")
	c := sample()
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	c.Sigma[2] = -1
	err := c.Save(path)
	want := "capture " + path + ": array sigma: -1 mm at pixel 2, 0; a standard deviation is not negative"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if err := WriteFile(path, func(w io.Writer) error {
		_, _ = w.Write(before[:100])
		return errors.New("the disk is full")
	}); err == nil {
		t.Error("an error was lost")
	}
	after, _ := os.ReadFile(path)
	if !bytes.Equal(before, after) {
		t.Error("the file changed")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%v is in the folder", entries)
	}
	if err := c.Save(filepath.Join(dir, "no", "good.npz")); err == nil {
		t.Error("a file was saved in a folder that is not there")
	}
}

// change rewrites an archive: use gives the new bytes of each array, nil to leave it out.
func change(t testing.TB, data []byte, method uint16, use func(name string, b []byte) []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if b = use(strings.TrimSuffix(f.Name, ".npy"), b); b == nil {
			continue
		}
		e, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: method})
		if err == nil {
			_, err = e.Write(b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func same(_ string, b []byte) []byte { return b }

// with1 replaces one array, or leaves it out.
func with1(name string, b []byte) func(string, []byte) []byte {
	return func(n string, old []byte) []byte {
		if n == name {
			return b
		}
		return old
	}
}

func TestACompressedArchiveReadsTheSame(t *testing.T) {
	got, err := decode(change(t, encode(t, sample()), zip.Deflate, same))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), got); diff != "" {
		t.Error(diff)
	}
}

// npy is an array with any header.
func npy(header string, values ...byte) []byte {
	text := header + "\n"
	return append([]byte("\x93NUMPY\x01\x00"+string([]byte{byte(len(text)), byte(len(text) >> 8)})+text), values...)
}

func TestOtherTypesAndOrdersOfDepthAreConverted(t *testing.T) {
	c := &Capture{Depth: align.Depth{W: 3, H: 2, Z: []float32{1, 2, 3, 4, 5, 256}}, DepthInColor: kinematics.Identity(),
		DepthK: align.Camera{W: 3, H: 2, FX: 10, FY: 10}}
	data := encode(t, c)
	for _, a := range []struct {
		header string
		values string
	}{
		{"{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", "\x3f\x80\x00\x00\x40\x00\x00\x00\x40\x40\x00\x00\x40\x80\x00\x00\x40\xa0\x00\x00\x43\x80\x00\x00"},
		{"{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), }", "\x01\x00\x02\x00\x03\x00\x04\x00\x05\x00\x00\x01"},
		{`{"shape": (2,3), "fortran_order":True,"descr":">u2"}`, "\x00\x01\x00\x04\x00\x02\x00\x05\x00\x03\x01\x00"},
	} {
		got, err := decode(change(t, data, zip.Store, with1("depth", npy(a.header, []byte(a.values)...))))
		if err != nil {
			t.Errorf("%s: %v", a.header, err)
		} else if diff := cmp.Diff(c.Depth, got.Depth); diff != "" {
			t.Errorf("%s: %s", a.header, diff)
		}
	}
}

func TestAFileThatIsWrongIsRefusedInOneClearSentence(t *testing.T) {
	good := encode(t, sample())
	swap := func(name string, b []byte) []byte { return change(t, good, zip.Store, with1(name, b)) }
	zeros := make([]byte, 35*8)
	flipped := bytes.Clone(good)
	flipped[200] ^= 1 // among the values of depth, which comes first
	huge := npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4000, 4000), }", zeros...)
	double := change(t, good, zip.Store, same)
	double = bytes.ReplaceAll(double, []byte("sigma.npy"), []byte("depth.npy"))
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"an empty file", nil, "empty; a .npz archive as numpy.savez writes is right"},
		{"text", []byte("depth"), "truncated, damaged, or not a .npz archive as numpy.savez writes: zip: not a valid zip file"},
		{"half a file", good[:len(good)/2], "truncated, damaged, or not a .npz archive as numpy.savez writes: zip: not a valid zip file"},
		{"a flipped bit", flipped, "array depth: damaged: its checksum is wrong"},
		{"two of one name", double, "array depth: it is there twice"},
		{"no depth", swap("depth", nil), "array depth: it is missing; " + wantDepth + " is right"},
		{"no lens", swap("depth_K", nil), "array depth_K: it is missing; float64, 3 x 3, as OpenCV's camera matrix, is right"},
		{"no place between cameras", swap("depth_in_color", nil),
			"array depth_in_color: it is missing; float64, 4 x 4, a rotation beside a translation in metres over 0 0 0 1, is right"},
		{"complex depth", swap("depth", npy("{'descr': '<c8', 'fortran_order': False, 'shape': (5, 7), }", zeros...)),
			"array depth: it has type complex64; " + wantDepth + " is right"},
		{"objects", swap("depth", npy("{'descr': '|O', 'fortran_order': False, 'shape': (5, 7), }", zeros...)),
			"array depth: it has type object; " + wantDepth + " is right"},
		{"records", swap("depth", npy("{'descr': [('z', '<f4')], 'fortran_order': False, 'shape': (5, 7), }", zeros...)),
			`array depth: damaged header "{'descr': [('z', '<f4')], 'fortran_order': False, 'shape': (5, 7), }": it has records; plain numbers are right`},
		{"three dimensions", swap("depth", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (5, 7, 1), }", zeros...)),
			"array depth: it has the shape 5 x 7 x 1; " + wantDepth + " is right"},
		{"no pixels", swap("depth", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 7), }")),
			"array depth: an image of 7 x 0, and each side has from 1 to 4096 pixels; " + wantDepth + " is right"},
		{"too large", swap("depth", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (5000, 7), }")),
			"array depth: an image of 7 x 5000, and each side has from 1 to 4096 pixels; " + wantDepth + " is right"},
		{"more than can be", swap("depth", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (5000000000, 7), }")),
			`array depth: damaged header "{'descr': '<f4', 'fortran_order': False, 'shape': (5000000000, 7), }": a side of 5000000000; at most 1073741824 are read`},
		{"larger than the file", swap("depth", huge), "array depth: 280 bytes of values; 4000 x 4000 of type float32 has 64000000"},
		{"a version to come", swap("depth", []byte("\x93NUMPY\x04\x00\x00\x00")), "array depth: version 4.0 of the .npy format; versions 1 to 3 can be read"},
		{"no array", swap("depth", []byte("depth of 5 x 7")), `array depth: not a .npy array: it begins with "depth "; \x93NUMPY is right`},
		{"a header cut", swap("depth", npy("{'descr'")[:15]), "array depth: truncated within its header"},
		{"a mask of another size", swap("mask", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (5, 8), }", zeros[:40]...)),
			"array mask: it has the shape 5 x 8; uint8 or bool, 5 x 7 as depth is right"},
		{"grey", swap("color", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3, 4), }", zeros[:12]...)),
			"array color: it has the shape 3 x 4; uint8, rows x columns x 3 in the order red, green, blue is right"},
		{"a pose that stretches", swap("pose", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (4, 4), }", 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)),
			"array pose: rotation [2 0 0 0 1 0 0 0 1] is not orthonormal and right-handed; float64, 4 x 4, a rotation beside a translation in metres over 0 0 0 1, is right"},
		{"a lens upside down", swap("depth_K", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3, 3), }", 0, 0, 0, 0, 0, 0, 0, 0, 1)),
			"array depth_K or depth_distortion: focal lengths 0 and 0 pixels; they are at least 1"},
		{"another size", swap("depth_size", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", 5, 7)),
			"array depth_size: 5 x 7; array depth has 7 x 5 pixels"},
		{"a tilted sensor", swap("depth_distortion", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 14), }", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0)),
			"array depth_distortion: it has a thin prism or a tilted sensor, which are not known here; 4, 5 or 8 numbers, k1 k2 p1 p2 k3 k4 k5 k6, is right"},
		{"a negative tolerance", swap("tolerance", npy("{'descr': '>f8', 'fortran_order': False, 'shape': (5, 7), }", append([]byte{0xbf, 0xf0}, zeros[2:]...)...)),
			"array tolerance: -1 and -1 mm at pixel 0, 0; a tolerance is not negative"},
		{"no JSON", swap("meta", npy("{'descr': '|S3', 'fortran_order': False, 'shape': (), }", []byte("{a}")...)),
			"array meta: not the JSON that is wanted: invalid character 'a' looking for beginning of object key string"},
	} {
		_, err := decode(c.data)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
	}
}

func TestAZipBombTakesNoMemory(t *testing.T) {
	// 60 MB of zeros in 60 kB, which say that they are an image; and one that claims to be.
	bomb := change(t, encode(t, sample()), zip.Deflate, with1("depth", npy("{'descr': '|b1', 'fortran_order': False, 'shape': (60000000,), }", make([]byte, 60_000_000)...)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := decode(bomb)
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Error("it was read")
	}
	allocated := after.TotalAlloc - before.TotalAlloc
	if allocated > 1<<20 {
		t.Errorf("%d bytes were taken", allocated)
	}
}

func TestAFileThatIsNotThereIsSaidSo(t *testing.T) {
	_, err := Load("none.npz")
	if want := "capture none.npz: there is no such file"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.HasSuffix(err.Error(), ": not a file") {
		t.Error(err)
	}
}

func TestAToleranceMapStandsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.npz")
	only := func(name string, b []byte) []byte {
		if name == "tolerance" {
			return b
		}
		return nil
	}
	if err := os.WriteFile(path, change(t, encode(t, sample()), zip.Store, only), 0o644); err != nil {
		t.Fatal(err)
	}
	tol, err := LoadTolerance(path, 7, 5)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]float32{sample().Near, sample().Far}, [][]float32{tol.Near, tol.Far}); diff != "" {
		t.Error(diff)
	}
	_, err = LoadTolerance(path, 5, 5)
	want := "capture " + path + ": array tolerance: it has the shape 2 x 5 x 7; float32 or float64 in mm, 5 x 5 as depth, or 2 x 5 x 5 for near and far, is right"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// FuzzRead: whatever is read can be written, and reads the same again.
func FuzzRead(f *testing.F) {
	good := encode(f, sample())
	f.Add(good)
	f.Add(good[:len(good)-30])
	f.Add(change(f, good, zip.Deflate, same))
	f.Add(change(f, good, zip.Store, with1("color", nil)))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := decode(data)
		if err != nil {
			return
		}
		again, err := decode(encode(t, c))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Error(diff)
		}
	})
}

// FuzzHeader looks at what a checksum keeps FuzzRead from.
func FuzzHeader(f *testing.F) {
	f.Add("{'descr': '<f4', 'fortran_order': False, 'shape': (5, 7), }", []byte("1234"))
	f.Add("{'shape': (), 'fortran_order': True, 'descr': '|S3'}", []byte("{ }"))
	good := encode(f, sample())
	f.Fuzz(func(t *testing.T, header string, values []byte) {
		if len(header) > 10_000 {
			return
		}
		for _, name := range []string{"depth", "meta", "color", "tolerance", "depth_distortion"} {
			c, err := decode(change(t, good, zip.Store, with1(name, npy(header, values...))))
			if err == nil {
				err = c.Check()
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("%q has more than a line", err)
			}
		}
	})
}
