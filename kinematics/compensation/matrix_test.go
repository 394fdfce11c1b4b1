package compensation_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/compensation"
)

// loose is a configuration whose limits play no part.
func loose(window int, gain float64) compensation.MatrixConfig {
	return compensation.MatrixConfig{
		Period: 1e-3, Gain: gain, Window: window, MinSamples: 1,
		MaxShift: 1, MaxTurn: 0.5, MaxShiftRate: 1e6, MaxTurnRate: 1e6,
	}
}

// failer is a test, of testing or of rapid.
type failer interface {
	Helper()
	Fatal(...any)
}

func newMatrix(t failer, c compensation.MatrixConfig) *compensation.Matrix {
	m, err := compensation.NewMatrix(c)
	if err != nil {
		t.Helper()
		t.Fatal(err)
	}
	return m
}

// plant is a machine whose tool is off from where it was sent by an error of its own, along the
// axes of the machine or the tool. It makes response times the corrections that it is told.
type plant struct {
	frame    compensation.Frame
	shift    [3]float64
	turn     [3]float64
	response float64
}

// measured is where the tool is for a correction and a command.
func (p plant) measured(commanded, correction kinematics.Pose) kinematics.Pose {
	turn := kinematics.LogSO3(correction.R)
	for i := range turn {
		turn[i] *= p.response
		correction.P[i] = p.response*correction.P[i] + p.shift[i]
	}
	c := kinematics.Pose{R: kinematics.ExpSO3(turn)}
	e := kinematics.Pose{R: kinematics.ExpSO3(p.turn)}
	at := kinematics.Pose{R: commanded.R}
	if p.frame == compensation.Tool {
		at = at.Mul(c).Mul(e)
		correction.P = commanded.Rotate(correction.P)
	} else {
		at = e.Mul(c).Mul(at)
	}
	for i := range at.P {
		at.P[i] = commanded.P[i] + correction.P[i]
	}
	return at
}

func randomPose(r *rand.Rand) kinematics.Pose {
	return kinematics.FromRPY(
		[3]float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()},
		[3]float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()})
}

func length(v [3]float64) float64 { return math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2]) }

func TestAnErrorThatRestsIsTakenOutByTheGainInEachCycle(t *testing.T) {
	for _, frame := range []compensation.Frame{compensation.Machine, compensation.Tool} {
		for _, size := range []float64{1e-9, 1e-4, 0.2} {
			t.Run(fmt.Sprintf("%v/%g", frame, size), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, 2))
				c := loose(9, 50)
				c.Frame = frame
				m := newMatrix(t, c)
				p := plant{frame: frame, response: 1, shift: [3]float64{size, -2 * size, 0.5 * size}, turn: [3]float64{-size, size / 3, size}}
				left := 1.
				for k := range 200 {
					cmd := randomPose(r)
					got := p.measured(cmd, m.Correction())
					metres, radians := kinematics.Distance(cmd, got)
					wantMetres, wantRadians := left*length(p.shift), left*length(p.turn)
					if math.Abs(metres-wantMetres) > 1e-9*size+1e-15 || math.Abs(radians-wantRadians) > 1e-9*size+1e-15 {
						t.Fatalf("cycle %d: %g m and %g rad are left, want %g and %g", k, metres, radians, wantMetres, wantRadians)
					}
					// What Apply sends, and the plant's own error on top of that.
					sent := m.Apply(cmd)
					again := plant{frame: frame, response: 1, shift: p.shift, turn: p.turn}.measuredFrom(cmd, sent)
					if a, b := kinematics.Distance(got, again); a > 1e-14 || b > 1e-14 {
						t.Fatalf("cycle %d: Apply and Correction differ by %g m, %g rad", k, a, b)
					}
					if v := m.Observe(cmd, got, 0); v != compensation.Accepted {
						t.Fatal(v)
					}
					m.Advance()
					left *= 1 - 50e-3
				}
			})
		}
	}
}

