//go:build !linux

package server

import (
	"net"
	"syscall"
)

func listenerOptions(string, string, syscall.RawConn) error { return nil }

// door is none: all connections are streams.
type door struct{}

func newDoor(*net.TCPListener, *poller) (*door, error) { return nil, nil }

func (*door) letIn(*Server) (more bool) { return false }

func (*door) close() error { return nil }

func backlog(*net.TCPListener) (waiting, limit int) { return 0, 0 }
