//go:build !unix

package recogniser

import (
	"os/exec"
	"sync/atomic"
)

// leash ends a command; this system has no process groups, so what the command started
// is left to it.
type leash struct{ cmd atomic.Pointer[exec.Cmd] }

func newLeash() (*leash, error) { return &leash{}, nil }

func (l *leash) take(cmd *exec.Cmd) { l.cmd.Store(cmd) }

func (l *leash) kill() {
	if cmd := l.cmd.Load(); cmd != nil && cmd.Process != nil {
		_ = cmd.Process.Kill() // it may have ended already
	}
}

func (l *leash) close() { l.kill() }
