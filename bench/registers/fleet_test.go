//go:build linux

package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain is also the servers that the tests start.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-serve" {
		main()
		return
	}
	os.Exit(m.Run())
}

func started(t *testing.T, p *peer) *process {
	t.Helper()
	on, err := p.start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(on.stop)
	return on
}

const short = 50 * time.Millisecond

func TestAFleetLoadsEveryPeerThatIsHere(t *testing.T) {
	peers := []*peer{ownPeer(ours, registerDialect{}, "registers", ""), findRedis(), findModbus(t.TempDir())}
	for _, p := range peers {
		t.Run(strings.Fields(p.name)[0], func(t *testing.T) {
			if p.absent != "" {
				t.Skip(p.absent)
			}
			on := started(t, p)
			if err := p.prepare(on); err != nil {
				t.Fatal(err)
			}
			for _, batches := range []func(i int) [2]*batch{
				func(i int) [2]*batch { return same(16)(p.dialect, i) },
				func(i int) [2]*batch { return [2]*batch{writes(p.dialect, i, 16, 0), writes(p.dialect, i, 16, 1)} },
				func(i int) [2]*batch { b := block(p.dialect); return [2]*batch{b, b} },
			} {
				f, _, err := newFleet(p, on, 10, 4, batches)
				if err != nil {
					t.Fatal(err)
				}
				defer f.close()
				l, err := f.run(short)
				if err != nil {
					t.Fatal(err)
				}
				if l.rate <= 0 || l.cpu <= 0 || l.starved != 0 || l.least == 0 || l.most < l.least {
					t.Errorf("got %+v", l)
				}
				if err := verify(p, on, f); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestAWrongValueEndsTheLoad(t *testing.T) {
	p := ownPeer(ours, registerDialect{}, "registers", "")
	// Nobody has written the values that the reads expect.
	_, _, err := newFleet(p, started(t, p), 3, 3, func(i int) [2]*batch { return same(1)(p.dialect, i) })
	if err == nil || !strings.Contains(err.Error(), "the reply to") {
		t.Errorf("got %v", err)
	}
}

func TestAServerThatGoesAwayIsNoticed(t *testing.T) {
	p := ownPeer("echo", echoDialect{}, "echo", "")
	on := started(t, p)
	f, _, err := newFleet(p, on, 3, 3, func(i int) [2]*batch { return same(1)(p.dialect, i) })
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	on.stop()
	if _, err := f.run(short); err == nil {
		t.Error("no error")
	}
	if _, _, err := newFleet(p, on, 3, 3, func(i int) [2]*batch { return same(1)(p.dialect, i) }); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v", err)
	}
}

func TestSubscribersGetPushes(t *testing.T) {
	on, err := startOwn("-serve", "registers", "-rate", "100")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(on.stop)
	a, err := subscribe(on, 20)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	before := a.total
	for a.total < before+100 {
		if err := a.listenUntil(time.Now().Add(short)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMemoryAndProcessorTimeAreTheServersOwn(t *testing.T) {
	p := ownPeer("echo", echoDialect{}, "echo", "")
	on := started(t, p)
	before, err := on.cpu()
	if err != nil {
		t.Fatal(err)
	}
	l, err := dial(on.addr, p.dialect, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	b := reads(p.dialect, 0, 1)
	for range 1000 {
		if err := l.do(b); err != nil {
			t.Fatal(err)
		}
	}
	if after, err := on.cpu(); err != nil || after <= before {
		t.Errorf("%v and then %v, error %v", before, after, err)
	}
	if size, err := on.resident(); err != nil || size < 1<<20 || size > 1<<30 {
		t.Errorf("%d bytes, error %v", size, err)
	}
}
