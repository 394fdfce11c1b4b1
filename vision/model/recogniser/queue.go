package recogniser

import (
	"container/heap"
	"fmt"
	"slices"
)

// Priority says who goes first and who is refused first.
type Priority int

// The priorities. Low ones are refused when memory or load is high.
const (
	Low Priority = iota - 1
	Normal
	High
)

// ParsePriority reads low, normal or high; empty is normal.
func ParsePriority(s string) (Priority, error) {
	switch s {
	case "low":
		return Low, nil
	case "", "normal":
		return Normal, nil
	case "high":
		return High, nil
	}
	return Normal, fmt.Errorf("priority %q: low, normal or high is wanted", s)
}

func (p Priority) String() string {
	switch p {
	case Low:
		return "low"
	case High:
		return "high"
	}
	return "normal"
}

// queue holds what waits: the highest priority first, and of equals who came first. It
// is bounded; when it is full, a request takes the place of the last one of a lower
// priority, or is refused. Not for concurrent use.
type queue struct {
	most int
	came uint64
	heap waiting
}

// push adds a request. What it had to put out is returned; ok is false when the request
// itself is refused.
func (q *queue) push(j *job) (out *job, ok bool) {
	if len(q.heap) >= q.most {
		if out = q.last(); out == nil || out.priority >= j.priority {
			return nil, false
		}
		q.remove(out)
	}
	q.came++
	j.came = q.came
	heap.Push(&q.heap, j)
	return out, true
}

// pop takes the first, or nil.
func (q *queue) pop() *job {
	if len(q.heap) == 0 {
		return nil
	}
	return heap.Pop(&q.heap).(*job)
}

// remove takes a request out, if it is in.
func (q *queue) remove(j *job) bool {
	if j.at < 0 || j.at >= len(q.heap) || q.heap[j.at] != j {
		return false
	}
	heap.Remove(&q.heap, j.at)
	return true
}

// last is whom everybody else goes before.
func (q *queue) last() (last *job) {
	for _, j := range q.heap {
		if last == nil || last.before(j) {
			last = j
		}
	}
	return last
}

// all are those that wait, in no order.
func (q *queue) all() []*job { return slices.Clone(q.heap) }

func (q *queue) len() int { return len(q.heap) }

// waiting is a heap.Interface.
type waiting []*job

func (w waiting) Len() int           { return len(w) }
func (w waiting) Less(i, j int) bool { return w[i].before(w[j]) }
func (w waiting) Swap(i, j int) {
	w[i], w[j] = w[j], w[i]
	w[i].at, w[j].at = i, j
}

// Push is what container/heap calls; queue.push is what others call.
func (w *waiting) Push(x any) {
	j := x.(*job)
	j.at = len(*w)
	*w = append(*w, j)
}

// Pop is what container/heap calls; queue.pop is what others call.
func (w *waiting) Pop() any {
	old := *w
	j := old[len(old)-1]
	old[len(old)-1] = nil
	*w = old[:len(old)-1]
	j.at = -1
	return j
}
