package capture

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/depth"
)

// Load reads a capture from a .npz file. The error names the file, the array and what would be right.
func Load(path string) (*Capture, error) {
	var c *Capture
	err := with(path, func(f *os.File, size int64) (err error) {
		c, err = Read(f, size)
		return err
	})
	return c, err
}

// with opens a file for reading.
func with(path string, use func(f *os.File, size int64) error) error {
	f, size, err := OpenFile(path)
	if err == nil {
		defer f.Close()
		err = use(f, size)
	}
	if err != nil {
		return fmt.Errorf("capture %s: %w", path, err)
	}
	return nil
}

// OpenFile opens a file for reading and tells its size. The error does not name it, and says what is there
// instead of one: a pipe that nobody writes to is not waited for.
func OpenFile(path string) (f *os.File, size int64, err error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, 0, errors.New("not a file")
	}
	if err == nil {
		f, err = os.Open(path)
	}
	var e *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, errors.New("there is no such file")
	case errors.As(err, &e):
		return nil, 0, e.Err
	case err != nil:
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// Read reads a capture as Load does, from a .npz archive of size bytes. What it takes of memory is bounded
// by the images' largest sizes and, before they are looked at, by 1040 times size.
func Read(r io.ReaderAt, size int64) (*Capture, error) {
	a, err := openArchive(r, size)
	if err != nil {
		return nil, err
	}
	c := &Capture{DepthInColor: kinematics.Identity(), Pose: kinematics.Identity()}
	c.Depth = a.depth()
	w, h := c.Depth.W, c.Depth.H
	c.DepthK = a.camera("depth", w, h)
	c.Mask, c.Confidence = a.bytePlane("mask", w, h), a.bytePlane("confidence", w, h)
	c.Sigma = a.plane("sigma", w, h)
	c.Near, c.Far = a.tolerance(w, h)
	c.Color = a.color()
	if c.Colored() || a.has("color_K") {
		c.ColorK = a.camera("color", c.Color.W, c.Color.H)
		c.DepthInColor = a.pose("depth_in_color")
	}
	if c.Posed = a.has("pose"); c.Posed {
		c.Pose = a.pose("pose")
	}
	if a.has("meta") {
		c.Meta = a.meta()
	}
	if a.err != nil {
		return nil, a.err
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	return c, nil
}

const wantDepth = "float32 or float64 in mm, or uint16 in mm, rows x columns"

func (a *archive) depth() align.Depth {
	var d align.Depth
	a.read("depth", wantDepth, func(h header, k kind) error {
		if err := typed(k, "f4", "f8", "u2"); err != nil {
			return err
		}
		if err := h.shaped(0, 0); err != nil {
			return err
		}
		if h, w := h.shape[0], h.shape[1]; w < 1 || h < 1 || w > mostDepthSide || h > mostDepthSide {
			return fmt.Errorf("an image of %d x %d, and each side has from 1 to %d pixels", w, h, mostDepthSide)
		}
		return nil
	}, func(r io.Reader, h header, k kind) error {
		d = align.Depth{W: h.shape[1], H: h.shape[0], Z: make([]float32, h.shape[0]*h.shape[1])}
		err := readFloats(r, h, k, d.Z)
		clean(d.Z)
		return err
	})
	return d
}

func (a *archive) color() align.Image {
	var m align.Image
	if !a.has("color") {
		return m
	}
	a.read("color", "uint8, rows x columns x 3 in the order red, green, blue", func(h header, k kind) error {
		if err := typed(k, "u1"); err != nil {
			return err
		}
		if err := h.shaped(0, 0, 3); err != nil {
			return err
		}
		return checkColorSize(h.shape[1], h.shape[0])
	}, func(r io.Reader, h header, _ kind) error {
		m = align.Image{W: h.shape[1], H: h.shape[0], Pix: make([]byte, 3*h.shape[0]*h.shape[1])}
		return readBytes(r, h, m.Pix)
	})
	return m
}

// camera reads the lens of the depth or the colour camera, whose image has w x h pixels, or whose size
// the file tells when there is none.
func (a *archive) camera(name string, w, h int) align.Camera {
	c := align.Camera{W: w, H: h}
	k := a.floats(name+"_K", "float64, 3 x 3, as OpenCV's camera matrix,", 3, 3)
	if k != nil && a.err == nil && (k[1] != 0 || k[3] != 0 || k[6] != 0 || k[7] != 0 || k[8] != 1) {
		a.err = fmt.Errorf("array %s_K: %v; fx 0 cx, 0 fy cy, 0 0 1 is right", name, k)
	}
	if k != nil {
		c.FX, c.CX, c.FY, c.CY = k[0], k[2], k[4], k[5]
	}
	if a.has(name + "_distortion") {
		a.distortion(name+"_distortion", &c)
	}
	if size := name + "_size"; a.has(size) || w == 0 {
		const want = "two whole numbers, width and height,"
		s := a.floats(size, want, 2)
		if a.err != nil {
			return c
		}
		if !whole(s[0]) || !whole(s[1]) {
			a.err = fmt.Errorf("array %s: %v; %s is right", size, s, want)
			return c
		}
		if sw, sh := int(s[0]), int(s[1]); w == 0 {
			c.W, c.H = sw, sh
		} else if sw != w || sh != h {
			a.err = fmt.Errorf("array %s: %d x %d; array %s has %d x %d pixels", size, sw, sh, name, w, h)
		}
	}
	return c
}

func whole(v float64) bool { return v == math.Trunc(v) && v >= 1 && v <= mostColorSide }

// distortion reads OpenCV's coefficients k1 k2 p1 p2 k3 k4 k5 k6.
func (a *archive) distortion(name string, c *align.Camera) {
	const want = "4, 5 or 8 numbers, k1 k2 p1 p2 k3 k4 k5 k6,"
	var n int
	a.read(name, want, func(h header, k kind) error {
		if k.number() == nil {
			return fmt.Errorf("it has type %v", k)
		}
		n = 1
		for _, side := range h.shape { // OpenCV writes 1 x 5 or 5 x 1
			n *= side
		}
		if len(h.shape) == 0 || n != 4 && n != 5 && n != 8 && n != 12 && n != 14 {
			return fmt.Errorf("it has %s", h.sidesText())
		}
		return nil
	}, func(r io.Reader, h header, k kind) error {
		d := make([]float64, 14)
		if err := readFloats(r, header{shape: h.shape}, k, d[:n]); err != nil {
			return err
		}
		for _, v := range d[8:] {
			if v != 0 {
				return fmt.Errorf("it has a thin prism or a tilted sensor, which are not known here; %s is right", want)
			}
		}
		c.K1, c.K2, c.P1, c.P2, c.K3, c.K4, c.K5, c.K6 = d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]
		return nil
	})
}

