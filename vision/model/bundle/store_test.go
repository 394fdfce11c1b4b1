package bundle

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// install packs a version and installs it.
func install(t *testing.T, s *Store, version string, key byte, o InstallOptions) (Installed, error) {
	t.Helper()
	file, code := pack(t, folder(t, version, nil), seeded(key))
	o.Now = noon
	return s.Install(bytes.NewReader(file), code, o)
}

func must(t *testing.T, s *Store, version string) {
	t.Helper()
	if _, err := install(t, s, version, 1, InstallOptions{}); err != nil {
		t.Fatal(err)
	}
}

// inUse is the version that a store opens, by its own files.
func inUse(s *Store) (string, error) {
	dir, in, err := s.Open("caps")
	if err != nil {
		return "", err
	}
	labels, err := os.ReadFile(filepath.Join(dir, "data", "labels"))
	if err != nil {
		return "", err
	}
	v := strings.TrimPrefix(string(labels), "good\nbad\n")
	if v != in.Version {
		return "", fmt.Errorf("the files are of %s, and the state says %s", v, in.Version)
	}
	return v, nil
}

func wantInUse(t *testing.T, s *Store, want string) {
	t.Helper()
	if got, err := inUse(s); err != nil || got != want {
		t.Errorf("version %q is in use, error %v; want %s", got, err, want)
	}
}

func TestAModelIsInstalledReplacedBroughtBackAndRemoved(t *testing.T) {
	s := &Store{Dir: filepath.Join(t.TempDir(), "deep", "store")}
	if all, err := s.List(); err != nil || all != nil {
		t.Errorf("an empty store: %v, %v", all, err)
	}
	for _, v := range []string{"1.0", "1.1", "1.2"} {
		must(t, s, v)
		wantInUse(t, s, v)
	}
	all, err := s.List()
	if err != nil || len(all) != 1 || all[0].Name != "caps" || all[0].Version != "1.2" || all[0].Previous != "1.1" || !all[0].Installed.Equal(noon) {
		t.Errorf("%+v, %v", all, err)
	}
	entries, err := os.ReadDir(filepath.Join(s.Dir, "caps"))
	if err != nil || len(entries) != 3 {
		t.Errorf("%v, %v; the state and two versions are kept", entries, err)
	}
	dir, _, err := s.Open("caps")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "look.sh")); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("the program cannot be run: %v, %v", info.Mode(), err)
	}
	for _, v := range []string{"1.1", "1.2"} {
		if _, err := s.Rollback("caps"); err != nil {
			t.Fatal(err)
		}
		wantInUse(t, s, v)
	}
	if err := s.Remove("caps"); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{s.Remove("caps"), s.Remove("../caps")} {
		if !errors.Is(err, ErrNotInstalled) {
			t.Error(err)
		}
	}
	if _, _, err := s.Open("caps"); !errors.Is(err, ErrNotInstalled) {
		t.Error(err)
	}
	entries, err = os.ReadDir(s.Dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != lockName {
		t.Errorf("%v, %v are left", entries, err)
	}
}

