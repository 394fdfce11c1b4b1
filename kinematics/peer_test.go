package kinematics

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// kdl compiles the program that speaks for KDL and Eigen, or says what is missing for
// that.
func kdl(t testing.TB, flags ...string) string {
	t.Helper()
	for _, file := range []string{"/usr/include/kdl/chain.hpp", "/usr/include/eigen3/Eigen/Dense"} {
		if _, err := os.Stat(file); err != nil {
			t.Skip("KDL or Eigen is not installed: apt-get install liborocos-kdl-dev libeigen3-dev")
		}
	}
	if _, err := exec.LookPath("g++"); err != nil {
		t.Skip("there is no g++ to compile the program for KDL with")
	}
	program := filepath.Join(t.TempDir(), "kdl")
	flags = append(flags, "-I/usr/include/eigen3", "-o", program, "testdata/kdl.cpp", "-lorocos-kdl")
	out, err := exec.Command("g++", flags...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// described is a chain as that program reads it; its base must be the parent frame.
func described(c *Chain) string {
	var b strings.Builder
	fmt.Fprintln(&b, c.Joints())
	for i := range c.Joints() {
		l := c.Link(i)
		fmt.Fprintln(&b, l.A, l.Alpha, l.D, l.Theta, l.Min, l.Max)
	}
	fmt.Fprintln(&b, c.Tool().P[0], c.Tool().P[1], c.Tool().P[2])
	return b.String()
}

// atOrigin is the chain with its base and its tool not turned.
func atOrigin(t testing.TB, c *Chain) *Chain {
	var links []Link
	for i := range c.Joints() {
		links = append(links, c.Link(i))
	}
	p := c.Tool().P
	return mustChain(t, Identity(), links, Translation(p[0], p[1], p[2]))
}

func TestKDLHasTheSamePosesAndJacobians(t *testing.T) {
	t.Parallel() // with the compiler at work, the other tests go on
	program := kdl(t, "-O0")
	for _, m := range []func(testing.TB) *Chain{arm5, ur5, offset6, crooked, tilted5, arm7} {
		c := atOrigin(t, m(t))
		n := c.Joints()
		var in bytes.Buffer
		in.WriteString(described(c))
		u := uniform(5)
		var qs [][]float64
		for range 200 {
			q := make([]float64, n)
			u.joints(c, q)
			qs = append(qs, q)
			for _, v := range q {
				fmt.Fprint(&in, v, " ")
			}
		}
		cmd := exec.Command(program, "check")
		cmd.Stdin = &in
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if len(lines) != len(qs) {
			t.Fatalf("%d answers to %d questions", len(lines), len(qs))
		}
		var j Jacobian
		for i, line := range lines {
			p := c.Jacobian(qs[i], &j)
			want := append(p.P[:], p.R[:]...)
			for _, col := range j.Col[:n] {
				want = append(want, col[:]...)
			}
			for k, f := range strings.Fields(line) {
				v, err := strconv.ParseFloat(f, 64)
				if err != nil {
					t.Fatal(err)
				}
				within(t, "number", want[k], v, 2e-14)
			}
		}
	}
}

// BenchmarkPeers tells what KDL and Eigen take for the same on this machine, in the units
// of the names: forward, jacobian and the solves of six equations in ns, the inverse in us
// and percent; random without restarts, restarts with up to 100, path with seeds within
// 0.1 rad. KDL's inverse runs to 1e-9 and knows no limits.
func BenchmarkPeers(b *testing.B) {
	for _, m := range benchMachines {
		b.Run(m.name, func(b *testing.B) {
			program := kdl(b, "-O2", "-DNDEBUG", "-DBENCH")
			cmd := exec.Command(program, "bench")
			cmd.Stdin = strings.NewReader(described(atOrigin(b, m.make(b))))
			out, err := cmd.Output()
			if err != nil {
				b.Fatal(err)
			}
			for range b.N { // the program repeats by itself
			}
			b.ReportMetric(0, "ns/op")
			for line := range strings.Lines(string(out)) {
				var name string
				var value float64
				if _, err := fmt.Sscan(line, &name, &value); err != nil {
					b.Fatalf("%q: %v", line, err)
				}
				b.ReportMetric(value, "kdl-"+name)
			}
		})
	}
}
