//go:build linux

package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/kinematics"
)

const (
	// poses that inverse kinematics is asked for, and how well.
	poses     = 10_000
	tolerance = 1e-9 // m, rad
	// follow is how far from the answer a seed on a path is, in rad.
	follow = 0.1
	// turns that each contender has; the least time of a pose counts.
	inverseTurns = 3
)

// searcher looks for the joint values of all poses, each from its seed.
type searcher struct {
	name      string
	do        func(us []float64) (met int, err error)
	absent    bool
	met       int
	us        []float64 // the least of each pose
	allocates float64
}

// task is a set of poses with seeds.
type task struct {
	a       *arm
	targets []kinematics.Pose
	seeds   [][]float64
}

func newTask(a *arm, spread float64) *task {
	t := &task{a: a, targets: make([]kinematics.Pose, poses), seeds: make([][]float64, poses)}
	u := uniform(1)
	q := make([]float64, a.chain.Joints())
	for k := range t.targets {
		a.draw(&u, q)
		t.targets[k] = a.chain.Forward(q)
		seed := make([]float64, len(q))
		if spread > 0 {
			for i := range q {
				l := a.chain.Link(i)
				seed[i] = min(max(q[i]+u.next(-spread, spread), l.Min), l.Max)
			}
		} else {
			a.draw(&u, seed)
		}
		t.seeds[k] = seed
	}
	return t
}

// ours is this project's search. What counts as met is checked by forward kinematics.
func (t *task) ours(name string, o kinematics.IKOptions) *searcher {
	q := make([]float64, t.a.chain.Joints())
	s := &searcher{name: name}
	s.do = func(us []float64) (met int, err error) {
		for k, target := range t.targets {
			begin := time.Now()
			_, err := t.a.chain.Inverse(target, t.seeds[k], o, q)
			us[k] = time.Since(begin).Seconds() * 1e6
			if err != nil && !errors.Is(err, kinematics.ErrUnreachable) {
				return met, err
			}
			if metres, radians := kinematics.Distance(t.a.chain.Forward(q), target); err == nil && metres <= tolerance*(1+1e-3) && radians <= tolerance*(1+1e-3) {
				met++
			}
		}
		return met, nil
	}
	s.allocates = allocations(func() {
		for k := range 1000 {
			// Failures count below.
			_, _ = t.a.chain.Inverse(t.targets[k], t.seeds[k], o, q)
		}
	}) / 1000
	return s
}

// lma is KDL's search after Levenberg and Marquardt.
func (t *task) lma(k *kdl, name string, spread float64, restarts int) (*searcher, error) {
	there, err := k.there()
	if err != nil {
		return nil, err
	}
	s := &searcher{absent: !there}
	if there {
		p, err := k.process(t.a)
		if err != nil {
			return nil, err
		}
		s.do = func(us []float64) (int, error) {
			v, err := p.numbers(fmt.Sprint("inverse ", spread, " ", restarts, " ", poses, " ", tolerance))
			if err != nil {
				return 0, err
			}
			if len(v) != 1+len(us) {
				return 0, fmt.Errorf("KDL's program answers with %d values; there are %d", len(v), 1+len(us))
			}
			copy(us, v[1:])
			return int(v[0]), nil
		}
	}
	s.name = k.names[0] + name
	return s, nil
}

// search has the searchers take turns.
func search(searchers ...*searcher) error {
	us := make([]float64, poses)
	for round := range inverseTurns {
		for k := range searchers {
			s := searchers[(k+round)%len(searchers)]
			if s.absent {
				continue
			}
			var err error
			if s.met, err = s.do(us); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if s.us == nil {
				s.us = slices.Clone(us)
			}
			for i := range us {
				s.us[i] = min(s.us[i], us[i])
			}
		}
	}
	return nil
}

func (s *searcher) quantile(q float64) *float64 {
	if s.absent {
		return nil
	}
	v := slices.Sorted(slices.Values(s.us))[int(q*float64(len(s.us)-1))]
	return &v
}

func (s *searcher) success() *float64 {
	if s.absent {
		return nil
	}
	v := 100 * float64(s.met) / poses
	return &v
}