func TestWhatIsWrongIsSaidAndNothingIsInstalled(t *testing.T) {
	file, code := pack(t, folder(t, "2.0", nil), seeded(1))
	_, other := pack(t, folder(t, "1.5", nil), seeded(1))
	twice, _ := pack(t, folder(t, "2.0", nil), seeded(2)) // the same files by somebody else
	with := func(change func(*Code)) Code { c := code; change(&c); return c }
	content := bytes.Clone(file)
	content[bytes.LastIndex(content, []byte("good\nbad"))] ^= 1
	manifest := bytes.Clone(file)
	manifest[bytes.Index(manifest, []byte(`"2.0"`))+1] = '3'
	signature := bytes.Clone(file)
	signature[3*512+len(manifestBytes(t, file))/512*512+1024+10] ^= 1
	for name, c := range map[string]struct {
		file []byte
		code Code
		o    InstallOptions
		want error
		text string
	}{
		"signature":         {signature, code, InstallOptions{}, ErrSignature, "wrong signature: "},
		"manifest":          {manifest, code, InstallOptions{}, ErrSignature, "wrong signature: "},
		"content":           {content, code, InstallOptions{}, ErrDigest, "wrong digest: data/labels in the bundle is not what was signed"},
		"code of another":   {file, other, InstallOptions{}, ErrDigest, "wrong digest: the QR code is for the bundle"},
		"secret":            {file, with(func(c *Code) { c.Secret[0] ^= 1 }), InstallOptions{}, ErrCode, "wrong code: the QR code was not made with this bundle"},
		"no secret":         {file, with(func(c *Code) { c.Secret = Secret{} }), InstallOptions{}, ErrCode, "wrong code"},
		"key in the code":   {file, with(func(c *Code) { c.Key[0] ^= 1 }), InstallOptions{}, ErrKey, "wrong key: the QR code is by the key"},
		"by somebody else":  {twice, code, InstallOptions{}, ErrKey, "wrong key: the QR code is by the key"},
		"not trusted":       {file, code, InstallOptions{Trust: []Fingerprint{{1}}}, ErrKey, "is not one of those that are trusted"},
		"code and no more":  {file, Code{}, InstallOptions{}, ErrDigest, "wrong digest"},
		"truncated":         {file[:len(file)-3000], code, InstallOptions{}, nil, "the bundle is truncated"},
		"truncated in data": {file[:len(file)-1024-1000], code, InstallOptions{}, nil, "the bundle is truncated"},
	} {
		for _, before := range []string{"", "1.0"} {
			s := &Store{Dir: t.TempDir()}
			if before != "" {
				must(t, s, before)
			}
			_, err := s.Install(bytes.NewReader(c.file), c.code, c.o)
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: %v; want %q", name, err, c.text)
			}
			if before != "" {
				wantInUse(t, s, before)
			} else if all, err := s.List(); err != nil || len(all) != 0 {
				t.Errorf("%s: %v, %v are installed", name, all, err)
			}
			entries, err := os.ReadDir(s.Dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if strings.HasPrefix(e.Name(), tempName) {
					t.Errorf("%s: %s is left", name, e.Name())
				}
			}
		}
	}
}

func manifestBytes(t *testing.T, file []byte) []byte {
	t.Helper()
	b, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return b.manifest
}

func TestAModelKeepsItsKeyUnlessANewOneIsNamed(t *testing.T) {
	s := &Store{Dir: t.TempDir()}
	must(t, s, "1.0")
	if _, err := install(t, s, "1.1", 2, InstallOptions{}); !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), "--trust") {
		t.Errorf("another key: %v", err)
	}
	wantInUse(t, s, "1.0")
	_, code := pack(t, folder(t, "1.1", nil), seeded(2))
	if _, err := install(t, s, "1.1", 2, InstallOptions{Trust: []Fingerprint{{9}, code.Key}}); err != nil {
		t.Error(err)
	}
	wantInUse(t, s, "1.1")
}

func TestWhatWasChangedAfterwardsIsNotOpened(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(dir string) error
		want string
	}{
		"changed": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "look.sh"), []byte("#!/bin/rm\n"), 0o755)
		}, "look.sh was changed"},
		"added":   {func(dir string) error { return os.WriteFile(filepath.Join(dir, "sitecustomize.py"), nil, 0o600) }, "sitecustomize.py came after"},
		"removed": {func(dir string) error { return os.Remove(filepath.Join(dir, "look.sh")) }, "look.sh is missing"},
		"link": {func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "look.sh")), os.Symlink("/bin/sh", filepath.Join(dir, "look.sh")))
		}, "is no file any more"},
		"gone": {os.RemoveAll, "its files are missing"},
		"manifest": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "..", manifestName), []byte("{}"), 0o600)
		}, "its manifest was changed"},
	} {
		s := &Store{Dir: t.TempDir()}
		must(t, s, "1.0")
		must(t, s, "1.1")
		dir, _, err := s.Open("caps")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.do(dir); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Open("caps"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
		if _, err := s.Rollback("caps"); err != nil {
			t.Errorf("%s: the version before cannot be brought back: %v", name, err)
		}
		wantInUse(t, s, "1.0")
	}
}

