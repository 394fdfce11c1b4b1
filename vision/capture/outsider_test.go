package capture

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNumPyReadsWhatWeWroteAndWeReadWhatItWrote(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's: python3-numpy serves no other
	if err := exec.Command(python, "-c", "import numpy").Run(); err != nil {
		t.Skip("python3-numpy is not installed")
	}
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "ours.npz"), filepath.Join(dir, "theirs.npz")
	want := sample()
	if err := want.Save(ours); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, filepath.Join("testdata", "outsider.py"), ours, theirs).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sum := 0.0
	for _, z := range want.Depth.Z {
		sum += float64(z)
	}
	var told float64
	if _, err := fmt.Sscanf(string(out), "depth %g", &told); err != nil || told < sum-1e-6 || told > sum+1e-6 {
		t.Errorf("NumPy says %swant depth %v", out, sum)
	}
	got, err := Load(theirs)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range want.Mask { // which NumPy got as numbers, and wrote as truth values
		want.Mask[i] = min(v, 1)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
