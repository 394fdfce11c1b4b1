package modbus

import (
	"io"
	"sync"
	"time"
)

// A serial line that was lost, as with an adapter that is pulled out, is opened again
// this often until it is back.
const reopenEvery = time.Second

// serialLine is the I/O of one serial line: a goroutine that reads, and one for
// everything else.
type serialLine struct {
	g       *Gateway
	session *RTUServer

	mu       sync.Mutex
	settings Serial
	port     io.ReadWriteCloser // nil while the line is lost
	ended    bool
	stop     chan struct{}
}

func newSerialLine(g *Gateway, s Serial, port io.ReadWriteCloser) *serialLine {
	return &serialLine{g: g, session: g.NewRTUServer(s.Device), settings: s, port: port, stop: make(chan struct{})}
}

// change takes other settings for the line. Those of the port have it opened again.
func (l *serialLine) change(s Serial) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.settings
	l.settings = s
	if l.port != nil && (was.Baud != s.Baud || was.Parity != s.Parity || was.StopBits != s.StopBits) {
		l.port.Close()
	}
}

// end closes the line; run returns soon after.
func (l *serialLine) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.ended = true
		close(l.stop)
		if l.port != nil {
			l.port.Close()
		}
	}
}

// run serves the line until it is ended.
func (l *serialLine) run() {
	log := l.g.log.With("line", l.session.device)
	log.Info("modbus serial line open")
	for port := l.port; port != nil; port = l.reopen() {
		err := l.serve(port)
		port.Close()
		log.Warn("modbus serial line interrupted", "reason", err)
	}
	log.Info("modbus serial line closed")
}

// reopen opens the port with the settings of now, as soon as that can be done, or
// returns nil when the line is ended.
func (l *serialLine) reopen() io.ReadWriteCloser {
	for {
		l.mu.Lock()
		l.port = nil
		if l.ended {
			l.mu.Unlock()
			return nil
		}
		port, err := l.g.open(l.settings)
		if err == nil {
			l.port = port
		}
		l.mu.Unlock()
		if err == nil {
			return port
		}
		select {
		case <-l.stop:
		case <-time.After(reopenEvery):
		}
	}
}

// chunk is what one read gave.
type chunk struct {
	at time.Duration
	n  int
	b  [MaxRTU]byte
}

// serve carries bytes between the port and the session until the port fails or is
// closed.
func (l *serialLine) serve(port io.ReadWriteCloser) error {
	arrived, failed := make(chan chunk, 4), make(chan error, 1)
	over := make(chan struct{})
	defer close(over)
	l.g.work.Go(func() {
		for {
			var c chunk
			n, err := port.Read(c.b[:])
			c.at, c.n = l.g.now(), n
			if n > 0 {
				select {
				case arrived <- c:
				case <-over:
					return
				}
			}
			if err != nil {
				failed <- err
				return
			}
		}
	})
	timer := time.NewTimer(0)
	defer timer.Stop()
	s := l.session
	for {
		if at, ok := s.Deadline(); ok {
			timer.Reset(at - l.g.now())
		} else {
			timer.Stop()
		}
		select {
		case c := <-arrived:
			s.Receive(c.at, c.b[:c.n])
		case <-timer.C:
			s.Tick(l.g.now())
		case <-s.Ready():
			s.Tick(l.g.now())
		case err := <-failed:
			return err
		}
		l.g.total.take(&s.counts)
		if out := s.Output(); len(out) > 0 {
			if _, err := port.Write(out); err != nil {
				return err
			}
			s.Sent()
		}
	}
}
