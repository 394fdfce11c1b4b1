package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"linetwin.dev/mes"
	"linetwin.dev/protocol"
	"linetwin.dev/protocol/server"
	"linetwin.dev/twin"
)

// defaultRegsAddr is where the register server and its client meet.
const defaultRegsAddr = "127.0.0.1:7117"

// servers are what --serve keeps up while a twin runs.
type servers struct {
	regs *server.Server
	http *http.Server
}

// serve opens the register server and the MES.
func serve(t *twin.Twin, regsAddr, httpAddr string) (*servers, error) {
	regs, err := server.Listen(regsAddr, t.Bank(), server.Options{
		Apply: func(ref protocol.Ref, v protocol.Value) protocol.Status {
			if t.Write(ref, v) != nil {
				return protocol.NotWritable
			}
			return protocol.OK
		},
	})
	if err != nil {
		return nil, fmt.Errorf("register server: %w; name a free address with --regs-addr", err)
	}
	l, err := net.Listen("tcp", httpAddr)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("MES: %w; name a free address with --http-addr", err), regs.Close())
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

func (s *servers) close() {
	// The process ends or the run is over: what a client still waits for is cut.
	_ = s.http.Close()
	_ = s.regs.Close()
}
