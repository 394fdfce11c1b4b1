package control_test

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"linetwin.dev/kinematics/control"
)

// window keeps what an RLS was given, for a batch estimate by LAPACK.
type window struct {
	phi [][]float64
	y   []float64
}

func (w *window) add(size int, phi []float64, y float64) {
	w.phi = append(w.phi, append([]float64(nil), phi...))
	w.y = append(w.y, y)
	if len(w.y) > size {
		w.phi, w.y = w.phi[1:], w.y[1:]
	}
}

// solve is the batch least-squares estimate, with the prior as further rows, by QR.
func (w *window) solve(t testing.TB, weight, prior []float64) (theta []float64, information *mat.SymDense) {
	t.Helper()
	n, rows := len(weight), len(w.y)
	a, b := mat.NewDense(rows+n, n, nil), mat.NewVecDense(rows+n, nil)
	for i, phi := range w.phi {
		a.SetRow(i, phi)
		b.SetVec(i, w.y[i])
	}
	for i := range n {
		a.Set(rows+i, i, math.Sqrt(weight[i]))
		b.SetVec(rows+i, math.Sqrt(weight[i])*prior[i])
	}
	var qr mat.QR
	qr.Factorize(a)
	var x mat.VecDense
	if err := qr.SolveVecTo(&x, false, b); err != nil {
		t.Fatal(err)
	}
	information = mat.NewSymDense(n, nil)
	information.SymOuterK(1, a.T())
	return x.RawVector().Data, information
}

func newRLS(t testing.TB, cfg control.RLSConfig) *control.RLS {
	t.Helper()
	e, err := control.NewRLS(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRLSEqualsBatchLeastSquaresAfterEverySample(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, control.MaxOrder).Draw(rt, "order")
		size := rapid.IntRange(n+1, control.MaxWindow).Draw(rt, "window")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		weight, prior := make([]float64, n), make([]float64, n)
		for i := range n {
			weight[i], prior[i] = math.Exp(4*r.NormFloat64()-4), r.NormFloat64()
		}
		e := newRLS(t, control.RLSConfig{Order: n, Window: size, Weight: weight, Prior: prior})
		var w window
		phi, theta, p := make([]float64, n), make([]float64, n), make([]float64, n*n)
		for range 3*size + r.IntN(size) {
			y := r.NormFloat64()
			for i := range phi {
				phi[i] = r.NormFloat64()
				y += phi[i] * float64(i+1)
			}
			w.add(size, phi, y)
			e.Add(phi, y)
			want, information := w.solve(t, weight, prior)
			sum := e.Estimate(theta)
			var cost float64
			for k := range w.y {
				d := w.y[k]
				for i := range n {
					d -= w.phi[k][i] * want[i]
				}
				cost += d * d
			}
			for i := range n {
				if math.Abs(theta[i]-want[i]) > 1e-9*(1+math.Abs(want[i])) {
					rt.Fatalf("parameter %d is %v, by LAPACK %v", i, theta[i], want[i])
				}
				cost += weight[i] * (want[i] - prior[i]) * (want[i] - prior[i])
			}
			if math.Abs(sum-cost) > 1e-9*(1+cost) || e.Residual() != sum {
				rt.Fatalf("sum of squares %v and %v, by LAPACK %v", sum, e.Residual(), cost)
			}
			e.Covariance(p)
			var unit mat.Dense
			unit.Mul(mat.NewDense(n, n, p), information)
			for i := range n {
				for j := range n {
					one := 0.0
					if i == j {
						one = 1
					}
					if math.Abs(unit.At(i, j)-one) > 1e-7 {
						rt.Fatalf("covariance times information is %v", mat.Formatted(&unit))
					}
				}
			}
		}
	})
}

func TestRLSDoesNotDrift(t *testing.T) {
	samples := 1_000_000
	if os.Getenv("LINETWIN_SOAK") != "" {
		samples = 10_000_000
	}
	weight, prior := []float64{1e-6, 1e-6, 1e-6}, []float64{0, 0, 0}
	e := newRLS(t, control.RLSConfig{Order: 3, Weight: weight})
	r := rand.New(rand.NewPCG(2, 3))
	var w window
	phi, theta, p := make([]float64, 3), make([]float64, 3), make([]float64, 9)
	worst, sinceOutlier := 0.0, 0
	for k := range samples {
		for i := range phi {
			phi[i] = r.NormFloat64()
		}
		y := 0.9*phi[0] - 2*phi[1] + 0.1*phi[2] + 0.01*r.NormFloat64()
		sinceOutlier++
		if k%1000 == 0 { // a sample of 1e12 squares to 24 digits more than the rest
			y, sinceOutlier = 1e12, 0
		}
		e.Add(phi, y)
		w.add(32, phi, y)
		if k%997 != 0 || sinceOutlier < 32 {
			continue
		}
		want, _ := w.solve(t, weight, prior)
		e.Estimate(theta)
		for i := range theta {
			worst = max(worst, math.Abs(theta[i]-want[i]))
		}
		e.Covariance(p)
		var c mat.Cholesky
		if !c.Factorize(mat.NewSymDense(3, p)) {
			t.Fatalf("after %d samples the covariance %v is not positive definite", k, p)
		}
	}
	if worst > 1e-12 {
		t.Errorf("after %d samples, with outliers of 1e12 that have left the window, parameters are off by up to %g", samples, worst)
	}
	t.Logf("%d samples: parameters within %.1e of LAPACK's", samples, worst)
}

