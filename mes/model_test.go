package mes_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linetwin.dev/mes"
)

// model is the MES told in the fewest words: lists, and rules written out.
type model struct {
	orders []modelOrder
	parts  int64
	loose  int64
	photos []int // those that are kept, by what they show
}

type modelOrder struct {
	mes.Order
	state        mes.OrderState
	good, reject int64
}

func (m *model) running() int {
	return slices.IndexFunc(m.orders, func(o modelOrder) bool { return o.state == mes.Running })
}

func (m *model) schedule() {
	for _, want := range []mes.OrderState{mes.Running, mes.Held, mes.Released, mes.Planned} {
		i := slices.IndexFunc(m.orders, func(o modelOrder) bool { return o.state == want })
		if i < 0 {
			continue
		}
		if want == mes.Released || want == mes.Planned {
			m.orders[i].state = mes.Running
		}
		return
	}
}

// do gives whether the command is legal.
func (m *model) do(i int, v mes.Verb) bool {
	o := &m.orders[i]
	next := map[mes.Verb]map[mes.OrderState]mes.OrderState{
		mes.Release: {mes.Planned: mes.Released},
		mes.Start:   {mes.Planned: mes.Running, mes.Released: mes.Running},
		mes.Hold:    {mes.Running: mes.Held},
		mes.Resume:  {mes.Held: mes.Running},
		mes.Abort:   {mes.Planned: mes.Aborted, mes.Released: mes.Aborted, mes.Running: mes.Aborted, mes.Held: mes.Aborted},
	}[v][o.state]
	if next == "" || next == mes.Running && m.running() >= 0 {
		return false
	}
	o.state = next
	m.schedule()
	return true
}

func (m *model) complete(product string, good bool) {
	m.parts++
	i := m.running()
	if i < 0 || product != "" && product != m.orders[i].Product {
		m.loose++
		return
	}
	o := &m.orders[i]
	if !good {
		o.reject++
		return
	}
	o.good++
	if o.good == int64(o.Quantity) {
		o.state = mes.Completed
		m.schedule()
	}
}

func TestOrdersAndCountsFollowTheModelThroughAnyCommandsAndRestarts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "mes")
		must2(t, err)
		defer os.RemoveAll(dir)
		c := mes.Config{Run: "model", HistoryKeep: 3, PictureKeep: 3, Registers: []string{"a", "b"}}
		var want model
		for i := range rapid.IntRange(1, 4).Draw(t, "orders") {
			o := mes.Order{ID: string(rune('A' + i)), Product: rapid.SampledFrom([]string{"still", "sparkling"}).Draw(t, "product"), Quantity: rapid.IntRange(1, 4).Draw(t, "quantity")}
			c.Orders = append(c.Orders, o)
			want.orders = append(want.orders, modelOrder{Order: o, state: mes.Planned})
		}
		want.schedule()
		path := filepath.Join(dir, "mes.db")
		m, err := mes.Open(path, c)
		must2(t, err)
		defer func() { m.Close() }()
		var now time.Duration
		var track uint64
		samples, photos := 0, 0
		step := func() time.Duration {
			now += time.Duration(rapid.IntRange(0, 3).Draw(t, "seconds")) * time.Second
			return now
		}
		t.Repeat(map[string]func(*rapid.T){
			"command": func(t *rapid.T) {
				i := rapid.IntRange(0, len(want.orders)-1).Draw(t, "order")
				v := rapid.SampledFrom(mes.Verbs()).Draw(t, "verb")
				can := false
				for _, w := range m.Snapshot().Orders[i].Can {
					can = can || w == v
				}
				err := m.Do(step(), mes.Command{Order: want.orders[i].ID, Verb: v})
				if ok := want.do(i, v); ok != (err == nil) || ok != can {
					t.Fatalf("%s of %s: legal %t, offered %t, got %v", v, want.orders[i].ID, ok, can, err)
				}
				var refused *mes.TransitionError
				if err != nil && !errors.As(err, &refused) {
					t.Fatalf("refused with %v, not a transition error", err)
				}
			},
			"part": func(t *rapid.T) {
				track++
				p := mes.Part{Track: track, Serial: track % 5, Product: rapid.SampledFrom([]string{"", "still", "sparkling"}).Draw(t, "product")}
				p.Reason = rapid.SampledFrom([]string{"", "", "no QR", "dent"}).Draw(t, "reason")
				p.Good = p.Reason == ""
				must2(t, m.Complete(step(), p))
				want.complete(p.Product, p.Good)
			},
			"picture": func(t *rapid.T) {
				if track == 0 {
					t.Skip("no part in this session")
				}
				photos++
				must2(t, m.Attach(rapid.Uint64Range(1, track).Draw(t, "track"), seen(photos, 0)))
				want.photos = append(want.photos, photos)
				want.photos = want.photos[max(0, len(want.photos)-3):]
			},
			"state": func(t *rapid.T) {
				must2(t, m.State(step(), rapid.SampledFrom([]string{"Execute", "Held", "Aborted"}).Draw(t, "state")))
			},
			"sample": func(t *rapid.T) {
				now += time.Second
				samples++
				must2(t, m.Sample(now, []float64{1, 2}, []uint8{0, 0}))
			},
			"restart": func(t *rapid.T) {
				must2(t, m.Close())
				m, err = mes.Open(path, c)
				must2(t, err)
				now, track = 0, 0
			},
			"": func(t *rapid.T) {
				s := m.Snapshot()
				for i, o := range want.orders {
					got := s.Orders[i]
					if got.State != o.state || got.Counts.Good != o.good || got.Counts.Reject != o.reject {
						t.Fatalf("order %s is %s with %+v; the model has %s with %d good, %d rejected", o.ID, got.State, got.Counts, o.state, o.good, o.reject)
					}
				}
				if s.Total.Parts() != want.parts || s.Unassigned.Parts() != want.loose {
					t.Fatalf("%d parts, %d unassigned; the model has %d, %d", s.Total.Parts(), s.Unassigned.Parts(), want.parts, want.loose)
				}
				if s.History.Samples != min(samples, 3) {
					t.Fatalf("%d samples kept of %d", s.History.Samples, samples)
				}
				if s.Pictures != (mes.PictureStatus{Kept: len(want.photos), Keep: 3}) {
					t.Fatalf("pictures: %+v; the model keeps %d", s.Pictures, len(want.photos))
				}
				for _, i := range want.photos {
					if p, err := m.Picture(int64(i)); err != nil || !bytes.Equal(p.Data, photo(i)) {
						t.Fatalf("picture %d: %v", i, err)
					}
				}
				must2(t, m.Check())
			},
		})
	})
}

func must2(t *rapid.T, err error) {
	if err != nil {
		t.Helper()
		t.Fatal(err)
	}
}
