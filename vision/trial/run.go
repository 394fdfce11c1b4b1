package trial

import (
	"context"
	"fmt"
	"image"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a run.
type Options struct {
	Seed uint64
	// Failures of each category whose pictures are kept: the first ones.
	Failures int
	// Progress is told from time to time, from one goroutine at a time, how many pictures of all were
	// tried; nil: nobody is.
	Progress func(done, all int)
}

// Report is what a run came to.
type Report struct {
	Seed     uint64
	Subjects []Tried
	Took     time.Duration
}

// Tried is a subject with its results.
type Tried struct {
	Subject *Subject
	Groups  []Group
}

// Group is a category with its results.
type Group struct {
	Category                      *Category
	Pictures, Items, Right, Wrong int
	// Errors and spreads of all items that are right, sorted.
	Errors, Spreads []float64
	Grade           float64         // mean of the grades, 4 best to 0
	Graded          int             // items with a grade
	Times           []time.Duration // of the pictures, sorted, on the wall clock
	Outcomes        []Outcome       // by number
	Failures        []Failure
}

// Failure is a picture of something that went wrong.
type Failure struct {
	Subject, Category string
	Number            int
	Note              string
	Picture           image.Image
}

// Run tries all subjects on all processors. It ends early, with the context's error, when the
// context ends, and with the first error of a picture in their order.
func Run(ctx context.Context, opt Options, subjects ...*Subject) (*Report, error) {
	r := &Report{Seed: opt.Seed}
	var err error
	r.Took = Timed(func() { err = r.run(ctx, opt, subjects) })
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Timed is how long f takes on the wall clock.
func Timed(f func()) time.Duration {
	begun := time.Now()
	f()
	return time.Since(begun)
}

func (r *Report) run(ctx context.Context, opt Options, subjects []*Subject) error {
	type job struct {
		c   *Category
		i   int
		out *Outcome
	}
	var jobs []job
	for _, s := range subjects {
		t := Tried{Subject: s}
		for k := range s.Categories {
			c := &s.Categories[k]
			g := Group{Category: c}
			if c.Skipped == "" {
				g.Outcomes = make([]Outcome, c.Count)
			}
			for i := range g.Outcomes {
				jobs = append(jobs, job{c, i, &g.Outcomes[i]})
			}
			t.Groups = append(t.Groups, g)
		}
		r.Subjects = append(r.Subjects, t)
	}
	errs := make([]error, len(jobs))
	var next, done atomic.Int64
	var mu sync.Mutex // of Progress
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		workers.Go(func() {
			for ctx.Err() == nil {
				k := int(next.Add(1)) - 1
				if k >= len(jobs) {
					return
				}
				j := jobs[k]
				var err error
				if *j.out, err = j.c.Try(opt.Seed, j.i); err != nil {
					errs[k] = fmt.Errorf("picture %d of %q: %w", j.i, j.c.Name, err)
					next.Store(int64(len(jobs)))
					return
				}
				n := int(done.Add(1))
				if opt.Progress != nil {
					mu.Lock()
					opt.Progress(n, len(jobs))
					mu.Unlock()
				}
			}
		})
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for k := range r.Subjects {
		t := &r.Subjects[k]
		for i := range t.Groups {
			t.Groups[i].sum(t.Subject.Name, opt.Failures)
		}
	}
	return nil
}

// sum adds up the outcomes, in the order of their numbers.
func (g *Group) sum(subject string, failures int) {
	grades := 0
	for i := range g.Outcomes {
		o := &g.Outcomes[i]
		g.Pictures++
		g.Items += o.Items
		g.Right += o.Right
		g.Wrong += o.Wrong
		g.Errors = append(g.Errors, o.Errors...)
		g.Spreads = append(g.Spreads, o.Spreads...)
		g.Times = append(g.Times, o.Took)
		for _, v := range o.Grades {
			grades += v
			g.Graded++
		}
		if o.failed() && len(g.Failures) < failures && o.Picture != nil {
			g.Failures = append(g.Failures, Failure{subject, g.Category.Name, i, o.Note, o.Picture()})
		}
		o.Picture = nil // it holds on to the pixels
	}
	slices.Sort(g.Errors)
	slices.Sort(g.Spreads)
	slices.Sort(g.Times)
	if g.Graded > 0 {
		g.Grade = float64(grades) / float64(g.Graded)
	}
}

// Rate is the share of the items that are right, 0 without any.
func (g *Group) Rate() float64 {
	if g.Items == 0 {
		return 0
	}
	return float64(g.Right) / float64(g.Items)
}

// F is the harmonic mean of the rate and of the share of what was found that is there.
func (g *Group) F() float64 {
	if n := g.Items + g.Right + g.Wrong; n > 0 {
		return 2 * float64(g.Right) / float64(n)
	}
	return 0
}

// Missed is how many items were not found.
func (g *Group) Missed() int { return g.Items - g.Right }

// fewest pictures of a category by whose rate it is judged: that of fewer says little.
const fewest = 20

// Judged tells whether the category has a bound and enough pictures for it.
func (g *Group) Judged() bool { return g.Category.Least > 0 && g.Pictures >= fewest }

// Pass tells whether the category keeps its bound, if it is judged.
func (g *Group) Pass() bool { return !g.Judged() || g.Rate() >= g.Category.Least }

// quantile of sorted values by the nearest rank; the zero value where there are none.
func quantile[T any](sorted []T, q float64) (v T) {
	if len(sorted) == 0 {
		return v
	}
	k := int(q*float64(len(sorted))+0.9999999) - 1
	return sorted[min(max(k, 0), len(sorted)-1)]
}

// Mean is the mean rate of the categories that were tried, each counting the same.
func (t *Tried) Mean() float64 {
	sum, n := 0.0, 0
	for i := range t.Groups {
		if t.Groups[i].Items > 0 {
			sum += t.Groups[i].Rate()
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// F is the mean of the categories' F scores.
func (t *Tried) F() float64 {
	sum, n := 0.0, 0
	for i := range t.Groups {
		if t.Groups[i].Items > 0 {
			sum += t.Groups[i].F()
			n++
		}
	}
	return sum / float64(max(n, 1))
}

// Wrong is how much was found in all categories that is not there.
func (t *Tried) Wrong() int {
	n := 0
	for i := range t.Groups {
		n += t.Groups[i].Wrong
	}
	return n
}

// asked tells whether there was anything to be found.
func (t *Tried) asked() bool {
	return slices.ContainsFunc(t.Groups, func(g Group) bool { return g.Items > 0 })
}

// judged tells whether all categories are: their mean is then, too.
func (t *Tried) judged() bool {
	for i := range t.Groups {
		if g := &t.Groups[i]; g.Items > 0 && !g.Judged() {
			return false
		}
	}
	return t.asked() && t.Subject.LeastMean > 0
}

// Pass tells whether all categories keep their bounds, and the subject its own.
func (t *Tried) Pass() bool {
	for i := range t.Groups {
		if !t.Groups[i].Pass() {
			return false
		}
	}
	return (!t.Subject.Strict || t.Wrong() == 0) && (!t.judged() || t.Mean() >= t.Subject.LeastMean)
}

// Pass tells whether all subjects keep their bounds.
func (r *Report) Pass() bool {
	for i := range r.Subjects {
		if !r.Subjects[i].Pass() {
			return false
		}
	}
	return true
}

// Failures are the pictures that were kept of all categories.
func (r *Report) Failures() (list []Failure) {
	for _, t := range r.Subjects {
		for _, g := range t.Groups {
			list = append(list, g.Failures...)
		}
	}
	return list
}
