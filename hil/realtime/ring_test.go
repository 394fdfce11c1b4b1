package realtime

import (
	"encoding/binary"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// heapMemory is memory that the race detector watches and tests may spoil.
func heapMemory(size int) *Memory { return &Memory{data: alignedBytes(size)} }

// fataler is a test, of this or of rapid's kind.
type fataler interface{ Fatal(...any) }

func must[T any](v T, err error) func(fataler) T {
	return func(t fataler) T {
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// odd is an element that fills no slot evenly.
type odd struct {
	N     uint64
	Bytes [91]byte
	Check uint16
}

func newOdd(n uint64) (o odd) {
	o.N = n
	for i := range o.Bytes {
		o.Bytes[i] = byte(n>>(8*(i%8))) ^ byte(i)
	}
	o.Check = uint16(n*40503 + 7)
	return o
}

func (o *odd) whole() bool { return *o == newOdd(o.N) }

func TestARingIsAQueueWhateverItsEndsDoAndHoweverOftenTheyAreReplaced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slots := rapid.IntRange(1, 17).Draw(t, "slots")
		m := heapMemory(RingSize[odd](slots) + blockHead)
		r, err := CreateRing[odd](m, "r", slots)
		if err != nil {
			t.Fatal(err)
		}
		p, c := r.Producer(), r.Consumer()
		room := r.Slots()
		var model []uint64
		var next, dropped, taken uint64
		batch := func(n int) []odd {
			vs := make([]odd, n)
			for i := range vs {
				vs[i] = newOdd(next + uint64(i))
			}
			return vs
		}
		expect := func(vs []odd, want []uint64) {
			for i := range vs {
				if vs[i].N != want[i] || !vs[i].whole() {
					t.Fatalf("got %d, want %d, whole %t", vs[i].N, want[i], vs[i].whole())
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				v := newOdd(next)
				if got, want := p.Push(&v), len(model) < room; got != want {
					t.Fatalf("Push is %t with %d of %d", got, len(model), room)
				} else if got {
					model, next = append(model, next), next+1
				}
			},
			"push or drop": func(t *rapid.T) {
				v := newOdd(next)
				if p.PushOrDrop(&v) {
					model, next = append(model, next), next+1
				} else {
					dropped++
				}
			},
			"push batch": func(t *rapid.T) {
				n := rapid.IntRange(0, 20).Draw(t, "n")
				got := p.PushBatch(batch(n))
				if want := min(n, room-len(model)); got != want {
					t.Fatalf("PushBatch of %d gave %d, want %d", n, got, want)
				}
				for range got {
					model, next = append(model, next), next+1
				}
			},
			"pop": func(t *rapid.T) {
				var v odd
				if got, want := c.Pop(&v), len(model) > 0; got != want {
					t.Fatalf("Pop is %t with %d there", got, len(model))
				} else if got {
					expect([]odd{v}, model)
					model, taken = model[1:], taken+1
				}
			},
			"pop batch": func(t *rapid.T) {
				vs := make([]odd, rapid.IntRange(0, 20).Draw(t, "n"))
				n := c.PopBatch(vs)
				if want := min(len(vs), len(model)); n != want {
					t.Fatalf("PopBatch of %d gave %d, want %d", len(vs), n, want)
				}
				expect(vs[:n], model)
				model, taken = model[n:], taken+uint64(n)
			},
			"pop latest": func(t *rapid.T) {
				var v odd
				n := c.PopLatest(&v)
				if n != len(model) {
					t.Fatalf("PopLatest gave %d of %d", n, len(model))
				}
				if n > 0 {
					expect([]odd{v}, model[n-1:])
				}
				model, taken = nil, taken+uint64(n)
			},
			"another producer": func(t *rapid.T) {
				p = must(JoinRing[odd](m, "r"))(t).Producer()
			},
			"a producer that dies in a batch": func(t *rapid.T) {
				n := rapid.IntRange(1, 20).Draw(t, "n")
				unfinished(p, batch(n), rapid.IntRange(0, n).Draw(t, "written"))
				p = must(JoinRing[odd](m, "r"))(t).Producer()
			},
			"another consumer": func(t *rapid.T) {
				c = must(JoinRing[odd](m, "r"))(t).Consumer()
			},
			"": func(t *rapid.T) {
				if p.Len() != len(model) || p.Position() != next || c.Position() != taken || p.Err() != nil {
					t.Fatalf("Len %d, positions %d and %d, %v; want %d, %d and %d", p.Len(), p.Position(), c.Position(), p.Err(), len(model), next, taken)
				}
				if p.Dropped() != dropped || c.Dropped() != dropped {
					t.Fatalf("dropped %d and %d, want %d", p.Dropped(), c.Dropped(), dropped)
				}
			},
		})
	})
}

// unfinished does what PushBatch does before it publishes, up to some element.
func unfinished(p *Producer[odd], vs []odd, written int) {
	p.look()
	n := min(uint64(len(vs)), p.mask+1-(p.pos-p.tail))
	for i := uint64(1); i < min(n, uint64(written)); i++ {
		s := p.slot(p.pos + i)
		*(*odd)(unsafe.Add(unsafe.Pointer(s), slotHead)) = vs[i]
		*s = p.pos + i + 1
	}
	if n > 0 {
		*(*odd)(unsafe.Add(unsafe.Pointer(p.slot(p.pos)), slotHead)) = vs[0]
	}
}

