package realtime_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"linetwin.dev/hil/realtime"
)

// partVariable asks the test binary to play a part in a process of its own.
const partVariable = "LINETWIN_REALTIME_TEST_PART"

// start runs the test binary once more, in another part, with files from number 3 on.
func start(t *testing.T, part string, files ...*os.File) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), partVariable+"="+part)
	cmd.ExtraFiles = files
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // if this test dies
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func play(part string) {
	name, argument, _ := strings.Cut(part, " ")
	var err error
	switch name {
	case "producer":
		err = produce()
	case "echo":
		err = echo()
	case "parent":
		err = parent(argument)
	default:
		err = fmt.Errorf("there is no part %q", name)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "part %s: %v\n", part, err)
		os.Exit(1)
	}
}

// numbered is an element that tells whether it is whole.
type numbered struct {
	N     uint64
	Words [12]uint64
}

func newNumbered(n uint64) (v numbered) {
	v.N = n
	for i := range v.Words {
		v.Words[i] = (n + 1) * (uint64(i)*2 + 0x9e3779b97f4a7c15)
	}
	return v
}

func (v *numbered) whole() bool { return *v == newNumbered(v.N) }

func joinNumbered(m *realtime.Memory, name string) (*realtime.Ring[numbered], error) {
	return realtime.JoinRing[numbered](m, name)
}

// produce counts into a ring, alone and in batches, from where the ring is, for ever.
func produce() error {
	m, err := realtime.JoinMemory(os.NewFile(3, "memory"))
	if err != nil {
		return err
	}
	r, err := joinNumbered(m, "there")
	if err != nil {
		return err
	}
	p := r.Producer()
	vs := make([]numbered, 0, 9)
	for {
		vs = vs[:0]
		for i := range 1 + p.Position()%9 {
			vs = append(vs, newNumbered(p.Position()+i))
		}
		if p.Err() != nil {
			return p.Err()
		}
		if len(vs) == 1 && p.Push(&vs[0]) || p.PushBatch(vs) > 0 {
			continue
		}
		runtime.Gosched()
	}
}

// echo hands on what comes, for ever.
func echo() error {
	m, err := realtime.JoinMemory(os.NewFile(3, "memory"))
	if err != nil {
		return err
	}
	there, err := joinNumbered(m, "there")
	if err != nil {
		return err
	}
	back, err := joinNumbered(m, "back")
	if err != nil {
		return err
	}
	c, p := there.Consumer(), back.Producer()
	vs := make([]numbered, 9)
	for {
		n := c.PopBatch(vs[:1+c.Position()%9])
		for rest := vs[:n]; len(rest) > 0; {
			done := p.PushBatch(rest)
			if rest = rest[done:]; done == 0 {
				runtime.Gosched()
			}
		}
		if n == 0 {
			runtime.Gosched()
		}
	}
}