func TestRLSWithoutExcitationHoldsThePriorAndItsCovariance(t *testing.T) {
	e := newRLS(t, control.RLSConfig{Order: 2, Weight: []float64{0.5, 4}, Prior: []float64{0.9, -3}})
	theta, p := make([]float64, 2), make([]float64, 4)
	r := rand.New(rand.NewPCG(5, 5))
	for range 100 {
		e.Add([]float64{r.NormFloat64(), r.NormFloat64()}, r.NormFloat64())
	}
	for range 100_000 {
		e.Add([]float64{0, 0}, 1e-3*r.NormFloat64())
	}
	e.Estimate(theta)
	e.Covariance(p)
	near(t, "first parameter", theta[0], 0.9, 1e-15)
	near(t, "second parameter", theta[1], -3, 1e-15)
	near(t, "first variance", p[0], 2, 1e-14)
	near(t, "second variance", p[3], 0.25, 1e-14)
	near(t, "covariance", p[1], 0, 1e-15)
	for range 100 { // excited in one direction only
		e.Add([]float64{1, 1}, 7)
	}
	e.Estimate(theta)
	near(t, "what is seen", theta[0]+theta[1], 7, 0.2)
	near(t, "what is not, by the weights of the prior", 0.5*(theta[0]-0.9)-4*(theta[1]+3), 0, 1e-9)
}

func TestRLSTakesASampleThatIsNoNumberForAMissingOne(t *testing.T) {
	cfg := control.RLSConfig{Order: 2, Weight: []float64{1, 1}}
	a, b := newRLS(t, cfg), newRLS(t, cfg)
	r := rand.New(rand.NewPCG(5, 6))
	bad := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e101}
	x, y := make([]float64, 2), make([]float64, 2)
	for k := range 500 {
		phi := []float64{r.NormFloat64(), r.NormFloat64()}
		v := r.NormFloat64()
		if k%7 == 0 {
			broken := append([]float64(nil), phi...)
			z := v
			if k%2 == 0 {
				broken[k%3%2] = bad[k%4]
			} else {
				z = bad[k%4]
			}
			if a.Add(broken, z) {
				t.Fatalf("%v, %v was taken", broken, z)
			}
			b.Skip()
		} else if !a.Add(phi, v) || !b.Add(phi, v) {
			t.Fatal("a good sample was refused")
		}
		a.Estimate(x)
		b.Estimate(y)
		if x[0] != y[0] || x[1] != y[1] {
			t.Fatalf("sample %d: %v and %v", k, x, y)
		}
	}
}

func TestRLSEstimateNearIsAnEstimateWithTwoPriors(t *testing.T) {
	weight := []float64{0.3, 0.2}
	e := newRLS(t, control.RLSConfig{Order: 2, Weight: weight})
	var w window
	r := rand.New(rand.NewPCG(8, 6))
	for range 50 {
		phi, y := []float64{r.NormFloat64(), r.NormFloat64()}, r.NormFloat64()
		e.Add(phi, y)
		w.add(32, phi, y)
	}
	// The second prior is two more samples, with a window that has room for them.
	w.add(34, []float64{math.Sqrt(5), 0}, math.Sqrt(5)*2)
	w.add(34, []float64{0, math.Sqrt(7)}, math.Sqrt(7)*-1)
	want, _ := w.solve(t, weight, []float64{0, 0})
	theta := make([]float64, 2)
	e.EstimateNear([]float64{2, -1}, []float64{5, 7}, theta)
	near(t, "first", theta[0], want[0], 1e-13)
	near(t, "second", theta[1], want[1], 1e-13)
	free := make([]float64, 2)
	e.Estimate(free)
	e.EstimateNear([]float64{math.NaN(), 1}, []float64{5, 0}, theta)
	if theta[0] != free[0] || theta[1] != free[1] {
		t.Errorf("a prior that says nothing changed %v to %v", free, theta)
	}
}

func TestRLSExplainedIsWhatTheLastParameterTakesOffTheSum(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 6))
	both := newRLS(t, control.RLSConfig{Order: 2, Weight: []float64{0.1, 0.1}})
	one := newRLS(t, control.RLSConfig{Order: 1, Weight: []float64{0.1}})
	for range 100 {
		a, b := r.NormFloat64(), r.NormFloat64()
		y := a + 0.3*b + 0.1*r.NormFloat64()
		both.Add([]float64{a, b}, y)
		one.Add([]float64{a}, y)
		near(t, "sum without the last parameter", both.Residual()+both.Explained(), one.Residual(), 1e-12*(1+one.Residual()))
	}
}

func TestRLSSaysWhatIsWrongWithItsConfiguration(t *testing.T) {
	for want, cfg := range map[string]control.RLSConfig{
		"order is 0":                     {},
		"order is 5":                     {Order: 5},
		"window is 2 samples":            {Order: 2, Window: 2, Weight: []float64{1, 1}},
		"1 weights":                      {Order: 2, Weight: []float64{1}},
		"weight 1 is 0":                  {Order: 2, Weight: []float64{1, 0}},
		"prior 0 is NaN":                 {Order: 1, Weight: []float64{1}, Prior: []float64{math.NaN()}},
		"2 prior parameters; there must": {Order: 1, Weight: []float64{1}, Prior: []float64{1, 2}},
	} {
		_, err := control.NewRLS(cfg)
		wantError(t, err, want)
	}
}