// measureInverse looks for joint values of random poses. KDL's search has no restarts of its
// own; with 100 of them, from random seeds, it is what its success is to be had for.
func measureInverse(s *session) ([]bench.Row, error) {
	fmt.Printf("\nInverse kinematics of %d random poses, to %v m and rad; the least of %d times of each\n", poses, tolerance, inverseTurns)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join([]string{"seeds", "contender", "success", "P50", "P99", "allocations"}, "\t"))
	show := func(what string, list ...*searcher) {
		for _, s := range list {
			if s.absent {
				fmt.Fprintf(w, "%s\t%s\tnot installed\n", what, s.name)
				continue
			}
			fmt.Fprintf(w, "%s\t%s\t%.2f %%\t%.3g us\t%.3g us\t%v\n", what, s.name, *s.success(), *s.quantile(0.5), *s.quantile(0.99), s.allocates)
		}
	}
	var rows []bench.Row
	most := 0.
	for _, a := range s.arms {
		random := newTask(a, 0)
		we := random.ours(ours, kinematics.IKOptions{Search: true})
		plain, err := random.lma(s.kdl, " LMA", 0, 0)
		if err != nil {
			return nil, err
		}
		again, err := random.lma(s.kdl, " LMA with restarts", 0, 100)
		if err != nil {
			return nil, err
		}
		if err := search(we, plain, again); err != nil {
			return nil, err
		}
		show(a.name+", random", we, plain, again)
		what := "IK, random seeds, " + a.name + ": "
		rows = append(rows,
			bench.Measured(what+"success", *we.success(), "%", ">= 99.99%").Against(plain.name, plain.success(), bench.Higher),
			bench.Measured(what+"median", *we.quantile(0.5), "us", a.random).Against(again.name, again.quantile(0.5), bench.Lower),
			bench.Measured(what+"P99", *we.quantile(0.99), "us", a.randomP99).Against(again.name, again.quantile(0.99), bench.Lower))
		most = max(most, we.allocates)
	}
	for _, a := range s.arms {
		path := newTask(a, follow)
		we, closed := path.ours(ours, kinematics.IKOptions{Search: true}), path.ours(ours+", closed form", kinematics.IKOptions{})
		plain, err := path.lma(s.kdl, " LMA", follow, 0)
		if err != nil {
			return nil, err
		}
		if err := search(we, closed, plain); err != nil {
			return nil, err
		}
		show(a.name+", within 0.1 rad", we, closed, plain)
		what := "IK following a path, " + a.name + ": "
		rows = append(rows,
			bench.Measured(what+"success", *we.success(), "%", ">= 100%").Against(plain.name, plain.success(), bench.Higher),
			bench.Measured(what+"median", *we.quantile(0.5), "us", "<= 10us").Against(plain.name, plain.quantile(0.5), bench.Lower))
		most = max(most, we.allocates, closed.allocates)
	}
	// Standard output takes it, or the table after it says so.
	_ = w.Flush()
	rows = append(rows, bench.Measured("IK: allocations", most, "1", "<= 0"))
	more, err := measureClosed(s)
	return append(rows, more...), err
}

// measureClosed finds all solutions of random poses, in closed form.
func measureClosed(s *session) ([]bench.Row, error) {
	list := contests{of: "All solutions of a pose in closed form"}
	wrist, err := industrialArm()
	if err != nil {
		return nil, err
	}
	var rows []bench.Row
	for _, a := range append(slices.Clone(s.arms), wrist) {
		const count = 1024
		random := newTask(a, 0)
		if err := checkClosed(random); err != nil {
			return nil, err
		}
		all := new(kinematics.Solutions)
		i := 0
		we := inGo(ours, func(times int) error {
			for range times {
				if err := a.chain.Solutions(random.targets[i], random.seeds[i], kinematics.IKOptions{}, all); err != nil {
					return err
				}
				i = (i + 1) % count
			}
			return nil
		})
		if err := s.contest(we); err != nil {
			return nil, err
		}
		what := fmt.Sprintf("%s (%v)", a.name, a.chain.Form())
		list.add(what, we)
		rows = append(rows, we.row("IK, all solutions in closed form, "+what, "us", a.closed, nil))
	}
	list.show()
	return append(rows, list.allocations("IK, closed form")), nil
}

// checkClosed fails unless every solution leads to its pose.
func checkClosed(t *task) error {
	var all kinematics.Solutions
	for k, target := range t.targets {
		if err := t.a.chain.Solutions(target, t.seeds[k], kinematics.IKOptions{}, &all); err != nil {
			return fmt.Errorf("%s, pose %d: %w", t.a.name, k, err)
		}
		for i := range all.N {
			metres, radians := kinematics.Distance(t.a.chain.Forward(all.All[i].Q[:t.a.chain.Joints()]), target)
			if !(math.Max(metres, radians) <= tolerance*(1+1e-3)) {
				return fmt.Errorf("%s, pose %d: a solution is %v m and %v rad off", t.a.name, k, metres, radians)
			}
		}
	}
	return nil
}

// industrialArm is one as most of the industry builds it: offsets at shoulder and elbow, and a
// spherical wrist.
func industrialArm() (*arm, error) {
	links := []kinematics.Link{
		{A: 0.15, Alpha: -90 * deg, D: 0.45}, {A: 0.6}, {A: 0.12, Alpha: -90 * deg},
		{Alpha: 90 * deg, D: 0.64}, {Alpha: -90 * deg}, {D: 0.1},
	}
	for i := range links {
		links[i].Min, links[i].Max = -185*deg, 185*deg
	}
	chain, err := kinematics.NewChain(kinematics.Identity(), links, kinematics.Translation(0, 0, 0.1))
	return &arm{name: "industrial 6R", chain: chain, closed: "<= 4us"}, err
}