func TestADamagedStateIsToldBesideTheOtherModels(t *testing.T) {
	s := &Store{Dir: t.TempDir()}
	must(t, s, "1.0")
	for name, text := range map[string]string{"one": "{", "two": `{"current":{"folder":"../caps"}}`} {
		if err := os.Mkdir(filepath.Join(s.Dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.Dir, name, stateName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.List()
	if len(all) != 1 || err == nil || strings.Count(err.Error(), "is damaged") != 2 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestProgramsThatInstallAtOnceTakeTurns(t *testing.T) {
	s := &Store{Dir: t.TempDir()}
	var wg sync.WaitGroup
	for i := range 8 {
		file, code := pack(t, folder(t, fmt.Sprint("1.", i), nil), seeded(1))
		wg.Go(func() {
			own := &Store{Dir: s.Dir}
			if _, err := own.Install(bytes.NewReader(file), code, InstallOptions{Now: noon}); err != nil {
				t.Error(err)
			}
			if _, err := inUse(own); err != nil && !errors.Is(err, ErrDigest) { // two versions on, its files go
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if v, err := inUse(s); err != nil {
		t.Errorf("%s: %v", v, err)
	}
}

// TestMain lets the test binary install a bundle and be killed at a step.
func TestMain(m *testing.M) {
	at := os.Getenv("LINETWIN_TEST_KILL_AT")
	if at == "" {
		os.Exit(m.Run())
	}
	steps, err := strconv.Atoi(at)
	if err != nil {
		panic(err)
	}
	file, err := os.Open(os.Args[2])
	if err != nil {
		panic(err)
	}
	code, err := ParseCode(os.Args[3])
	if err != nil {
		panic(err)
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		panic(err)
	}
	s := &Store{Dir: os.Args[1], step: func(string) {
		if steps--; steps < 0 {
			self.Kill()
			for { // until it takes effect
				time.Sleep(time.Hour)
			}
		}
	}}
	if _, err := s.Install(file, code, InstallOptions{Now: noon}); err != nil {
		panic(err)
	}
	os.Exit(0)
}

func TestAnInstallationThatIsKilledAtAnyStepLeavesTheOldVersionOrTheNewOne(t *testing.T) {
	file, code := pack(t, folder(t, "2.0", nil), seeded(1))
	path := filepath.Join(t.TempDir(), "caps.ltmodel")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, before := range []string{"", "1.0"} {
		seen := map[string]int{}
		for step := 0; ; step++ {
			if step > 100 {
				t.Fatal("more steps than there are")
			}
			s := &Store{Dir: t.TempDir()}
			if before != "" {
				must(t, s, before)
			}
			cmd := exec.Command(os.Args[0], s.Dir, path, code.String())
			cmd.Env = append(os.Environ(), "LINETWIN_TEST_KILL_AT="+strconv.Itoa(step))
			out, err := cmd.CombinedOutput()
			v, openErr := inUse(s)
			switch {
			case openErr == nil && (v == before || v == "2.0"):
			case errors.Is(openErr, ErrNotInstalled) && before == "":
			default:
				t.Fatalf("killed at step %d: version %q, error %v", step, v, openErr)
			}
			seen[v]++
			if all, err := s.List(); err != nil || len(all) > 1 {
				t.Fatalf("killed at step %d: %v, %v", step, all, err)
			}
			if err == nil { // it came through
				if v != "2.0" {
					t.Errorf("it came through with version %q", v)
				}
				break
			}
			if len(out) > 0 {
				t.Fatalf("step %d: %s", step, out)
			}
			// The next one is not in its way, and clears up.
			must(t, s, "3.0")
			wantInUse(t, s, "3.0")
			entries, err := os.ReadDir(s.Dir)
			if err != nil || len(entries) != 2 {
				t.Errorf("step %d: %v, %v are in the store", step, entries, err)
			}
		}
		if seen[before] < 5 || seen["2.0"] < 2 {
			t.Errorf("%v: too few steps were tried", seen)
		}
	}
}

func TestDigestsAreWrittenWhole(t *testing.T) {
	var d Digest
	for _, text := range []string{"", "00", strings.Repeat("g", 64), strings.Repeat("0", 66)} {
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is a digest", text)
		}
	}
	if err := d.UnmarshalText([]byte(strings.Repeat("Ab", 32))); err != nil || d.String() != hex.EncodeToString(bytes.Repeat([]byte{0xab}, 32)) {
		t.Errorf("%v, %v", d, err)
	}
}
