package numeric

import (
	"math"
	"math/big"
)

// uniform is a small generator of numbers in [lo, hi).
type uniform uint64

func (u *uniform) next(lo, hi float64) float64 {
	*u = *u*6364136223846793005 + 1442695040888963407
	return lo + (hi-lo)*float64(*u>>11)/(1<<53)
}

// positive is a random symmetric positive definite matrix, row-major: B B' + 0.1.
func (u *uniform) positive(n int) []float64 {
	b := make([]float64, n*n)
	for i := range b {
		b[i] = u.next(-1, 1)
	}
	a := make([]float64, n*n)
	for i := range n {
		for j := range n {
			for k := range n {
				a[i*n+j] += b[i*n+k] * b[j*n+k]
			}
		}
		a[i*n+i] += 0.1
	}
	return a
}

// prec is the judge's precision in bits.
const prec = 300

func exact(x float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(x) }

func zero() *big.Float { return new(big.Float).SetPrec(prec) }

// off is |got - want|.
func off(got float64, want *big.Float) float64 {
	d, _ := zero().Sub(exact(got), want).Float64()
	return math.Abs(d)
}

// bigPi is pi by Machin's formula.
var bigPi = func() *big.Float {
	arctan := func(inverse float64) *big.Float {
		power := zero().Quo(exact(1), exact(inverse))
		square := exact(inverse * inverse)
		sum := zero()
		for k := 0; k < 160; k++ {
			term := zero().Quo(power, exact(float64(2*k+1)))
			if k%2 == 1 {
				term.Neg(term)
			}
			sum.Add(sum, term)
			power.Quo(power, square)
		}
		return sum
	}
	p := zero().Sub(zero().Mul(exact(16), arctan(5)), zero().Mul(exact(4), arctan(239)))
	return p
}()

// bigSincos is the sine and the cosine of x by Taylor series, x taken to [-pi, pi] first.
func bigSincos(x float64) (sin, cos *big.Float) {
	turn := zero().Mul(exact(2), bigPi)
	k, _ := zero().Quo(exact(x), turn).Float64()
	r := zero().Sub(exact(x), zero().Mul(exact(math.Round(k)), turn))
	sin, cos = zero(), zero()
	term := exact(1)
	for n := 0; n < 60; n++ {
		if n > 0 {
			term.Mul(term, r)
			term.Quo(term, exact(float64(n)))
		}
		t := zero().Set(term)
		if n%4 >= 2 {
			t.Neg(t)
		}
		if n%2 == 0 {
			cos.Add(cos, t)
		} else {
			sin.Add(sin, t)
		}
	}
	return sin, cos
}
