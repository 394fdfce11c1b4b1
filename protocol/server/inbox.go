package server

import (
	"sync"
	"sync/atomic"

	"linetwin.dev/protocol"
)

// notice is what another goroutine tells a loop of one of its clients: that a
// transaction is finished, or, without one, that its endpoint can be read or written.
type notice struct {
	client *client
	tx     *protocol.Transaction
	next   *notice
}

var notices = sync.Pool{New: func() any { return new(notice) }}

// inbox takes notices from any goroutine and hands them to the loop, oldest first.
// Nobody waits for a lock: it is a linked stack (Treiber, 1986) that the loop takes as
// a whole. What is in it is bounded, since a session bounds the transactions that it
// has under way.
type inbox struct {
	head atomic.Pointer[notice]
	size atomic.Int64
}

// post adds a notice and reports whether the inbox was empty, so that the loop must
// be woken.
func (b *inbox) post(c *client, tx *protocol.Transaction) bool {
	n := notices.Get().(*notice)
	n.client, n.tx = c, tx
	b.size.Add(1)
	for {
		head := b.head.Load()
		n.next = head
		if b.head.CompareAndSwap(head, n) {
			return head == nil
		}
	}
}

// take calls f for each notice.
func (b *inbox) take(f func(*client, *protocol.Transaction)) {
	if b.head.Load() == nil {
		return
	}
	var oldest *notice
	for n := b.head.Swap(nil); n != nil; {
		n.next, oldest, n = oldest, n, n.next
	}
	for n := oldest; n != nil; {
		next := n.next
		f(n.client, n.tx)
		*n = notice{}
		notices.Put(n)
		b.size.Add(-1)
		n = next
	}
}
