package bundle

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// verify holds an installed version against what was signed: every file, and no other.
func verify(home string, v version) error {
	manifest, err := os.ReadFile(filepath.Join(home, manifestName))
	if err != nil {
		return err
	}
	public, err := os.ReadFile(filepath.Join(home, publicName))
	if err != nil {
		return err
	}
	signature, err := os.ReadFile(filepath.Join(home, signatureName))
	if err != nil {
		return err
	}
	key, err := ParsePublicKey(public)
	if err != nil {
		return err
	}
	switch {
	case FingerprintOf(key) != v.Key:
		return fmt.Errorf("%w: it was installed with %s, and is signed with %s", ErrKey, v.Key, FingerprintOf(key))
	case !ed25519.Verify(key, manifest, signature):
		return fmt.Errorf("%w: its manifest was changed since it was installed", ErrSignature)
	case Digest(sha256.Sum256(manifest)) != v.Digest:
		return fmt.Errorf("%w: its manifest is that of another bundle", ErrDigest)
	}
	m, err := parseManifest(manifest)
	if err != nil {
		return err
	}
	return m.verify(filepath.Join(home, filesName))
}

// verify holds files against their digests.
func (m *Manifest) verify(dir string) error {
	known := map[string]FileEntry{}
	for _, f := range m.Files {
		known[f.Name] = f
	}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		f, ok := known[filepath.ToSlash(rel)]
		delete(known, f.Name)
		switch {
		case !ok:
			return fmt.Errorf("%w: %s came after it was installed", ErrDigest, rel)
		case !d.Type().IsRegular():
			return fmt.Errorf("%w: %s is no file any more", ErrDigest, rel)
		}
		size, sum, err := digestOf(p)
		if err == nil && (size != f.Size || sum != f.SHA256) {
			err = fmt.Errorf("%w: %s was changed since it was installed", ErrDigest, rel)
		}
		return err
	})
	for _, f := range m.Files {
		if _, missing := known[f.Name]; missing && err == nil {
			err = fmt.Errorf("%w: %s is missing", ErrDigest, f.Name)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: its files are missing", ErrDigest)
	}
	return err
}
