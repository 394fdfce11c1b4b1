//go:build unix

package recogniser

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// leash is a process group that ends when this process does, however that happens. A
// shell leads it and waits on a pipe of which only this process has the other end: when
// that closes, the shell ends the group, itself included. As long as the shell has not
// been waited for, its number, which is the group's, is given to nobody else.
type leash struct {
	shell *exec.Cmd
	held  *os.File
}

// newLeash starts an empty group.
func newLeash() (*leash, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	shell := exec.Command("/bin/sh", "-c", "read -r line; kill -KILL 0")
	shell.Stdin = r
	shell.Env = []string{}
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = shell.Start()
	r.Close()
	if err != nil {
		w.Close()
		return nil, fmt.Errorf("a recogniser is started beside a shell that ends it when this program ends: %w", err)
	}
	return &leash{shell: shell, held: w}, nil
}

// take puts a command that is not started yet into the group.
func (l *leash) take(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: l.shell.Process.Pid}
}

// kill ends all processes of the group, those that its members started as well.
func (l *leash) kill() {
	// An error would say that nobody is left, which is what is wanted.
	_ = syscall.Kill(-l.shell.Process.Pid, syscall.SIGKILL)
}

// close kills the group and gives back what it took.
func (l *leash) close() {
	l.kill()
	l.held.Close()
	_ = l.shell.Wait() // it was killed; its status says so
}
