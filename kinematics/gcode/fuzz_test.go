package gcode_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linetwin.dev/kinematics/gcode"
)

// FuzzInterpreter feeds any bytes: no crash, no hang, no infinite numbers, and every
// mistake has a place.
func FuzzInterpreter(f *testing.F) {
	paths, err := filepath.Glob("testdata/canon/*.ngc")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for seed := range uint64(20) {
		f.Add([]byte(randomProgram(seed)))
	}
	f.Add([]byte("%\nN1 G0 X[[[1]]] #[#1]=2 O1 call\n%"))
	f.Fuzz(func(t *testing.T, program []byte) {
		for _, machine := range []gcode.Machine{nil, &gcode.Standalone{}} {
			in := gcode.New("fuzz", bytes.NewReader(program), gcode.Config{Tools: gcode.SampleTools(), Machine: machine, MostIdle: 2000, Spindles: 2,
				MCodes: map[int]func(*gcode.MCall) error{111: nil}})
			lines := gcode.NewCanonWriter(io.Discard)
			for n, mistakes := 0, 0; n < 3_000; n++ {
				e, err := in.Next()
				if err == nil {
					if err := lines.Write(e); err != nil {
						t.Fatal(err)
					}
					for i, v := range e.Axes {
						if e.Kind.Moves() && (math.IsNaN(v) || math.IsNaN(e.Motion.End[i])) {
							t.Fatalf("line %d: axis %d is not a number", e.Line, i)
						}
					}
					continue
				}
				if errors.Is(err, io.EOF) {
					break
				}
				var mistake *gcode.Error
				if !errors.As(err, &mistake) || mistake.What == "" || mistake.File != "fuzz" || mistake.Line < 0 || mistake.Column < 0 {
					t.Fatalf("a mistake without its place: %v", err)
				}
				if mistakes++; mistakes > 100 || !in.Resume() {
					break
				}
			}
			if err := in.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzFiles reads any bytes as a tool table, a parameter file and an ini file.
func FuzzFiles(f *testing.F) {
	f.Add("T1 P2 X1.5 Z-3 D6 ;a mill\n")
	f.Add("5161\t0.000000\n5162\t1.5\n")
	f.Add("[RS274NGC]\nRETAIN_G43=1\nSUBROUTINE_PATH = a:~/b\n[AXIS_A]\nWRAPPED_ROTARY=1\n")
	f.Fuzz(func(t *testing.T, text string) {
		if table, err := gcode.ReadToolTable("table", strings.NewReader(text)); err == nil && len(table.Tools) > 1000 {
			t.Errorf("%d tools", len(table.Tools))
		}
		if p, err := gcode.ReadParameters("var", strings.NewReader(text)); err == nil {
			var b bytes.Buffer
			if err := gcode.WriteParameters(&b, p); err != nil {
				t.Fatal(err)
			}
			if _, err := gcode.ReadParameters("var", &b); err != nil {
				t.Errorf("what was written cannot be read: %v", err)
			}
		}
		if strings.Contains(text, "#INCLUDE") {
			return // of files that are anywhere
		}
		if ini, err := gcode.ReadINI("ini", strings.NewReader(text)); err == nil {
			var c gcode.Config
			_ = ini.Configure(&c) // what it says may make no sense
			ini.Folders()
			ini.Lookup("_ini[a]b")
		}
	})
}
