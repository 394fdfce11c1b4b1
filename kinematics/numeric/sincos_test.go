package numeric

import (
	"math"
	"testing"
)

// angles are where errors show: nodes and the middles between them, all octants, both
// ends of the range, tiny ones, and many at random.
func angles() []float64 {
	list := []float64{0, 1e-300, -1e-9, 0.3, math.Pi, -math.Pi, math.Pi / 2, SincosRange, -SincosRange}
	for k := range 2*nodes + 1 {
		x := float64(k-nodes) * step / 2
		list = append(list, x, math.Nextafter(x, 9), math.Nextafter(x, -9))
	}
	u := uniform(7)
	for range 4000 {
		list = append(list, u.next(-7, 7), u.next(-SincosRange, SincosRange), u.next(-0.01, 0.01))
	}
	return list
}

func TestSincosKeepsItsStatedError(t *testing.T) {
	var table, linear, library float64
	for _, x := range angles() {
		sin, cos := bigSincos(x)
		worst := func(f func(float64) (float64, float64)) float64 {
			s, c := f(x)
			return max(off(s, sin), off(c, cos))
		}
		table = max(table, worst(Sincos))
		linear = max(linear, worst(SincosLinear))
		library = max(library, worst(math.Sincos))
	}
	t.Logf("worst errors: table %.3g, linear %.3g, math.Sincos %.3g", table, linear, library)
	if table > SincosError {
		t.Errorf("Sincos is off by %v; it states %v", table, SincosError)
	}
	if linear > SincosLinearError || linear < SincosLinearError/1.1 {
		t.Errorf("SincosLinear is off by %v; it states %v", linear, SincosLinearError)
	}
}

func TestQuarterTurnsOfTheTableAreExact(t *testing.T) {
	for k := range nodes {
		p, q := circle[k], circle[(k+nodes/4)%nodes]
		if q.sin != p.cos || q.cos != -p.sin {
			t.Fatalf("node %d is %v, a quarter turn on it is %v", k, p, q)
		}
	}
	if s, c := Sincos(0); s != 0 || c != 1 {
		t.Errorf("at 0 they are %v and %v", s, c)
	}
}

func TestBeyondItsRangeTheTableGivesWayToTheLibrary(t *testing.T) {
	for _, x := range []float64{math.Nextafter(SincosRange, math.Inf(1)), -1e9, 1e300} {
		s0, c0 := math.Sincos(x)
		for _, f := range []func(float64) (float64, float64){Sincos, SincosLinear} {
			if s, c := f(x); s != s0 || c != c0 {
				t.Errorf("at %v they are %v and %v; want %v and %v", x, s, c, s0, c0)
			}
		}
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, f := range []func(float64) (float64, float64){Sincos, SincosLinear} {
			if s, c := f(x); s == s || c == c {
				t.Errorf("at %v they are %v and %v; want NaN", x, s, c)
			}
		}
	}
}
