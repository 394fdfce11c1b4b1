package protocol

import (
	"sync"
	"time"
)

// Store is a writer whose registers only clients write: setpoints, parameters,
// recipes, and what remote devices publish. Its Apply is an [ApplyFunc]. The methods
// may be called concurrently.
type Store struct {
	mu  sync.Mutex
	w   *Writer
	now func() time.Duration
}

// NewStore makes a store in the bank for the owner named at place. now gives the
// line's time; it never goes back.
func NewStore(b *Bank, owner, place string, now func() time.Duration) *Store {
	return &Store{w: b.Writer(owner, place), now: now}
}

// Define adds a register, as Writer.Define does. initial is its first value, and must
// fit the type; the register is Good from the start.
func (s *Store) Define(d Def, initial Value) (*Out, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.w.Define(d)
	if err == nil {
		o.Set(s.now(), initial, Good)
	}
	return o, err
}

// Apply carries out a transaction at once and returns true.
func (s *Store) Apply(tx *Transaction) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.w.Apply(s.now(), tx)
	return true
}
