package bundle

import (
	"archive/tar"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// Reader reads a bundle whose signature was right. What its key is worth is for the
// caller to know.
type Reader struct {
	Manifest *Manifest
	Digest   Digest      // of the manifest, and so of all
	Key      Fingerprint // with which it is signed

	manifest, public, signature []byte // as they stand in the bundle
	in                          *counter
	tar                         *tar.Reader
}

// counter counts what is read.
type counter struct {
	io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// NewReader reads the head of a bundle and checks its signature; nothing of what comes
// after is looked at before. Errors are ErrSignature, or say what is wrong with the file.
func NewReader(in io.Reader) (*Reader, error) {
	counted := &counter{Reader: in} // hides a Seek by which parts could be skipped
	b := &Reader{in: counted, tar: tar.NewReader(counted)}
	for _, e := range []struct {
		name string
		most int64
		to   *[]byte
	}{{manifestName, MaxManifest, &b.manifest}, {publicName, 4 << 10, &b.public}, {signatureName, ed25519.SignatureSize, &b.signature}} {
		h, err := b.tar.Next()
		switch {
		case err != nil && e.name == manifestName, err == nil && e.name == manifestName && h.Name != e.name:
			return nil, errors.New("not a model bundle; linetwin model pack makes one")
		case err != nil:
			return nil, damaged(err)
		}
		if err := plain(h, e.name); err != nil {
			return nil, err
		}
		if h.Size > e.most {
			return nil, fmt.Errorf("%s in the bundle has %d bytes; at most %d are taken", e.name, h.Size, e.most)
		}
		if *e.to, err = io.ReadAll(b.tar); err != nil {
			return nil, damaged(err)
		}
	}
	key, err := ParsePublicKey(b.public)
	if err != nil {
		return nil, fmt.Errorf("%s in the bundle: %w", publicName, err)
	}
	if !ed25519.Verify(key, b.manifest, b.signature) {
		return nil, fmt.Errorf("%w: what the bundle says is in it was not signed with the key %s", ErrSignature, FingerprintOf(key))
	}
	b.Key, b.Digest = FingerprintOf(key), sha256.Sum256(b.manifest)
	b.Manifest, err = parseManifest(b.manifest)
	return b, err
}

// plain accepts an entry that is a file of a name, and has nothing that extends the
// format: no link, no sparse file, no attributes.
func plain(h *tar.Header, name string) error {
	switch {
	case h.Name != name:
		return fmt.Errorf("the bundle has %.120q where %s belongs", h.Name, name)
	case h.Typeflag != tar.TypeReg || h.Linkname != "":
		return fmt.Errorf("%s in the bundle is a link or no file", name)
	case h.Format != tar.FormatUSTAR || len(h.PAXRecords) > 0:
		return fmt.Errorf("%s in the bundle has extensions of the format that are not taken", name)
	}
	return nil
}

func damaged(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the bundle is truncated")
	}
	return fmt.Errorf("the bundle is damaged: %w", err)
}

// Files gives the files in their order. take must read all of its file; the digest is
// known only then, so that what was taken is worth nothing until Files has returned nil.
func (b *Reader) Files(take func(FileEntry, io.Reader) error) error {
	for _, f := range b.Manifest.Files {
		h, err := b.tar.Next()
		if err != nil {
			return damaged(err)
		}
		if err := plain(h, f.Name); err != nil {
			return err
		}
		if h.Size != f.Size {
			return fmt.Errorf("%w: %s in the bundle has %d bytes; its manifest says %d", ErrDigest, f.Name, h.Size, f.Size)
		}
		sum := sha256.New()
		rest := io.TeeReader(b.tar, sum)
		if err := take(f, rest); err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				return damaged(err)
			}
			return err
		}
		if n, err := rest.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
			return fmt.Errorf("%s was not read to its end", f.Name)
		}
		if Digest(sum.Sum(nil)) != f.SHA256 {
			return fmt.Errorf("%w: %s in the bundle is not what was signed", ErrDigest, f.Name)
		}
	}
	switch h, err := b.tar.Next(); {
	case err == nil:
		return fmt.Errorf("the bundle has %.120q, which its manifest does not name", h.Name)
	case !errors.Is(err, io.EOF):
		return damaged(err)
	}
	return b.nothingMore()
}

// nothingMore wants that zeros follow at most, with which tar files are filled up.
func (b *Reader) nothingMore() error {
	const most = 64 << 10
	rest, err := io.ReadAll(io.LimitReader(b.in, most+1))
	if err != nil {
		return err
	}
	if len(rest) > most || len(bytes.Trim(rest, "\x00")) > 0 {
		return errors.New("the bundle goes on after its end")
	}
	if b.in.n < b.length() {
		return damaged(io.ErrUnexpectedEOF)
	}
	return nil
}

// length is how many bytes a bundle has: each entry a header, and its data filled up to
// whole blocks; two blocks of zeros in the end.
func (b *Reader) length() int64 {
	const block = 512
	n := int64(2 * block)
	entry := func(size int64) { n += block + (size+block-1)/block*block }
	for _, own := range [][]byte{b.manifest, b.public, b.signature} {
		entry(int64(len(own)))
	}
	for _, f := range b.Manifest.Files {
		entry(f.Size)
	}
	return n
}
