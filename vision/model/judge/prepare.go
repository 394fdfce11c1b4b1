package judge

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/recogniser"
)

// Source finds a model: an installed one by its name, or that of a folder by a path with a slash.
// It says how the model is run on a device, and what it is.
type Source func(nameOrFolder, device string) (recogniser.Spec, *model.Spec, error)

// ErrNoModels says that models are asked for where nobody knows of any.
var ErrNoModels = errors.New("no models are known here; name a command")

// Prepare says how a station's recogniser is started, without doing so. dir is the scenario's
// folder. The error is of type *vision.SettingError: what is wrong, and in which field.
func Prepare(spec *specs.Recogniser, dir string, models Source) (recogniser.Spec, error) {
	fail := func(err error, field string) (recogniser.Spec, error) {
		return recogniser.Spec{}, &vision.SettingError{Field: []string{"recogniser", field}, Err: err}
	}
	dir, err := filepath.Abs(dir) // the program runs there
	if err != nil {
		return fail(err, "command")
	}
	if len(spec.Command) > 0 {
		how, err := program(spec.Command, dir)
		if err != nil {
			return fail(err, "command")
		}
		return how, nil
	}
	if models == nil {
		return fail(ErrNoModels, "model")
	}
	name, file := spec.Model, ""
	if strings.HasSuffix(name, ".onnx") {
		name, file = filepath.ToSlash(filepath.Dir(filepath.FromSlash(name)))+"/", filepath.Base(name)
	}
	if strings.ContainsAny(name, `/\`) {
		if name = filepath.FromSlash(name); !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
	}
	how, about, err := models(name, spec.Device)
	switch {
	case err != nil:
		return fail(err, "model")
	case file != "" && about.File != file:
		return fail(fmt.Errorf("%s beside it describes %q; name that file", model.SpecFile, about.File), "model")
	}
	if len(about.Labels) > 0 {
		for _, b := range spec.Bad {
			if !slices.Contains(about.Labels, b) {
				return fail(fmt.Errorf("model %s knows no class %q; its classes are %s", about.Name, b, strings.Join(about.Labels, ", ")), "bad")
			}
		}
	}
	return how, nil
}

// program is how a command of the scenario is started.
func program(command []string, dir string) (recogniser.Spec, error) {
	path := filepath.FromSlash(command[0])
	if strings.ContainsRune(path, filepath.Separator) && !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	if _, err := exec.LookPath(path); err != nil {
		var e *exec.Error
		if errors.As(err, &e) {
			err = e.Err
		}
		return recogniser.Spec{}, fmt.Errorf("%q cannot be run: %w", command[0], err)
	}
	return recogniser.Spec{
		Name: strconv.Quote(strings.Join(command, " ")), Dir: dir,
		Command: append([]string{path}, command[1:]...),
		Env:     []string{"PYTHONDONTWRITEBYTECODE=1"}, // a scenario's folder stays as it is
	}, nil
}
