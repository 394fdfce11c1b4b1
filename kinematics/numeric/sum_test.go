package numeric

import (
	"math"
	"math/big"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// steps is start + count*step, as the judge has it.
func steps(start, step float64, count int64) *big.Float {
	v := zero().Mul(zero().SetInt64(count), exact(step))
	return v.Add(v, exact(start))
}

// LINETWIN_SOAK=1 takes all of the thousand million steps, some seconds of them; without
// it a tenth as many have to do, to the same bound.
func TestAThousandMillionStepsOfATenthEndAtTheTrueValue(t *testing.T) {
	t.Parallel()
	count := int64(1e8)
	if os.Getenv("LINETWIN_SOAK") != "" {
		count = 1e9
	}
	naive, sum := 0.0, Sum{}
	for range count {
		naive += 0.1
		sum.Add(0.1)
	}
	want := steps(0, 0.1, count)
	ulp := ULP(sum.Value())
	if e := off(sum.Value(), want); e > ulp/2 {
		t.Errorf("the compensated sum is %v, %v off; a unit in the last place is %v", sum.Value(), e, ulp)
	}
	if v := (Grid{Step: 0.1}).At(count); v != sum.Value() {
		t.Errorf("in closed form it is %v, by steps %v", v, sum.Value())
	}
	e, most := off(naive, want), Naive.Bound(0, 0.1, count)
	t.Logf("naive addition: %v, %.3g off, bound %.3g", naive, e, most)
	if e < 1e6*ulp {
		t.Errorf("naive addition is only %v off; it should have drifted", e)
	}
	if e > most || e < most/100 {
		t.Errorf("naive addition is %v off; its bound %v should hold and not be idle", e, most)
	}
}

func TestNoMethodIsFurtherOffThanItsBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.Float64Range(-1e6, 1e6).Draw(t, "start")
		step := rapid.Float64Range(-1, 1).Draw(t, "step")
		u := uniform(rapid.Uint64().Draw(t, "seed")) // small counts alone would show nothing
		count := int64(u.next(0, 20_000))
		naive, sum := start, NewSum(start)
		for range count {
			naive += step
			sum.Add(step)
		}
		want := steps(start, step, count)
		for m, got := range map[Method]float64{
			Naive: naive, Compensated: sum.Value(), ClosedForm: Grid{Start: start, Step: step}.At(count),
		} {
			if e, most := off(got, want), m.Bound(start, step, count); e > most {
				t.Fatalf("%v: %v off after %d steps; the bound is %v", m, e, count, most)
			}
		}
	})
}

func TestNoSingleStepLosesMoreThanItsBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		term := rapid.Float64Range(-1e3, 1e3)
		s := NewSum(term.Draw(t, "start"))
		for range 50 {
			v := term.Draw(t, "term")
			before := zero().Add(exact(s.Value()), exact(s.Rest()))
			naive := s.Value() + v
			if e := off(naive, zero().Add(exact(s.Value()), exact(v))); e > Naive.StepBound(naive) {
				t.Fatalf("plain addition lost %v; the bound is %v", e, Naive.StepBound(naive))
			}
			largest := math.Abs(s.Value())
			s.Add(v)
			largest = max(largest, math.Abs(s.Value()))
			d := zero().Sub(zero().Add(exact(s.Value()), exact(s.Rest())), zero().Add(before, exact(v)))
			if e, _ := d.Abs(d).Float64(); e > Compensated.StepBound(largest) {
				t.Fatalf("the compensated sum lost %v; the bound is %v", e, Compensated.StepBound(largest))
			}
			if r := math.Abs(s.Rest()); r > ULP(s.Value())/2 {
				t.Fatalf("the rest %v is more than half a unit in the last place of %v", r, s.Value())
			}
		}
	})
}

func TestTheNaiveBoundGrowsWithTheSquareOfTheCountTheOthersHardly(t *testing.T) {
	for _, c := range []struct {
		m        Method
		from, to float64
	}{{Naive, 99.9, 100.1}, {Compensated, 9, 17}, {ClosedForm, 9, 17}} {
		// Units in the last place go by powers of two, so that ten times the position
		// has one that is 8 or 16 times as large.
		if r := c.m.Bound(0, 0.1, 1e9) / c.m.Bound(0, 0.1, 1e8); r < c.from-1 || r > c.to {
			t.Errorf("%v: ten times the steps make the bound %v times as large", c.m, r)
		}
	}
	if ClosedForm.StepBound(5) != 0 {
		t.Error("the closed form takes no steps, so that none can lose anything")
	}
	if b, u := Compensated.Bound(0, 0.1, 1e9), ULP(1e8); b > 0.51*u {
		t.Errorf("after 1e9 steps the compensated bound is %v; half a unit in the last place is %v", b, u/2)
	}
}

func TestASumKeepsWhatATermCancels(t *testing.T) {
	var s Sum
	for _, v := range []float64{1, 1e100, 1, -1e100} {
		s.Add(v)
	}
	// 1e100 and 1 are 332 bits apart: the first 1 is in the rest when the second comes.
	if v := s.Value(); v != 2 {
		t.Errorf("1 + 1e100 + 1 - 1e100 is %v", v)
	}
}

func TestASumOfInfinitiesIsWhatPlainAdditionGives(t *testing.T) {
	inf := math.Inf(1)
	for _, terms := range [][]float64{{1, inf, 2}, {inf, -inf}, {math.MaxFloat64, math.MaxFloat64, -1}, {1, math.NaN()}, {-inf, -inf}} {
		var s Sum
		plain := 0.0
		for _, v := range terms {
			s.Add(v)
			plain += v
		}
		if got := s.Value(); got != plain && !(got != got && plain != plain) {
			t.Errorf("the sum of %v is %v; plain addition gives %v", terms, got, plain)
		}
	}
}

func TestAGridIsTheTrueValueRoundedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := Grid{
			Start: rapid.Float64Range(-1e4, 1e4).Draw(t, "start"),
			Step:  rapid.Float64Range(-10, 10).Draw(t, "step"),
			Per:   rapid.SampledFrom([]float64{0, 1, 3, 10, 1000, 8000, 0.7}).Draw(t, "per"),
		}
		n := rapid.Int64Range(-1<<53, 1<<53).Draw(t, "n")
		want := zero().Mul(zero().SetInt64(n), exact(g.Step))
		if g.Per != 0 {
			want.Quo(want, exact(g.Per))
		}
		want.Add(want, exact(g.Start))
		if v := g.At(n); off(v, want) > ULP(v)/2*(1+1e-9) {
			t.Fatalf("%+v at %d is %v, %v off", g, n, v, off(v, want))
		}
	})
}

func TestAGridStepsByATrueTenth(t *testing.T) {
	g := Grid{Step: 1, Per: 10}
	for n := range int64(10_000) {
		if got, want := g.At(n), float64(n)/10; got != want {
			t.Fatalf("%d tenths are %v; want %v", n, got, want)
		}
	}
	if v := (Grid{Start: 1, Step: math.MaxFloat64}).At(3); !math.IsInf(v, 1) {
		t.Errorf("a value beyond the largest is %v", v)
	}
}

func TestMethodsHaveNames(t *testing.T) {
	for m, want := range map[Method]string{Naive: "naive", Compensated: "compensated", ClosedForm: "closed form", 9: "Method(9)"} {
		if m.String() != want {
			t.Errorf("%d is called %q; want %q", uint8(m), m, want)
		}
	}
}
