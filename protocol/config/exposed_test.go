package config

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFilesWithSecretsThatEverybodyMayReadAreTold(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no permissions for everybody here")
	}
	dir := t.TempDir()
	t.Chdir(dir)
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, mode); err != nil { // whatever the umask
			t.Fatal(err)
		}
	}
	const quiet = `clients: panel: {tokenFile: "panel.token", role: "operator"}` + "\n"
	const loud = `clients: hmi: {token: "secret-of-the-hmi", role: "operator"}` + "\n"
	for _, c := range []struct {
		name          string
		text          string
		config, token os.FileMode
		want          []string
	}{
		{"nobody else may read them", quiet + loud, 0o600, 0o640, nil},
		{"the configuration, with a token in it", quiet + loud, 0o644, 0o600, []string{"server.cue"}},
		{"the configuration, without", quiet, 0o644, 0o600, nil},
		{"a file with a token", quiet, 0o600, 0o604, []string{"panel.token"}},
		{"both", quiet + loud, 0o644, 0o644, []string{"panel.token", "server.cue"}},
	} {
		write("panel.token", "secret-of-the-panel\n", c.token)
		write("server.cue", "package server\n\n"+c.text, c.config)
		got := mustLoad(t, filepath.Join(dir, "server.cue")).Exposed()
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
	if got := Default().Exposed(); got != nil {
		t.Errorf("the default configuration has %v", got)
	}
}
