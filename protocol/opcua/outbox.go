package opcua

import (
	"sync"

	"github.com/gopcua/opcua/ua"
)

// mostWaiting is how many answers wait for a client to read. Then nothing more is read
// from it, and nothing published to it.
const mostWaiting = 16

// answer to a request, or the error that ends the connection. It does not change any more.
type answer struct {
	request uint32
	body    ua.Response
	opening *opening // of the answer to an OpenSecureChannel
	fault   *fault   // the last one
}

// outbox holds answers on their way to the goroutine that writes.
type outbox struct {
	mu      sync.Mutex
	changed sync.Cond
	waiting []answer
	ended   bool
}

func newOutbox() *outbox {
	b := new(outbox)
	b.changed.L = &b.mu
	return b
}

// put adds an answer to a request that was just read, and waits for room.
func (b *outbox) put(a answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.waiting) >= mostWaiting && !b.ended {
		b.changed.Wait()
	}
	b.add(a)
}

// push adds an answer without waiting: for those of which there can be only few.
func (b *outbox) push(a answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(a)
}

// room reports whether the client reads: only a few answers wait for it.
func (b *outbox) room() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.ended && len(b.waiting) < mostWaiting
}

func (b *outbox) add(a answer) {
	if b.ended {
		return
	}
	b.waiting = append(b.waiting, a)
	b.ended = a.fault != nil
	b.changed.Broadcast()
}

// take waits for the next answer. After the end, and what came before it, there is none.
func (b *outbox) take() (answer, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.waiting) == 0 {
		if b.ended {
			return answer{}, false
		}
		b.changed.Wait()
	}
	a := b.waiting[0]
	b.waiting = append(b.waiting[:0], b.waiting[1:]...)
	b.changed.Broadcast()
	return a, true
}

// end takes no more answers.
func (b *outbox) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.changed.Broadcast()
}
