package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"linetwin.dev/vision/model"
)

// Store is a folder with installed models. Each has a folder of its own, in which each
// version has one, and a file that says which is in use: it is replaced in one step, so
// that a model is the old one or the new one and never a part of either, at a power cut
// as well. Programs that change a store take turns.
type Store struct {
	Dir string

	// step is called before each step of a change, for tests.
	step func(what string)
}

// Installed is a model of a store.
type Installed struct {
	Name      string      `json:"name"`
	Version   string      `json:"version"`
	Digest    Digest      `json:"digest"`
	Key       Fingerprint `json:"key"`
	Installed time.Time   `json:"installed"`
	Previous  string      `json:"previous,omitempty"` // the version that Rollback brings back
}

// InstallOptions are for Install. Now is noted as the time of installation.
type InstallOptions struct {
	Now time.Time
	// Trust are the keys that are accepted. If there is none, the key is the one that the
	// QR code names, and for a model that is there already the one it was signed with.
	Trust []Fingerprint
}

// ErrNotInstalled says that a store has no such model.
var ErrNotInstalled = errors.New("is not installed")

const (
	stateName = "state.json"
	filesName = "files"
	tempName  = ".new-" // begins the name of what is not installed yet, or not any more
	lockName  = ".lock"
)

// version is a version of a model in its folder.
type version struct {
	Folder    string      `json:"folder"`
	Version   string      `json:"version"`
	Digest    Digest      `json:"digest"`
	Key       Fingerprint `json:"key"`
	Installed time.Time   `json:"installed"`
}

// state says which version is in use.
type state struct {
	Current  version  `json:"current"`
	Previous *version `json:"previous,omitempty"`
}

func (st *state) installed(name string) Installed {
	in := Installed{Name: name, Version: st.Current.Version, Digest: st.Current.Digest, Key: st.Current.Key, Installed: st.Current.Installed}
	if st.Previous != nil {
		in.Previous = st.Previous.Version
	}
	return in
}

func (s *Store) at(what string) {
	if s.step != nil {
		s.step(what)
	}
}

// Install checks a bundle and the code that was handed over with it, and makes its model
// the one in use under its name. The version before it is kept. Errors are ErrSignature,
// ErrDigest, ErrCode and ErrKey, or say what else is wrong; then all is as before.
func (s *Store) Install(bundle io.Reader, code Code, o InstallOptions) (Installed, error) {
	b, err := NewReader(bundle)
	if err != nil {
		return Installed{}, err
	}
	if err := code.check(b); err != nil {
		return Installed{}, err
	}
	if len(o.Trust) > 0 && !slices.Contains(o.Trust, b.Key) {
		return Installed{}, fmt.Errorf("%w: the bundle is signed with %s, which is not one of those that are trusted", ErrKey, b.Key)
	}
	unlock, err := s.lock()
	if err != nil {
		return Installed{}, err
	}
	defer unlock()
	name := b.Manifest.Name
	before, err := s.state(name)
	if err != nil && !errors.Is(err, ErrNotInstalled) {
		return Installed{}, err
	}
	if before != nil && len(o.Trust) == 0 && before.Current.Key != b.Key {
		return Installed{}, fmt.Errorf("%w: %s was signed with %s, and this bundle is with %s; if that is right, name the new key with --trust",
			ErrKey, name, before.Current.Key, b.Key)
	}
	temp, err := s.unpack(b)
	if err != nil {
		return Installed{}, err
	}
	defer os.RemoveAll(temp) // it is not there any more once it has its own name
	st := state{Current: version{Version: b.Manifest.Version, Digest: b.Digest, Key: b.Key, Installed: o.Now.UTC().Truncate(time.Second)}}
	if before != nil {
		st.Previous = &before.Current
	}
	if st.Current.Folder, err = s.place(temp, name, b.Digest); err != nil {
		return Installed{}, err
	}
	if err := s.write(name, &st); err != nil {
		return Installed{}, err
	}
	s.tidy(name, &st)
	return st.installed(name), nil
}

// unpack writes the files of a bundle to a new folder, and to the disk.
func (s *Store) unpack(b *Reader) (temp string, err error) {
	s.at("make the folder")
	made, err := os.MkdirTemp(s.Dir, tempName)
	if err != nil {
		return "", err
	}
	if err := s.fill(made, b); err != nil {
		os.RemoveAll(made)
		return "", err
	}
	return made, nil
}

