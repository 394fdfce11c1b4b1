package gcode_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"linetwin.dev/kinematics/gcode"
)

// endless gives a program line by line, of a length, without having it in memory.
type endless struct {
	left int64
	line int
	rest []byte
	buf  []byte
}

func (r *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(r.rest) == 0 {
			if r.left <= 0 {
				return n, io.EOF
			}
			r.line++
			r.buf = fmt.Appendf(r.buf[:0], "N%d G1 X%.4f Y%.4f Z%.4f A%.3f C%.3f\n", r.line, float64(r.line%999)/7, float64(r.line%777)/3, float64(r.line%55)/9, float64(r.line%90), float64(r.line%360))
			r.rest = r.buf
			if r.left -= int64(len(r.buf)); r.left <= 0 {
				r.rest = append(r.rest, "M2\n"...)
			}
		}
		c := copy(p[n:], r.rest)
		n, r.rest = n+c, r.rest[c:]
	}
	return n, nil
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestHundredMegabytesStreamInConstantMemory(t *testing.T) {
	size := int64(100 << 20)
	if testing.Short() {
		size = 10 << 20
	}
	before := heap()
	in := gcode.New("large", io.MultiReader(strings.NewReader("F100\n"), &endless{left: size}), gcode.Config{})
	most, n := uint64(0), 0
	for {
		_, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%500_000 == 0 {
			most = max(most, heap())
		}
	}
	if n < int(size/60) {
		t.Errorf("%d events of %d bytes", n, size)
	}
	if most > before+1<<20 {
		t.Errorf("%d bytes more in use than before", most-before)
	}
	runtime.KeepAlive(in)
}

func TestLinesAllocateNothing(t *testing.T) {
	for _, c := range []struct{ name, body string }{
		{"lines", "G1 X1.5 Y-2.25 Z.125 A90 C[2*3]\nG0 X0 Y0\n"},
		{"arcs", "G2 X10 Y0 I5 J0\nG3 X0 Y0 R7.5 Z1\nG18 G2 X0 Z5 R10\nG17\n"},
		{"cycles", "G81 X1 Y2 Z-3 R1\nX5 L2\nG83 X1 Z-9 R2 Q0.5\nG80\n"},
		{"compensation", "G40 G0 X0 Y0\nG41.1 D2\nG1 X10\nX20 Y5\nG2 X30 Y0 R20 (here)\nM8\nG1 Y-20\nG40\n"},
		{"parameters", "#1=[sin[30]+#1] #<local>=[#<local>+1] #<_global>=2\nG0 X#<local>\n"},
		{"calls", "O<away> call [1] [2]\n"},
		{"loops", "O1 repeat [3]\nO2 if [#1 GT 5]\nO2 else\nG0 X1\nO2 endif\nO1 endrepeat\n"},
		{"modes", "G20\nG21\nG91\nG90\nS100 M3\nM5\nM7\nM9\nG64 P0.1\nG92 X1\nG92.1\nG55\nG54\nF100 (a word)\n(msg,to you)\n(debug,#1 #<_x>)\n"},
		{"inverse time", "G93 G1 X5 F2\nX0 F3\nG94 F100\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := "G21 F100 M3 S10\nO<away> sub\n#<x>=#1\nG0 X#<x> Y#2\nO<away> endsub\n#<local>=1\nO10 while [1]\n" + c.body + "O10 endwhile\n"
			in := gcode.New("program", strings.NewReader(program), gcode.Config{})
			steps := func() {
				for range 200 {
					if _, err := in.Next(); err != nil {
						t.Fatal(err)
					}
				}
			}
			steps()
			if n := testing.AllocsPerRun(20, steps); n != 0 {
				t.Errorf("%g allocations in 200 events", n)
			}
		})
	}
}

func TestAPipeCanLoopWithinWhatIsHeldOfIt(t *testing.T) {
	program := "O1 repeat [3]\nG0 X1\nO1 endrepeat\nM2\n"
	n := 0
	in := gcode.New("pipe", io.MultiReader(strings.NewReader(program)), gcode.Config{})
	for {
		e, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == gcode.Traverse {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d traverses, want 3", n)
	}
}

func TestALoopThatAPipeDoesNotHoldIsAMistake(t *testing.T) {
	body := strings.Repeat("G0 X1\n", 20_000)
	program := "O1 repeat [2]\n" + body + "O1 endrepeat\nM2\n"
	count := func(r io.Reader) (n int, err error) {
		in := gcode.New("program", r, gcode.Config{})
		for {
			e, err := in.Next()
			if err != nil {
				return n, err
			}
			if e.Kind == gcode.Traverse {
				n++
			}
		}
	}
	if n, err := count(io.MultiReader(strings.NewReader(program))); err == nil || !strings.Contains(err.Error(), "goes back to line 1, which a stream does not have any more") {
		t.Errorf("a pipe: %d traverses, %v", n, err)
	}
	if n, err := count(bytes.NewReader([]byte(program))); n != 40_000 || !errors.Is(err, io.EOF) {
		t.Errorf("a file: %d traverses, %v", n, err)
	}
}

func TestEqualProgramsGiveEqualBits(t *testing.T) {
	for seed := range uint64(50) {
		program := randomProgram(seed)
		var first []gcode.Event
		_ = events(t, program, gcode.Config{}, func(e *gcode.Event) { first = append(first, *e) })
		i := 0
		_ = events(t, program, gcode.Config{}, func(e *gcode.Event) {
			a, b := first[i], *e
			if a.Kind != b.Kind || a.Axes != b.Axes || a.Motion != b.Motion || a.Value != b.Value {
				t.Fatalf("seed %d, event %d differs", seed, i)
			}
			i++
		})
		if i != len(first) {
			t.Fatalf("seed %d: %d events, then %d", seed, len(first), i)
		}
	}
}
