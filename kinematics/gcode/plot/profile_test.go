package plot

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAProfileOfAnyLengthKeepsItsTimesItsMeansAndItsExtremes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20*mostBins).Draw(t, "samples")
		seed := rapid.Uint64().Draw(t, "seed") | 1
		p := NewProfile(1e-3)
		var count [Activities]int
		var sum [2]float64
		low, high, feed := [2]float64{1e9, 1e9}, [2]float64{}, 0.0
		for range n {
			seed ^= seed << 13
			seed ^= seed >> 7
			seed ^= seed << 17
			as, speed := Activity(seed%Activities), float64(seed>>40)/(1<<24)
			asked := float64(0)
			if as == Cutting {
				asked = speed * 2
			}
			p.Add(as, speed, asked)
			count[as]++
			feed = math.Max(feed, asked)
			if as <= Rapid {
				sum[as] += speed
				low[as], high[as] = math.Min(low[as], speed), math.Max(high[as], speed)
			}
		}
		if len(p.bins) > mostBins || n > mostBins && len(p.bins) <= mostBins/2 {
			t.Fatalf("%d bins for %d samples", len(p.bins), n)
		}
		var whole bin
		for i := range p.bins {
			whole.join(&p.bins[i])
		}
		if whole.count != count || whole.feed != float32(feed) {
			t.Fatalf("activities %v, greatest feed %g; want %v, %g", whole.count, whole.feed, count, feed)
		}
		for a := range sum {
			if count[a] == 0 {
				continue
			}
			if math.Abs(whole.sum[a]-sum[a]) > 1e-9*sum[a] || whole.low[a] != float32(low[a]) || whole.high[a] != float32(high[a]) {
				t.Fatalf("speeds from %g to %g, sum %g; want %g to %g, %g", whole.low[a], whole.high[a], whole.sum[a], low[a], high[a], sum[a])
			}
		}
		if _, end := p.span(len(p.bins) - 1); math.Abs(end-float64(n)*1e-3) > 1e-9 || math.Abs(p.seconds()-end) > 1e-9 {
			t.Fatalf("the last bin ends at %g s, and the profile at %g s", end, p.seconds())
		}
	})
}

func TestABinIsWhereItsSamplesAre(t *testing.T) {
	p := NewProfile(1e-3)
	const n = 5*mostBins + 3
	for i := range n {
		p.Add(Cutting, float64(i), 0)
	}
	for i := range p.bins {
		from, to := p.span(i)
		if first, last := float64(p.bins[i].low[Cutting]), float64(p.bins[i].high[Cutting]); math.Abs(first-from*1e3) > 1e-3 || math.Abs(last+1-to*1e3) > 1e-3 {
			t.Fatalf("bin %d is from %g to %g s, and has samples %g to %g", i, from, to, first, last)
		}
	}
}

func TestSamplesAllocateNothing(t *testing.T) {
	p := NewProfile(1e-3)
	if n := testing.AllocsPerRun(10, func() {
		for range 3 * mostBins {
			p.Add(Cutting, 0.1, 0.2)
		}
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// pictureOf is a program with a profile of some samples.
func pictureOf(t *testing.T, p *Profile) string {
	t.Helper()
	var b bytes.Buffer
	if err := SVG(&b, "part.ngc", opener("G21 F100\nG1 X10 Y10 Z1\nX0\nM2\n"), p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheSpeedIsDrawnInItsFrame(t *testing.T) {
	for _, samples := range []int{1, 2, 900, 50_000} {
		p := NewProfile(1e-3)
		for i := range samples {
			switch {
			case i%100 < 10:
				p.Add(Stop, 0, 0)
			case i%1000 < 300:
				p.Add(Rapid, 0.5, 0)
			default:
				p.Add(Cutting, 0.02+0.01*math.Sin(float64(i)), 0.03)
			}
		}
		svg := pictureOf(t, p)
		for _, line := range lines(t, svg)[3:] {
			for _, at := range line {
				if at[0] < margin-0.1 || at[0] > margin+chartWidth+0.1 {
					t.Fatalf("%d samples: a point at %v", samples, at)
				}
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("%d samples: a number is none", samples)
		}
	}
}

func TestALineAtHalfTheScaleIsAtHalfTheHeight(t *testing.T) {
	p := NewProfile(1e-3)
	for range 100 {
		p.Add(Cutting, 0.01, 0.02)
	}
	svg := pictureOf(t, p)
	line := lines(t, svg)[3] // after one of each view
	c := chart{picture: &picture{}, p: p, top: 0, length: 0.1}
	c.scale()
	if zero, full, half := c.y(0), c.y(0.02), c.y(0.01); math.Abs(half-(zero+full)/2) > 1e-9 || zero != chartHeight || full <= 0 {
		t.Errorf("0 is at %g, half at %g, all at %g", zero, half, full)
	}
	for _, at := range line[1:] {
		if at[1] != line[1][1] {
			t.Errorf("a constant speed is at %g and %g", at[1], line[1][1])
		}
	}
}

func TestFastRapidMovesDoNotHideTheCutting(t *testing.T) {
	p := NewProfile(1e-3)
	for i := range 100 {
		if i < 50 {
			p.Add(Rapid, 0.5, 0)
		} else {
			p.Add(Cutting, 0.01, 0.01)
		}
	}
	if svg := pictureOf(t, p); !strings.Contains(svg, "rapid, up to 30000 mm/min") {
		t.Error("it does not say how fast rapid moves are")
	}
	c := chart{p: p}
	if c.scale(); c.most > 0.011 {
		t.Errorf("the scale goes to %g m/s", c.most)
	}
}

func TestAMissingProfileSaysWhy(t *testing.T) {
	svg := pictureOf(t, &Profile{Missing: strings.Repeat("part.ngc:4:1: G43.4 needs <a machine>. ", 5)})
	if !strings.Contains(svg, "not known<") || !strings.Contains(svg, "needs &lt;a machine&gt;.") || strings.Count(svg, restColour) != 2 {
		t.Errorf("got %s", svg[strings.Index(svg, "speed of"):])
	}
	if svg := pictureOf(t, NewProfile(1e-3)); !strings.Contains(svg, "nothing moves") {
		t.Error("an empty profile says nothing")
	}
	if svg := pictureOf(t, nil); strings.Contains(svg, "speed") {
		t.Error("no profile is wanted")
	}
}
