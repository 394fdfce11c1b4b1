package realtime

import (
	"sync"
	"sync/atomic"
)

// ringQueue is the ring of this package.
type ringQueue struct {
	p *Producer[message]
	c *Consumer[message]
}

func (q *ringQueue) send(ms []message) {
	for len(ms) > 0 {
		ms = ms[q.p.PushBatch(ms):]
	}
}

func (q *ringQueue) receive(ms []message) (n int) {
	for n == 0 {
		n = q.c.PopBatch(ms)
	}
	return n
}

// indexRing is the usual ring: an index on each side, in lines of their own, which the other
// side reads for every element.
type indexRing struct {
	head  atomic.Uint64
	_     [line]byte
	tail  atomic.Uint64
	_     [line]byte
	slots []message
}

func newIndexRing() *indexRing { return &indexRing{slots: make([]message, queueSlots)} }

func (q *indexRing) send(ms []message) {
	for i := range ms {
		head := q.head.Load()
		for head-q.tail.Load() == queueSlots {
		}
		q.slots[head%queueSlots] = ms[i]
		q.head.Store(head + 1)
	}
}

func (q *indexRing) receive(ms []message) (n int) {
	for n == 0 {
		tail := q.tail.Load()
		for n < len(ms) && q.head.Load() != tail {
			ms[n] = q.slots[tail%queueSlots]
			tail++
			q.tail.Store(tail)
			n++
		}
	}
	return n
}

// mutexQueue is what most programs do: a slice under a lock, and conditions to wait for.
type mutexQueue struct {
	mu       sync.Mutex
	notEmpty *sync.Cond
	notFull  *sync.Cond
	held     []message
}

func newMutexQueue() *mutexQueue {
	q := &mutexQueue{held: make([]message, 0, queueSlots)}
	q.notEmpty, q.notFull = sync.NewCond(&q.mu), sync.NewCond(&q.mu)
	return q
}

func (q *mutexQueue) send(ms []message) {
	q.mu.Lock()
	for len(q.held)+len(ms) > queueSlots {
		q.notFull.Wait()
	}
	q.held = append(q.held, ms...)
	q.mu.Unlock()
	q.notEmpty.Signal()
}

func (q *mutexQueue) receive(ms []message) (n int) {
	q.mu.Lock()
	for len(q.held) == 0 {
		q.notEmpty.Wait()
	}
	n = copy(ms, q.held)
	q.held = q.held[:copy(q.held, q.held[n:])]
	q.mu.Unlock()
	q.notFull.Signal()
	return n
}

// channelQueue is Go's own.
type channelQueue chan message

func (q channelQueue) send(ms []message) {
	for i := range ms {
		q <- ms[i]
	}
}

func (q channelQueue) receive(ms []message) (n int) {
	ms[0] = <-q
	for n = 1; n < len(ms); n++ {
		select {
		case ms[n] = <-q:
		default:
			return n
		}
	}
	return n
}
