package gcode

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// INI is a LinuxCNC ini file: what it says of the interpreter.
type INI struct {
	name   string
	values map[string]map[string]string // section, then key; the first of each counts
}

// ReadINI reads an ini file: sections in [ ], KEY = value, and comments that begin with #
// or ;. The name stands in errors, which are *Error. #INCLUDE lines are read from the
// folder of name.
func ReadINI(name string, r io.Reader) (*INI, error) {
	f := &INI{name: name, values: map[string]map[string]string{}}
	_, err := f.read(name, r, "", 0)
	return f, err
}

// mostIncludes is how deep ini files may include others.
const mostIncludes = 8

func (f *INI) read(name string, r io.Reader, section string, deep int) (string, error) {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		for strings.HasSuffix(text, `\`) && lines.Scan() {
			text = strings.TrimSuffix(text, `\`) + strings.TrimSpace(lines.Text())
			n++
		}
		fail := func(what string) error { return &Error{File: name, Line: n, What: what} }
		if file, ok := strings.CutPrefix(text, "#INCLUDE "); ok {
			if deep == mostIncludes {
				return section, fail("files include one another more than 8 deep")
			}
			var err error
			if section, err = f.include(filepath.Join(filepath.Dir(name), strings.TrimSpace(file)), section, deep); err != nil {
				return section, fail(err.Error())
			}
			continue
		}
		switch {
		case text == "" || text[0] == '#' || text[0] == ';':
		case text[0] == '[':
			end := strings.IndexByte(text, ']')
			if end < 0 {
				return section, fail("a section without its ]")
			}
			section = text[1:end]
			if f.values[section] == nil {
				f.values[section] = map[string]string{}
			}
		default:
			key, value, ok := strings.Cut(text, "=")
			if !ok {
				return section, fail(fmt.Sprintf("%q is neither a [section] nor KEY = value", text))
			}
			if f.values[section] == nil {
				f.values[section] = map[string]string{}
			}
			key = strings.TrimSpace(key)
			if _, had := f.values[section][key]; !had {
				f.values[section][key] = strings.TrimSpace(value)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return section, fmt.Errorf("%s: %w", name, err)
	}
	return section, nil
}

func (f *INI) include(path, section string, deep int) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return section, err
	}
	defer file.Close()
	return f.read(path, file, section, deep+1)
}

// Value gives the value of a key; "" when the file has none.
func (f *INI) Value(section, key string) string { return f.values[section][key] }

// Lookup gives #<_ini[section]name>, however it is written.
func (f *INI) Lookup(name string) (float64, bool) {
	name = strings.ToUpper(name)
	rest, ok := strings.CutPrefix(name, "_INI[")
	if !ok {
		return 0, false
	}
	section, key, ok := strings.Cut(rest, "]")
	if !ok {
		return 0, false
	}
	v, err := strconv.ParseFloat(f.Value(section, key), 64)
	return v, err == nil
}

// Configure sets what the file says of the interpreter: [RS274NGC], [EMCIO] on tool
// changes, [AXIS_A], [AXIS_B], [AXIS_C] on how they turn, [TRAJ]SPINDLES. The error names
// all values that make no sense.
func (f *INI) Configure(c *Config) error {
	var errs []error
	flag := func(section, key string, to *bool) {
		switch text := f.Value(section, key); strings.ToLower(text) {
		case "":
		case "1", "true", "yes", "on":
			*to = true
		case "0", "false", "no", "off":
			*to = false
		default:
			errs = append(errs, fmt.Errorf("%s: [%s]%s = %s: write 1 or 0", f.name, section, key, text))
		}
	}
	number := func(section, key string, to *float64) {
		text := f.Value(section, key)
		if text == "" {
			return
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: [%s]%s = %s: write a number", f.name, section, key, text))
			return
		}
		*to = v
	}
	flag("EMCIO", "TOOL_CHANGE_AT_G30", &c.ToolChangeAtG30)
	flag("EMCIO", "TOOL_CHANGE_QUILL_UP", &c.ToolChangeQuillUp)
	flag("EMCIO", "TOOL_CHANGE_WITH_SPINDLE_ON", &c.ToolChangeWithSpindleOn)
	flag("EMCIO", "RANDOM_TOOLCHANGER", &c.RandomToolChanger)
	for i, axis := range []string{"AXIS_A", "AXIS_B", "AXIS_C"} {
		flag(axis, "WRAPPED_ROTARY", &c.WrappedRotary[i])
		c.Indexer[i] = c.Indexer[i] || f.Value(axis, "LOCKING_INDEXER_JOINT") != ""
	}
	flag("RS274NGC", "RETAIN_G43", &c.RetainG43)
	flag("RS274NGC", "OWORD_NARGS", &c.CountArguments)
	flag("RS274NGC", "DISABLE_FANUC_STYLE_SUB", &c.NoFanucSubs)
	flag("RS274NGC", "DISABLE_G92_PERSISTENCE", &c.NoLocalPersistence)
	number("RS274NGC", "ORIENT_OFFSET", &c.OrientOffset)
	number("RS274NGC", "CENTER_ARC_RADIUS_TOLERANCE_INCH", &c.ArcToleranceInch)
	number("RS274NGC", "CENTER_ARC_RADIUS_TOLERANCE_MM", &c.ArcToleranceMM)
	spindles := float64(c.Spindles)
	number("TRAJ", "SPINDLES", &spindles)
	c.Spindles = int(spindles)
	variables := true
	if flag("RS274NGC", "INI_VARS", &variables); variables {
		c.Lookup = f.Lookup
	}
	return errors.Join(errs...)
}

// Folders are where the file says that subs are: [DISPLAY]PROGRAM_PREFIX, then
// [RS274NGC]SUBROUTINE_PATH, from the working directory. ~ is the home folder.
func (f *INI) Folders() []string {
	paths := []string{f.Value("DISPLAY", "PROGRAM_PREFIX")}
	paths = append(paths, strings.Split(f.Value("RS274NGC", "SUBROUTINE_PATH"), ":")...)
	var folders []string
	for _, p := range paths {
		if rest, ok := strings.CutPrefix(p, "~"); ok {
			home, err := os.UserHomeDir()
			if err != nil {
				continue
			}
			p = home + rest
		}
		if p = strings.TrimSpace(p); p != "" {
			folders = append(folders, p)
		}
	}
	return folders
}

// Folders finds the file of a sub, name.ngc, in the first of some folders that has it. It
// serves as Config.Find.
func Folders(folders ...string) func(sub string) (io.ReadCloser, string, error) {
	return func(sub string) (io.ReadCloser, string, error) {
		for _, folder := range folders {
			path := filepath.Join(folder, sub+".ngc")
			file, err := os.Open(path)
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, "", err
			}
			if info, err := file.Stat(); err != nil || info.IsDir() {
				if err := errors.Join(err, file.Close()); err != nil {
					return nil, "", err
				}
				continue
			}
			return file, path, nil
		}
		return nil, "", nil
	}
}
