package control

import (
	"fmt"
	"math"
)

const (
	// MaxOrder is the most parameters that an RLS estimates.
	MaxOrder = 4
	// MaxWindow is the longest window of an RLS, in samples.
	MaxWindow = 64
	// largest is the largest magnitude of a regressor or sample; squares of it stay finite.
	largest = 1e100
)

// RLSConfig of a recursive least-squares estimator.
type RLSConfig struct {
	// Order is the number of parameters, 1 to MaxOrder.
	Order int
	// Window is how many of the last samples count, Order+1 to MaxWindow. 0 means 32.
	Window int
	// Prior is what the parameters are taken for without any sample, and Weight how firmly:
	// weight w stands for w samples that showed this parameter, with a regressor of 1, to be the
	// prior. Weights must be positive: they keep the covariance finite, and hold a parameter that
	// the window does not excite. A nil Prior is all 0.
	Prior  []float64
	Weight []float64
}

// RLS is recursive least squares over a true sliding window: after every sample it has the
// parameters theta that minimise
//
//	sum over the last Window samples of (y - phi theta)^2  +  sum of Weight_i (theta_i - Prior_i)^2
//
// It is kept in square-root form (triangular factors, Givens rotations) and never subtracts: what
// leaves the window is not downdated, but was never in the factor that is used from then
// on. So errors do not pile up, however long it runs and however large a sample was that has
// left, and the information matrix is positive definite by construction. README.md tells how.
//
// Add costs a few rotations; every Window-th one builds the factors of the next window.
type RLS struct {
	n, window int
	rows      [MaxWindow][MaxOrder + 1]float64 // of the present block: phi, y
	later     [MaxWindow + 1]triangle          // [j]: the prior, and the last block without its first j rows
	block     triangle                         // the present block
	filled    int                              // rows in it
	whole     triangle                         // the prior and the window
}

// triangle is an upper triangular factor of the rows (phi, y). Row i is in columns i to n.
type triangle [MaxOrder + 1][MaxOrder + 1]float64

// add rotates a row into the factor; its first columns, up to from, are 0. The row is used up.
func (t *triangle) add(row *[MaxOrder + 1]float64, from, n int) {
	for i := from; i <= n; i++ {
		x := row[i]
		if x == 0 {
			continue
		}
		d := t[i][i]
		r := math.Sqrt(d*d + x*x)
		if r == 0 {
			continue // squares too small to be numbers
		}
		c, s := d/r, x/r
		t[i][i] = r
		for j := i + 1; j <= n; j++ {
			a, b := t[i][j], row[j]
			t[i][j] = c*a + s*b
			row[j] = c*b - s*a
		}
	}
}

// NewRLS checks a configuration.
func NewRLS(cfg RLSConfig) (*RLS, error) {
	if cfg.Window == 0 {
		cfg.Window = 32
	}
	switch {
	case cfg.Order < 1 || cfg.Order > MaxOrder:
		return nil, fmt.Errorf("control: RLS: order is %d; it must be 1 to %d", cfg.Order, MaxOrder)
	case cfg.Window <= cfg.Order || cfg.Window > MaxWindow:
		return nil, fmt.Errorf("control: RLS: window is %d samples; for %d parameters it must be %d to %d", cfg.Window, cfg.Order, cfg.Order+1, MaxWindow)
	case len(cfg.Weight) != cfg.Order:
		return nil, fmt.Errorf("control: RLS: %d weights of the prior; there must be %d, one for each parameter", len(cfg.Weight), cfg.Order)
	case cfg.Prior != nil && len(cfg.Prior) != cfg.Order:
		return nil, fmt.Errorf("control: RLS: %d prior parameters; there must be %d", len(cfg.Prior), cfg.Order)
	}
	e := &RLS{n: cfg.Order, window: cfg.Window}
	for i, w := range cfg.Weight {
		if err := check("RLS", field{fmt.Sprintf("weight %d", i), "", w, math.SmallestNonzeroFloat64, largest}); err != nil {
			return nil, err
		}
		e.later[e.window][i][i] = math.Sqrt(w)
	}
	for i, p := range cfg.Prior {
		if err := check("RLS", field{fmt.Sprintf("prior %d", i), "", p, -largest, largest}); err != nil {
			return nil, err
		}
		e.later[e.window][i][e.n] = e.later[e.window][i][i] * p
	}
	e.Reset()
	return e, nil
}

// Add a sample: y and its regressors phi, of which there must be Order (it panics otherwise).
// Where one of them is NaN, infinite or beyond 1e100 it returns false, and the sample counts as
// one that says nothing, as after Skip.
func (e *RLS) Add(phi []float64, y float64) bool {
	if len(phi) != e.n {
		panic(fmt.Sprintf("control: RLS.Add: %d regressors for %d parameters", len(phi), e.n))
	}
	var row [MaxOrder + 1]float64
	good := math.Abs(y) <= largest
	for i, p := range phi {
		row[i] = p
		good = good && math.Abs(p) <= largest
	}
	if !good {
		e.Skip()
		return false
	}
	row[e.n] = y
	e.push(row)
	return true
}

