package capture

import (
	"archive/zip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision/align"
)

// Save writes c to a .npz file: all of it, or the file stays as it was. What cannot be read again is not
// written; the error says why.
func (c *Capture) Save(path string) error {
	if err := WriteFile(path, c.Write); err != nil {
		return fmt.Errorf("capture %s: %w", path, err)
	}
	return nil
}

// WriteFile lets write make a file beside its place, and puts it there when it is complete and on the disk. When
// that fails, what was at path stays as it was, and nothing else is left. What is there and no file, as a
// folder or a device, is not replaced.
func WriteFile(path string, write func(io.Writer) error) (err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return errors.New("a folder or a device is there; the name of a file is right")
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		var e *fs.PathError
		if errors.As(err, &e) { // which names a file that nobody asked for
			err = fmt.Errorf("no file can be made in %s: %w", filepath.Dir(path), e.Err)
		}
		return err
	}
	if err = write(f); err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = f.Chmod(0o644)
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Write writes c as a .npz archive, as numpy.savez would: arrays stored as they are, so that they can be mapped
// into memory, little-endian, in C order.
func (c *Capture) Write(w io.Writer) error {
	if err := c.Check(); err != nil {
		return err
	}
	meta, err := json.Marshal(c.Meta)
	if err != nil {
		return fmt.Errorf("array meta: %w", err)
	}
	a := packer{z: zip.NewWriter(w)}
	d := c.Depth
	z := make([]float32, len(d.Z))
	copy(z, d.Z)
	clean(z)
	a.add("depth", "<f4", appendFloats(nil, z), d.H, d.W)
	a.bytes("mask", c.Mask, d.H, d.W)
	a.bytes("confidence", c.Confidence, d.H, d.W)
	a.floats("sigma", c.Sigma, d.H, d.W)
	if c.Near != nil {
		a.add("tolerance", "<f4", appendFloats(appendFloats(nil, c.Near), c.Far), 2, d.H, d.W)
	}
	a.camera("depth", c.DepthK)
	if c.Colored() {
		a.bytes("color", c.Color.Pix, c.Color.H, c.Color.W, 3)
	}
	if c.ColorK != (align.Camera{}) {
		a.camera("color", c.ColorK)
		a.pose("depth_in_color", c.DepthInColor)
	}
	if c.Posed {
		a.pose("pose", c.Pose)
	}
	text := []rune(string(meta))
	var wide []byte
	for _, r := range text {
		wide = binary.LittleEndian.AppendUint32(wide, uint32(r))
	}
	a.add("meta", fmt.Sprintf("<U%d", len(text)), wide)
	if a.err != nil {
		return a.err
	}
	return a.z.Close()
}

// packer writes arrays into an archive; its first error stays.
type packer struct {
	z   *zip.Writer
	err error
}

// add writes an array. Sizes and checksum stand before the values, because some readers in C++ look for them
// there only; there is no date, so that equal captures give equal bytes.
func (p *packer) add(name, descr string, values []byte, shape ...int) {
	if p.err != nil {
		return
	}
	head := appendHeader(nil, descr, shape...)
	sum := crc32.Update(crc32.ChecksumIEEE(head), crc32.IEEETable, values)
	size := uint64(len(head) + len(values))
	w, err := p.z.CreateRaw(&zip.FileHeader{Name: name + ".npy", Method: zip.Store, CRC32: sum,
		CompressedSize64: size, UncompressedSize64: size})
	if err == nil {
		_, err = w.Write(head)
	}
	if err == nil {
		_, err = w.Write(values)
	}
	p.err = err
}

func (p *packer) bytes(name string, values []byte, shape ...int) {
	if values != nil {
		p.add(name, "|u1", values, shape...)
	}
}

func (p *packer) floats(name string, values []float32, shape ...int) {
	if values != nil {
		p.add(name, "<f4", appendFloats(nil, values), shape...)
	}
}

func (p *packer) camera(name string, c align.Camera) {
	p.numbers(name+"_K", []float64{c.FX, 0, c.CX, 0, c.FY, c.CY, 0, 0, 1}, 3, 3)
	p.numbers(name+"_distortion", []float64{c.K1, c.K2, c.P1, c.P2, c.K3, c.K4, c.K5, c.K6}, 8)
	var size []byte
	for _, v := range []int{c.W, c.H} {
		size = binary.LittleEndian.AppendUint64(size, uint64(v))
	}
	p.add(name+"_size", "<i8", size, 2)
}

func (p *packer) pose(name string, at kinematics.Pose) {
	r, t := at.R, at.P
	p.numbers(name, []float64{
		r[0], r[1], r[2], t[0],
		r[3], r[4], r[5], t[1],
		r[6], r[7], r[8], t[2],
		0, 0, 0, 1}, 4, 4)
}

func (p *packer) numbers(name string, values []float64, shape ...int) {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	p.add(name, "<f8", b, shape...)
}

func appendFloats(b []byte, values []float32) []byte {
	if b == nil {
		b = make([]byte, 0, 4*len(values))
	}
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}
