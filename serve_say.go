package main

import (
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"linetwin.dev/protocol/console"
)

// speaker tells an engineer what happens, a line at a time, with the time of day. As an
// io.Writer it takes the lines of a log.
type speaker struct {
	mu sync.Mutex
	to io.Writer
}

func (s *speaker) line(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Nobody is left to be told that standard error is gone.
	_, _ = fmt.Fprintf(s.to, time.Now().Format(time.DateTime)+" "+format+"\n", args...)
}

func (s *speaker) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Write(b)
}

// parts are the parts of health that serve knows of. The zero value is ready.
type parts struct {
	mu sync.Mutex
	of map[string]console.Check
}

// set notes how a part does: with an error what is wrong, else what is right.
func (p *parts) set(name string, err error, right string) {
	c := console.Check{Name: name, OK: err == nil, Detail: right}
	if err != nil {
		c.Detail = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil {
		p.of = map[string]console.Check{}
	}
	p.of[name] = c
}

// checks are all parts, by name.
func (p *parts) checks() (all []console.Check) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(p.of)) {
		all = append(all, p.of[name])
	}
	return all
}

// loopback tells whether only this machine reaches an address.
func loopback(at net.Addr) bool {
	tcp, ok := at.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