// measuredFrom is where the tool is for a setpoint that was sent.
func (p plant) measuredFrom(commanded, sent kinematics.Pose) kinematics.Pose {
	e := kinematics.Pose{R: kinematics.ExpSO3(p.turn)}
	at := kinematics.Pose{R: sent.R}
	shift := p.shift
	if p.frame == compensation.Tool {
		at = at.Mul(e)
		shift = commanded.Rotate(shift)
	} else {
		at = e.Mul(at)
	}
	for i := range at.P {
		at.P[i] = sent.P[i] + shift[i]
	}
	return at
}

// The breakdown point: with fewer outliers in the window than that, of any size and however
// they lie in time, the correction stays as near as the good measurements are.
func TestOutliersUpToTheBreakdownPointDoNoHarm(t *testing.T) {
	for _, trim := range []float64{0.1, 0.25, 0.5} {
		t.Run(fmt.Sprint(trim), func(t *testing.T) {
			const window = 41
			const noise = 1e-6
			c := loose(window, 100)
			c.Trim = trim
			c.MinSamples = window
			m := newMatrix(t, c)
			r := rand.New(rand.NewPCG(3, uint64(100*trim)))
			p := plant{response: 1, shift: [3]float64{1e-5, 2e-5, -1e-5}, turn: [3]float64{1e-5, 0, 3e-5}}
			burst := int(trim * window)
			if trim == 0.5 {
				burst = (window - 1) / 2
			}
			for k := range 20 * window {
				cmd := randomPose(r)
				e := p
				for i := range e.shift {
					e.shift[i] += noise * (2*r.Float64() - 1)
					e.turn[i] += noise * (2*r.Float64() - 1)
				}
				if k%window < burst { // a burst, as long as may be in every window
					for i := range e.shift {
						e.shift[i] = 0.1 * float64(1+k%5)
						e.turn[i] = 1.1
					}
				}
				m.Observe(cmd, e.measured(cmd, m.Correction()), 0)
				m.Advance()
				now := m.Correction()
				if k < 5*window {
					continue
				}
				turn := kinematics.LogSO3(now.R)
				for i := range turn {
					if math.Abs(now.P[i]+p.shift[i]) > 1.01*noise || math.Abs(turn[i]+p.turn[i]) > 1.01*noise {
						t.Fatalf("sample %d: correction %v, %v for an error of %v, %v", k, now.P, turn, p.shift, p.turn)
					}
				}
			}
		})
	}
}

// Beyond the breakdown point outliers lead the estimate, and the limits are what is left.
func TestOneOutlierMoreThanTheBreakdownPointLeadsTheEstimate(t *testing.T) {
	const window = 41
	c := loose(window, 100)
	c.MinSamples = window
	c.MaxShift = 1e-4
	m := newMatrix(t, c)
	for k := range window {
		shift := 0.
		if k < (window+1)/2 {
			shift = 1
		}
		m.Observe(kinematics.Identity(), kinematics.Translation(shift, 0, 0), 0)
	}
	s := m.Status()
	if s.Error[0] != 1 || !s.Limited {
		t.Fatalf("status %+v, want an error of 1 m", s)
	}
	for range 1000 {
		m.Advance()
	}
	if got := m.Correction().P[0]; math.Abs(got+1e-4) > 1e-12 {
		t.Errorf("correction %g, want the largest allowed, -1e-4", got)
	}
}

