package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"linetwin.dev/vision/model"
)

// Format is what a manifest says that it is.
const Format = "linetwin-model-bundle/1"

// The names of the first three entries of a bundle, in their order.
const (
	manifestName  = "manifest.json"
	publicName    = "manifest.pub"
	signatureName = "manifest.sig"
)

// What a bundle may hold at most.
const (
	MaxManifest = 1 << 20
	MaxFiles    = 1000
	MaxBytes    = 8 << 30 // all files together
	maxName     = 100     // what a ustar header holds
	maxDepth    = 8
)

// Manifest says what is in a bundle. Its bytes as they stand in the bundle are what is
// signed, and their SHA-256 is the bundle's digest.
type Manifest struct {
	Format  string `json:"format"`
	Name    string `json:"name"`
	Version string `json:"version"`
	// CodeSHA256 is the digest of the secret in the QR code: who has the bundle alone
	// cannot make the code.
	CodeSHA256 Digest      `json:"code_sha256"`
	Files      []FileEntry `json:"files"`
}

// FileEntry is a file of a bundle.
type FileEntry struct {
	Name       string `json:"name"` // with slashes, below the model's folder
	Size       int64  `json:"size"`
	SHA256     Digest `json:"sha256"`
	Executable bool   `json:"executable,omitempty"`
}

// Digest is a SHA-256, written as 64 hexadecimal digits.
type Digest [sha256.Size]byte

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Short is the beginning of a digest, for people.
func (d Digest) Short() string { return d.String()[:12] }

// MarshalText writes the digits.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the digits, all of them.
func (d *Digest) UnmarshalText(text []byte) error {
	if len(text) != 2*len(d) {
		return fmt.Errorf("%q is no SHA-256; 64 hexadecimal digits are wanted", text)
	}
	if _, err := hex.Decode(d[:], text); err != nil {
		return fmt.Errorf("%q is no SHA-256; 64 hexadecimal digits are wanted", text)
	}
	return nil
}

// parseManifest reads and checks a manifest.
func parseManifest(data []byte) (*Manifest, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	m := &Manifest{}
	if err := dec.Decode(m); err != nil {
		return nil, fmt.Errorf("the manifest cannot be read: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the manifest goes on after its end")
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("the manifest: %w", err)
	}
	return m, nil
}

func (m *Manifest) check() error {
	switch {
	case m.Format != Format:
		return fmt.Errorf("format %.40q; this program reads %s", m.Format, Format)
	case !model.ValidName(m.Name):
		return fmt.Errorf("name %.80q: letters, digits, - and _ are wanted, 64 at most", m.Name)
	case m.Version == "" || len(m.Version) > 64:
		return fmt.Errorf("version %.80q: 1 to 64 characters are wanted", m.Version)
	case len(m.Files) > MaxFiles:
		return fmt.Errorf("%d files; at most %d are taken", len(m.Files), MaxFiles)
	}
	total := int64(0)
	seen := map[string]string{} // files and folders as a file system that ignores case has them
	for _, f := range m.Files {
		if err := checkName(f.Name); err != nil {
			return err
		}
		if f.Size < 0 || f.Size > MaxBytes || total > MaxBytes-f.Size {
			return fmt.Errorf("more than %d bytes with %s", int64(MaxBytes), f.Name)
		}
		total += f.Size
		name := strings.ToLower(f.Name)
		if other, ok := seen[name]; ok {
			return fmt.Errorf("%s is there twice, as %s as well", f.Name, other)
		}
		seen[name] = f.Name
	}
	for _, f := range m.Files {
		for dir := path.Dir(strings.ToLower(f.Name)); dir != "."; dir = path.Dir(dir) {
			if other, ok := seen[dir]; ok {
				return fmt.Errorf("%s is a file, and the folder of %s", other, f.Name)
			}
		}
	}
	if seen[model.SpecFile] != model.SpecFile {
		return fmt.Errorf("it has no %s", model.SpecFile)
	}
	return nil
}

var partPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]*$`)

// checkName accepts names that mean the same file below the model's folder on every
// system, and no other.
func checkName(name string) error {
	parts := strings.Split(name, "/")
	ok := len(name) <= maxName && len(parts) <= maxDepth
	for _, p := range parts {
		ok = ok && partPattern.MatchString(p) && !strings.HasSuffix(p, ".")
	}
	if !ok {
		return fmt.Errorf("%.120q is no name for a file: letters, digits, ., -, + and _ are wanted, with / between folders, "+
			"%d characters and %d folders at most, and no part beginning with . or -", name, maxName, maxDepth)
	}
	switch name {
	case manifestName, publicName, signatureName:
		return fmt.Errorf("%s is the bundle's own", name)
	}
	return nil
}
