package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"linetwin.dev/protocol"
	regs "linetwin.dev/protocol/client"
)

// Some tests need a server or a client in a process of its own, to kill it or to see
// what it costs: they start the test program again, with what it is to be in childRole.
const childRole = "LINETWIN_SERVER_TEST_CHILD"

// roles are what a child can be: it serves or calls, and ends when it is killed.
var roles = map[string]func(args []string) error{
	"echo":      echoChild,
	"registers": registersChild,
	"source":    sourceChild,
	"deaf":      deafChild,
	"probe":     probeChild,
	"attack":    attackChild,
}

func TestMain(m *testing.M) {
	if role := os.Getenv(childRole); role != "" {
		words := strings.Fields(role)
		if err := roles[words[0]](words[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child is another process.
type child struct {
	*exec.Cmd
	said string // the first line: where it listens
}

// startChild starts a child and waits for the first line that it says.
func startChild(t testing.TB, role string, args ...string) *child {
	t.Helper()
	c, err := spawn(role, args...)
	if err != nil {
		t.Fatalf("the %s child: %v", role, err)
	}
	t.Cleanup(c.end)
	return c
}

func spawn(role string, args ...string) (*child, error) {
	c := &child{Cmd: exec.Command(os.Args[0])}
	c.Env = append(os.Environ(), childRole+"="+strings.Join(append([]string{role}, args...), " "))
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	if c.said, err = bufio.NewReader(out).ReadString('\n'); err != nil {
		c.end()
		return nil, fmt.Errorf("it ended before it was ready: %w", err)
	}
	c.said = strings.TrimSpace(c.said)
	return c, nil
}

func (c *child) end() {
	_ = c.Process.Kill() // it may have been killed already
	_ = c.Wait()
}

// freeze stops all threads of the child. It keeps its sockets, as the process of a
// computer that hangs.
func (c *child) freeze(t *testing.T) {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	within(t, "all threads have stopped", func() bool {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", c.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, thread := range threads {
			// A thread may have ended meanwhile.
			if stat, err := os.ReadFile(thread); err == nil && afterName(stat)[0] != "T" {
				return false
			}
		}
		return true
	})
}

// afterName is what a stat file of the kernel says after the name, which is in parentheses.
func afterName(stat []byte) []string {
	return strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
}

// cpu is the processor time that the child has used.
func (c *child) cpu(t testing.TB) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	// User and system time, in hundredths of a second.
	var ticks int
	for _, f := range afterName(stat)[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// memory is what the child has in memory, in bytes.
func (c *child) memory(t testing.TB) int {
	t.Helper()
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", c.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// echoChild answers what arrives with the same bytes: the least that a Go server does.
func echoChild([]string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go sendBack(c, 4<<10)
	}
}

// registersChild serves at an address so many registers, which all change every so
// often, or never when that is 0. A client must read, and finish its requests, within
// the time that is the last argument.
func registersChild(args []string) error {
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	every, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	bank := protocol.NewBank()
	line := bank.Writer("line", "here:1:1")
	var outs []*protocol.Out
	for i := range count {
		o, err := line.Define(protocol.Def{Name: fmt.Sprintf("r.%d", i), Type: protocol.U16})
		if err != nil {
			return err
		}
		outs = append(outs, o)
	}
	bank.Seal()
	within, err := time.ParseDuration(args[3])
	if err != nil {
		return err
	}
	s, err := Listen(args[0], bank, Options{MaxClients: 20_000, Idle: time.Hour, Half: within, Stall: within})
	if err != nil {
		return err
	}
	fmt.Println(s.Addr())
	if every == 0 {
		select {}
	}
	for n := uint64(0); ; n++ {
		time.Sleep(every)
		line.Begin()
		for _, o := range outs {
			o.SetUint(time.Duration(n), n&0xffff)
		}
		line.Commit()
	}
}

// sourceChild is the source of a register of the server at an address, and writes it
// without end.
func sourceChild(args []string) error {
	ctx := context.Background()
	c, err := regs.Dial(ctx, args[0], regs.WithName("source"))
	if err != nil {
		return err
	}
	if err := c.Claim(ctx, 0, args[1]); err != nil {
		return err
	}
	for n := uint64(0); ; n++ {
		if err := c.SetValue(ctx, args[1], protocol.UintValue(n&0xffff)); err != nil {
			return err
		}
		if n == 0 {
			fmt.Println("writing")
		}
	}
}

// deafChild watches 2000 registers of the server at an address and reads nothing more.
func deafChild(args []string) error {
	c, err := net.Dial("tcp", args[0])
	if err != nil {
		return err
	}
	if _, err := c.Write(append(hello("", "deaf"), watchAll(2000)...)); err != nil {
		return err
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		return err
	}
	fmt.Println("deaf")
	select {}
}

// probeChild reads a register of the server at an address on some connections, one
// after the other, for a while, and says the 50th and the 99th of a hundred round trips
// in microseconds, and how many there were.
func probeChild(args []string) error {
	during, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	const connections = 10
	var mu sync.Mutex
	var all []time.Duration
	var conns []net.Conn
	for range connections {
		c, err := net.Dial("tcp", args[0])
		if err != nil {
			return err
		}
		if _, err := c.Write(hello("", "healthy")); err != nil {
			return err
		}
		if _, err := io.ReadFull(c, make([]byte, 48)); err != nil {
			return err
		}
		conns = append(conns, c)
	}
	var work errgroup
	begin := time.Now()
	for _, c := range conns {
		work.Go(func() error {
			var took []time.Duration
			reply := make([]byte, 5)
			for len(took) == 0 || time.Since(begin) < during {
				sent := time.Now()
				if _, err := c.Write([]byte{0x12, 1, 0, 1, 0}); err != nil {
					return err
				}
				if _, err := io.ReadFull(c, reply); err != nil {
					return err
				}
				if reply[0]&0x0f != 0x02 || reply[1] != 1 {
					return fmt.Errorf("a reply of % x", reply)
				}
				took = append(took, time.Since(sent))
				time.Sleep(time.Millisecond)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	slices.Sort(all)
	fmt.Println(all[len(all)/2].Microseconds(), all[len(all)*99/100].Microseconds(), len(all))
	return nil
}

// errgroup is goroutines of which each may fail.
type errgroup struct {
	work sync.WaitGroup
	mu   sync.Mutex
	errs []error
}

func (g *errgroup) Go(f func() error) {
	g.work.Go(func() {
		err := f()
		g.mu.Lock()
		defer g.mu.Unlock()
		g.errs = append(g.errs, err)
	})
}

func (g *errgroup) Wait() error {
	g.work.Wait()
	return errors.Join(g.errs...)
}