// closedLoop runs a machine whose corrections take effect late, by more than the age that
// Observe is told, and says how the correction's distance from the right one grew, from the
// first part of the run to the last.
func closedLoop(t failer, c compensation.MatrixConfig, delay, told int, response float64, cycles int, r *rand.Rand) float64 {
	c.MaxAge = told
	m := newMatrix(t, c)
	p := plant{response: response, shift: [3]float64{1e-5, 0, -1e-5}, turn: [3]float64{0, 1e-5, 0}}
	past := make([]kinematics.Pose, delay+1)
	for i := range past {
		past[i] = kinematics.Identity()
	}
	distance := func() float64 {
		now := m.Correction()
		turn := kinematics.LogSO3(now.R)
		worst := 0.
		for i := range turn {
			worst = max(worst, math.Abs(now.P[i]+p.shift[i]/response), math.Abs(turn[i]+p.turn[i]/response))
		}
		return worst
	}
	first, last := 0., 0.
	for k := range cycles {
		past[k%len(past)] = m.Correction()
		felt := past[(k+1)%len(past)] // the oldest
		cmd := randomPose(r)
		m.Observe(cmd, p.measured(cmd, felt), told)
		m.Advance()
		if k < cycles/4 {
			first = max(first, distance())
		}
		if k >= cycles-cycles/4 {
			last = max(last, distance())
		}
	}
	return last / first
}

func TestBelowMaxGainEveryWindowIsStableWithAnyDelay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delay := rapid.IntRange(0, 20).Draw(t, "delay")
		told := rapid.IntRange(0, 20).Draw(t, "told")
		response := rapid.Float64Range(0.3, 1.6).Draw(t, "response")
		window := rapid.IntRange(1, 60).Draw(t, "window")
		most := compensation.MaxGain(1e-3*math.Abs(float64(delay-told)), response)
		c := loose(window, min(0.98*most, 1000))
		c.Trim = rapid.SampledFrom([]float64{0.1, 0.25, 0.5}).Draw(t, "trim")
		if rapid.Bool().Draw(t, "slow") {
			c.MaxShiftRate, c.MaxTurnRate = 1e-4, 1e-4
		}
		r := rand.New(rand.NewPCG(9, 9))
		if grown := closedLoop(t, c, delay, told, response, 3000, r); grown > 0.05 {
			t.Fatalf("distance grew %g-fold at gain %g", grown, c.Gain)
		}
	})
}

// The bound is not empty talk: an integrator whose delay of d cycles nobody tells it of, with a
// window of one, is unstable from a gain of 2 sin(pi / (4d + 2)) on, and not below.
func TestTheGainMarginOfASingleSampleIsThatOfAnIntegratorWithDelay(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for _, delay := range []int{1, 3, 10, 30} {
		edge := 2 * math.Sin(math.Pi/float64(4*delay+2))
		most := compensation.MaxGain(float64(delay), 1)
		if most > edge || edge > 3.2*most {
			t.Errorf("delay %d: stable up to %g, MaxGain says %g", delay, edge, most)
		}
		if edge*0.95 < 1 {
			if grown := closedLoop(t, loose(1, 950*edge), delay, 0, 1, 200*delay+500, r); grown > 1 {
				t.Errorf("delay %d: unstable 5 %% below the edge, grew %g-fold", delay, grown)
			}
		}
		if edge*1.05 < 1 {
			if grown := closedLoop(t, loose(1, 1050*edge), delay, 0, 1, 200*delay+500, r); grown < 1 {
				t.Errorf("delay %d: stable 5 %% above the edge, grew %g-fold", delay, grown)
			}
			// Told of it, there is no edge.
			if grown := closedLoop(t, loose(1, 1050*edge), delay, delay, 1, 200*delay+500, r); grown > 1e-3 {
				t.Errorf("delay %d: told of it, grew %g-fold", delay, grown)
			}
		}
	}
}

