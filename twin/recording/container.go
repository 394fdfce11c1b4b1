package recording

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/foxglove/mcap/go/mcap"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Limits of what is written and of what is believed when reading. A chunk is closed
// by the record that makes it longer than chunkSize.
const (
	chunkSize = 1 << 20
	maxRecord = 64 << 20
	maxChunk  = maxRecord + 2*chunkSize
)

// The errors of files that are no whole MCAP file.
var (
	errEmpty   = errors.New("it is empty; a run folder's recording is events.mcap")
	errForeign = errors.New("it is not an MCAP file; a run folder's recording is events.mcap")
	errCut     = errors.New("it is cut short: the run that wrote it did not come to its end, or the file was not copied whole; copy it again, or record the run again")
)

// container reads the records of an MCAP file from its first byte to its last, and
// trusts none of them: it compares the checksums of sections and chunks, and takes no
// memory that the file's bytes could not fill, nor for more than maxChunk. The library's
// lexer is not used because it takes lengths from the file as they are: some make it
// panic, some make it ask for gigabytes.
type container struct {
	r    *bufio.Reader
	size int64
	at   int64  // of what is read next
	crc  uint32 // of the section so far
	data bool   // in the data section
	done bool
	head [9]byte
	body []byte // of the record read last

	chunk []byte // decompressed
	src   bytes.Reader
	lz4   *lz4.Reader
	zstd  *zstd.Decoder
}

