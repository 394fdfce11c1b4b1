package numeric

import (
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"pgregory.net/rapid"
)

// lapack solves A x = b by LAPACK's Cholesky factorisation and gives log det A too.
func lapack(t rapid.TB, a, b []float64) (x []float64, logDet float64) {
	n := len(b)
	l := slices.Clone(a)
	f, ok := lapack64.Potrf(blas64.Symmetric{N: n, Stride: n, Data: l, Uplo: blas.Lower})
	if !ok {
		t.Fatalf("LAPACK does not find %v positive definite", a)
	}
	for i := range n {
		logDet += 2 * math.Log(l[i*n+i])
	}
	x = slices.Clone(b)
	lapack64.Potrs(f, blas64.General{Rows: n, Cols: 1, Stride: 1, Data: x})
	return x, logDet
}

// residual of A x = b, relative to what rounding A's elements would make.
func residual(a, x, b []float64) float64 {
	n, worst := len(b), 0.0
	for i := range n {
		r, size := -b[i], math.Abs(b[i])
		for j := range n {
			r += a[i*n+j] * x[j]
			size += math.Abs(a[i*n+j] * x[j])
		}
		worst = max(worst, math.Abs(r)/size)
	}
	return worst
}

func drawSystem(t *rapid.T, n int) (a, b []float64) {
	u := uniform(rapid.Uint64().Draw(t, "seed"))
	a, b = u.positive(n), make([]float64, n)
	// Units of very different sizes, as kg beside kg m2.
	scale := make([]float64, n)
	for i := range scale {
		scale[i] = math.Exp(u.next(-6, 6))
	}
	for i := range n {
		b[i] = u.next(-10, 10)
		for j := range n {
			a[i*n+j] *= scale[i] * scale[j]
		}
	}
	return a, b
}

func TestSolutionsAreThoseOfLAPACK(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, MaxOrder).Draw(t, "n")
		a, b := drawSystem(t, n)
		want, logDet := lapack(t, a, b)
		// Only the lower triangle may count.
		lower := slices.Clone(a)
		for i := range n {
			for j := i + 1; j < n; j++ {
				lower[i*n+j] = math.NaN()
			}
		}
		solutions := map[string][]float64{}
		var f LDL
		if err := f.Factor(lower, n); err != nil {
			t.Fatal(err)
		}
		x := slices.Clone(b)
		f.Solve(x)
		solutions["LDL"] = x
		if d := f.LogDet(); math.Abs(d-logDet) > 1e-9 {
			t.Fatalf("log det is %v; LAPACK has %v", d, logDet)
		}
		if n == 6 {
			x := [6]float64(b)
			if !SolveSym6((*[36]float64)(lower), &x) {
				t.Fatal("SolveSym6 does not find the matrix positive definite")
			}
			solutions["SolveSym6"] = x[:]
		}
		for name, x := range solutions {
			if r := residual(a, x, b); r > 1e-13 {
				t.Fatalf("%s leaves a residual of %v", name, r)
			}
			for i := range x {
				if math.Abs(x[i]-want[i]) > 1e-9*math.Abs(want[i])+1e-9*norm(x)/float64(n) {
					t.Fatalf("%s finds %v; LAPACK %v", name, x, want)
				}
			}
		}
	})
}

func norm(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	return math.Sqrt(s)
}

func TestTheSixBySixSolutionIsThatOfLAPACK(t *testing.T) {
	u := uniform(3)
	for range 2000 {
		a := u.positive(6)
		b := []float64{u.next(-1, 1), u.next(-1, 1), u.next(-1, 1), u.next(-1, 1), u.next(-1, 1), u.next(-1, 1)}
		want, _ := lapack(t, a, b)
		x := [6]float64(b)
		if !SolveSym6((*[36]float64)(a), &x) {
			t.Fatalf("%v is not found positive definite", a)
		}
		for i := range want {
			if math.Abs(x[i]-want[i]) > 1e-11*(1+norm(want)) {
				t.Fatalf("found %v; LAPACK %v", x, want)
			}
		}
	}
}

func TestWhatIsNotPositiveDefiniteIsRefused(t *testing.T) {
	good := uniform(5)
	for name, spoil := range map[string]func(a []float64, n int){
		"zero": func(a []float64, n int) { clear(a) },
		"zero row": func(a []float64, n int) {
			for j := range n {
				a[(n/2)*n+j], a[j*n+n/2] = 0, 0
			}
		},
		"indefinite": func(a []float64, n int) { a[n*n-1] = -1 },
		"NaN":        func(a []float64, n int) { a[n] = math.NaN() },
		"infinite":   func(a []float64, n int) { a[n+1] = math.Inf(1) },
		"two rows alike": func(a []float64, n int) {
			for j := range n {
				a[(n-1)*n+j] = a[j]
			}
			a[n*n-1] = a[0]
		},
	} {
		for n := 2; n <= MaxOrder; n++ {
			a := good.positive(n)
			spoil(a, n)
			var f LDL
			if err := f.Factor(a, n); !errors.Is(err, ErrNotPositiveDefinite) || f.Order() != 0 {
				t.Errorf("%s, order %d: the error is %v, the order %d", name, n, err, f.Order())
			}
			if n == 6 {
				x := [6]float64{1, 2, 3, 4, 5, 6}
				if SolveSym6((*[36]float64)(a), &x) || x != [6]float64{1, 2, 3, 4, 5, 6} {
					t.Errorf("%s: SolveSym6 accepts it, or leaves %v", name, x)
				}
			}
		}
	}
}

func TestWrongLengthsPanicWithWhatWouldBeRight(t *testing.T) {
	var f LDL
	if err := f.Factor([]float64{4}, 1); err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string]func(){
		"no order":         func() { _ = new(LDL).Factor(nil, 0) },
		"too large":        func() { _ = new(LDL).Factor(make([]float64, 17*17), 17) },
		"not square":       func() { _ = new(LDL).Factor(make([]float64, 5), 2) },
		"too many values":  func() { f.Solve(make([]float64, 2)) },
		"nothing factored": func() { new(LDL).Solve(nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			wrong()
		}()
	}
}

func TestNothingAllocates(t *testing.T) {
	u := uniform(1)
	a6, a16, x := u.positive(6), u.positive(16), make([]float64, 16)
	var f LDL
	var s Sum
	g := Grid{Start: 1, Step: 1, Per: 1000}
	for name, work := range map[string]func(){
		"Sincos":    func() { s0, c0 := Sincos(0.3); s1, c1 := SincosLinear(0.3); sink = s0 + c0 + s1 + c1 },
		"Sum":       func() { s.Add(0.1); sink = s.Value() },
		"Grid":      func() { sink = g.At(77) },
		"Bound":     func() { sink = Compensated.Bound(0, 0.1, 1e9) + Naive.StepBound(3) },
		"LDL":       func() { _ = f.Factor(a16, 16); f.Solve(x); sink = f.LogDet() },
		"LDL fails": func() { _ = f.Factor(x[:4], 2) },
		"SolveSym6": func() { v := [6]float64{1}; _ = SolveSym6((*[36]float64)(a6), &v); sink = v[0] },
	} {
		if n := testing.AllocsPerRun(100, work); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