func TestTheCorrectionKeepsItsLimitsWhateverIsObserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := compensation.MatrixConfig{
			Frame:  rapid.SampledFrom([]compensation.Frame{compensation.Machine, compensation.Tool}).Draw(t, "frame"),
			Period: 1e-3, Gain: rapid.Float64Range(0.1, 1000).Draw(t, "gain"),
			Window: rapid.IntRange(1, 8).Draw(t, "window"), MaxAge: 3,
			MaxShift: 1e-4, MaxTurn: rapid.SampledFrom([]float64{1e-4, 0.5}).Draw(t, "turn"),
			MaxShiftRate: 0.01, MaxTurnRate: 0.5, Hold: 5e-3, Bleed: 3e-3,
		}
		m := newMatrix(t, c)
		number := rapid.OneOf(rapid.Float64Range(-0.4, 0.4), rapid.Float64Range(-1e-3, 1e-3), rapid.Just(1e-4))
		if rapid.IntRange(0, 3).Draw(t, "wild") == 0 {
			number = rapid.OneOf(number, rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), 0, math.Pi}))
		}
		for range rapid.IntRange(1, 100).Draw(t, "cycles") {
			before := m.Correction()
			if rapid.Bool().Draw(t, "seen") {
				off := kinematics.FromRPY(
					[3]float64{number.Draw(t, "x"), number.Draw(t, "y"), number.Draw(t, "z")},
					[3]float64{number.Draw(t, "a"), number.Draw(t, "b"), number.Draw(t, "c")})
				commanded := kinematics.FromRPY([3]float64{1, 2, 3}, [3]float64{0.1, 1, -2})
				m.Observe(commanded, commanded.Mul(off), rapid.IntRange(-1, 5).Draw(t, "age"))
			}
			if m.Correction() != before {
				t.Fatal("an observation changed the correction")
			}
			m.Advance()
			now := m.Correction()
			metres, radians := kinematics.Distance(before, now)
			if !(metres <= 1e-5*(1+1e-9)) || !(radians <= 5e-4*(1+1e-9)) {
				t.Fatalf("one cycle made %g m and %g rad", metres, radians)
			}
			turn := kinematics.LogSO3(now.R)
			if !(length(now.P) <= c.MaxShift*(1+1e-12)) || !(length(turn) <= c.MaxTurn*(1+1e-9)) {
				t.Fatalf("the correction came to %g m and %g rad", length(now.P), length(turn))
			}
			if e := rotationError(now.R); !(e <= compensation.RotationError) {
				t.Fatalf("a rotation but for %g", e)
			}
		}
	})
}

// rotationError is the largest element of R'R - 1.
func rotationError(r [9]float64) float64 {
	worst := 0.
	for i := range 3 {
		for j := range 3 {
			s := 0.
			for k := range 3 {
				s += r[3*k+i] * r[3*k+j]
			}
			if i == j {
				s--
			}
			if !(math.Abs(s) <= worst) {
				worst = math.Abs(s)
			}
		}
	}
	return worst
}

// A million cycles (10^8 with LINETWIN_SOAK=1), in each of which the rotation is multiplied.
func TestTheMatrixStaysARotation(t *testing.T) {
	cycles := 1_000_000
	if os.Getenv("LINETWIN_SOAK") != "" {
		cycles = 100_000_000
	}
	c := loose(1, 300)
	m := newMatrix(t, c)
	r := rand.New(rand.NewPCG(5, 5))
	worst := 0.
	for k := range cycles {
		if k%8 == 0 { // a target that never rests
			e := plant{turn: [3]float64{0.25 * r.NormFloat64(), 0.25 * r.NormFloat64(), 0.25 * r.NormFloat64()}}
			m.Observe(kinematics.Identity(), e.measured(kinematics.Identity(), m.Correction()), 0)
		}
		m.Advance()
		worst = max(worst, rotationError(m.Correction().R))
	}
	t.Logf("%d cycles: R'R - 1 at most %.2g", cycles, worst)
	if worst > compensation.RotationError {
		t.Errorf("R'R - 1 came to %g, more than RotationError", worst)
	}
}

