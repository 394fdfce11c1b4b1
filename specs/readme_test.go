package specs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheExampleInTheReadmeLoadsAndItsMistakeIsToldAsThere(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```cue\n")
	example, rest, _ := strings.Cut(rest, "```\n")
	dir := writeLine(t)
	if err := os.Rename(filepath.Join(dir, "wrong.png"), filepath.Join(dir, "other.png")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "line.cue", example)
	if _, err := Load(dir); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "warm-z.csv", "")
	more := rest
	for range 2 { // mills, clients
		_, after, _ := strings.Cut(more, "```cue\n")
		part, after, _ := strings.Cut(after, "```\n")
		more = after
		write(t, dir, "more.cue", "package hello\n"+part)
		l, err := Load(dir)
		if err != nil {
			t.Fatalf("with %s: %v", part, err)
		}
		if len(l.Mills)+len(l.Clients) == 0 {
			t.Errorf("there are neither mills nor clients in %s", part)
		}
		if err := os.Remove(filepath.Join(dir, "more.cue")); err != nil {
			t.Fatal(err)
		}
	}
	var told string
	for _, line := range strings.Split(rest, "\n") {
		if s := strings.TrimSpace(line); strings.HasPrefix(s, "line.cue:") {
			told = s
		}
	}
	write(t, dir, "line.cue", strings.Replace(example, `"0.5m/s"`, `"0.5mm"`, 1))
	t.Chdir(dir)
	if _, err := Load("."); err == nil || err.Error() != told+"\n"+moreFollow {
		t.Errorf("got %v, the README says %s", err, told)
	}
}
