package recogniser

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"linetwin.dev/vision/model"
)

// LaneName is one of the two lanes of a service.
type LaneName string

// The lanes: each has a queue and processes of its own, so that a picture that wants a
// quick answer does not wait behind one that wants a good one.
const (
	Fast    LaneName = "fast"
	Precise LaneName = "precise"
)

// ErrNoLane says that a service has no such lane.
var ErrNoLane = errors.New("there is no such lane")

// Options set up a Service.
type Options struct {
	Fast, Precise *Spec // one of them at least
	Admission     Admission
	Probe         Probe // nil: DefaultProbe
}

// Service is a fast and a precise lane behind one admission by memory and load. Its
// methods may be called concurrently.
type Service struct {
	names     []LaneName
	lanes     map[LaneName]*Lane
	admission Admission

	cancel context.CancelFunc
	ended  sync.WaitGroup

	mu      sync.Mutex
	inWork  int
	refused uint64
	memory  Memory
	trouble error // of the probe
}

// ServiceStatus is how a service does.
type ServiceStatus struct {
	Lanes   map[LaneName]Status
	InWork  int    // requests that are waiting or being answered
	Refused uint64 // by the admission
	Memory  Memory
	Trouble string // why the memory is not known
}

// NewService opens the lanes. Close ends them.
func NewService(o Options) (*Service, error) {
	s := &Service{lanes: map[LaneName]*Lane{}, admission: o.Admission}
	for _, l := range []struct {
		name LaneName
		spec *Spec
	}{{Fast, o.Fast}, {Precise, o.Precise}} {
		if l.spec == nil {
			continue
		}
		lane, err := Open(*l.spec)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.names, s.lanes[l.name] = append(s.names, l.name), lane
	}
	if len(s.names) == 0 {
		return nil, errors.New("a service of recognisers needs a lane, fast or precise")
	}
	if o.Probe == nil {
		o.Probe = DefaultProbe()
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.look(ctx, o.Probe)
	s.ended.Add(1)
	go func() {
		defer s.ended.Done()
		s.watch(ctx, o.Probe)
	}()
	return s, nil
}

// Close ends all lanes.
func (s *Service) Close() error {
	if s.cancel != nil {
		s.cancel()
	}
	var ended sync.WaitGroup
	for _, l := range s.lanes {
		ended.Go(func() { _ = l.Close() }) // it never fails
	}
	ended.Wait()
	s.ended.Wait()
	return nil
}

// How often the memory is looked at, and how long that may take.
const (
	probeEvery  = 2 * time.Second
	probeWithin = 5 * time.Second
)

// watch looks at the memory now and then, so that no request waits for it.
func (s *Service) watch(ctx context.Context, p Probe) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.look(ctx, p)
		case <-ctx.Done():
			return
		}
	}
}

func (s *Service) look(ctx context.Context, p Probe) {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	m, err := p.Memory(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory, s.trouble = m, err
	if err != nil {
		s.memory = Memory{} // what is not known refuses nobody
	}
}

// lane finds a lane; without a name, the first.
func (s *Service) lane(name LaneName) (*Lane, error) {
	if name == "" {
		name = s.names[0]
	}
	if l := s.lanes[name]; l != nil {
		return l, nil
	}
	return nil, fmt.Errorf("%w as %q; there is %q", ErrNoLane, name, s.names)
}

// Admit tells whether a request would be let in now, without making one: before work is
// spent on a picture that is refused in the end.
func (s *Service) Admit(name LaneName, p Priority) error {
	l, err := s.lane(name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.admit(l, p)
}

// admit wants the lock.
func (s *Service) admit(l *Lane, p Priority) error {
	err := s.admission.Check(p, s.inWork, s.memory, l.Wait(1))
	if err != nil {
		s.refused++
	}
	return err
}

// Recognise shows a picture to the recogniser of a lane, "" for the first that there is.
// Errors are ErrNoLane, *Refused, and those of [Lane.Recognise].
func (s *Service) Recognise(ctx context.Context, name LaneName, r Request) (model.Answer, error) {
	l, err := s.lane(name)
	if err != nil {
		return model.Answer{}, err
	}
	s.mu.Lock()
	if err := s.admit(l, r.Priority); err != nil {
		s.mu.Unlock()
		return model.Answer{}, err
	}
	s.inWork++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.inWork--
		s.mu.Unlock()
	}()
	return l.Recognise(ctx, r)
}

// Status tells how all lanes do.
func (s *Service) Status() ServiceStatus {
	s.mu.Lock()
	st := ServiceStatus{Lanes: map[LaneName]Status{}, InWork: s.inWork, Refused: s.refused, Memory: s.memory}
	if s.trouble != nil {
		st.Trouble = s.trouble.Error()
	}
	s.mu.Unlock()
	for name, l := range s.lanes {
		st.Lanes[name] = l.Status()
	}
	return st
}
