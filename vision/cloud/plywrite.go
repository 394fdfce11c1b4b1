package cloud

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
)

// WritePLY writes a cloud as PLY: x y z, and where there are any nx ny nz, red green blue, and the deviation under the
// name quality, which is where MeshLab and its kin look for a number to colour by. Text holds the shortest
// numbers that read back the same.
func WritePLY(w io.Writer, c *Cloud, f Format) error {
	if err := c.Check(); err != nil {
		return err
	}
	name := "binary_little_endian"
	if f == Text {
		name = "ascii"
	}
	b := fmt.Appendf(make([]byte, 0, 1<<16), "ply\nformat %s 1.0\ncomment written by linetwin\nelement vertex %d\nproperty float x\nproperty float y\nproperty float z\n", name, c.Len())
	floats := [][]float32{c.X, c.Y, c.Z}
	if c.HasNormals() {
		b = append(b, "property float nx\nproperty float ny\nproperty float nz\n"...)
		floats = append(floats, c.NX, c.NY, c.NZ)
	}
	if c.Color != nil {
		b = append(b, "property uchar red\nproperty uchar green\nproperty uchar blue\n"...)
	}
	if c.Deviation != nil {
		b = append(b, "property float quality\n"...)
	}
	b = append(b, "end_header\n"...)
	for i := range c.X {
		if len(b) > 1<<16-512 {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
		if f == Text {
			b = c.appendText(b, floats, i)
			continue
		}
		for _, s := range floats {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(s[i]))
		}
		if c.Color != nil {
			b = append(b, c.Color[3*i:3*i+3]...)
		}
		if c.Deviation != nil {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(c.Deviation[i]))
		}
	}
	_, err := w.Write(b)
	return err
}

// appendText writes a point as a line.
func (c *Cloud) appendText(b []byte, floats [][]float32, i int) []byte {
	for _, s := range floats {
		b = append(strconv.AppendFloat(b, float64(s[i]), 'g', -1, 32), ' ')
	}
	if c.Color != nil {
		for _, v := range c.Color[3*i : 3*i+3] {
			b = append(strconv.AppendUint(b, uint64(v), 10), ' ')
		}
	}
	if c.Deviation != nil {
		b = append(strconv.AppendFloat(b, float64(c.Deviation[i]), 'g', -1, 32), ' ')
	}
	b[len(b)-1] = '\n'
	return b
}
