package server

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// Some tests need a server or a client in a process of its own, to kill it or to see
// what it costs: they start the test program again, with what it is to be in childRole.
const childRole = "LINETWIN_SERVER_TEST_CHILD"

// roles are what a child can be: it serves or calls, and ends when it is killed.
var roles = map[string]func(args []string) error{
	"echo":      echoChild,
	"registers": registersChild,
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
	addr string // where it listens
}

// startChild starts a child and waits until it says where it listens.
func startChild(t testing.TB, role string, args ...string) *child {
	t.Helper()
	c := &child{Cmd: exec.Command(os.Args[0])}
	c.Env = append(os.Environ(), childRole+"="+strings.Join(append([]string{role}, args...), " "))
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill() // it may have been killed already
		_ = c.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the %s child did not say where it listens: %v", role, err)
	}
	c.addr = strings.TrimSpace(line)
	return c
}

// cpu is the processor time that the child has used.
func (c *child) cpu(t testing.TB) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	// The fields after the name, which is in parentheses: user and system time are the
	// 12th and 13th, in hundredths of a second.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var ticks int
	for _, f := range fields[11:13] {
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

// untilTold waits for the end that the parent or the user wishes.
func untilTold() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	<-told
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
		go func() {
			defer c.Close()
			buf := make([]byte, 4<<10)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				if _, err := c.Write(buf[:n]); err != nil {
					return
				}
			}
		}()
	}
}

// registersChild serves registers: as many as the first argument says, all changing
// every so often as the second says, or never.
func registersChild(args []string) error {
	count, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	every, err := time.ParseDuration(args[1])
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
	s, err := Listen("127.0.0.1:0", bank, Options{MaxClients: 20_000})
	if err != nil {
		return err
	}
	fmt.Println(s.Addr())
	if every > 0 {
		for n := uint64(0); ; n++ {
			time.Sleep(every)
			line.Begin()
			for _, o := range outs {
				o.SetUint(time.Duration(n), n&0xffff)
			}
			line.Commit()
		}
	}
	untilTold()
	return s.Close()
}
