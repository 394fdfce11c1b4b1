package control

import (
	"fmt"
	"math"
	"math/cmplx"
)

// DriveMargins are those of the two loops of a drive, each opened at its error.
type DriveMargins struct {
	Velocity, Position Margins
}

// LeastPhase is the phase margin, in rad (45 degrees), that Tune does not go below.
const LeastPhase = math.Pi / 4

// Tune sets Gains for a bandwidth of the velocity loop, which is where its gain crosses 1, in
// rad/s, and for a current loop with the given lag (time constant, s; dead time counts as lag).
// The rule:
//
//	integral time  4 / bandwidth: 14 degrees of phase
//	velocity gain  about Inertia times bandwidth, so that the crossover is where it was asked for
//	position gain  bandwidth / 4
//
// All are for the discrete loop with hold, measurement of velocity, lag, speed filter and torque
// filters, whose margins are returned, for a rigid axis without friction, which is the worst one. It
// also feeds forward velocity and acceleration in full. The error is that of a bandwidth that
// leaves the velocity loop less phase than LeastPhase; it says which one does not.
func (cfg *DriveConfig) Tune(bandwidth, torqueLag float64) (DriveMargins, error) {
	if err := check("tuning", positive("period", "s", cfg.Period), positive("inertia", "", cfg.Inertia),
		positive("bandwidth", "rad/s", bandwidth), atLeast0("torque lag", "s", torqueLag)); err != nil {
		return DriveMargins{}, err
	}
	// The phase margin of a bandwidth. Filters may turn the phase by more than half a turn, so it is
	// followed from low frequencies up.
	phase := func(w float64) float64 {
		if w >= math.Pi/cfg.Period {
			return math.Inf(-1)
		}
		const points = 64
		left := math.Pi / 2 // of an inertia alone
		last := complex(0, -1)
		for i := 1; i <= points; i++ {
			v, _ := cfg.loops(w*float64(i)/points, DriveGains{Velocity: 1}, torqueLag)
			left += cmplx.Phase(v / last)
			last = v
		}
		return left - math.Atan2(1, 4)
	}
	if p := phase(bandwidth); !(p >= LeastPhase) {
		high, low := bandwidth, bandwidth
		for !(phase(low) >= LeastPhase) {
			if low /= 2; low < 1e-6*bandwidth {
				return DriveMargins{}, fmt.Errorf("control: tuning: no bandwidth leaves a phase margin of 45 deg with these filters")
			}
		}
		for range 40 {
			if m := (low + high) / 2; phase(m) >= LeastPhase {
				low = m
			} else {
				high = m
			}
		}
		return DriveMargins{}, fmt.Errorf("control: tuning: a bandwidth of %.4g rad/s at a period of %g s leaves a phase margin below 45 deg; the greatest that does not is %.4g rad/s", bandwidth, cfg.Period, low)
	}
	g := DriveGains{Position: bandwidth / 4, Velocity: 1, Integral: 4 / bandwidth}
	v, _ := cfg.loops(bandwidth, g, torqueLag)
	g.Velocity = 1 / cmplx.Abs(v)
	cfg.Gains, cfg.VelocityFeed, cfg.AccelerationFeed = g, 1, 1
	return cfg.Margins(torqueLag), nil
}

// Margins of the loops with the present Gains; see Tune.
func (cfg *DriveConfig) Margins(torqueLag float64) DriveMargins {
	return DriveMargins{
		Velocity: FindMargins(func(w float64) complex128 { v, _ := cfg.loops(w, cfg.Gains, torqueLag); return v }, cfg.Period),
		Position: FindMargins(func(w float64) complex128 { _, p := cfg.loops(w, cfg.Gains, torqueLag); return p }, cfg.Period),
	}
}

// loops is the response of the open velocity loop, and of the open position loop with the
// velocity loop closed.
func (cfg *DriveConfig) loops(omega float64, g DriveGains, torqueLag float64) (velocity, position complex128) {
	h := cfg.Period
	z := cmplx.Exp(complex(0, omega*h))
	re := func(x float64) complex128 { return complex(x, 0) }
	// The position under a held torque: 1/(s^2 (lag s + 1)), in partial fractions.
	plant := re(h*h/2) * (z + 1) / ((z - 1) * (z - 1))
	if torqueLag > 0 {
		q := re(math.Exp(-h / torqueLag))
		plant += -re(torqueLag*h)/(z-1) + re(torqueLag*torqueLag)*(1-q)/(z-q)
	}
	plant /= re(cfg.Inertia)
	control := re(g.Velocity)
	if g.Integral > 0 {
		control *= 1 + re(h/2/g.Integral)*(z+1)/(z-1)
	}
	for i := range cfg.Filters {
		control *= cfg.Filters[i].Response(omega, h)
	}
	measure := (1 - 1/z) / re(h)
	if cfg.SpeedFilter > 0 {
		keep := re(math.Exp(-h / cfg.SpeedFilter))
		measure *= (1 - keep) / (1 - keep/z)
	}
	velocity = control * plant * measure
	return velocity, re(g.Position) * control * plant / (1 + velocity)
}
