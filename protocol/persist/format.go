package persist

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"linetwin.dev/protocol"
	"linetwin.dev/specs/mistake"
)

// head is the first line of a file.
const head = "linetwin values 1"

// sumMark begins the last one.
const sumMark = "sha256 "

// value is what a file keeps of a register.
type value struct {
	typ  protocol.Type
	text string // as protocol.ParseValue reads it
}

// format writes values as a file has them.
func format(values map[string]value) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, head)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintln(&b, name, values[name].typ, values[name].text)
	}
	sum := sha256.Sum256(b.Bytes())
	fmt.Fprintln(&b, sumMark+hex.EncodeToString(sum[:]))
	return b.Bytes()
}

// parse reads what format has written, whole and unchanged.
func parse(data []byte) (map[string]value, error) {
	body, ok := bytes.CutSuffix(data, []byte("\n"))
	at := bytes.LastIndexByte(body, '\n') + 1
	sum, ok2 := strings.CutPrefix(string(body[at:]), sumMark)
	if !ok || !ok2 {
		return nil, errors.New("it is not whole: its last line is no checksum")
	}
	body = body[:at]
	if want := sha256.Sum256(body); sum != hex.EncodeToString(want[:]) {
		return nil, errors.New("its checksum is wrong: it was changed or damaged")
	}
	lines := strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")
	if lines[0] != head {
		return nil, fmt.Errorf("it begins with %q, not %q: another version wrote it", lines[0], head)
	}
	values := map[string]value{}
	for i, line := range lines[1:] {
		words := strings.Split(line, " ")
		if len(words) != 3 {
			return nil, fmt.Errorf("line %d is not name, type and value", i+2)
		}
		t, err := protocol.ParseType(words[1])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		if _, err := protocol.ParseValue(t, words[2]); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		values[words[0]] = value{t, words[2]}
	}
	return values, nil
}

func readValues(path string) (map[string]value, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, mistake.Cause(err)
	}
	return parse(data)
}

// writeValues puts a new file in the place of the one at path. Whenever the power goes,
// either of them is whole afterwards.
func writeValues(path string, values map[string]value) (err error) {
	temp := path + ".new"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err = f.Write(format(values)); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path, before(path)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
