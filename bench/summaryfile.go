package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// SummaryFile is the name of the summary in a run's folder.
const SummaryFile = "summary.json"

// MarshalJSON writes the fields in their declared order, metrics sorted by name,
// and empty lists as [].
func (s Summary) MarshalJSON() ([]byte, error) {
	type plain Summary
	p := plain(s)
	p.Format = Format
	if p.Metrics == nil {
		p.Metrics = map[string]Value{}
	}
	if p.Expect == nil {
		p.Expect = []Result{}
	}
	if p.Faults == nil {
		p.Faults = []Fault{}
	}
	if p.Notes == nil {
		p.Notes = []string{}
	}
	return marshal(p)
}

// marshal is json.Marshal without the escapes that HTML needs: "<=" stays readable.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Write the summary as indented JSON with a newline at its end.
func (s Summary) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(s)
}

// WriteFile writes the summary so that a reader sees the whole of it or the file
// that was there before: into a temporary file in the same folder, which is then
// renamed.
func (s Summary) WriteFile(path string) error {
	return writeAtomic(path, s.Write)
}

// writeAtomic lets write fill a file that takes its place when it is complete.
func writeAtomic(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("cannot write %s: %w", path, err)
		}
	}()
	if err = write(f); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// ReadSummary reads a summary from its file, or from the folder of a run. Its
// errors name the file and say whether it is missing, not a summary, cut short, or
// of another format.
func ReadSummary(path string) (Summary, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, SummaryFile)
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return Summary{}, fmt.Errorf("%s: there is no such file; name a run's folder or its %s", path, SummaryFile)
	}
	if err != nil {
		return Summary{}, err
	}
	var s Summary
	if err := json.Unmarshal(data, &s); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) && syntax.Offset >= int64(len(bytes.TrimRight(data, " \n\t\r"))) {
			return Summary{}, fmt.Errorf("%s: is cut short after %d bytes; run the scenario again", path, len(data))
		}
		return Summary{}, fmt.Errorf("%s: is not a summary: %w", path, err)
	}
	if s.Format != Format {
		return Summary{}, fmt.Errorf("%s: has format %q, and this program reads %q; run the scenario again with this program", path, s.Format, Format)
	}
	switch s.Verdict {
	case Pass, Fail, Partial:
	default:
		return Summary{}, fmt.Errorf("%s: has the verdict %q; it must be pass, fail or partial", path, s.Verdict)
	}
	return s, nil
}
