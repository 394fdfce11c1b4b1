package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"linetwin.dev/twin"
)

// progress shows on standard error how far a run is: a bar on a terminal, a line now
// and then elsewhere.
type progress struct {
	t     *twin.Twin
	begun time.Time
	quit  chan struct{}
	done  sync.WaitGroup
}

func startProgress(t *twin.Twin) *progress {
	p := &progress{t: t, begun: time.Now(), quit: make(chan struct{})}
	show := p.lines
	if term.IsTerminal(int(os.Stderr.Fd())) {
		show = p.bar
	}
	p.done.Go(show)
	return p
}

func (p *progress) stop() {
	close(p.quit)
	p.done.Wait()
}

// text is the state of the run in a few words, or in fewer.
func (p *progress) text(short bool) string {
	s := p.t.Progress()
	unit := " x real time"
	if short {
		unit = "x"
	}
	speed := s.Now.Seconds() / time.Since(p.begun).Seconds()
	return fmt.Sprintf("%s of %s, %.1f%s, %s, %s",
		clock(s.Now), clock(s.Until), speed, unit, plural(s.Parts, "part"), plural(s.Rejects, "reject"))
}

// narrow tells whether the terminal has no room for many words beside a bar.
func narrow() bool {
	width, _, err := term.GetSize(int(os.Stderr.Fd()))
	return err == nil && width < 100
}

// clock writes a line time as m:ss.
func clock(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

func (p *progress) bar() {
	bars := mpb.New(mpb.WithOutput(os.Stderr), mpb.WithWidth(30))
	total := int64(p.t.Until())
	bar := bars.New(total, mpb.BarStyle().Lbound("[").Filler("=").Tip(">").Padding(" ").Rbound("]"),
		mpb.BarRemoveOnComplete(),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return " " + p.text(narrow()) })))
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			bar.SetCurrent(min(int64(p.t.Now()), total-1))
		case <-p.quit:
			bar.Abort(true)
			bars.Wait()
			return
		}
	}
}

// lineEvery is how often a line is written where there is no terminal.
const lineEvery = 5 * time.Second

func (p *progress) lines() {
	tick := time.NewTicker(lineEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			fmt.Fprintln(os.Stderr, p.text(false))
		case <-p.quit:
			return
		}
	}
}
