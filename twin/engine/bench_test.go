package engine_test

import (
	"context"
	"testing"
	"time"

	"linetwin.dev/twin/engine"
)

// One periodic no-op among n others: what a cycle of a line costs in the engine.
func BenchmarkPeriodicEvent(b *testing.B) {
	for _, n := range []int{1, 20, 200} {
		b.Run(map[int]string{1: "alone", 20: "of20", 200: "of200"}[n], func(b *testing.B) {
			b.ReportAllocs()
			e := engine.New(engine.Options{})
			c := e.Component("c", "")
			for i := range n {
				c.Every(engine.Plant, time.Duration(n)*time.Microsecond, time.Duration(i)*time.Microsecond, func(time.Duration) {})
			}
			b.ResetTimer()
			if err := e.Run(context.Background(), time.Duration(b.N)*time.Microsecond); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func BenchmarkOneShot(b *testing.B) {
	b.ReportAllocs()
	e := engine.New(engine.Options{})
	c := e.Component("c", "")
	var again func(now time.Duration)
	again = func(now time.Duration) { c.At(engine.Plant, now+1, again) }
	c.At(engine.Plant, 0, again)
	b.ResetTimer()
	if err := e.Run(context.Background(), time.Duration(b.N)); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkEmit(b *testing.B) {
	b.ReportAllocs()
	e := engine.New(engine.Options{})
	c := e.Component("c", "")
	data := make([]byte, 24)
	c.Every(engine.Plant, 1, 0, func(time.Duration) { c.Emit(1, data) })
	b.SetBytes(int64(len(data) + engine.HeaderSize))
	b.ResetTimer()
	if err := e.Run(context.Background(), time.Duration(b.N)); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkOffload(b *testing.B) {
	b.ReportAllocs()
	e := engine.New(engine.Options{})
	c := e.Component("c", "")
	work, done := func() {}, func(_, _ time.Duration) {}
	c.Every(engine.Plant, 10, 0, func(time.Duration) { c.Offload(100, work, done) })
	b.ResetTimer()
	if err := e.Run(context.Background(), time.Duration(b.N)*10); err != nil {
		b.Fatal(err)
	}
}
