package vision

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

// fill makes the frame one of w x h pixels, as a camera does.
func fill(f *Frame, w, h int) {
	if cap(f.Color.Pix) < 3*w*h {
		f.Color.Pix = make([]byte, 3*w*h)
	}
	f.Color = Image{w, h, f.Color.Pix[:3*w*h]}
	if cap(f.Depth.Z) < w*h {
		f.Depth.Z = make([]float32, w*h)
	}
	f.Depth = Depth{w, h, f.Depth.Z[:w*h]}
	if cap(f.Confidence) < w*h {
		f.Confidence = make([]byte, w*h)
	}
	f.Confidence = f.Confidence[:w*h]
	f.Camera, f.Seq = "top", 12
}

// panics tells what f panics with.
func panics(t *testing.T, f func()) (text string) {
	t.Helper()
	defer func() {
		r := recover()
		if r == nil {
			t.Fatal("no panic")
		}
		text = r.(string)
	}()
	f()
	return ""
}

func TestALastReleaseGivesTheBuffersBack(t *testing.T) {
	p := NewPool(PoolOptions{})
	f := p.Get()
	fill(f, 8, 4)
	pix, z := &f.Color.Pix[0], &f.Depth.Z[0]
	if f.Retain() != f {
		t.Error("Retain gives another frame")
	}
	f.Release()
	if s := p.Stats(); s != (PoolStats{Live: 1, Peak: 1, Made: 1, Given: 1}) {
		t.Errorf("one reference is left: %+v", s)
	}
	f.Release()
	if s := p.Stats(); s != (PoolStats{Free: 1, Peak: 1, Made: 1, Given: 1}) {
		t.Errorf("none is left: %+v", s)
	}
	g := p.Get()
	if g.Camera != "" || g.Seq != 0 || g.Color.W != 0 || len(g.Color.Pix) != 0 || len(g.Depth.Z) != 0 || len(g.Confidence) != 0 {
		t.Errorf("the next frame has something of the last one: %+v", g)
	}
	fill(g, 8, 4)
	if &g.Color.Pix[0] != pix || &g.Depth.Z[0] != z {
		t.Error("the buffers are not used again")
	}
}

func TestAFrameThatComesFromNoPoolTakesAllCalls(t *testing.T) {
	for _, f := range []*Frame{nil, {}, {Camera: "replay"}} {
		f.Release()
		f.Release()
		if f.Retain() != f || f.Lend() != f {
			t.Error("another frame")
		}
		f.Return()
	}
}

func TestAPoolRefusesWhatItsLimitDoesNotAllow(t *testing.T) {
	p := NewPool(PoolOptions{Limit: 2})
	a, b := p.Get(), p.Get()
	if p.Get() != nil || p.Stats().Refused != 1 {
		t.Errorf("a third one of two: %+v", p.Stats())
	}
	b.Lend()
	b.Release()
	if s := p.Stats(); s.Live != 1 || s.Lent != 1 {
		t.Errorf("one is in use and one lent: %+v", s)
	}
	c := p.Get()
	if c == nil || c == b {
		t.Fatal("what is lent does not count, but is not free either")
	}
	b.Return()
	a.Release()
	c.Release()
	if s := p.Stats(); s != (PoolStats{Free: 3, Peak: 3, Made: 3, Given: 3, Refused: 1}) {
		t.Errorf("at the end: %+v", s)
	}
	if text := panics(t, func() { NewPool(PoolOptions{Limit: -1}) }); !strings.Contains(text, "at most -1") {
		t.Error(text)
	}
}

func TestALentFrameMayBeRetainedAgain(t *testing.T) {
	p := NewPool(PoolOptions{})
	f := p.Get()
	f.Lend()
	f.Release()
	f.Retain()
	f.Return()
	if s := p.Stats(); s.Live != 1 || s.Lent != 0 {
		t.Errorf("%+v", s)
	}
	f.Release()
	if s := p.Stats(); s.Live != 0 || s.Lent != 0 || s.Free != 1 {
		t.Errorf("%+v", s)
	}
}

func TestMistakesWithReferencesPanic(t *testing.T) {
	for _, check := range []bool{false, true} {
		p := NewPool(PoolOptions{Check: check})
		gone := func() *Frame {
			f := p.Get()
			fill(f, 2, 2)
			f.Release()
			return f
		}
		for name, c := range map[string]struct {
			do   func()
			want string
		}{
			"released twice":         {func() { gone().Release() }, "released once too often"},
			"retained after its end": {func() { gone().Retain() }, "retained after its last Release"},
			"lent after its end":     {func() { gone().Lend() }, "lent after its last Release"},
			"returned and not lent":  {func() { p.Get().Return() }, "returned once too often"},
			"released and only lent": {func() { f := p.Get(); f.Camera = "top"; f.Lend(); f.Release(); f.Release() }, "frame 0 of camera top"},
		} {
			if text := panics(t, c.do); !strings.Contains(text, c.want) {
				t.Errorf("check %v, %s: %q", check, name, text)
			}
		}
	}
}