// fill writes the files of a bundle to a folder, and to the disk.
func (s *Store) fill(temp string, b *Reader) error {
	files := filepath.Join(temp, filesName)
	folders := map[string]bool{files: true, temp: true}
	if err := os.Mkdir(files, 0o755); err != nil {
		return err
	}
	err := b.Files(func(f FileEntry, r io.Reader) error {
		s.at("write " + f.Name)
		path := filepath.Join(files, filepath.FromSlash(f.Name))
		for dir := filepath.Dir(path); !folders[dir]; dir = filepath.Dir(dir) {
			folders[dir] = true
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if f.Executable {
			mode = 0o755
		}
		return writeSynced(path, r, mode)
	})
	if err != nil {
		return err
	}
	spec, err := model.Load(files)
	if err != nil {
		return fmt.Errorf("the bundle: %s", strings.TrimPrefix(err.Error(), files+string(filepath.Separator)))
	}
	if spec.Name != b.Manifest.Name || spec.Version != b.Manifest.Version {
		return fmt.Errorf("the bundle is of %s %s, and its %s of %s %s", b.Manifest.Name, b.Manifest.Version, model.SpecFile, spec.Name, spec.Version)
	}
	for _, e := range []struct {
		name string
		data []byte
	}{{manifestName, b.manifest}, {publicName, b.public}, {signatureName, b.signature}} {
		if err := writeSynced(filepath.Join(temp, e.name), strings.NewReader(string(e.data)), 0o644); err != nil {
			return err
		}
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	s.at("sync the folders")
	for dir := range folders {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

func writeSynced(path string, r io.Reader, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// place gives an unpacked version a name of its own beside the others.
func (s *Store) place(temp, name string, d Digest) (folder string, err error) {
	home := filepath.Join(s.Dir, name)
	s.at("make the model's folder")
	if err := os.Mkdir(home, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	if err := syncDir(s.Dir); err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		folder = fmt.Sprintf("%s-%d", d.Short(), n)
		if _, err := os.Lstat(filepath.Join(home, folder)); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return "", err
		}
	}
	s.at("name the version")
	if err := os.Rename(temp, filepath.Join(home, folder)); err != nil {
		return "", err
	}
	s.at("sync the version")
	return folder, syncDir(home)
}

// write replaces the state of a model.
func (s *Store) write(name string, st *state) error {
	home := filepath.Join(s.Dir, name)
	data, err := json.MarshalIndent(st, "", " ")
	if err != nil {
		return err
	}
	s.at("write the state")
	temp := filepath.Join(home, tempName+stateName)
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeSynced(temp, strings.NewReader(string(data)+"\n"), 0o644); err != nil {
		return err
	}
	s.at("replace the state")
	if err := os.Rename(temp, filepath.Join(home, stateName)); err != nil {
		return err
	}
	s.at("sync the state")
	return syncDir(home)
}

// tidy removes what no state names: old versions, and what a power cut left. What cannot
// be removed now is the next one's.
func (s *Store) tidy(name string, st *state) {
	s.at("tidy up")
	keep := []string{stateName, st.Current.Folder}
	if st.Previous != nil {
		keep = append(keep, st.Previous.Folder)
	}
	remove(filepath.Join(s.Dir, name), func(n string) bool { return !slices.Contains(keep, n) })
	remove(s.Dir, func(n string) bool { return strings.HasPrefix(n, tempName) })
}

func remove(dir string, which func(string) bool) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if which(e.Name()) {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// state reads which version of a model is in use.
func (s *Store) state(name string) (*state, error) {
	if !model.ValidName(name) {
		return nil, fmt.Errorf("model %.80q %w: it has letters, digits, - and _ in its name", name, ErrNotInstalled)
	}
	path := filepath.Join(s.Dir, name, stateName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("model %s %w in %s", name, ErrNotInstalled, s.Dir)
	}
	if err != nil {
		return nil, err
	}
	st := &state{}
	if err := json.Unmarshal(data, st); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w; install the model again after linetwin model remove %s", path, err, name)
	}
	for _, v := range []*version{&st.Current, st.Previous} {
		if v != nil && (v.Folder == "" || v.Folder != filepath.Base(v.Folder) || v.Folder[0] == '.') {
			return nil, fmt.Errorf("%s is damaged: %q is no folder of a version", path, v.Folder)
		}
	}
	return st, nil
}

// List tells the models of the store in the order of their names. Those whose state
// cannot be read are told as errors, beside the others.
func (s *Store) List() ([]Installed, error) {
	entries, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Installed
	var wrong []error
	for _, e := range entries {
		if !e.IsDir() || !model.ValidName(e.Name()) {
			continue
		}
		st, err := s.state(e.Name())
		switch {
		case errors.Is(err, ErrNotInstalled): // its installation was cut off
		case err != nil:
			wrong = append(wrong, err)
		default:
			all = append(all, st.installed(e.Name()))
		}
	}
	return all, errors.Join(wrong...)
}

// Open finds the model in use under a name and checks that its files are still those that
// were signed. dir is the model's folder.
func (s *Store) Open(name string) (dir string, in Installed, err error) {
	st, err := s.state(name)
	if err != nil {
		return "", in, err
	}
	home := filepath.Join(s.Dir, name, st.Current.Folder)
	if err := verify(home, st.Current); err != nil {
		return "", in, fmt.Errorf("model %s: %w; install it again", name, err)
	}
	return filepath.Join(home, filesName), st.installed(name), nil
}

// Rollback brings back the version before the one in use, which takes its place: a
// second Rollback undoes the first.
func (s *Store) Rollback(name string) (Installed, error) {
	unlock, err := s.lock()
	if err != nil {
		return Installed{}, err
	}
	defer unlock()
	st, err := s.state(name)
	if err != nil {
		return Installed{}, err
	}
	if st.Previous == nil {
		return Installed{}, fmt.Errorf("model %s has no version before %s", name, st.Current.Version)
	}
	if err := verify(filepath.Join(s.Dir, name, st.Previous.Folder), *st.Previous); err != nil {
		return Installed{}, fmt.Errorf("model %s, version %s: %w", name, st.Previous.Version, err)
	}
	back := state{Current: *st.Previous, Previous: &st.Current}
	if err := s.write(name, &back); err != nil {
		return Installed{}, err
	}
	return back.installed(name), nil
}

// Remove takes a model out with all its versions.
func (s *Store) Remove(name string) error {
	if !model.ValidName(name) {
		_, err := s.state(name)
		return err
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	temp, err := os.MkdirTemp(s.Dir, tempName)
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	s.at("take the model out")
	err = os.Rename(filepath.Join(s.Dir, name), filepath.Join(temp, name))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("model %s %w in %s", name, ErrNotInstalled, s.Dir)
	}
	if err != nil {
		return err
	}
	s.at("sync the store")
	return syncDir(s.Dir)
}
