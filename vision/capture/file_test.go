package capture_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"linetwin.dev/vision/capture"
)

// special makes a folder and a pipe that nobody writes to.
func special(t *testing.T) (folder, pipe string) {
	t.Helper()
	folder = t.TempDir()
	pipe = filepath.Join(folder, "pipe.npz")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder, pipe
}

func TestAPipeIsNotWaitedFor(t *testing.T) {
	folder, pipe := special(t)
	for _, path := range []string{folder, pipe} {
		if _, err := capture.Load(path); err == nil || err.Error() != "capture "+path+": not a file" {
			t.Errorf("Load: %v", err)
		}
	}
}

func TestWhatIsNoFileIsNotReplacedByOne(t *testing.T) {
	folder, pipe := special(t)
	for _, path := range []string{folder, pipe} {
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		err = capture.WriteFile(path, func(w io.Writer) error { _, err := w.Write([]byte("x")); return err })
		if err == nil || !strings.Contains(err.Error(), "the name of a file is right") {
			t.Errorf("%s: %v", path, err)
		}
		if after, err := os.Stat(path); err != nil || after.Mode() != before.Mode() {
			t.Errorf("%s was %v, and is %v (%v)", path, before.Mode(), after, err)
		}
	}
	err := capture.WriteFile(filepath.Join(folder, "none", "a.npz"), func(io.Writer) error { return nil })
	if want := "no file can be made in " + filepath.Join(folder, "none") + ": no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("%v; it should say %q", err, want)
	}
}
