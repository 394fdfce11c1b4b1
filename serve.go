package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"linetwin.dev/mes"
	"linetwin.dev/protocol/server"
	"linetwin.dev/twin"
)

const (
	// defaultRegsAddr is where the register server and its client meet.
	defaultRegsAddr = "127.0.0.1:7117"
	// defaultHTTPAddr is where the MES's page is.
	defaultHTTPAddr = "127.0.0.1:8117"
)

// servers are what --serve keeps up while a twin runs.
type servers struct {
	regs *server.Server
	http *http.Server
}

// serve opens the register server and the MES.
func serve(t *twin.Twin, regsAddr, httpAddr string) (*servers, error) {
	regs, err := server.Listen(regsAddr, t.Bank(), server.Options{
		Apply: t.Apply,
	})
	if err != nil {
		return nil, fmt.Errorf("register server at %s: %w; name a free address with --regs-addr, as in 127.0.0.1:0", regsAddr, network(err))
	}
	l, err := net.Listen("tcp", httpAddr)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("MES at %s: %w; name a free address with --http-addr, as in 127.0.0.1:0", httpAddr, network(err)), regs.Close())
	}
	s := &servers{regs: regs, http: &http.Server{
		Addr: l.Addr().String(), ReadHeaderTimeout: 5 * time.Second,
		Handler: mes.Handler(t.MES(), func(ctx context.Context, c mes.Command) error { return t.MESInbox().Submit(ctx, c) }),
	}}
	go func() {
		// It ends with close; another end leaves the line running and the page away.
		_ = s.http.Serve(l)
	}()
	return s, nil
}

// announce says where the servers are.
func (s *servers) announce(w io.Writer) {
	at := ""
	if a := s.regs.Addr().String(); a != defaultRegsAddr {
		at = " --addr " + a
	}
	fmt.Fprintf(w, "registers: %s (linetwin regs map%s)\nMES: http://%s/\n", s.regs.Addr(), at, s.http.Addr)
}

// network is an error of a connection without the operation and the address, which
// the message has already.
func network(err error) error {
	var op *net.OpError
	if !errors.As(err, &op) {
		return err
	}
	var call *os.SyscallError
	if errors.As(op.Err, &call) {
		return call.Err
	}
	return op.Err
}

func (s *servers) close() {
	// The process ends or the run is over: what a client still waits for is cut.
	_ = s.http.Close()
	_ = s.regs.Close()
}
