//go:build !amd64 || race

package protocol

import "sync/atomic"

// publish fills a slot and then points the head at it.
func publish(s *slot, head *atomic.Uint64, bits, when, h uint64) {
	s.bits.Store(bits)
	s.when.Store(when)
	head.Store(h)
}
