package service_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linetwin.dev/vision/service"
)

// world is a virtual clock on which tasks run.
type world struct {
	now    time.Duration
	events []event
	seq    int
	pool   *service.Pool
	ran    []int
	busy   int
	most   int
}

type event struct {
	at  time.Duration
	seq int
	fn  func(time.Duration)
}

func (w *world) at(t time.Duration, fn func(time.Duration)) {
	w.events = append(w.events, event{max(t, w.now), w.seq, fn})
	w.seq++
}

func (w *world) run() {
	for len(w.events) > 0 {
		i := 0
		for k, e := range w.events {
			if e.at < w.events[i].at || e.at == w.events[i].at && e.seq < w.events[i].seq {
				i = k
			}
		}
		e := w.events[i]
		w.events = slices.Delete(w.events, i, i+1)
		w.now = e.at
		e.fn(w.now)
	}
}

// job is a task that takes a time.
type job struct {
	w        *world
	id       int
	cost     time.Duration
	outcome  service.Outcome
	ended    time.Duration
	ends     int
	releases int
	running  bool
}

func (j *job) Run(now time.Duration, done func(time.Duration)) {
	j.w.ran = append(j.w.ran, j.id)
	j.w.busy++
	j.w.most = max(j.w.most, j.w.busy)
	j.running = true
	j.w.at(now+j.cost, func(now time.Duration) {
		j.w.busy--
		j.running = false
		done(now)
	})
}

func (j *job) End(now time.Duration, o service.Outcome) {
	j.outcome, j.ended, j.ends = o, now, j.ends+1
}

func (j *job) Release(time.Duration) {
	if j.running || j.ends != 1 {
		panic("released while it is worked on, or before its end")
	}
	j.releases++
}

func newWorld(workers, room int) *world { return &world{pool: service.NewPool(workers, room)} }

func (w *world) submit(at time.Duration, id, priority int, deadline, cost time.Duration) *job {
	j := &job{w: w, id: id, cost: cost}
	w.at(at, func(now time.Duration) {
		w.pool.Submit(now, service.Request{Priority: priority, Deadline: deadline}, w.at, j)
	})
	return j
}

func TestTheMostUrgentIsJudgedNext(t *testing.T) {
	w := newWorld(1, 10)
	w.submit(0, 1, 0, 100, 10)
	w.submit(1, 2, 0, 90, 10)
	w.submit(2, 3, 0, 80, 10)
	w.submit(3, 4, 5, 95, 10)
	w.submit(4, 5, 0, 80, 10)
	w.run()
	if got := fmt.Sprint(w.ran); got != "[1 4 3 5 2]" {
		t.Errorf("order %v; want the priority first, then deadlines, then who came first", got)
	}
}

func TestWhatCannotBeJudgedInTimeEndsAtItsDeadline(t *testing.T) {
	w := newWorld(1, 10)
	long := w.submit(0, 1, 0, 50, 70)
	waits := w.submit(1, 2, 0, 40, 5)
	after := w.submit(2, 3, 0, 200, 5)
	past := w.submit(10, 4, 0, 9, 5)
	edge := w.submit(80, 5, 0, 90, 10)
	w.run()
	for _, c := range []struct {
		j    *job
		want service.Outcome
		at   time.Duration
	}{{long, service.Late, 51}, {waits, service.Late, 41}, {after, service.Judged, 75}, {past, service.Late, 10}, {edge, service.Judged, 90}} {
		if c.j.outcome != c.want || c.j.ended != c.at {
			t.Errorf("task %d: %v at %d, want %v at %d", c.j.id, c.j.outcome, c.j.ended, c.want, c.at)
		}
	}
	if fmt.Sprint(w.ran) != "[1 3 5]" {
		t.Errorf("ran %v; a task past its deadline must not take a worker", w.ran)
	}
}

func TestAFullQueueRefusesTheLeastUrgent(t *testing.T) {
	w := newWorld(1, 2)
	w.submit(0, 1, 0, 100, 50)
	kept := w.submit(1, 2, 1, 100, 1)
	least := w.submit(2, 3, 0, 100, 1)
	comes := w.submit(3, 4, 1, 100, 1)
	lower := w.submit(4, 5, 0, 60, 1)
	w.run()
	if least.outcome != service.Refused || least.ended != 3 || lower.outcome != service.Refused || kept.outcome != service.Judged || comes.outcome != service.Judged {
		t.Errorf("kept %v, least %v at %d, comes %v, lower %v", kept.outcome, least.outcome, least.ended, comes.outcome, lower.outcome)
	}
}

func TestEveryTaskEndsOnceWhateverComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		workers, room := rapid.IntRange(1, 4).Draw(t, "workers"), rapid.IntRange(1, 6).Draw(t, "room")
		type call struct {
			at, deadline, cost time.Duration
			priority           int
		}
		calls := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) call {
			at := time.Duration(rapid.IntRange(0, 200).Draw(t, "at"))
			return call{at, at + time.Duration(rapid.IntRange(-2, 60).Draw(t, "deadline")), time.Duration(rapid.IntRange(0, 40).Draw(t, "cost")), rapid.IntRange(0, 2).Draw(t, "priority")}
		}), 1, 60).Draw(t, "calls")
		play := func() (string, *world) {
			w := newWorld(workers, room)
			jobs := make([]*job, len(calls))
			for i, c := range calls {
				jobs[i] = w.submit(c.at, i, c.priority, c.deadline, c.cost)
			}
			w.run()
			var story string
			for i, j := range jobs {
				story += fmt.Sprint(j.outcome, j.ended, " ")
				if j.ends != 1 || j.releases != 1 {
					t.Fatalf("task %d ended %d times and was released %d times", i, j.ends, j.releases)
				}
				if late := j.ended > j.w.now; late || j.outcome == service.Judged && j.ended > calls[i].deadline {
					t.Fatalf("task %d: %v at %d, deadline %d", i, j.outcome, j.ended, calls[i].deadline)
				}
				if j.outcome == service.Late && j.ended != max(calls[i].deadline+1, calls[i].at) {
					t.Fatalf("task %d is late at %d, deadline %d", i, j.ended, calls[i].deadline)
				}
			}
			s := w.pool.Stats()
			if s.Waiting != 0 || s.Running != 0 || s.Judged+s.Late+s.Refused != len(calls) || w.most > workers || s.Longest > room {
				t.Fatalf("%+v, at most %d at a time, of %d calls", s, w.most, len(calls))
			}
			return story, w
		}
		first, _ := play()
		if second, _ := play(); first != second {
			t.Fatalf("the same calls came to\n%s\nand\n%s", first, second)
		}
	})
}
