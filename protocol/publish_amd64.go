//go:build !race

package protocol

import "sync/atomic"

// publish fills a slot and then points the head at it, with three plain stores. The
// processor makes stores visible in their order (Intel SDM, volume 3A, 8.2.2; AMD APM,
// volume 2, 7.2), and that is all that readers need: whoever sees the head sees the
// slot, and whoever hears of a write sees it. Go's own atomic stores wait in addition
// until every other processor has seen them, three times a write.
//
//go:noescape
func publish(s *slot, head *atomic.Uint64, bits, when, h uint64)