func TestElementsCrossBetweenGoroutinesWholeAndInOrder(t *testing.T) {
	for _, slots := range []int{1, 8, 1024} {
		r := must(NewRing[odd](slots))(t)
		p, c := r.Producer(), r.Consumer()
		const total = 50_000
		var both sync.WaitGroup
		both.Go(func() {
			vs := make([]odd, 0, 7)
			for n := uint64(0); n < total; {
				vs = vs[:0]
				for i := range min(total-n, n%8) {
					vs = append(vs, newOdd(n+i))
				}
				if len(vs) > 0 {
					n += uint64(p.PushBatch(vs))
					continue
				}
				if v := newOdd(n); p.Push(&v) {
					n++
				} else {
					runtime.Gosched()
				}
			}
		})
		vs := make([]odd, 5)
		for n := uint64(0); n < total; {
			got := c.PopBatch(vs[:1+n%5])
			for i := range vs[:got] {
				if vs[i].N != n || !vs[i].whole() {
					t.Fatalf("element %d is %d, whole %t", n, vs[i].N, vs[i].whole())
				}
				n++
			}
			if got == 0 {
				runtime.Gosched()
			}
		}
		both.Wait()
	}
}

func TestAnEndOfARingIsTakenOnce(t *testing.T) {
	r := must(NewRing[uint64](4))(t)
	r.Producer()
	r.Consumer()
	for what, take := range map[string]func(){"producing": func() { r.Producer() }, "consuming": func() { r.Consumer() }} {
		func() {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.Contains(s, what) {
					t.Errorf("taking the %s end again: %v", what, s)
				}
			}()
			take()
		}()
	}
}

func TestRingsRefuseWhatMustNotBeShared(t *testing.T) {
	type nested struct {
		Good float64
		Bad  [3]struct{ Name string }
	}
	refusals := map[string]error{}
	note := func(name string, _ any, err error) { refusals[name] = err }
	r1, err := NewRing[*int](4)
	note("pointer", r1, err)
	r2, err := NewRing[nested](4)
	note("Bad[].Name is a string", r2, err)
	r3, err := NewRing[struct{ Ok bool }](4)
	note("is a bool", r3, err)
	r4, err := NewRing[struct{}](4)
	note("no size", r4, err)
	r5, err := NewRing[uint64](0)
	note("0 slots", r5, err)
	r6, err := NewRing[uint64](mostSlots + 1)
	note("slots", r6, err)
	r7, err := NewRing[[largestElement + 1]byte](1)
	note("more than", r7, err)
	r8, err := NewRing[func()](4)
	note("func", r8, err)
	for want, err := range refusals {
		if err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(want, "pointer")) {
			t.Errorf("%s: error is %v", want, err)
		}
	}
}

func TestAConsumerThatLiesLeadsNowhere(t *testing.T) {
	for _, lie := range []uint64{1, 100, math.MaxUint64, 1 << 40} {
		r := must(NewRing[uint64](4))(t)
		p, c := r.Producer(), r.Consumer()
		v := uint64(7)
		var out uint64
		for range 3 {
			p.Push(&v)
			c.Pop(&out)
		}
		if n := p.Len(); n != 0 {
			t.Fatalf("%d elements are left", n)
		}
		r.ends.tail.Store(lie) // the consumer is at 3, and the producer knows
		for range 10 {
			p.Push(&v)
			p.PushBatch([]uint64{1, 2, 3})
		}
		if err := p.Err(); err == nil || p.Len() > 4 {
			t.Errorf("tail %d: error %v, length %d", lie, err, p.Len())
		}
	}
}

