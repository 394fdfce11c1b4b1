//go:build linux

package main

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/dynamics"
)

//go:embed kdl/kdl.cpp
var kdlSource []byte

// kdl is KDL and Eigen: a program that is compiled for the run, one process for each arm.
type kdl struct {
	names   [2]string // of KDL and of Eigen, with their versions
	looked  bool      // for it, and compiled it
	absent  bool
	folder  string // of the program
	running map[*arm]*kdlProcess
}

type kdlProcess struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func newKDL() *kdl {
	return &kdl{names: [2]string{"KDL", "Eigen"}, running: map[*arm]*kdlProcess{}}
}

// there tells whether KDL, Eigen and a compiler are, and compiles the program the first time.
func (k *kdl) there() (bool, error) {
	if k.looked {
		return !k.absent, nil
	}
	k.looked = true
	var err error
	if k.folder, err = os.MkdirTemp("", "bench-motion"); err != nil {
		return false, err
	}
	source := filepath.Join(k.folder, "kdl.cpp")
	if err := os.WriteFile(source, kdlSource, 0o644); err != nil {
		return false, err
	}
	fmt.Fprintln(os.Stderr, "compiling the program for KDL and Eigen")
	out, err := exec.Command("g++", "-O2", "-march=x86-64", "-I/usr/include/eigen3", "-o", k.program(), source, "-lorocos-kdl").CombinedOutput()
	if err != nil {
		k.absent = true
		message, _, _ := strings.Cut(string(out), "\n")
		fmt.Printf("KDL and Eigen are not measured: apt-get install liborocos-kdl-dev libeigen3-dev g++ (%v %s)\n", err, message)
	}
	return !k.absent, nil
}

func (k *kdl) program() string { return filepath.Join(k.folder, "kdl") }

// process for an arm. It is asked for its versions, and whether it is the same arm.
func (k *kdl) process(a *arm) (*kdlProcess, error) {
	if p := k.running[a]; p != nil {
		return p, nil
	}
	p := &kdlProcess{cmd: exec.Command(k.program())}
	p.cmd.Stderr = os.Stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	k.running[a] = p
	if _, err := io.WriteString(p.in, a.described()); err != nil {
		return nil, err
	}
	version, err := p.ask("version")
	if err != nil {
		return nil, err
	}
	for i, name := range strings.Split(version, ", ") {
		k.names[i] = name
	}
	return p, p.agree(a)
}

// ask for one line.
func (p *kdlProcess) ask(question string) (string, error) {
	if _, err := fmt.Fprintln(p.in, question); err != nil {
		return "", fmt.Errorf("KDL's program does not take %q: %w", question, err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("KDL's program does not answer %q: %w", question, err)
	}
	return strings.TrimSpace(line), nil
}

// numbers that are the answer.
func (p *kdlProcess) numbers(question string) ([]float64, error) {
	line, err := p.ask(question)
	if err != nil {
		return nil, err
	}
	var v []float64
	for _, word := range strings.Fields(line) {
		x, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return nil, fmt.Errorf("KDL's program answers %q to %q", line, question)
		}
		v = append(v, x)
	}
	return v, nil
}

// agree compares everything that is timed, on random states.
func (p *kdlProcess) agree(a *arm) error {
	u, n := uniform(3), a.chain.Joints()
	for range 100 {
		var state [3][]float64
		for i := range state {
			state[i] = make([]float64, n)
			for j := range state[i] {
				state[i][j] = u.next(-2, 2)
			}
		}
		q, qd, qdd := state[0], state[1], state[2]
		var j kinematics.Jacobian
		pose := a.chain.Jacobian(q, &j)
		want := append(pose.P[:], pose.R[:]...)
		for c := range n {
			want = append(want, j.Col[c][:]...)
		}
		tau, x, back := make([]float64, n), make([]float64, n), make([]float64, n)
		a.model.Torques(q, qd, qdd, dynamics.Wrench{}, tau)
		for i := range x {
			x[i] = 0.5
		}
		if err := a.model.SolveMass(q, x); err != nil {
			return err
		}
		if err := a.model.Accelerations(q, qd, tau, dynamics.Wrench{}, back); err != nil {
			return err
		}
		want = append(append(append(want, tau...), x...), back...)
		got, err := p.numbers(fmt.Sprint("values ", plain(q), " ", plain(qd), " ", plain(qdd)))
		if err != nil {
			return err
		}
		if len(got) != len(want) {
			return fmt.Errorf("KDL's program answers with %d values; there are %d", len(got), len(want))
		}
		for i := range want {
			if !(math.Abs(got[i]-want[i]) <= 1e-8*(1+math.Abs(want[i]))) {
				return fmt.Errorf("%s at %v: value %d is %v, by KDL %v", a.name, q, i, want[i], got[i])
			}
		}
	}
	return nil
}

// contender is KDL (or Eigen) at one of the things that the program can do.
func (k *kdl) contender(a *arm, what string) (*contender, error) {
	which := 0
	if what == "ldlt" {
		which = 1
	}
	if there, err := k.there(); !there {
		return &contender{name: k.names[which], absent: true}, err
	}
	p, err := k.process(a)
	if err != nil {
		return nil, err
	}
	return &contender{name: k.names[which], do: func(times int) (time.Duration, error) {
		ns, err := p.numbers(fmt.Sprint("time ", what, " ", times))
		if err != nil {
			return 0, err
		}
		if len(ns) != 1 || ns[0] < 0 {
			return 0, fmt.Errorf("KDL's program answers %v to %s", ns, what)
		}
		return time.Duration(ns[0] * float64(times)), nil
	}}, nil
}

// close ends the processes, by the end of their input, and removes the program.
func (k *kdl) close() {
	if k.folder != "" {
		defer os.RemoveAll(k.folder)
	}
	for _, p := range k.running {
		p.in.Close()
		// How it ended is of no interest any more.
		_ = p.cmd.Wait()
	}
}
