package bundle

import (
	"archive/tar"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// seeded is a key that is the same in every run.
func seeded(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

var secret = Secret{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

// folder writes a model's folder.
func folder(t testing.TB, version string, more map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"model.json":  fmt.Sprintf(`{"name":"caps","version":%q,"kind":"program","command":["./look.sh"]}`, version),
		"look.sh":     "#!/bin/sh\n",
		"data/labels": "good\nbad\n" + version,
	}
	for name, text := range more {
		files[name] = text
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if strings.HasSuffix(name, ".sh") {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// pack is a bundle with its code.
func pack(t testing.TB, dir string, key ed25519.PrivateKey) ([]byte, Code) {
	t.Helper()
	var b bytes.Buffer
	_, code, err := Pack(&b, dir, key, secret)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), code
}

// unpacked reads all of a bundle.
func unpacked(file []byte) (map[string]string, error) {
	b, err := NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	return files, b.Files(func(f FileEntry, r io.Reader) error {
		data, err := io.ReadAll(r)
		files[f.Name] = string(data)
		return err
	})
}

func TestABundleHoldsWhatWasPacked(t *testing.T) {
	file, code := pack(t, folder(t, "1.0", map[string]string{"empty": ""}), seeded(1))
	files, err := unpacked(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 4 || files["data/labels"] != "good\nbad\n1.0" || files["empty"] != "" {
		t.Errorf("%q", files)
	}
	again, same := pack(t, folder(t, "1.0", map[string]string{"empty": ""}), seeded(1))
	if !bytes.Equal(file, again) || code != same {
		t.Error("the same folder, key and secret give another bundle")
	}
	b, err := NewReader(bytes.NewReader(file))
	if err != nil || b.Digest != code.Digest || b.Key != code.Key {
		t.Errorf("%+v, %v", b, err)
	}
}

func TestOpensslVerifiesABundle(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	file, _ := pack(t, folder(t, "1.0", nil), seeded(1))
	dir := t.TempDir()
	r := tar.NewReader(bytes.NewReader(file))
	for {
		h, err := r.Next()
		if err != nil {
			break
		}
		data, _ := io.ReadAll(r)
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(h.Name)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "manifest.pub", "-rawin", "-in", "manifest.json", "-sigfile", "manifest.sig")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	file, _ := pack(t, folder(t, "1.0", nil), seeded(1))
	good, err := unpacked(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range file {
		bad := bytes.Clone(file)
		bad[i] ^= 1
		files, err := unpacked(bad)
		if err == nil && fmt.Sprint(files) != fmt.Sprint(good) {
			t.Fatalf("bit 0 of byte %d gives other files, and no error", i)
		}
		if errors.Is(err, ErrSignature) || errors.Is(err, ErrDigest) || err == nil {
			continue
		}
		if len(err.Error()) > 1000 {
			t.Errorf("byte %d: a message of %d bytes", i, len(err.Error()))
		}
	}
}

func TestATruncatedBundleIsRefused(t *testing.T) {
	file, _ := pack(t, folder(t, "1.0", nil), seeded(1))
	for n := 0; n < len(file); n += 7 {
		if files, err := unpacked(file[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes are taken: %q", n, len(file), files)
		}
	}
}

// entry is a tar entry of a hostile bundle.
type entry struct {
	header tar.Header
	data   string
}

// forged is a bundle whose signature is right, whatever it holds: of a key that went
// astray.
func forged(t *testing.T, manifest string, entries ...entry) []byte {
	t.Helper()
	key := seeded(1)
	public, err := publicPEM(key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	all := append([]entry{
		{tar.Header{Name: manifestName, Format: tar.FormatUSTAR}, manifest},
		{tar.Header{Name: publicName, Format: tar.FormatUSTAR}, string(public)},
		{tar.Header{Name: signatureName, Format: tar.FormatUSTAR}, string(ed25519.Sign(key, []byte(manifest)))},
	}, entries...)
	for _, e := range all {
		if e.header.Typeflag == 0 {
			e.header.Typeflag = tar.TypeReg
		}
		e.header.Size = int64(len(e.data))
		if err := w.WriteHeader(&e.header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// manifestOf names files with the digests of their contents.
func manifestOf(t *testing.T, files ...[2]string) string {
	t.Helper()
	m := Manifest{Format: Format, Name: "caps", Version: "1.0"}
	for _, f := range files {
		m.Files = append(m.Files, FileEntry{Name: f[0], Size: int64(len(f[1])), SHA256: sha256.Sum256([]byte(f[1]))})
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAHostileBundleIsRefusedEvenIfItIsSigned(t *testing.T) {
	spec := [2]string{"model.json", "{}"}
	plainly := func(name, data string) entry { return entry{tar.Header{Name: name, Format: tar.FormatUSTAR}, data} }
	good := plainly("model.json", "{}")
	huge := strings.Replace(manifestOf(t, spec, [2]string{"x", "y"}), `"size":1`, `"size":9000000000000`, 1)
	most := strings.Replace(manifestOf(t, spec, [2]string{"x", "y"}), `"size":1`, fmt.Sprintf(`"size":%d`, int64(math.MaxInt64)), 1)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"traversal":            {forged(t, manifestOf(t, spec, [2]string{"../evil", "x"}), good, plainly("../evil", "x")), "no name for a file"},
		"traversal inside":     {forged(t, manifestOf(t, spec, [2]string{"a/../../evil", "x"})), "no name for a file"},
		"absolute":             {forged(t, manifestOf(t, spec, [2]string{"/etc/evil", "x"})), "no name for a file"},
		"backslash":            {forged(t, manifestOf(t, spec, [2]string{`..\evil`, "x"})), "no name for a file"},
		"drive":                {forged(t, manifestOf(t, spec, [2]string{"C:evil", "x"})), "no name for a file"},
		"hidden":               {forged(t, manifestOf(t, spec, [2]string{".bashrc", "x"})), "no name for a file"},
		"option":               {forged(t, manifestOf(t, spec, [2]string{"-rf", "x"})), "no name for a file"},
		"deep":                 {forged(t, manifestOf(t, spec, [2]string{"a/b/c/d/e/f/g/h/i", "x"})), "no name for a file"},
		"its own":              {forged(t, manifestOf(t, spec, [2]string{"manifest.sig", "x"})), "is the bundle's own"},
		"twice":                {forged(t, manifestOf(t, spec, spec), good, good), "is there twice"},
		"twice but for case":   {forged(t, manifestOf(t, spec, [2]string{"A", "x"}, [2]string{"a", "y"})), "is there twice"},
		"file as folder":       {forged(t, manifestOf(t, spec, [2]string{"a", "x"}, [2]string{"A/b", "y"})), "is a file, and the folder of"},
		"no description":       {forged(t, manifestOf(t, [2]string{"MODEL.json", "{}"})), "it has no model.json"},
		"bomb":                 {forged(t, huge, good, plainly("x", "y")), "more than 8589934592 bytes"},
		"overflow":             {forged(t, most, good), "more than 8589934592 bytes"},
		"another version":      {forged(t, strings.Replace(manifestOf(t, spec), "bundle/1", "bundle/2", 1)), `format "linetwin-model-bundle/2"`},
		"unknown field":        {forged(t, strings.Replace(manifestOf(t, spec), `"name"`, `"post_install":"rm","name"`, 1)), `unknown field "post_install"`},
		"name of the model":    {forged(t, strings.Replace(manifestOf(t, spec), "caps", "../caps", 1)), `name "../caps"`},
		"link":                 {forged(t, manifestOf(t, spec, [2]string{"x", ""}), good, entry{tar.Header{Name: "x", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd", Format: tar.FormatUSTAR}, ""}), "a link or no file"},
		"hard link":            {forged(t, manifestOf(t, spec, [2]string{"x", ""}), good, entry{tar.Header{Name: "x", Typeflag: tar.TypeLink, Linkname: "model.json", Format: tar.FormatUSTAR}, ""}), "a link or no file"},
		"device":               {forged(t, manifestOf(t, spec, [2]string{"x", ""}), good, entry{tar.Header{Name: "x", Typeflag: tar.TypeChar, Format: tar.FormatUSTAR}, ""}), "a link or no file"},
		"folder":               {forged(t, manifestOf(t, spec, [2]string{"x", ""}), good, entry{tar.Header{Name: "x/", Typeflag: tar.TypeDir, Format: tar.FormatUSTAR}, ""}), "where x belongs"},
		"extensions":           {forged(t, manifestOf(t, spec), entry{tar.Header{Name: "model.json", Format: tar.FormatPAX, PAXRecords: map[string]string{"comment": "x"}}, "{}"}), "extensions"},
		"another file":         {forged(t, manifestOf(t, spec), plainly("evil", "{}")), `has "evil" where model.json belongs`},
		"one more file":        {forged(t, manifestOf(t, spec), good, plainly("evil", "x")), `has "evil", which its manifest does not name`},
		"one less":             {forged(t, manifestOf(t, spec, [2]string{"x", "y"}), good), "truncated"},
		"another size":         {forged(t, manifestOf(t, spec), plainly("model.json", "{} ")), "has 3 bytes; its manifest says 2"},
		"other bytes":          {forged(t, manifestOf(t, spec), plainly("model.json", "[]")), "wrong digest: model.json in the bundle is not what was signed"},
		"more after the end":   {append(forged(t, manifestOf(t, spec), good), "evil"...), "goes on after its end"},
		"zeros after the end":  {append(forged(t, manifestOf(t, spec), good), make([]byte, 1<<20)...), "goes on after its end"},
		"something else":       {[]byte("PK\x03\x04 not a bundle at all"), "not a model bundle"},
		"nothing":              {nil, "not a model bundle"},
		"a manifest that long": {forged(t, strings.Repeat(" ", MaxManifest+1)), "at most 1048576 are taken"},
	} {
		if _, err := unpacked(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

func TestWhatCannotBePackedIsToldWithItsPath(t *testing.T) {
	link := folder(t, "1.0", nil)
	if err := os.Symlink("/etc/passwd", filepath.Join(link, "link")); err != nil {
		t.Skip(err)
	}
	for dir, want := range map[string]string{
		link: "is a link or no file",
		folder(t, "1.0", map[string]string{".git": "x"}):      "no name for a file",
		folder(t, "1.0", map[string]string{"a b": "x"}):       "no name for a file",
		folder(t, "1.0", map[string]string{"a": "", "A": ""}): "is there twice",
		t.TempDir(): "is not the folder of a model",
	} {
		if _, _, err := Pack(io.Discard, dir, seeded(1), secret); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%v; want %q and %s", err, want, dir)
		}
	}
}

func TestTheCodeIsReadFromPicturesOfIt(t *testing.T) {
	_, code := pack(t, folder(t, "1.0", nil), seeded(1))
	sheet, err := code.PNG()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ReadQR(sheet); err != nil || got != code {
		t.Fatalf("%v, %v", got, err)
	}
	// A photograph: smaller, turned, on a desk, as JPEG.
	flat, err := png.Decode(bytes.NewReader(sheet))
	if err != nil {
		t.Fatal(err)
	}
	photo := image.NewGray(image.Rect(0, 0, 700, 600))
	for i := range photo.Pix {
		photo.Pix[i] = 90
	}
	s, c := math.Sincos(0.15)
	draw.BiLinear.Transform(photo, f64.Aff3{0.8 * c, -0.8 * s, 160, 0.8 * s, 0.8 * c, 60}, flat, flat.Bounds(), draw.Src, nil)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, photo, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadQR(b.Bytes()); err != nil || got != code {
		t.Errorf("from a photograph: %v, %v", got, err)
	}
	var blank bytes.Buffer
	if err := png.Encode(&blank, image.NewGray(image.Rect(0, 0, 100, 100))); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadQR(blank.Bytes()); err == nil || !strings.Contains(err.Error(), "no QR code can be read") {
		t.Error(err)
	}
	if _, err := ReadQR([]byte("text")); err == nil {
		t.Error("text is a picture")
	}
}

func TestTheTextOfACodeIsReadBackAndNothingElse(t *testing.T) {
	_, code := pack(t, folder(t, "1.0", nil), seeded(1))
	if got, err := ParseCode(code.String()); err != nil || got != code {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", "LT00001234", codePrefix, code.String() + "0", code.String()[:len(code.String())-2], strings.Replace(code.String(), ":1:", ":2:", 1), strings.Replace(code.String(), "0", "G", 1)} {
		if _, err := ParseCode(text); !errors.Is(err, ErrNotACode) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestKeysAreReadBack(t *testing.T) {
	private, public, f, err := NewKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		t.Fatal(err)
	}
	priv, err := ParsePrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := ParsePublicKey(public)
	if err != nil || !pub.Equal(priv.Public()) || FingerprintOf(pub) != f || !priv.Equal(seeded(7)) {
		t.Errorf("another key: %v", err)
	}
	if _, err := ParsePrivateKey(public); err == nil || !strings.Contains(err.Error(), "not a private key in PEM form") {
		t.Error(err)
	}
	if _, err := ParsePublicKey(private); err == nil || !strings.Contains(err.Error(), "not a public key in PEM form") {
		t.Error(err)
	}
}

// FuzzReader wants that whatever is taken is what the manifest says, and nothing else.
func FuzzReader(f *testing.F) {
	file, _ := pack(f, folder(f, "1.0", nil), seeded(1))
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		b, err := NewReader(bytes.NewReader(file))
		if err != nil {
			return
		}
		if err := b.Manifest.check(); err != nil {
			t.Errorf("a manifest was taken in which %v", err)
		}
		n := 0
		err = b.Files(func(f FileEntry, r io.Reader) error {
			data, err := io.ReadAll(r)
			if err == nil && int64(len(data)) != f.Size {
				t.Errorf("%s has %d bytes of %d", f.Name, len(data), f.Size)
			}
			n++
			return err
		})
		if err == nil && n != len(b.Manifest.Files) {
			t.Errorf("%d files of %d", n, len(b.Manifest.Files))
		}
	})
}

// FuzzManifest wants that every name that is taken stays below its folder.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"format":"linetwin-model-bundle/1","name":"caps","version":"1","code_sha256":"` + strings.Repeat("0", 64) + `","files":[{"name":"model.json","size":2,"sha256":"` + strings.Repeat("1", 64) + `"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest(data)
		if err != nil {
			return
		}
		for _, e := range m.Files {
			if !filepath.IsLocal(filepath.FromSlash(e.Name)) || filepath.ToSlash(filepath.Clean(e.Name)) != e.Name {
				t.Errorf("%q was taken", e.Name)
			}
		}
	})
}
