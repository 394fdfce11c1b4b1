package qrtune

import (
	"sync"

	"linetwin.dev/vision"
)

// worker reads beside the window, so that sliders move freely: always what was asked for
// last, and then the other files with the same parameters, until it is asked again.
type worker struct {
	files []string
	wake  func()

	mu     sync.Mutex
	asked  sync.Cond
	next   *job
	ended  bool
	done   *result
	counts map[int]int // codes in other files, with the parameters asked for last
}

func newWorker(files []string, wake func()) *worker {
	w := &worker{files: files, wake: wake, counts: map[int]int{}}
	w.asked.L = &w.mu
	return w
}

// ask wants something read, instead of what was asked for before.
func (w *worker) ask(j job) {
	w.mu.Lock()
	w.next, w.counts = &j, map[int]int{}
	w.mu.Unlock()
	w.asked.Signal()
}

// take returns what was read since it was last called, if anything, and how many codes
// there are in the files that were read.
func (w *worker) take() (done *result, counts map[int]int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	done, w.done = w.done, nil
	counts = map[int]int{}
	for i, n := range w.counts {
		counts[i] = n
	}
	return done, counts
}

// end stops the worker after what it is at.
func (w *worker) end() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.asked.Signal()
}

// run works until end.
func (w *worker) run() {
	for {
		w.mu.Lock()
		for w.next == nil && !w.ended {
			w.asked.Wait()
		}
		ended := w.ended
		w.mu.Unlock()
		if ended {
			return
		}
		w.step()
	}
}

// step does what was asked for.
func (w *worker) step() {
	w.mu.Lock()
	j := *w.next
	w.next = nil
	w.mu.Unlock()
	w.read(j)
}

// stale tells whether something else was asked for since.
func (w *worker) stale() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.next != nil || w.ended
}

// read does a job.
func (w *worker) read(j job) {
	img, err := vision.LoadImage(w.files[j.file])
	r := result{job: j, err: err}
	if err == nil {
		r = scan(img, j)
	}
	w.mu.Lock()
	w.done = &r
	if w.next == nil {
		w.counts[j.file] = len(r.codes)
	}
	w.mu.Unlock()
	w.wake()
	for i, f := range w.files {
		if i == j.file {
			continue
		}
		if w.stale() {
			return
		}
		n := 0 // a file that cannot be read has none
		if img, err := vision.LoadImage(f); err == nil {
			n = count(img, j.params)
		}
		w.mu.Lock()
		if w.next == nil {
			w.counts[i] = n
		}
		w.mu.Unlock()
		w.wake()
	}
}