func TestSharedMemoryOfAnotherLayoutIsRefused(t *testing.T) {
	type other struct{ A, B float32 }
	fresh := func() *Memory {
		m := heapMemory(1 << 14)
		must(CreateRing[uint64](m, "numbers", 16))(t)
		must(CreateRecord[uint64](m, "one"))(t)
		return m
	}
	spoil := func(at int, v ...byte) func(*Memory) {
		return func(m *Memory) { copy(m.data[at:], v) }
	}
	u32 := func(v uint32) []byte { return binary.NativeEndian.AppendUint32(nil, v) }
	for _, c := range []struct {
		name  string
		spoil func(*Memory)
		want  string
	}{
		{"as it was", func(*Memory) {}, ""},
		{"other magic", spoil(0, 1, 2, 3, 4), "begins with"},
		{"other version", spoil(4, 9), "version 9"},
		{"empty", spoil(0, 0, 0, 0, 0), "no block"},
		{"a size of nothing", spoil(8, make([]byte, 8)...), "claims 0 bytes"},
		{"a size of more than all", spoil(8, 128, 0, 0, 1), "claims"},
		{"a size that wraps", spoil(8, 0x80, 255, 255, 255, 255, 255, 255, 255), "claims"},
		{"another type", spoil(16, 1, 2, 3), "another type"},
		{"no slots", spoil(24, u32(0)...), "power of two"},
		{"odd slots", spoil(24, u32(15)...), "power of two"},
		{"too many slots for its size", spoil(24, u32(1<<20)...), "too few"},
		{"other stride", spoil(28, u32(8)...), "apart"},
	} {
		m := fresh()
		c.spoil(m)
		_, err := JoinRing[uint64](m, "numbers")
		if c.want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q", c.name, err, c.want)
		}
	}
	m := fresh()
	for what, join := range map[string]func() error{
		"another type": func() error { _, err := JoinRing[other](m, "numbers"); return err },
		"no block":     func() error { _, err := JoinRing[uint64](m, "letters"); return err },
		"of kind":      func() error { _, err := JoinRecord[uint64](m, "numbers"); return err },
		"already":      func() error { _, err := CreateRing[uint64](m, "numbers", 2); return err },
		"are left":     func() error { _, err := CreateRing[uint64](m, "many", 1<<10); return err },
		"takes 1 to":   func() error { _, err := CreateRecord[uint64](m, strings.Repeat("x", 33)); return err },
	} {
		if err := join(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error is %v, want %q", err, what)
		}
	}
}

func TestLayoutsDifferWhenNamesOrPlacesDo(t *testing.T) {
	type a struct{ X, Y float64 }
	type b struct{ Y, X float64 }
	type c struct {
		X float64
		Y int64
	}
	prints := map[uint64]string{}
	add := func(name string, print uint64, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if before, ok := prints[print]; ok {
			t.Errorf("%s and %s look the same", before, name)
		}
		prints[print] = name
	}
	pa, err := layout[a]()
	add("a", pa, err)
	pb, err := layout[b]()
	add("b", pb, err)
	pc, err := layout[c]()
	add("c", pc, err)
	ps, err := layout[Setpoint]()
	add("setpoint", ps, err)
	if again, _ := layout[a](); again != pa {
		t.Error("the same type looks different the second time")
	}
}

func TestRingsDoNotAllocate(t *testing.T) {
	r := must(NewRing[Setpoint](16))(t)
	p, c := r.Producer(), r.Consumer()
	var in, out Setpoint
	batch := make([]Setpoint, 8)
	if n := testing.AllocsPerRun(100, func() {
		p.Push(&in)
		c.Pop(&out)
		p.PushBatch(batch)
		c.PopBatch(batch)
		p.PushOrDrop(&in)
		c.PopLatest(&out)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMemoryComesAndGoes(t *testing.T) {
	m := must(NewMemory(100_000))(t)
	if m.Size() < 100_000 || m.About() == "" || m.File() != nil {
		t.Errorf("memory of %d bytes, %q, file %v", m.Size(), m.About(), m.File())
	}
	r := must(CreateRing[Setpoint](m, "r", 64))(t)
	v := Setpoint{Stream: 3}
	var out Setpoint
	if !r.Producer().Push(&v) || !r.Consumer().Pop(&out) || !cmp.Equal(v, out, cmp.AllowUnexported(Setpoint{})) {
		t.Errorf("got %+v", out)
	}
	for range 2 {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, size := range []int{0, -1, largestMemory + 1} {
		if _, err := NewMemory(size); err == nil {
			t.Errorf("memory of %d bytes was made", size)
		}
	}
}

// FuzzRing lets another process write anything anywhere, while both ends work.
func FuzzRing(f *testing.F) {
	good := heapMemory(RingSize[odd](4) + 2*blockHead)
	r := must(CreateRing[odd](good, "r", 4))(f)
	v := newOdd(1)
	r.Producer().Push(&v)
	f.Add(good.data, []byte{0, 3, 1, 2, 5})
	f.Add(make([]byte, 600), []byte{1})
	f.Fuzz(func(t *testing.T, data, script []byte) {
		if len(data) > 1<<16 || len(script) > 1<<10 {
			return
		}
		m := heapMemory(len(data) + 8)
		m.data = m.data[:len(data)]
		copy(m.data, data)
		if rec, err := JoinRecord[control](m, "r"); err == nil {
			_ = rec.servo.failure.get()
			_ = rec.servo.stats.report().Write(&strings.Builder{})
		}
		r, err := JoinRing[odd](m, "r")
		if err != nil {
			return
		}
		if r.Slots() > 1<<16 {
			return
		}
		p, c := r.Producer(), r.Consumer()
		vs := make([]odd, 6)
		for i, op := range script {
			switch op % 6 {
			case 0:
				p.Push(&vs[0])
			case 1:
				p.PushBatch(vs)
			case 2:
				c.Pop(&vs[0])
			case 3:
				c.PopBatch(vs)
			case 4:
				c.PopLatest(&vs[0])
			case 5:
				at := (int(op) * 251 * (i + 1)) % len(m.data)
				copy(m.data[at:], script[i:])
			}
			if p.Len() > r.Slots() {
				t.Fatalf("%d of %d", p.Len(), r.Slots())
			}
		}
	})
}