// Skip moves the window on by a sample that is missing.
func (e *RLS) Skip() { e.push([MaxOrder + 1]float64{}) }

func (e *RLS) push(row [MaxOrder + 1]float64) {
	if e.filled == e.window {
		e.turn()
	}
	e.rows[e.filled] = row
	e.filled++
	e.block.add(&row, 0, e.n)
	e.combine()
}

// turn makes the present block, which is full, the last one: it builds the factors of what is
// left of it when its first 1, 2, ... rows have gone.
func (e *RLS) turn() {
	for j := e.window - 1; j > 0; j-- {
		e.later[j] = e.later[j+1]
		row := e.rows[j]
		e.later[j].add(&row, 0, e.n)
	}
	e.block, e.filled = triangle{}, 0
}

// combine sets whole to the prior with what is left of the last block, and the present one.
func (e *RLS) combine() {
	e.whole = e.later[e.filled]
	for i := 0; i <= e.n; i++ {
		row := e.block[i]
		e.whole.add(&row, i, e.n)
	}
}

// Estimate sets theta to the parameters and returns the sum that they minimise, which is that of
// the squared residuals and of the prior's share. It panics unless theta has Order elements.
func (e *RLS) Estimate(theta []float64) float64 {
	return e.whole.solve(theta, e.n, "Estimate")
}

func (t *triangle) solve(theta []float64, n int, method string) float64 {
	if len(theta) != n {
		panic(fmt.Sprintf("control: RLS.%s: room for %d of %d parameters", method, len(theta), n))
	}
	for i := n - 1; i >= 0; i-- {
		v := t[i][n]
		for j := i + 1; j < n; j++ {
			v -= t[i][j] * theta[j]
		}
		theta[i] = v / t[i][i]
	}
	return t[n][n] * t[n][n]
}

// EstimateNear is Estimate with a second prior beside the configured one: parameter i near near[i],
// as firmly as weight[i] says (0 for not at all), for this one answer. The sum includes its share.
// It panics unless all three have Order elements; values that are not finite are left out.
func (e *RLS) EstimateNear(near, weight, theta []float64) float64 {
	if len(near) != e.n || len(weight) != e.n {
		panic(fmt.Sprintf("control: RLS.EstimateNear: %d values and %d weights for %d parameters", len(near), len(weight), e.n))
	}
	whole := e.whole
	for i, w := range weight {
		if !(w > 0 && w <= largest && math.Abs(near[i]) <= largest) {
			continue
		}
		var row [MaxOrder + 1]float64
		row[i] = math.Sqrt(w)
		row[e.n] = row[i] * near[i]
		whole.add(&row, i, e.n)
	}
	return whole.solve(theta, e.n, "EstimateNear")
}

// Residual is the sum that Estimate returns, without the parameters.
func (e *RLS) Residual() float64 { return e.whole[e.n][e.n] * e.whole[e.n][e.n] }

// Explained is by how much the last parameter lowers Residual: without it (at 0, the others
// estimated anew) the sum would be that much higher.
func (e *RLS) Explained() float64 {
	v := e.whole[e.n-1][e.n]
	return v * v
}

// Covariance sets p, Order x Order and row-major, to the inverse of the information matrix: times
// the variance of the samples' noise it is the covariance of the parameters. It is
// positive definite, and at most 1/Weight_i in the diagonal. It panics unless p has that size.
func (e *RLS) Covariance(p []float64) {
	n := e.n
	if len(p) != n*n {
		panic(fmt.Sprintf("control: RLS.Covariance: room for %d elements; there are %d", len(p), n*n))
	}
	var inv triangle // of the factor R; the covariance is R^-1 R^-T
	for j := range n {
		inv[j][j] = 1 / e.whole[j][j]
		for i := j - 1; i >= 0; i-- {
			var s float64
			for k := i + 1; k <= j; k++ {
				s -= e.whole[i][k] * inv[k][j]
			}
			inv[i][j] = s / e.whole[i][i]
		}
	}
	for i := range n {
		for j := range n {
			var s float64
			for k := max(i, j); k < n; k++ {
				s += inv[i][k] * inv[j][k]
			}
			p[i*n+j] = s
		}
	}
}

// Reset forgets all samples; the prior stays.
func (e *RLS) Reset() {
	e.block, e.filled = triangle{}, 0
	for j := range e.window {
		e.later[j] = e.later[e.window]
	}
	e.combine()
}
