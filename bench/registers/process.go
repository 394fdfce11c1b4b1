//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a server may take to start, to answer and to end.
const patience = 10 * time.Second

// process is a server that runs on its own.
type process struct {
	addr netip.AddrPort
	cmd  *exec.Cmd
	log  *tail
	over chan struct{} // closed when it has ended
}

// start starts a server, which ends with us if not before. Its address is not yet set.
func start(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, log: &tail{}, over: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = p.log
	}
	cmd.Stderr = p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		// How it ended is only of interest where somebody misses it, and then output says it.
		_ = cmd.Wait()
		close(p.over)
	}()
	return p, nil
}

// startAnnouncing starts a server that says its address in its first line.
func startAnnouncing(cmd *exec.Cmd) (*process, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd.Stdout = w
	p, err := start(cmd)
	w.Close()
	if err != nil {
		return nil, err
	}
	if err := r.SetReadDeadline(time.Now().Add(patience)); err != nil {
		p.stop()
		return nil, err
	}
	line, err := bufio.NewReader(r).ReadString('\n')
	if err == nil {
		p.addr, err = netip.ParseAddrPort(line[:len(line)-1])
	}
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("%s does not say its address: %w\n%s", cmd, err, p.output())
	}
	return p, nil
}

// stop ends the server and waits for its end.
func (p *process) stop() {
	// A process that has ended already needs no signal.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.over:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.over
	}
}

// output is the end of what the server wrote.
func (p *process) output() string { return p.log.String() }

// cpu is the processor time that the server has used, all its threads together.
func (p *process) cpu() (time.Duration, error) {
	// The clock of another process's processor time: clock_getcpuclockid(3).
	const perProcessSched = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|perProcessSched), &t); err != nil {
		return 0, fmt.Errorf("processor time of %s: %w", p.cmd.Path, err)
	}
	return time.Duration(t.Nano()), nil
}

// resident is the server's memory that is in RAM, in bytes.
func (p *process) resident() (int, error) {
	path := fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid)
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	f := bytes.Fields(b)
	if len(f) < 2 {
		return 0, fmt.Errorf("%s says %q", path, b)
	}
	pages, err := strconv.Atoi(string(f[1]))
	return pages * os.Getpagesize(), err
}

// announce says a server's address on standard output, for startAnnouncing.
func announce(addr net.Addr) { fmt.Println(addr) }

// untilTold is closed when the process is told to end.
func untilTold() <-chan os.Signal {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	return told
}

// tail keeps the end of what is written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	const most = 4 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	t.b = t.b[max(0, len(t.b)-most):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}

// raiseFileLimit allows as many descriptors as the system does, and says how many.
func raiseFileLimit() (int, error) {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 0, err
	}
	l.Cur = l.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 0, errors.Join(errors.New("more descriptors are refused"), err)
	}
	return int(min(l.Cur, 1<<30)), nil
}
