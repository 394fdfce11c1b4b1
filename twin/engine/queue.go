package engine

import "time"

// event is a due activity. Its key holds, from the top: phase (8 bits), place in
// the shuffle (12), component (12), sequence (32).
type event struct {
	at   time.Duration
	key  uint64
	task *Task
}

const maxComponents = 1<<12 - 1

func (ev event) phase() Phase { return Phase(ev.key >> 56) }

func (ev event) before(o event) bool {
	return ev.at < o.at || ev.at == o.at && ev.key < o.key
}

// queue is a 4-ary heap by value: four children share a cache line and a half, and
// the tree is half as deep as a binary one.
type queue struct{ h []event }

func (q *queue) len() int   { return len(q.h) }
func (q *queue) top() event { return q.h[0] }

func (q *queue) push(ev event) {
	q.h = append(q.h, ev)
	i := len(q.h) - 1
	for i > 0 {
		p := (i - 1) / 4
		if !ev.before(q.h[p]) {
			break
		}
		q.h[i] = q.h[p]
		i = p
	}
	q.h[i] = ev
}

func (q *queue) pop() {
	n := len(q.h) - 1
	last := q.h[n]
	q.h[n] = event{}
	q.h = q.h[:n]
	if n > 0 {
		q.replaceTop(last)
	}
}

// replaceTop puts ev in the place of the first event and restores the order.
func (q *queue) replaceTop(ev event) {
	h := q.h
	i := 0
	for {
		c := 4*i + 1
		if c >= len(h) {
			break
		}
		least := c
		for k := c + 1; k < min(c+4, len(h)); k++ {
			if h[k].before(h[least]) {
				least = k
			}
		}
		if !h[least].before(ev) {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = ev
}
