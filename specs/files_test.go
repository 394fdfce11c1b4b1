package specs

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAPipeInThePlaceOfAFileIsNotWaitedFor(t *testing.T) {
	dir := writeLine(t, `{camera: "top",`, `{camera: "top", templates: logo: file: "pipe.png", relief: file: "pipe.png",`)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.png"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(dir)
	for _, want := range []string{`templates.logo.file: "pipe.png" is not a file`, `relief.file: "pipe.png" is not a file`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; it should say %s", err, want)
		}
	}
}
