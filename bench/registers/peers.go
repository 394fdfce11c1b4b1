//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/pprof"
	"slices"
)

// peer is one of the servers that are compared.
type peer struct {
	name    string
	dialect dialect
	// start starts it as a process of its own.
	start func() (*process, error)
	// absent says why it cannot be started on this machine; "" when it can.
	absent string
	// most connections that it can hold; 0 for as many as there are.
	most int
}

// ownPeer is a server that this program is when told so.
func ownPeer(name string, d dialect, role, profile string) *peer {
	p := &peer{name: name, dialect: d}
	p.start = func() (*process, error) { return startOwn("-serve", role, "-profile", profile) }
	return p
}

func startOwn(args ...string) (*process, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startAnnouncing(exec.Command(path, args...))
}

// beServer is what such a process does.
func beServer(role string, rate float64, profile string) (err error) {
	if _, err := raiseFileLimit(); err != nil {
		return err
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer func() {
			pprof.StopCPUProfile()
			err = errors.Join(err, f.Close())
		}()
	}
	switch role {
	case "registers":
		return serveRegisters(rate)
	case "echo":
		return serveEcho()
	}
	return fmt.Errorf("there is no server %q; there is registers and echo", role)
}

// prepare writes the registers that are read. An echo has none.
func (p *peer) prepare(on *process) error {
	if p.dialect == (echoDialect{}) {
		return nil
	}
	x := make([]exchange, 0, firstWrite)
	for register := uint16(firstRead); register < firstWrite; register++ {
		x = append(x, exchange{writeOne, register + 1, register, constant(register)})
	}
	return p.all(on, x)
}

// all does exchanges on a connection of their own.
func (p *peer) all(on *process, x []exchange) error {
	l, err := dial(on.addr, p.dialect, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	defer l.close()
	for part := range slices.Chunk(x, 16) {
		if err := l.do(newBatch(p.dialect, part)); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// present are the peers that are here and can hold so many connections.
func present(connections int, peers ...*peer) []*peer {
	var here []*peer
	for _, p := range peers {
		if p.absent == "" && (p.most == 0 || connections <= p.most) {
			here = append(here, p)
		}
	}
	return here
}

// startAll starts the peers and prepares them. The function that it returns stops them.
func startAll(peers []*peer) (map[*peer]*process, func(), error) {
	running := map[*peer]*process{}
	stop := func() {
		for _, p := range peers {
			if on := running[p]; on != nil {
				on.stop()
			}
		}
	}
	for _, p := range peers {
		on, err := p.start()
		if err == nil {
			running[p] = on
			err = p.prepare(on)
		}
		if err != nil {
			stop()
			return nil, nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return running, stop, nil
}

// turns has each peer do something in each round, with another one first each time.
func (s *session) turns(peers []*peer, do func(p *peer) error) error {
	for round := range s.rounds {
		for i := range peers {
			p := peers[(round+i)%len(peers)]
			if err := do(p); err != nil {
				return fmt.Errorf("%s, round %d: %w", p.name, round+1, err)
			}
		}
	}
	return nil
}

// often is the session with n short turns in each round, so that what else the machine
// does meets all alike.
func (s *session) often(n int) *session {
	more := *s
	more.rounds *= n
	return &more
}
