//go:build !linux

package server

import (
	"net"
	"syscall"
)

func listenerOptions(string, string, syscall.RawConn) error { return nil }

type acceptor struct{}

func newAcceptor(*net.TCPListener) (*acceptor, error) { return nil, nil }

func (*acceptor) close() error { return nil }

func (s *Server) acceptSockets() {}

func backlog(*net.TCPListener) (waiting, limit int) { return 0, 0 }