func TestWithoutMeasurementsTheCorrectionIsHeldAndThenBledOff(t *testing.T) {
	c := loose(5, 100)
	c.Hold, c.Bleed = 0.1, 0.05
	m := newMatrix(t, c)
	see := func(shift float64) {
		m.Observe(kinematics.Identity(), kinematics.Translation(shift+m.Correction().P[0], 0, 0), 0)
	}
	for range 300 {
		see(1e-5)
		m.Advance()
	}
	full := m.Correction().P[0]
	if math.Abs(full+1e-5) > 1e-12 || m.Status().State != compensation.Tracking {
		t.Fatalf("correction %g, %v", full, m.Status().State)
	}
	for range 100 { // 0.1 s
		m.Advance()
	}
	if got := m.Correction().P[0]; math.Abs(got-full) > 1e-12 {
		t.Errorf("held at %g, want %g", got, full)
	}
	for range 52 { // one time constant, and the cycles in which it is noticed
		m.Advance()
	}
	if got := m.Correction().P[0]; math.Abs(got/full-math.Exp(-1)) > 0.02 || m.Status().State != compensation.Bleeding {
		t.Errorf("after one time constant %g of it is left, %v", got/full, m.Status().State)
	}
	// Measurements again: it stays until there are enough of them, then follows.
	at := m.Correction().P[0]
	see(1e-5)
	m.Advance()
	if s := m.Status(); s.State != compensation.Tracking && s.State != compensation.Filling {
		t.Errorf("with a measurement it is %v", s.State)
	}
	for range 300 {
		see(1e-5)
		m.Advance()
	}
	if got := m.Correction().P[0]; math.Abs(got+1e-5) > 1e-12 {
		t.Errorf("after the gap it came from %g to %g, want -1e-5", at, got)
	}
	m.Reset()
	if m.Correction() != kinematics.Identity() || m.Status().Samples != 0 {
		t.Errorf("after a reset: %+v", m.Status())
	}
}

func TestWithoutBleedTheCorrectionIsHeldForEver(t *testing.T) {
	c := loose(5, 100)
	c.Hold = 0.01
	m := newMatrix(t, c)
	for range 300 {
		m.Observe(kinematics.Identity(), kinematics.Translation(1e-5+m.Correction().P[0], 0, 0), 0)
		m.Advance()
	}
	for m.Status().State != compensation.Holding {
		m.Advance()
	}
	at := m.Correction()
	for range 100_000 {
		m.Advance()
	}
	if m.Correction() != at || m.Status().State != compensation.Holding {
		t.Errorf("%v, from %v to %v", m.Status().State, at.P, m.Correction().P)
	}
}

func TestTooFewMeasurementsMoveNothing(t *testing.T) {
	c := loose(9, 1000)
	c.MinSamples = 5
	m := newMatrix(t, c)
	for range 4 {
		m.Observe(kinematics.Identity(), kinematics.Translation(1e-5, 0, 0), 0)
		m.Advance()
	}
	if m.Correction() != kinematics.Identity() || m.Status().State != compensation.Filling {
		t.Errorf("moved by 4 measurements: %+v", m.Status())
	}
	m.Observe(kinematics.Identity(), kinematics.Translation(1e-5, 0, 0), 0)
	m.Advance()
	if got := m.Correction().P[0]; got != -1e-5 {
		t.Errorf("with the fifth: %g", got)
	}
}

