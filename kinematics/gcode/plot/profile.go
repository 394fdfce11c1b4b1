package plot

// Activity is what a machine spends time with.
type Activity uint8

// The activities, and how many there are.
const (
	Cutting    Activity = iota // moving with a programmed feed
	Rapid                      // moving as fast as it can
	Dwell                      // at rest as the program asks for
	Stop                       // at rest otherwise
	Activities = 4
)

// mostBins is how many bins a Profile keeps: two for a pixel of the chart.
const mostBins = 2 * chartWidth

// Profile is how fast a tool goes over time, for SVG. It keeps up to mostBins bins; when there are
// more, two become one, so a program of any length has room.
type Profile struct {
	// Missing says why there is no profile; SVG writes it in its place.
	Missing string

	cycle  float64 // s between two samples
	wide   int     // samples of a bin; the last one may have less
	bins   []bin
	last   int // samples of the last bin
	cycles int
}

// bin is what happens in a stretch of time.
type bin struct {
	count     [Activities]int
	low, high [2]float32 // m/s, by activity: Cutting and Rapid
	sum       [2]float64
	feed      float32 // m/s, the greatest programmed one; 0: none is known
}

// NewProfile makes an empty profile of samples that are cycle seconds apart.
func NewProfile(cycle float64) *Profile {
	return &Profile{cycle: cycle, wide: 1, bins: make([]bin, 0, mostBins)}
}

// Add adds a sample: what the machine does in this cycle, how fast the tool is at its end in m/s, and
// its programmed feed in m/s, 0 where none is known. It allocates nothing.
func (p *Profile) Add(as Activity, speed, feed float64) {
	if len(p.bins) == 0 || p.last == p.wide {
		if len(p.bins) == mostBins {
			p.fold()
		}
		p.bins = append(p.bins, bin{})
		p.last = 0
	}
	p.last++
	p.cycles++
	one := bin{feed: float32(feed)}
	one.count[as] = 1
	if as <= Rapid {
		one.low[as], one.high[as], one.sum[as] = float32(speed), float32(speed), speed
	}
	p.bins[len(p.bins)-1].join(&one)
}

// fold makes one bin of every two.
func (p *Profile) fold() {
	for i := range mostBins / 2 {
		p.bins[i] = p.bins[2*i]
		p.bins[i].join(&p.bins[2*i+1])
	}
	p.bins = p.bins[:mostBins/2]
	p.wide *= 2
}

// join adds to a bin what happens in another one.
func (b *bin) join(o *bin) {
	for a := range b.low {
		switch {
		case o.count[a] == 0:
		case b.count[a] == 0:
			b.low[a], b.high[a] = o.low[a], o.high[a]
		default:
			b.low[a], b.high[a] = min(b.low[a], o.low[a]), max(b.high[a], o.high[a])
		}
		b.sum[a] += o.sum[a]
	}
	for a, n := range o.count {
		b.count[a] += n
	}
	b.feed = max(b.feed, o.feed)
}

// mean is the mean speed of an activity in a bin.
func (b *bin) mean(a Activity) float64 { return b.sum[a] / float64(b.count[a]) }

// rest is the part of a bin in which the machine is at rest.
func (b *bin) rest() float64 {
	still := b.count[Dwell] + b.count[Stop]
	return float64(still) / float64(still+b.count[Cutting]+b.count[Rapid])
}

// seconds is how long the profile is.
func (p *Profile) seconds() float64 { return float64(p.cycles) * p.cycle }

// span is from when to when bin i is, in s.
func (p *Profile) span(i int) (from, to float64) {
	wide := float64(p.wide) * p.cycle
	return float64(i) * wide, min(float64(i+1)*wide, p.seconds())
}
