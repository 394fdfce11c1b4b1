package capture

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// archive is a .npz file that is open for reading. Its first error stays: what is read after it
// is empty.
type archive struct {
	files map[string]*zip.File
	err   error
}

// mostExpansion is more than deflate can do: 258 bytes for two bits.
const mostExpansion = 1040

// mostArrays bounds the number of files in an archive.
const mostArrays = 1000

func openArchive(r io.ReaderAt, size int64) (*archive, error) {
	if size == 0 {
		return nil, errors.New("empty; a .npz archive as numpy.savez writes is right")
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("truncated, damaged, or not a .npz archive as numpy.savez writes: %w", err)
	}
	if len(z.File) > mostArrays {
		return nil, fmt.Errorf("%d arrays; at most %d are read", len(z.File), mostArrays)
	}
	a := &archive{files: map[string]*zip.File{}}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue // what else is in the file concerns others
		}
		if a.files[name] != nil {
			return nil, fmt.Errorf("array %s: it is there twice", name)
		}
		if f.UncompressedSize64 > uint64(size)*mostExpansion {
			return nil, fmt.Errorf("array %s: it claims %d bytes, which a file of %d cannot hold", name, f.UncompressedSize64, size)
		}
		a.files[name] = f
	}
	return a, nil
}

func (a *archive) has(name string) bool { return a.err == nil && a.files[name] != nil }

// read opens an array, checks it, and lets use read its values. It fails when there is no such array, when
// the archive says another length than the shape needs, and when the checksum is wrong.
func (a *archive) read(name, want string, check func(h header, k kind) error, use func(r io.Reader, h header, k kind) error) {
	if a.err != nil {
		return
	}
	if err := a.open(name, want, check, use); err != nil {
		a.err = fmt.Errorf("array %s: %w", name, err)
	}
}

func (a *archive) open(name, want string, check func(h header, k kind) error, use func(r io.Reader, h header, k kind) error) error {
	f := a.files[name]
	if f == nil {
		return fmt.Errorf("it is missing; %s is right", want)
	}
	file, err := f.Open()
	if err != nil {
		return damaged(err)
	}
	defer file.Close()
	count := &counter{r: file}
	r := bufio.NewReaderSize(count, 1<<16)
	h, err := readHeader(r)
	if err != nil {
		return err
	}
	k, err := kindOf(h.descr)
	if err == nil {
		err = check(h, k)
	}
	if err != nil {
		return fmt.Errorf("%w; %s is right", err, want)
	}
	size := int64(k.size)
	if k.name[0] == 'U' {
		size *= 4
	}
	for _, n := range h.shape {
		size *= int64(n)
	}
	begin := count.n - int64(r.Buffered())
	if got := int64(f.UncompressedSize64) - begin; got != size {
		return fmt.Errorf("%d bytes of values; %v of type %v has %d", got, h.shapeText(), k, size)
	}
	if err := use(r, h, k); err != nil {
		return damaged(err)
	}
	// The end of the file is where the checksum is looked at.
	if n, err := io.Copy(io.Discard, r); err != nil {
		return damaged(err)
	} else if n > 0 {
		return fmt.Errorf("%d bytes more than its shape needs", n)
	}
	return nil
}

func damaged(err error) error {
	switch {
	case errors.Is(err, zip.ErrChecksum):
		return errors.New("damaged: its checksum is wrong")
	case errors.Is(err, zip.ErrAlgorithm):
		return errors.New("compressed in a way that numpy does not use; stored or deflated is right")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errTruncated
	}
	return err
}

// counter tells how much was read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// shapeText is a shape as people write it.
func (h header) shapeText() string {
	if len(h.shape) == 0 {
		return "one value"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(h.shape), " ", " x "), "[]")
}

// shaped fails unless an array has these sides; 0 stands for any.
func (h header) shaped(sides ...int) error {
	ok := len(h.shape) == len(sides)
	for i := 0; ok && i < len(sides); i++ {
		ok = sides[i] == 0 || h.shape[i] == sides[i]
	}
	if !ok {
		return fmt.Errorf("it has %s", h.sidesText())
	}
	return nil
}

func (h header) sidesText() string {
	if len(h.shape) == 0 {
		return "one value, without a shape"
	}
	return "the shape " + h.shapeText()
}

// typed fails unless an array has one of these types.
func typed(k kind, names ...string) error {
	for _, n := range names {
		if k.name == n {
			return nil
		}
	}
	return fmt.Errorf("it has type %v", k)
}

// floats reads an array of real numbers of these sides.
func (a *archive) floats(name, want string, sides ...int) []float64 {
	var out []float64
	a.read(name, want, func(h header, k kind) error {
		if k.number() == nil {
			return fmt.Errorf("it has type %v", k)
		}
		return h.shaped(sides...)
	}, func(r io.Reader, h header, k kind) error {
		n := 1
		for _, side := range h.shape {
			n *= side
		}
		out = make([]float64, n)
		return readFloats(r, h, k, out)
	})
	return out
}

// plane reads float32 for w x h pixels.
func (a *archive) plane(name string, w, h int) []float32 {
	if !a.has(name) {
		return nil
	}
	var out []float32
	a.read(name, fmt.Sprintf("float32 or float64, %d x %d as depth", h, w), func(head header, k kind) error {
		if err := typed(k, "f4", "f8"); err != nil {
			return err
		}
		return head.shaped(h, w)
	}, func(r io.Reader, head header, k kind) error {
		out = make([]float32, w*h)
		return readFloats(r, head, k, out)
	})
	return out
}

// bytePlane reads bytes for w x h pixels.
func (a *archive) bytePlane(name string, w, h int) []byte {
	if !a.has(name) {
		return nil
	}
	var out []byte
	a.read(name, fmt.Sprintf("uint8 or bool, %d x %d as depth", h, w), func(head header, k kind) error {
		if err := typed(k, "u1", "b1"); err != nil {
			return err
		}
		return head.shaped(h, w)
	}, func(r io.Reader, head header, _ kind) error {
		out = make([]byte, w*h)
		return readBytes(r, head, out)
	})
	return out
}