func TestMeasurementsThatMakeNoSenseAreToldAndNotUsed(t *testing.T) {
	c := loose(3, 100)
	c.RejectShift, c.RejectTurn, c.MaxAge = 1e-3, 1e-2, 2
	m := newMatrix(t, c)
	id := kinematics.Identity()
	mirrored, stretched, missing := id, id, id
	mirrored.R[8] = -1
	stretched.R[0] = 1.01
	missing.P[1] = math.NaN()
	for _, c := range []struct {
		name string
		at   kinematics.Pose
		age  int
		want compensation.Verdict
	}{
		{"good", kinematics.Translation(1e-3, 0, 0), 0, compensation.Accepted},
		{"as old as may be", id, 2, compensation.Accepted},
		{"older", id, 3, compensation.Late},
		{"of the future", id, -1, compensation.Late},
		{"no pose", kinematics.Pose{}, 0, compensation.Malformed},
		{"mirrored", mirrored, 0, compensation.Malformed},
		{"stretched", stretched, 0, compensation.Malformed},
		{"missing", missing, 0, compensation.Malformed},
		{"far", kinematics.Translation(0, 1.1e-3, 0), 0, compensation.Far},
		{"turned", kinematics.FromRPY([3]float64{}, [3]float64{0, 0, 0.011}), 0, compensation.Far},
		{"far beyond numbers", kinematics.Translation(1e200, 1e200, 0), 0, compensation.Far},
	} {
		if got := m.Observe(id, c.at, c.age); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if s := m.Status(); s.Accepted != 2 || s.Rejected != 9 || s.Samples != 2 {
		t.Errorf("status %+v, want 2 accepted and 9 rejected", s)
	}
}

func TestAConfigurationThatMakesNoSenseIsToldByItsField(t *testing.T) {
	for _, c := range []struct {
		want string
		make func(*compensation.MatrixConfig)
	}{
		{"Period", func(c *compensation.MatrixConfig) { c.Period = 0 }},
		{"Gain", func(c *compensation.MatrixConfig) { c.Gain = math.NaN() }},
		{"Gain times Period", func(c *compensation.MatrixConfig) { c.Gain = 1001 }},
		{"Window", func(c *compensation.MatrixConfig) { c.Window = 0 }},
		{"Window", func(c *compensation.MatrixConfig) { c.Window = compensation.MaxWindow + 1 }},
		{"Trim", func(c *compensation.MatrixConfig) { c.Trim = 0.6 }},
		{"MinSamples", func(c *compensation.MatrixConfig) { c.MinSamples = c.Window + 1 }},
		{"MaxAge", func(c *compensation.MatrixConfig) { c.MaxAge = -1 }},
		{"MaxShift", func(c *compensation.MatrixConfig) { c.MaxShift = 0 }},
		{"MaxTurn", func(c *compensation.MatrixConfig) { c.MaxTurn = 0.6 }},
		{"MaxShiftRate", func(c *compensation.MatrixConfig) { c.MaxShiftRate = math.Inf(1) }},
		{"MaxTurnRate", func(c *compensation.MatrixConfig) { c.MaxTurnRate = -1 }},
		{"RejectShift", func(c *compensation.MatrixConfig) { c.RejectShift = -1 }},
		{"RejectTurn", func(c *compensation.MatrixConfig) { c.RejectTurn = math.NaN() }},
		{"Hold", func(c *compensation.MatrixConfig) { c.Hold = -1 }},
		{"Bleed", func(c *compensation.MatrixConfig) { c.Bleed = -1 }},
		{"Frame", func(c *compensation.MatrixConfig) { c.Frame = 2 }},
	} {
		config := loose(5, 10)
		c.make(&config)
		_, err := compensation.NewMatrix(config)
		if err == nil || !strings.Contains(err.Error(), c.want+" is ") {
			t.Errorf("%s: %v", c.want, err)
		}
	}
}

func TestAMatrixDoesNotAllocate(t *testing.T) {
	c := loose(64, 10)
	c.MaxAge = 5
	m := newMatrix(t, c)
	r := rand.New(rand.NewPCG(1, 1))
	cmd := randomPose(r)
	k := 0
	if n := testing.AllocsPerRun(1000, func() {
		k++
		m.Observe(cmd, kinematics.Exp(kinematics.Twist{1e-6 * float64(k%7), 0, 0, 0, 1e-6 * float64(k%5)}).Mul(cmd), k%7)
		m.Advance()
		cmd = m.Apply(cmd)
		_ = m.Status()
	}); n != 0 {
		t.Errorf("%g allocations a cycle", n)
	}
}

func TestEqualMeasurementsGiveEqualBits(t *testing.T) {
	run := func() kinematics.Pose {
		m := newMatrix(t, loose(16, 10))
		r := rand.New(rand.NewPCG(8, 8))
		for range 1000 {
			p := plant{response: 1, shift: [3]float64{r.NormFloat64() * 1e-5}, turn: [3]float64{0, r.NormFloat64() * 1e-5}}
			cmd := randomPose(r)
			m.Observe(cmd, p.measured(cmd, m.Correction()), 0)
			m.Advance()
		}
		return m.Correction()
	}
	if a, b := run(), run(); a != b {
		t.Errorf("%v and %v", a, b)
	}
}
