package protocol

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The reach of these is 5 ns for a read and 25 ns for a write, without allocation.

func BenchmarkReadInt(b *testing.B) {
	o := define(b, NewBank().Writer("w", ""), "a", I32)
	o.SetInt(1, 1)
	in := o.In()
	b.ReportAllocs()
	var sum int64
	for b.Loop() {
		sum += in.Int()
	}
	_ = sum
}

func BenchmarkReadFloat(b *testing.B) {
	o := define(b, NewBank().Writer("w", ""), "a", F64)
	o.SetFloat(1, 1)
	in := o.In()
	b.ReportAllocs()
	var sum float64
	for b.Loop() {
		sum += in.Float()
	}
	_ = sum
}

func BenchmarkReadSample(b *testing.B) {
	o := define(b, NewBank().Writer("w", ""), "a", I32)
	o.SetInt(1, 1)
	in := o.In()
	b.ReportAllocs()
	var sum time.Duration
	for b.Loop() {
		sum += in.Sample().Time
	}
	_ = sum
}

func BenchmarkReadIntInParallel(b *testing.B) {
	o := define(b, NewBank().Writer("w", ""), "a", I32)
	o.SetInt(1, 1)
	in := o.In()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		var sum int64
		for pb.Next() {
			sum += in.Int()
		}
	})
}

// A writer at a rate of 10 kHz beside the reader, which is ten times that of a
// servo loop.
func BenchmarkReadIntBesideAWriter(b *testing.B) {
	o := define(b, NewBank().Writer("w", ""), "a", I32)
	o.SetInt(1, 1)
	in := o.In()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(100 * time.Microsecond)
		defer tick.Stop()
		for i := int64(0); ; i++ {
			select {
			case <-tick.C:
				o.SetInt(time.Duration(i), i)
			case <-stop:
				return
			}
		}
	})
	b.ReportAllocs()
	var sum int64
	for b.Loop() {
		sum += in.Int()
	}
	close(stop)
	wg.Wait()
}

func BenchmarkWriteInt(b *testing.B) {
	o := define(b, NewBank().Writer("w", ""), "a", I32)
	b.ReportAllocs()
	var i int64
	for b.Loop() {
		i++
		o.SetInt(time.Duration(i), i&0xffff)
	}
}

func BenchmarkWriteFloat(b *testing.B) {
	o := define(b, NewBank().Writer("w", ""), "a", F64)
	b.ReportAllocs()
	var i int64
	for b.Loop() {
		i++
		o.SetFloat(time.Duration(i), float64(i))
	}
}

func BenchmarkWriteIntUnchanged(b *testing.B) {
	o := define(b, NewBank().Writer("w", ""), "a", I32)
	o.SetInt(1, 5)
	b.ReportAllocs()
	for b.Loop() {
		o.SetInt(2, 5)
	}
}

func BenchmarkWriteIntBesideReaders(b *testing.B) {
	o := define(b, NewBank().Writer("w", ""), "a", I32)
	in := o.In()
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !stop.Load() {
			in.Int()
		}
	})
	b.ReportAllocs()
	var i int64
	for b.Loop() {
		i++
		o.SetInt(time.Duration(i), i&0xffff)
	}
	stop.Store(true)
	wg.Wait()
}

func BenchmarkWriteBatchOfTen(b *testing.B) {
	w := NewBank().Writer("w", "")
	var outs [10]*Out
	for i := range outs {
		outs[i] = define(b, w, fmt.Sprintf("r%d", i), I32)
	}
	b.ReportAllocs()
	var i int64
	for b.Loop() {
		i++
		w.Begin()
		for _, o := range outs {
			o.SetInt(time.Duration(i), i&0xffff)
		}
		w.Commit()
	}
}

func BenchmarkChangesOfTen(b *testing.B) {
	w := NewBank().Writer("w", "")
	var outs [10]*Out
	for i := range outs {
		outs[i] = define(b, w, fmt.Sprintf("r%d", i), I32)
	}
	b.ReportAllocs()
	var i int64
	var sum int64
	for b.Loop() {
		i++
		for _, o := range outs {
			o.SetInt(time.Duration(i), i&0xffff)
		}
		w.Changes(func(ref Ref, s Sample) { sum += s.Value.Int() })
	}
}

func BenchmarkSnapshot(b *testing.B) {
	for _, n := range []int{10, 125, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			bank := NewBank()
			w := bank.Writer("w", "")
			refs, dst := make([]Ref, n), make([]Sample, n)
			for i := range refs {
				refs[i] = define(b, w, fmt.Sprintf("r%d", i), I32).Ref()
			}
			b.ReportAllocs()
			for b.Loop() {
				bank.Snapshot(refs, dst)
			}
		})
	}
}
