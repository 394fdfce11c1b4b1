package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/bundle"
	"linetwin.dev/vision/model/onnx"
	"linetwin.dev/vision/model/recogniser"
)

// modelFlags are the flags of all model commands.
type modelFlags struct {
	store string
	json  bool
}

func newModel() *cobra.Command {
	f := &modelFlags{}
	cmd := group(&cobra.Command{
		Use:   "model",
		Short: "Install, run and serve learned models",
		Long: `Install, run and serve learned models: ONNX networks, and recognisers that are other
programs. A MODEL is the name of an installed one, or, written with a slash, a folder with
a model.json. vision/model/README.md tells the formats and the protocol.`,
		Example: `  linetwin model keygen maker.key
  linetwin model pack ./caps -o caps.ltmodel --key maker.key
  linetwin model install caps.ltmodel --qr caps.ltmodel.qr.png
  linetwin model recognise caps photo.jpg
  linetwin model serve caps`,
	}, f.newKeygen(), f.newPack(), f.newInstall(), f.newList(), f.newRollback(), f.newRemove(), f.newRecognise(), f.newServe(), f.newWorker())
	cmd.PersistentFlags().StringVar(&f.store, "store", "", "the `FOLDER` with installed models (default: linetwin/models in $XDG_DATA_HOME)")
	cmd.PersistentFlags().BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

// open is the store of installed models.
func (f *modelFlags) open() (*bundle.Store, error) {
	dir := f.store
	if dir == "" {
		data := os.Getenv("XDG_DATA_HOME")
		if !filepath.IsAbs(data) { // as its specification has it
			home, err := os.UserHomeDir()
			if err != nil {
				return nil, fmt.Errorf("where models are installed is not known: %w; name a folder with --store", err)
			}
			data = filepath.Join(home, ".local", "share")
		}
		dir = filepath.Join(data, "linetwin", "models")
	}
	return &bundle.Store{Dir: dir}, nil
}

// find is the description of a MODEL, and its folder.
func (f *modelFlags) find(name string) (*model.Spec, string, error) {
	dir := name
	if !strings.ContainsAny(name, `/\`) && name != "." && name != ".." {
		store, err := f.open()
		if err != nil {
			return nil, "", err
		}
		if dir, _, err = store.Open(name); errors.Is(err, bundle.ErrNotInstalled) {
			return nil, "", fmt.Errorf("%w; install it, or write ./%s for a folder", err, name)
		} else if err != nil {
			return nil, "", err
		}
	}
	dir, err := filepath.Abs(dir) // a recogniser runs elsewhere
	if err != nil {
		return nil, "", err
	}
	s, err := model.Load(dir)
	return s, dir, err
}

// recogniser is how the process of a MODEL is started. What can be said of the model
// without starting it is said here.
func (f *modelFlags) recogniser(name string, device onnx.Device) (*recogniser.Spec, *model.Spec, error) {
	s, dir, err := f.find(name)
	if err != nil {
		return nil, nil, err
	}
	spec := recogniser.SpecOf(s, dir)
	// What Python compiles would be files that nobody signed.
	spec.Env = []string{"PYTHONDONTWRITEBYTECODE=1"}
	if s.Kind == model.KindONNX {
		if _, err := onnx.Check(dir, s); err != nil {
			return nil, nil, err
		}
		if !onnx.Built {
			return nil, nil, onnx.ErrNoOpenCV
		}
		self, err := os.Executable()
		if err != nil {
			return nil, nil, err
		}
		spec.Command = []string{self, "model", "worker", dir, "--device", string(device)}
	}
	return &spec, s, nil
}

// deviceFlag is what networks run on.
type deviceFlag onnx.Device

func (f *deviceFlag) Set(s string) error {
	d, err := onnx.ParseDevice(s)
	*f = deviceFlag(d)
	return err
}

func (f *deviceFlag) String() string { return string(*f) }

func (f *deviceFlag) Type() string { return "DEVICE" }

// installedLine is an installed model as JSON.
type installedLine struct {
	Name      string    `json:"name"`
	Version   string    `json:"version"`
	Installed time.Time `json:"installed"`
	Previous  string    `json:"previous,omitempty"`
	Digest    string    `json:"digest"`
	Key       string    `json:"key"`
}

func installedJSON(in bundle.Installed) installedLine {
	return installedLine{in.Name, in.Version, in.Installed, in.Previous, in.Digest.String(), in.Key.String()}
}

// writeWhole writes a file under another name first, so that nobody finds half of it. A
// file that is there is replaced only if that is asked for.
func writeWhole(path string, mode os.FileMode, replace bool, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); err == nil && !replace {
		return fmt.Errorf("%s is there already; remove it, or name another file", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // it is not there any more once it has its own name
	err = write(f)
	if runtime.GOOS != "windows" {
		err = errors.Join(err, f.Chmod(mode))
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
