package realtime

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// RingMeasurement says how rings and their peers are measured. The zero value serves.
type RingMeasurement struct {
	// CPUs of the producer and of the consumer. If they are equal, the first two that the
	// process may use are taken.
	CPUs [2]int
	// Priority of both threads with SCHED_FIFO, 0 for ordinary ones. Both processors are then
	// taken for tenths of a second.
	Priority int
	// Rounds in which all kinds take turns; 0 stands for 5.
	Rounds int
	// Messages whose latency is measured in a round, one by one; 0 stands for 2000.
	Messages int
	// Pace between two messages; 0 stands for 100 us, in which also the slowest is through.
	Pace time.Duration
	// Elements that are handed over as quickly as possible in a round; 0 stands for 2 million.
	Elements int
	// Memory that the ring is in; nil for a shared one made for it.
	Memory *Memory
}

// RingFigures is what was measured of one kind of queue, between two threads on two cores.
type RingFigures struct {
	Kind    string
	Latency *Histogram      // from before sending to after receiving, of all rounds
	P50s    []time.Duration // of each round
	Rates   []float64       // elements a second, in batches where the kind has them, of each round
	Notes   string          // what the system refused
}

// P50 is the median of the rounds' median latencies. It includes reading the clock once.
func (f *RingFigures) P50() time.Duration { return median(f.P50s) }

// Rate is the median of the rounds' rates, in elements a second.
func (f *RingFigures) Rate() float64 { return median(f.Rates) }

func median[T time.Duration | float64](v []T) T {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}

// message is what is handed over.
type message struct {
	Sent   Instant
	Number uint64
}

// queue is a ring or one of its peers. Both methods wait for room or for messages; some
// sleep, some spin, as is their nature.
type queue interface {
	send(ms []message)            // all of them
	receive(ms []message) (n int) // at least one
}

// queueSlots and batch are the same for all kinds.
const (
	queueSlots = 4096
	batch      = 64
)

// MeasureRing measures the ring of this package, a ring of two indices, a mutex with a
// condition, and a channel, each between two pinned threads, in rounds in which they take
// turns. It takes some seconds.
func MeasureRing(m RingMeasurement) ([]RingFigures, error) {
	if err := m.complete(); err != nil {
		return nil, err
	}
	mem := m.Memory
	if mem == nil {
		var err error
		if mem, err = ShareMemory(2 * RingSize[message](queueSlots)); err != nil {
			if mem, err = NewMemory(2 * RingSize[message](queueSlots)); err != nil {
				return nil, err
			}
		}
		defer mem.Close()
	}
	ring, err := CreateRing[message](mem, "measured", queueSlots)
	if err != nil {
		return nil, err
	}
	kinds := []struct {
		name string
		q    queue
	}{
		{"ring, " + mem.About(), &ringQueue{ring.Producer(), ring.Consumer()}},
		{"index ring", newIndexRing()},
		{"mutex", newMutexQueue()},
		{"channel", make(channelQueue, queueSlots)},
	}
	figures := make([]RingFigures, len(kinds))
	for range m.Rounds {
		for i, k := range kinds {
			f := &figures[i]
			if f.Latency == nil {
				f.Kind, f.Latency = k.name, new(Histogram)
			}
			h := m.latency(k.q, f)
			f.P50s = append(f.P50s, h.Quantile(0.5))
			f.Latency.Merge(h)
			f.Rates = append(f.Rates, m.rate(k.q))
		}
	}
	return figures, nil
}

func (m *RingMeasurement) complete() error {
	if m.CPUs[0] == m.CPUs[1] {
		cpus := allowedCPUs()
		if len(cpus) < 2 {
			return errors.New("realtime: a ring from core to core needs two processors, and this process may use one")
		}
		m.CPUs = [2]int(cpus[:2])
	}
	for _, n := range []struct {
		is       *int
		standard int
	}{{&m.Rounds, 5}, {&m.Messages, 2000}, {&m.Elements, 2_000_000}} {
		if *n.is == 0 {
			*n.is = n.standard
		}
		if *n.is < 0 {
			return fmt.Errorf("realtime: a measurement of %d", *n.is)
		}
	}
	if m.Pace == 0 {
		m.Pace = 100 * time.Microsecond
	}
	return nil
}

// on runs two functions on the two processors, and says what was refused.
func (m *RingMeasurement) on(producer, consumer func()) (notes string) {
	var wg sync.WaitGroup
	for i, f := range []func(){producer, consumer} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			runtime.LockOSThread() // for good, so that the thread ends here
			o := Options{CPUs: m.CPUs[i : i+1], Priority: m.Priority}
			refused, restore := o.tune()
			defer restore()
			if i == 0 {
				notes = refused
			}
			f()
		}()
	}
	wg.Wait()
	return notes
}

func (m *RingMeasurement) latency(q queue, f *RingFigures) *Histogram {
	h := new(Histogram)
	clk := newClock()
	f.Notes = m.on(func() {
		one := make([]message, 1)
		next := clk.now()
		for i := range m.Messages {
			for clk.now() < next {
			}
			one[0] = message{clk.now(), uint64(i)}
			q.send(one)
			next = max(next, one[0].Sent).Add(m.Pace)
		}
	}, func() {
		in := make([]message, batch)
		for got := 0; got < m.Messages; {
			n := q.receive(in)
			now := clk.now()
			for i := range in[:n] {
				h.Record(now.Sub(in[i].Sent))
			}
			got += n
		}
	})
	return h
}

func (m *RingMeasurement) rate(q queue) float64 {
	clk := newClock()
	var began, ended Instant
	m.on(func() {
		out := make([]message, batch)
		began = clk.now()
		for sent := 0; sent < m.Elements; sent += batch {
			q.send(out[:min(batch, m.Elements-sent)])
		}
	}, func() {
		in := make([]message, batch)
		for got := 0; got < m.Elements; {
			got += q.receive(in)
		}
		ended = clk.now()
	})
	return float64(m.Elements) / ended.Sub(began).Seconds()
}
