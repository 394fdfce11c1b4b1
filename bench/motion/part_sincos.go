//go:build linux

package main

import (
	"fmt"
	"math"
	"math/big"

	"linetwin.dev/bench"
	"linetwin.dev/kinematics/numeric"
)

// measureSincos measures sines and cosines by table, and judges their errors with math/big.
func measureSincos(s *session) ([]bench.Row, error) {
	kinds := []struct {
		name string
		f    func(float64) (float64, float64)
	}{{ours, numeric.Sincos}, {"linear table", numeric.SincosLinear}, {"math.Sincos", math.Sincos}}
	var list []*contender
	for _, k := range kinds {
		f := k.f
		list = append(list, inGo(k.name, func(times int) error {
			x, sum := 0.1, 0.
			for range times {
				sin, cos := f(x)
				sum += sin + cos
				if x += 0.37; x > 100 {
					x -= 200
				}
			}
			if math.IsNaN(sum) {
				return fmt.Errorf("a sine is not a number")
			}
			return nil
		}))
	}
	table, linear, library := list[0], list[1], list[2]
	if err := s.contest(table, linear, library); err != nil {
		return nil, err
	}
	show := contests{of: "Sine and cosine of one angle"}
	show.add("sincos", table, linear, library)
	show.show()

	errs := make([]float64, len(kinds))
	angles := denseAngles()
	judge := newJudge()
	for _, x := range angles {
		sin, cos := judge.sincos(x)
		for i, k := range kinds {
			gotSin, gotCos := k.f(x)
			errs[i] = max(errs[i], judge.off(gotSin, sin), judge.off(gotCos, cos))
		}
	}
	fmt.Printf("\nWorst errors at %d angles, judged with %d bits: %s %.3g, linear table %.3g, math.Sincos %.3g\n",
		len(angles), judge.bits, ours, errs[0], errs[1], errs[2])
	return []bench.Row{
		table.row("sincos", "ns", "<= 8ns", library),
		bench.Measured("sincos: error", errs[0], "1", "<= 2e-15"),
		linear.row("sincos, plain linear table", "ns", "<= 8ns", library),
		// (2 pi / 1024)^2 / 8 between the nodes, rounded up.
		bench.Measured("sincos, plain linear table: error", errs[1], "1", "<= 4.71e-6"),
		bench.Measured("sincos: allocations", max(*table.allocates, *linear.allocates), "1", "<= 0"),
	}, nil
}

// denseAngles has 64 in each step of a table with 1,024 nodes, and some over the whole range.
func denseAngles() []float64 {
	var list []float64
	const nodes, each = 1024, 64
	for k := range nodes*each + 1 {
		list = append(list, math.Pi*(2*float64(k)/(nodes*each)-1))
	}
	u := uniform(7)
	for range 8000 {
		list = append(list, u.next(-numeric.SincosRange, numeric.SincosRange))
	}
	return list
}

// judge computes sines to more digits than anybody needs.
type judge struct {
	bits uint
	turn *big.Float
}

func newJudge() *judge {
	j := &judge{bits: 160}
	// Pi by Machin's formula.
	arctan := func(inverse float64) *big.Float {
		power, square, sum := j.of(1), j.of(inverse*inverse), j.of(0)
		power.Quo(power, j.of(inverse))
		for k := range 120 {
			term := new(big.Float).Quo(power, j.of(float64(2*k+1)))
			if k%2 == 1 {
				term.Neg(term)
			}
			sum.Add(sum, term)
			power.Quo(power, square)
		}
		return sum
	}
	a, b := arctan(5), arctan(239)
	a.Sub(a.Mul(a, j.of(16)), b.Mul(b, j.of(4)))
	j.turn = a.Mul(a, j.of(2))
	return j
}

func (j *judge) of(x float64) *big.Float { return new(big.Float).SetPrec(j.bits).SetFloat64(x) }

// sincos by Taylor series, of the angle taken to [-pi, pi].
func (j *judge) sincos(x float64) (sin, cos *big.Float) {
	angle := j.of(x)
	turns, _ := new(big.Float).Quo(angle, j.turn).Float64()
	angle.Sub(angle, new(big.Float).Mul(j.of(math.Round(turns)), j.turn))
	sin, cos = j.of(0), j.of(1)
	term := j.of(1)
	// The last term is below pi^48/48!, 1e-37.
	for n := 1; n < 48; n++ {
		term.Quo(term.Mul(term, angle), j.of(float64(n)))
		sum := sin
		if n%2 == 0 {
			sum = cos
		}
		if n%4 < 2 {
			sum.Add(sum, term)
		} else {
			sum.Sub(sum, term)
		}
	}
	return sin, cos
}

func (j *judge) off(got float64, want *big.Float) float64 {
	d, _ := new(big.Float).Sub(j.of(got), want).Float64()
	return math.Abs(d)
}
