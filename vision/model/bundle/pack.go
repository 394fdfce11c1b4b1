package bundle

import (
	"archive/tar"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"linetwin.dev/vision/model"
)

// Pack writes the bundle of a model's folder, signed with a key, and returns the code that
// is handed over by another way. The secret must be such that nobody guesses it. Equal
// folders, keys and secrets give equal bundles. Links and other things that are no files
// are refused, and so are names that do not mean the same everywhere.
func Pack(out io.Writer, dir string, key ed25519.PrivateKey, secret Secret) (*Manifest, Code, error) {
	spec, err := model.Load(dir)
	if err != nil {
		return nil, Code{}, err
	}
	m := &Manifest{Format: Format, Name: spec.Name, Version: spec.Version, CodeSHA256: secret.hash()}
	if m.Files, err = list(dir); err != nil {
		return nil, Code{}, err
	}
	if err := m.check(); err != nil {
		return nil, Code{}, fmt.Errorf("%s: %w", dir, err)
	}
	data, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, Code{}, err
	}
	if len(data) > MaxManifest {
		return nil, Code{}, fmt.Errorf("%s: the manifest has %d bytes; at most %d are taken", dir, len(data), MaxManifest)
	}
	pub := key.Public().(ed25519.PublicKey)
	public, err := publicPEM(pub)
	if err != nil {
		return nil, Code{}, err
	}
	w := tar.NewWriter(out)
	for _, e := range []struct {
		name string
		data []byte
	}{{manifestName, data}, {publicName, public}, {signatureName, ed25519.Sign(key, data)}} {
		if err := w.WriteHeader(header(e.name, int64(len(e.data)), false)); err != nil {
			return nil, Code{}, err
		}
		if _, err := w.Write(e.data); err != nil {
			return nil, Code{}, err
		}
	}
	for _, f := range m.Files {
		if err := add(w, dir, f); err != nil {
			return nil, Code{}, err
		}
	}
	return m, Code{Key: FingerprintOf(pub), Digest: sha256.Sum256(data), Secret: secret}, w.Close()
}

// list is the files of a folder with their digests, in the order of their names.
func list(dir string) (files []FileEntry, err error) {
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s is a link or no file; a bundle has files only", p)
		}
		if err := checkName(name); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		e := FileEntry{Name: name, Executable: info.Mode()&0o111 != 0}
		if e.Size, e.SHA256, err = digestOf(p); err != nil {
			return err
		}
		if files = append(files, e); len(files) > MaxFiles {
			return fmt.Errorf("%s has more than %d files", dir, MaxFiles)
		}
		return nil
	})
	return files, err
}

func digestOf(path string) (size int64, d Digest, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, d, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	h.Sum(d[:0])
	return size, d, err
}

// header is that of an entry: what does not matter is the same in every bundle.
func header(name string, size int64, executable bool) *tar.Header {
	mode := int64(0o644)
	if executable {
		mode = 0o755
	}
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: mode, Format: tar.FormatUSTAR}
}

func add(w *tar.Writer, dir string, e FileEntry) error {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(e.Name)))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := w.WriteHeader(header(e.Name, e.Size, e.Executable)); err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), f)
	if err != nil && !errors.Is(err, tar.ErrWriteTooLong) {
		return err
	}
	if err != nil || n != e.Size || Digest(h.Sum(nil)) != e.SHA256 {
		return fmt.Errorf("%s changed while it was packed", f.Name())
	}
	return nil
}
