package wire

import "linetwin.dev/protocol"

// What follows is for who runs a server: to see what a session does, and to change
// its settings while it lives.

// Certified says that the client has proved with a certificate to be the subject of
// this common name. It is called before the first Receive.
func (s *Server) Certified(commonName string) { s.shown.Certificate = commonName }

// Unheard sets whether a token in the client's hello is not looked at, as when too many
// wrong ones came from where it is: the client is told that the server is busy. It is
// called before a Receive.
func (s *Server) Unheard(on bool) { s.unheard = on }

// Credentials that the client has shown.
func (s *Server) Credentials() Credentials { return s.shown }

// Grant is what the client may do; it means nothing before the client's hello.
func (s *Server) Grant() protocol.Grant { return s.grant }

// Greeted reports whether the client's hello was accepted.
func (s *Server) Greeted() bool { return s.greeted }

// WatchRefs are the registers of one of the client's watches, or nil.
func (s *Server) WatchRefs(watch uint16) []protocol.Ref {
	if i := s.watchIndex(watch); i >= 0 {
		return s.watches[i].refs
	}
	return nil
}

// Name of the client: of its grant, or else the one that it gave itself.
func (s *Server) Name() string {
	if s.grant.Name != "" {
		return s.grant.Name
	}
	return s.shown.Name
}

// Counts since the session began.
func (s *Server) Counts() Counts { return s.counts }

// Watches is the number of the client's watches, and of the registers in them.
func (s *Server) Watches() (watches, registers int) { return len(s.watches), s.watched }

// Pending is the number of transactions that wait for the registers' writer.
func (s *Server) Pending() int { return len(s.pending) }

// Claimed is the number of registers that the client is the source of.
func (s *Server) Claimed() int { return len(s.claimed) }

// Configure changes the session's settings and asks anew what the client may do. A
// client that is no longer known, or that may no longer read what it watches or write
// what it is the source of, is told so, and the session ends; for all others nothing
// is lost. Idle does not become less than the client was told, and Apply, LineTime,
// Synchronised and Sources stay: the client has been granted their features.
func (s *Server) Configure(config ServerConfig) {
	old := s.config
	s.config = config.WithDefaults()
	s.config.Apply, s.config.LineTime, s.config.Synchronised, s.config.Sources = old.Apply, old.LineTime, old.Synchronised, old.Sources
	if !s.greeted || s.err != nil {
		return
	}
	s.config.Idle = max(old.Idle, s.config.Idle)
	if !s.authorise() {
		s.fail(protocol.NotAuthorised, "the client's token or certificate is no longer known")
		return
	}
	for _, w := range s.watches {
		for _, ref := range w.refs {
			if !s.grant.MayRead(ref) {
				s.fail(protocol.NotAuthorised, "the client may no longer read all that it watches")
				return
			}
		}
	}
	for _, ref := range s.claimed {
		if s.grant.MayWrite(s.bank.At(ref)) != protocol.OK {
			s.fail(protocol.NotAuthorised, "the client may no longer write all that it is the source of")
			return
		}
	}
}

// Trace shows f every whole message of the session, with true for those that came
// from the client; nil ends that. f must return at once and not keep the message.
// Describe puts it in words.
func (s *Server) Trace(f func(in bool, message []byte)) { s.trace = f }

// traceOut shows what was put into the output from start on.
func (s *Server) traceOut(start int) {
	if s.trace == nil {
		return
	}
	for b := s.out[min(start, len(s.out)):]; len(b) > 0; {
		n, ok := replySize(b)
		if !ok || n == 0 || n > len(b) {
			return
		}
		s.trace(false, b[:n])
		b = b[n:]
	}
}
