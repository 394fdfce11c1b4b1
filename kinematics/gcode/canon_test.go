package gcode_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"linetwin.dev/kinematics/gcode"
)

var update = flag.Bool("update", false, "write what rs274 prints into testdata/canon")

// canon interprets a program as rs274 -g does, and gives its lines and its mistake.
func canon(tb testing.TB, path string) (string, error) {
	tb.Helper()
	program, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer program.Close()
	in := gcode.New(filepath.Base(path), program, gcode.Config{MachineUnits: gcode.Inches, Tools: gcode.SampleTools(),
		Machine: &gcode.Standalone{}, Find: gcode.Folders(filepath.Dir(path))})
	defer in.Close()
	var out bytes.Buffer
	lines := gcode.NewCanonWriter(&out)
	for {
		e, err := in.Next()
		if err != nil {
			if err := lines.Trailer(false); err != nil {
				tb.Fatal(err)
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return out.String(), err
		}
		if err := lines.Write(e); err != nil {
			tb.Fatal(err)
		}
	}
}

// rs274 runs LinuxCNC's interpreter in the program's folder.
func rs274(tb testing.TB, path string) (lines string, failed bool) {
	tb.Helper()
	cmd := exec.Command("rs274", "-g", filepath.Base(path))
	cmd.Dir = filepath.Dir(path)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		tb.Fatal(err)
	}
	return string(out), err != nil
}

func needRS274(tb testing.TB) {
	tb.Helper()
	if _, err := exec.LookPath("rs274"); err != nil {
		tb.Skip("rs274 is not installed; on Debian: apt-get install --no-install-recommends linuxcnc-uspace")
	}
}

var number = regexp.MustCompile(`-?\d+\.\d+`)

// differ finds the first line in which two listings differ. Numbers may differ by one in
// the last place, which is where 4 decimals are rounded.
func differ(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) {
			return fmt.Sprintf("%d lines, want %d", len(a), len(b))
		}
		if a[i] == b[i] {
			continue
		}
		x, y := number.FindAllString(a[i], -1), number.FindAllString(b[i], -1)
		same := len(x) == len(y) && number.ReplaceAllString(a[i], "#") == number.ReplaceAllString(b[i], "#")
		for j := 0; same && j < len(x); j++ {
			u, _ := strconv.ParseFloat(x[j], 64)
			v, _ := strconv.ParseFloat(y[j], 64)
			same = math.Abs(u-v) <= 1.000001e-4
		}
		if !same {
			return fmt.Sprintf("line %d:\n got %s\nwant %s", i+1, a[i], b[i])
		}
	}
	return ""
}

func programs(tb testing.TB) []string {
	tb.Helper()
	paths, err := filepath.Glob("testdata/canon/*.ngc")
	if err != nil || len(paths) == 0 {
		tb.Fatalf("no programs in testdata/canon: %v", err)
	}
	return paths
}

func TestOwnProgramsGiveTheLinesThatRS274Gave(t *testing.T) {
	for _, path := range programs(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			golden := strings.TrimSuffix(path, ".ngc") + ".canon"
			if *update {
				needRS274(t)
				lines, failed := rs274(t, path)
				if failed {
					t.Fatal("rs274 finds a mistake in it")
				}
				if err := os.WriteFile(golden, []byte(lines), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			got, err := canon(t, path)
			if err != nil {
				t.Fatal(err)
			}
			if d := differ(got, string(want)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestOwnProgramsAgreeWithTheInstalledRS274(t *testing.T) {
	needRS274(t)
	for _, path := range programs(t) {
		agree(t, path)
	}
}

// early are mistakes that are found before the first move of a cycle, and by rs274 after.
const early = "while the spindle does not turn"

// agree runs a program through both.
func agree(t *testing.T, path string) {
	t.Helper()
	want, failed := rs274(t, path)
	got, err := canon(t, path)
	if failed != (err != nil) {
		t.Errorf("%s: rs274 found a mistake: %v; here: %v", path, failed, err)
		return
	}
	if err != nil && strings.Contains(err.Error(), early) {
		return
	}
	if d := differ(got, want); d != "" {
		t.Errorf("%s: %s (mistake: %v)", path, d, err)
	}
}

func TestRandomProgramsAgreeWithRS274(t *testing.T) {
	needRS274(t)
	n := uint64(25)
	if os.Getenv("LINETWIN_SOAK") != "" {
		n = 3000
	}
	dir := t.TempDir()
	for seed := range n {
		path := filepath.Join(dir, fmt.Sprintf("random%d.ngc", seed))
		text := randomProgram(seed)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if agree(t, path); t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, text)
		}
	}
}

// elsewhere are programs of LinuxCNC that ask for what is left out here, or what rs274
// itself leaves out.
var elsewhere = map[string]string{
	"lathe_g70_71_demo.ngc":     "roughing cycles",
	"lathe_g7x_face_boring.ngc": "roughing cycles",
	"lathe_g7x_quadrants.ngc":   "roughing cycles",
	"examples.ngc":              "remapped codes, a roughing cycle",
	"foam.ngc":                  "U and V, which rs274 has no axes for",
	"cone.ngc":                  "W, which rs274 has no axis for",
}

func TestTheProgramsThatComeWithLinuxCNCAgreeWithRS274(t *testing.T) {
	needRS274(t)
	roots := []string{"/usr/share/linuxcnc/ncfiles"}
	if os.Getenv("LINETWIN_SOAK") != "" {
		roots = append(roots, "/usr/share/doc/linuxcnc/examples/sample-configs")
	}
	n := 0
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return fs.SkipDir // another version of the package has other folders
			}
			if d.IsDir() && path != root && os.Getenv("LINETWIN_SOAK") == "" {
				return fs.SkipDir
			}
			if d.Type().IsRegular() && filepath.Ext(path) == ".ngc" && elsewhere[filepath.Base(path)] == "" {
				n++
				agree(t, path)
			}
			return nil
		})
		if err != nil {
			t.Log(err)
		}
	}
	t.Logf("%d programs", n)
}

func TestCanonicalNumbersAreRoundedAsStrconvRoundsThem(t *testing.T) {
	var line bytes.Buffer
	w := gcode.NewCanonWriter(&line)
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		// Of all sizes, and next to ties.
		v := math.Copysign(math.Pow(10, 20*r.Float64()-8), r.Float64()-0.5)
		if r.IntN(2) == 0 {
			v = math.Round(v*1e4)/1e4 + 0.5e-4
		}
		line.Reset()
		if err := w.Write(&gcode.Event{Kind: gcode.SetFeedRate, Value: v}); err != nil {
			t.Fatal(err)
		}
		if want := "SET_FEED_RATE(" + strconv.FormatFloat(v, 'f', 4, 64) + ")\n"; !strings.HasSuffix(line.String(), want) {
			t.Fatalf("%v is written as %q; want %q", v, line.String(), want)
		}
	}
}
