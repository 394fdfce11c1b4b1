package protocol

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// readWhile runs check in several goroutines until write has returned.
func readWhile(t *testing.T, readers int, write func(), check func() (ok bool)) {
	t.Helper()
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for !stop.Load() {
				if !check() {
					t.Error("a reader saw what was never written")
					return
				}
			}
		})
	}
	write()
	stop.Store(true)
	wg.Wait()
}

func TestASampleIsNeverTorn(t *testing.T) {
	o := define(t, NewBank().Writer("w", ""), "a", I64)
	o.SetInt(0, 0)
	in := o.In()
	readWhile(t, 3, func() {
		for i := range int64(50_000) {
			if i%3 == 0 {
				o.w.Begin()
				o.SetInt(time.Duration(i), -i)
				o.SetInt(time.Duration(i), i)
				o.w.Commit()
			} else {
				o.SetInt(time.Duration(i), i)
			}
		}
	}, func() bool {
		s := in.Sample()
		return int64(s.Time) == s.Value.Int()
	})
}

func TestReadsOfOneRegisterNeverGoBack(t *testing.T) {
	o := define(t, NewBank().Writer("w", ""), "a", I64)
	o.SetInt(0, 0)
	in := o.In()
	readWhile(t, 3, func() {
		for i := range int64(50_000) {
			if i%2 == 0 {
				o.w.Begin()
				o.SetInt(time.Duration(i), i)
				o.w.Commit()
			} else {
				o.SetInt(time.Duration(i), i)
			}
		}
	}, func() bool {
		a := in.Int()
		b := int64(in.Time())
		c := in.Int()
		return a <= b && b <= c
	})
}

// Two writers: each keeps x+y = 0 in its batches, and the second one is always
// between the first one and the first one less 1.
func TestASnapshotIsOfOneInstantAcrossWriters(t *testing.T) {
	b := NewBank()
	v, w := b.Writer("v", ""), b.Writer("w", "")
	vx, vy := define(t, v, "vx", I64), define(t, v, "vy", I64)
	wx, wy := define(t, w, "wx", I64), define(t, w, "wy", I64)
	refs := []Ref{vx.Ref(), wx.Ref(), vy.Ref(), wy.Ref()}
	var found atomic.Int64
	readWhile(t, 3, func() {
		// On a small machine no reader may get an instant to itself for a while: the
		// writers go on until one has.
		for i := int64(1); i < 20_000 || found.Load() == 0; i++ {
			if found.Load() == 0 && i%1000 == 0 {
				runtime.Gosched()
			}
			for _, set := range [][2]*Out{{vx, vy}, {wx, wy}} {
				set[0].w.Begin()
				set[0].SetInt(time.Duration(i), i)
				set[1].SetInt(time.Duration(i), -i)
				set[0].w.Commit()
			}
		}
	}, func() bool {
		var s [4]Sample
		if !b.Snapshot(refs, s[:]) {
			return true
		}
		found.Add(1)
		x, z := s[0].Value.Int(), s[1].Value.Int()
		return s[2].Value.Int() == -x && s[3].Value.Int() == -z && (z == x || z == x-1)
	})
	if found.Load() == 0 {
		t.Error("no snapshot succeeded")
	}
}

func TestAStalledBatchHoldsUpNoReader(t *testing.T) {
	b := NewBank()
	w := b.Writer("w", "")
	x := define(t, w, "x", I64)
	x.SetInt(1, 1)
	w.Begin()
	x.SetInt(2, 2)
	var s [1]Sample
	for range 1000 {
		if !b.Snapshot([]Ref{0}, s[:]) || s[0].Value.Int() != 1 || x.In().Int() != 1 {
			t.Fatalf("got %+v", s)
		}
	}
}
