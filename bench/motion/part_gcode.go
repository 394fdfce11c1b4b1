//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
	"linetwin.dev/kinematics/gcode"
)

// measureGCode interprets programs and writes their canonical lines, as "rs274 -g" does.
// Processor time of the whole process counts for both; rs274's is less that for a program that
// is nothing but its end.
func measureGCode(s *session) ([]bench.Row, error) {
	rs274, err := findRS274()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "bench-gcode")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	empty := filepath.Join(folder, "empty.ngc")
	if err := os.WriteFile(empty, []byte("M2\n"), 0o644); err != nil {
		return nil, err
	}
	fmt.Printf("\nG-code, read, interpreted and written as canonical lines; processor time\n")
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join([]string{"program", "lines", ours, rs274.name, "allocations of a line"}, "\t"))
	var rows []bench.Row
	most := 0.
	longer := programs(2)
	for i, p := range programs(1) {
		path := filepath.Join(folder, "program.ngc")
		if err := os.WriteFile(path, p.text, 0o644); err != nil {
			return nil, err
		}
		if err := rs274.agrees(path); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		var we, they, start []float64
		for round := range min(s.rounds, 9) {
			turns := []func() error{
				func() error {
					took, err := interpret(path, io.Discard)
					we = append(we, took.Seconds())
					return err
				},
				func() error { return rs274.run(path, &they) },
				func() error { return rs274.run(empty, &start) },
			}
			for k := range turns {
				if err := turns[(k+round)%len(turns)](); err != nil {
					return nil, fmt.Errorf("%s: %w", p.name, err)
				}
			}
		}
		allocations, err := allocationsOfLine(p, longer[i])
		if err != nil {
			return nil, err
		}
		most = max(most, allocations)
		rate := float64(p.lines) / suite.Median(we)
		theirs := "not installed"
		var peer *float64
		if len(they) > 0 {
			v := float64(p.lines) / (suite.Median(they) - suite.Median(start))
			peer, theirs = &v, fmt.Sprintf("%.0f /s", v)
		}
		fmt.Fprintf(w, "%s\t%d\t%.0f /s\t%s\t%v\n", p.name, p.lines, rate, theirs, allocations)
		rows = append(rows, bench.Measured("G-code, parse + interpret: "+p.name+", lines", rate, "1/s", ">= 5").Against(rs274.name, peer, bench.Higher))
	}
	// Standard output takes it, or the table after it says so.
	_ = w.Flush()
	return append(rows, bench.Measured("G-code: allocations of a line", most, "1", "<= 0")), nil
}

// interpret a program and write its canonical lines. It tells the processor time.
func interpret(path string, out io.Writer) (time.Duration, error) {
	begin := suite.ProcessTime()
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	in := gcode.New(path, f, gcode.Config{MachineUnits: gcode.Inches, Tools: gcode.SampleTools(), Machine: &gcode.Standalone{}})
	defer in.Close()
	lines := gcode.NewCanonWriter(out)
	for {
		e, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		if err := lines.Write(e); err != nil {
			return 0, err
		}
	}
	err = lines.Trailer(false)
	return suite.ProcessTime() - begin, err
}

// allocationsOfLine is how many more there are for the longer one of two programs, per line,
// rounded down, as testing does: what starting costs does not count.
func allocationsOfLine(short, long program) (float64, error) {
	count := func(p program) (uint64, error) {
		in := gcode.New(p.name, bytes.NewReader(p.text), gcode.Config{})
		defer in.Close()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for {
			if _, err := in.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return 0, err
			}
		}
		runtime.ReadMemStats(&after)
		return after.Mallocs - before.Mallocs, nil
	}
	few, err := count(short)
	if err != nil {
		return 0, err
	}
	many, err := count(long)
	if err != nil {
		return 0, err
	}
	return float64((max(many, few) - few) / uint64(long.lines-short.lines)), nil
}

// rs274 is LinuxCNC's stand-alone interpreter.
type rs274 struct {
	name string
	path string // "" where it is not installed
}

func findRS274() (*rs274, error) {
	r := &rs274{name: "rs274"}
	path, err := exec.LookPath("rs274")
	if errors.Is(err, exec.ErrNotFound) {
		fmt.Println("rs274 is not measured: apt-get install --no-install-recommends linuxcnc-uspace")
		return r, nil
	}
	r.path = path
	if out, err := exec.Command("dpkg-query", "-W", "-f=${Version}", "linuxcnc-uspace").Output(); err == nil {
		if v := regexp.MustCompile(`^[0-9.]+`).Find(bytes.TrimPrefix(out, []byte("1:"))); v != nil {
			r.name += " of LinuxCNC " + string(v)
		}
	}
	return r, err
}

// run a program, and add the seconds that it took the processor.
func (r *rs274) run(program string, took *[]float64) error {
	if r.path == "" {
		return nil
	}
	cmd := r.command(program)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", cmd, err)
	}
	*took = append(*took, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
	return nil
}

// command that prints the canonical lines. It leaves its parameters in the program's folder.
func (r *rs274) command(program string) *exec.Cmd {
	cmd := exec.Command(r.path, "-g", filepath.Base(program))
	cmd.Dir = filepath.Dir(program)
	return cmd
}

// canonical is the name of what a line asks for: N..... STRAIGHT_FEED(
var canonical = regexp.MustCompile(`(?m)^.* ([A-Z0-9_]+)\(`)

// agrees is nil if both interpreters ask for the same, in the same order. The tests of gcode
// compare the numbers too.
func (r *rs274) agrees(program string) error {
	if r.path == "" {
		return nil
	}
	theirs, err := r.command(program).Output()
	if err != nil {
		return err
	}
	var we bytes.Buffer
	if _, err := interpret(program, &we); err != nil {
		return err
	}
	names := func(text []byte) (list []string) {
		for _, m := range canonical.FindAllSubmatch(text, -1) {
			list = append(list, string(m[1]))
		}
		return list
	}
	a, b := names(we.Bytes()), names(theirs)
	if len(a) < 100 || !slices.Equal(a, b) {
		return fmt.Errorf("%d canonical lines, by rs274 %d, and not the same ones", len(a), len(b))
	}
	return nil
}