func TestAPoolThatChecksFindsUseAfterTheLastRelease(t *testing.T) {
	for name, write := range map[string]func(pix []byte, z []float32, conf []byte){
		"colour":     func(pix []byte, _ []float32, _ []byte) { pix[5] = 0 },
		"depth":      func(_ []byte, z []float32, _ []byte) { z[3] = 1 },
		"confidence": func(_ []byte, _ []float32, conf []byte) { conf[1] = 9 },
	} {
		p := NewPool(PoolOptions{Check: true})
		f := p.Get()
		fill(f, 4, 4)
		pix, z, conf := f.Color.Pix, f.Depth.Z, f.Confidence
		f.Release()
		if pix[0] != poisonGray || z[0] == z[0] || conf[0] != poisonGray {
			t.Error("what was released can still be read")
		}
		write(pix, z, conf)
		if text := panics(t, func() { p.Get() }); !strings.Contains(text, name) {
			t.Errorf("%s: %q", name, text)
		}
	}
	p := NewPool(PoolOptions{Check: true})
	f := p.Get()
	f.Release()
	if g := p.Get(); g == f {
		t.Error("a frame was given out twice: who still has the first cannot be noticed")
	}
	if text := panics(t, f.Release); !strings.Contains(text, "once too often") {
		t.Error(text)
	}
}

func TestAFrameInSteadyStateAllocatesNothing(t *testing.T) {
	p := NewPool(PoolOptions{Limit: 4})
	one := func() {
		f := p.Get()
		fill(f, 32, 16)
		f.Retain()
		f.Lend()
		f.Release()
		f.Release()
		f.Return()
	}
	if n := testing.AllocsPerRun(100, one); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func TestAModelledFrameTakesNoMemory(t *testing.T) {
	p := NewPool(PoolOptions{})
	if n := testing.AllocsPerRun(100, func() {
		f := p.Get()
		if m := f.Model(); m != f.Modelled || m.Seen {
			t.Fatal("not its own, or not empty")
		}
		f.Modelled.Seen = true
		f.Release()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	var f Frame
	if f.Model() == nil || f.Model() != f.Modelled {
		t.Error("a frame that comes from no pool")
	}
}

func TestACloneBelongsToNoPool(t *testing.T) {
	p := NewPool(PoolOptions{Check: true})
	f := p.Get()
	fill(f, 2, 2)
	f.Color.Pix[1], f.Depth.Z[2], f.Modelled = 7, 9, &Modelled{Seen: true}
	c := f.Clone()
	f.Release()
	c.Release()
	c.Release()
	if c.Color.Pix[1] != 7 || c.Depth.Z[2] != 9 || c.Seq != 12 || !c.Modelled.Seen {
		t.Errorf("%+v", c)
	}
}

// Whoever holds what, and in what order it comes back, nothing is lost and no buffer is
// in two hands.
func TestNoOrderOfReleasesLosesAFrame(t *testing.T) {
	p := NewPool(PoolOptions{Limit: 16, Check: true})
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(g)))
			var held []*Frame
			drop := func() {
				i := r.IntN(len(held))
				f := held[i]
				if f.Color.Pix[0] != byte(g) {
					t.Errorf("a frame of %d is in the hands of %d", f.Color.Pix[0], g)
				}
				held[i] = held[len(held)-1]
				held = held[:len(held)-1]
				f.Release()
			}
			for range 2000 {
				switch r.IntN(3) {
				case 0:
					if f := p.Get(); f != nil {
						fill(f, 3, 3)
						f.Color.Pix[0] = byte(g)
						held = append(held, f)
					}
				case 1:
					if len(held) > 0 {
						held = append(held, held[r.IntN(len(held))].Retain())
					}
				case 2:
					if len(held) > 0 {
						drop()
					}
				}
			}
			for len(held) > 0 {
				drop()
			}
		})
	}
	all.Wait()
	if s := p.Stats(); s.Live != 0 || s.Lent != 0 || s.Free != s.Made || s.Peak > 16 {
		t.Errorf("at the end: %+v", s)
	}
}

func BenchmarkPool(b *testing.B) {
	p := NewPool(PoolOptions{})
	b.ReportAllocs()
	for b.Loop() {
		p.Get().Release()
	}
}