// openContainer looks at both ends of a file.
func openContainer(f io.ReaderAt, size int64) (*container, error) {
	if size == 0 {
		return nil, errEmpty
	}
	magic := mcap.Magic
	var b [8]byte
	n, err := io.ReadFull(io.NewSectionReader(f, 0, size), b[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	const version = 5 // its place in the magic
	same := min(n, version)
	switch {
	case !bytes.Equal(b[:same], magic[:same]):
		return nil, errForeign
	case n < len(magic):
		return nil, errCut
	case !bytes.Equal(b[version+1:], magic[version+1:]):
		return nil, errForeign
	case b[version] != magic[version]:
		return nil, fmt.Errorf("it is an MCAP file of version %q, this linetwin reads version %q", b[version], magic[version])
	}
	if _, err := f.ReadAt(b[:], size-int64(len(b))); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if size < 2*int64(len(magic)) || !bytes.Equal(b[:], magic) {
		return nil, errCut
	}
	c := &container{size: size, at: int64(len(magic)), data: true, crc: crc32.ChecksumIEEE(magic)}
	c.r = bufio.NewReaderSize(io.NewSectionReader(f, c.at, size-c.at), int(min(size, 1<<18)))
	return c, nil
}

// damaged says where the file is.
func damaged(at int64, format string, args ...any) error {
	return fmt.Errorf("it is damaged at byte %d: %w; copy it again, or record the run again", at, fmt.Errorf(format, args...))
}

// next reads a record; body is valid until the next call. After the footer it gives
// io.EOF, once everything has proved right.
func (c *container) next() (op mcap.OpCode, body []byte, err error) {
	from := c.at
	if c.done {
		if c.at+int64(len(mcap.Magic)) != c.size {
			return 0, nil, damaged(from, "records follow the footer")
		}
		return 0, nil, io.EOF
	}
	if err := c.read(c.head[:]); err != nil {
		return 0, nil, err
	}
	op = mcap.OpCode(c.head[0])
	n := binary.LittleEndian.Uint64(c.head[1:])
	left := c.size - c.at - int64(len(mcap.Magic))
	if left < 0 || n > uint64(left) || n > maxChunk {
		return 0, nil, damaged(from, "a record %v of %d bytes cannot be here", op, n)
	}
	if uint64(cap(c.body)) < n {
		c.body = make([]byte, n, n+n/4)
	}
	c.body = c.body[:n]
	if err := c.read(c.body); err != nil {
		return 0, nil, err
	}
	return op, c.body, c.check(op, from)
}

func (c *container) read(b []byte) error {
	n, err := io.ReadFull(c.r, b)
	c.at += int64(n)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged(c.at, "it ends within a record")
	}
	return err
}

// check brings the section's checksum up to date and compares it where one is stated.
func (c *container) check(op mcap.OpCode, from int64) error {
	switch op {
	case mcap.OpDataEnd:
		if !c.data || len(c.body) != 4 {
			return damaged(from, "the end of the data cannot be here")
		}
		if err := c.compare("data", c.body, from); err != nil {
			return err
		}
		c.data, c.crc = false, 0
		return nil
	case mcap.OpFooter:
		if c.data || len(c.body) != 20 {
			return damaged(from, "the footer cannot be here")
		}
		c.done = true
		c.update(c.body[:16])
		return c.compare("summary", c.body[16:], from)
	}
	c.update(c.body)
	return nil
}

func (c *container) update(body []byte) {
	c.crc = crc32.Update(c.crc, crc32.IEEETable, c.head[:])
	c.crc = crc32.Update(c.crc, crc32.IEEETable, body)
}

// compare checks a section's checksum; 0 stands for none.
func (c *container) compare(section string, stated []byte, at int64) error {
	if want := binary.LittleEndian.Uint32(stated); want != 0 && want != c.crc {
		return damaged(at, "the checksum of the %s section is %08x, %08x is stated", section, c.crc, want)
	}
	return nil
}

// open decompresses the chunk whose record is body. What it returns is valid until
// the next call.
func (c *container) open(body []byte) ([]byte, error) {
	from := c.at - int64(len(body)) - int64(len(c.head))
	in := fields{b: body}
	in.u64() // first and last time of a message
	in.u64()
	size, crc := in.u64(), in.u32()
	compression := string(in.bytes(uint64(in.u32())))
	packed := in.bytes(in.u64())
	if in.short || len(in.b) > 0 {
		return nil, damaged(from, "the lengths in a chunk do not add up")
	}
	if size > maxChunk {
		return nil, damaged(from, "a chunk of %d bytes is too long", size)
	}
	err := c.unpack(compression, packed, size)
	if err != nil {
		return nil, damaged(from, "a chunk cannot be unpacked: %w", err)
	}
	if uint64(len(c.chunk)) != size {
		return nil, damaged(from, "a chunk has %d bytes, %d are stated", len(c.chunk), size)
	}
	if sum := crc32.ChecksumIEEE(c.chunk); crc != 0 && crc != sum {
		return nil, damaged(from, "the checksum of a chunk is %08x, %08x is stated", sum, crc)
	}
	return c.chunk, nil
}

func (c *container) unpack(compression string, packed []byte, size uint64) (err error) {
	switch mcap.CompressionFormat(compression) {
	case mcap.CompressionNone:
		c.chunk = append(c.chunk[:0], packed...)
		return nil
	case mcap.CompressionLZ4:
		// The format cannot pack more than 255 bytes into one.
		if size > 255*uint64(len(packed)) {
			return fmt.Errorf("%d bytes do not fit into %d", size, len(packed))
		}
		if uint64(cap(c.chunk)) < size {
			c.chunk = make([]byte, size, size+size/4)
		}
		c.src.Reset(packed)
		if c.lz4 == nil {
			c.lz4 = lz4.NewReader(&c.src)
		} else {
			c.lz4.Reset(&c.src)
		}
		c.chunk = c.chunk[:size]
		n, err := io.ReadFull(c.lz4, c.chunk)
		if err != nil {
			return fmt.Errorf("after %d bytes: %w", n, err)
		}
		var more [1]byte
		if n, err := c.lz4.Read(more[:]); n > 0 || !errors.Is(err, io.EOF) {
			return fmt.Errorf("it goes on after %d bytes", size)
		}
		return nil
	case mcap.CompressionZSTD:
		// The tools repack with zstd.
		if c.zstd == nil {
			if c.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxChunk)); err != nil {
				return err
			}
		}
		c.chunk, err = c.zstd.DecodeAll(packed, c.chunk[:0])
		return err
	}
	return fmt.Errorf("its compression %s is not known", quoted(compression))
}

func (c *container) close() {
	if c.zstd != nil {
		c.zstd.Close()
	}
}

// fields takes the fields of a record off its front. After a field that is not there
// short is set and all others are zero.
type fields struct {
	b     []byte
	short bool
}

func (f *fields) bytes(n uint64) []byte {
	if n > uint64(len(f.b)) {
		f.b, f.short = nil, true
		return nil
	}
	head := f.b[:n:n]
	f.b = f.b[n:]
	return head
}

func (f *fields) u32() uint32 {
	b := f.bytes(4)
	if f.short {
		return 0
	}
	return binary.LittleEndian.Uint32(b)
}

func (f *fields) u64() uint64 {
	b := f.bytes(8)
	if f.short {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}
