package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheScenariosFilesAreTheOnesThatAreGenerated(t *testing.T) {
	const dir = ".."
	all, err := generate(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		got, err := os.ReadFile(filepath.Join(dir, f.name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, f.text) {
			t.Errorf("%s is another one; go run ./scenarios/thin-wall/generate makes it anew", f.name)
		}
		if f.name == "blade.ngc" {
			if n := strings.Count(string(f.text), "\n"); n < 3000 || n > 5000 {
				t.Errorf("the program has %d lines", n)
			}
		}
	}
}

func TestTheBladesContourIsClosedAndSmooth(t *testing.T) {
	const n = 4000
	for _, z := range []float64{highest, highest - (passes-1)*step} {
		before := cut(-1.0/n, z)
		for i := range n {
			c := cut(float64(i)/n, z)
			way, turn := 0.0, 0.0
			for k := range 3 {
				d, a := c.tip[k]-before.tip[k], c.axis[k]-before.axis[k]
				way += d * d
				turn += a * a
			}
			if way > 0.15*0.15 || turn > 0.06*0.06 {
				t.Fatalf("at %d of %d, height %v, the tip jumps by the square root of %v, and its axis by that of %v", i, n, z, way, turn)
			}
			before = c
		}
	}
}