// pose reads a homogeneous matrix.
func (a *archive) pose(name string) kinematics.Pose {
	p := kinematics.Identity()
	const want = "float64, 4 x 4, a rotation beside a translation in metres over 0 0 0 1,"
	m := a.floats(name, want, 4, 4)
	if a.err != nil {
		return p
	}
	for r := range 3 {
		copy(p.R[3*r:3*r+3], m[4*r:])
		p.P[r] = m[4*r+3]
	}
	err := p.Check()
	if err == nil && (m[12] != 0 || m[13] != 0 || m[14] != 0 || m[15] != 1) {
		err = fmt.Errorf("its last row is %v", m[12:])
	}
	if err != nil {
		a.err = fmt.Errorf("array %s: %w; %s is right", name, err, want)
	}
	return p
}

func (a *archive) meta() Meta {
	var m Meta
	a.read("meta", "a JSON text, as numpy.array(json.dumps(...)),", func(header, kind) error { return nil }, func(r io.Reader, h header, k kind) error {
		text, err := readText(r, h, k)
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			return fmt.Errorf("not the JSON that is wanted: %w", err)
		}
		return nil
	})
	return m
}

// tolerance reads one value for each pixel, for both sides or for near and far.
func (a *archive) tolerance(w, h int) (near, far []float32) {
	if !a.has("tolerance") {
		return nil, nil
	}
	want := fmt.Sprintf("float32 or float64 in mm, %d x %d as depth, or 2 x %d x %d for near and far,", h, w, h, w)
	a.read("tolerance", want, func(head header, k kind) error {
		if err := typed(k, "f4", "f8"); err != nil {
			return err
		}
		if len(head.shape) == 3 {
			return head.shaped(2, h, w)
		}
		return head.shaped(h, w)
	}, func(r io.Reader, head header, k kind) error {
		both := make([]float32, w*h*(len(head.shape)-1)) // one or two
		err := readFloats(r, head, k, both)
		near, far = both[:w*h], both[len(both)-w*h:]
		return err
	})
	return near, far
}

// LoadTolerance reads a tolerance map for depth images of w x h pixels: the array tolerance of a .npz file, which
// may be a capture or hold nothing else.
func LoadTolerance(path string, w, h int) (depth.Tolerance, error) {
	var tol depth.Tolerance
	err := with(path, func(f *os.File, size int64) error {
		a, err := openArchive(f, size)
		if err != nil {
			return err
		}
		if !a.has("tolerance") {
			return fmt.Errorf("array tolerance: it is missing; float32 in mm, %d x %d, is right", h, w)
		}
		if tol.Near, tol.Far = a.tolerance(w, h); a.err != nil {
			return a.err
		}
		for i := range tol.Near {
			if !(tol.Near[i] >= 0) || !(tol.Far[i] >= 0) {
				return fmt.Errorf("array tolerance: %g and %g mm at pixel %d, %d; a tolerance is not negative", tol.Near[i], tol.Far[i], i%w, i/w)
			}
		}
		return nil
	})
	return tol, err
}
