package sim

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// integrate takes a second-order loop through one cycle with the classical Runge-Kutta
// method in n steps; the setpoint goes evenly from a to b.
func integrate(q, v, a, b, w, zeta, dt float64, n int) (float64, float64) {
	slope := (b - a) / dt
	f := func(t, q, v float64) (float64, float64) {
		return v, -w*w*(q-(a+slope*t)) - 2*zeta*w*(v-slope)
	}
	h := dt / float64(n)
	for i := range n {
		t := float64(i) * h
		k1, l1 := f(t, q, v)
		k2, l2 := f(t+h/2, q+h/2*k1, v+h/2*l1)
		k3, l3 := f(t+h/2, q+h/2*k2, v+h/2*l2)
		k4, l4 := f(t+h, q+h*k3, v+h*l3)
		q += h / 6 * (k1 + 2*k2 + 2*k3 + k4)
		v += h / 6 * (l1 + 2*l2 + 2*l3 + l4)
	}
	return q, v
}

func TestADriveWithoutLimitsIsTheDifferentialEquation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hz := rapid.Float64Range(1, 60).Draw(t, "hz")
		zeta := rapid.OneOf(rapid.Float64Range(0.05, 3), rapid.Just(1.0)).Draw(t, "zeta")
		dt := rapid.SampledFrom([]float64{1e-3, 2e-3, 4e-3, 8e-3}).Draw(t, "dt")
		d := newDrive(hz, zeta, dt, 0)
		q, v, last := 0.0, 0.0, 0.0
		for i := range 30 {
			target := rapid.Float64Range(-1, 1).Draw(t, "target")
			d.step(target)
			q, v = integrate(q, v, last, target, 2*math.Pi*hz, zeta, dt, 200)
			last = target
			if math.Abs(d.q-q) > 1e-7 || math.Abs(d.v-v) > 1e-5*(1+math.Abs(v)) {
				t.Fatalf("cycle %d: %g at %g, the integral gives %g at %g", i, d.q, d.v, q, v)
			}
		}
	})
}

func TestADriveNeverExceedsItsLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dt := rapid.SampledFrom([]float64{1e-3, 4e-3}).Draw(t, "dt")
		d := newDrive(rapid.Float64Range(1, 100).Draw(t, "hz"), rapid.Float64Range(0.1, 2).Draw(t, "zeta"), dt, 0)
		d.maxV = rapid.Float64Range(0.1, 10).Draw(t, "speed")
		d.maxA = rapid.Float64Range(1, 100).Draw(t, "acceleration")
		d.min, d.max = -rapid.Float64Range(0, 2).Draw(t, "min"), rapid.Float64Range(0, 2).Draw(t, "max")
		const eps = 1 + 1e-9
		for range 200 {
			q, v := d.q, d.v
			d.step(rapid.Float64Range(-5, 5).Draw(t, "target"))
			stopped := d.v == 0 && (d.q == d.min || d.q == d.max) // an end stop stops at once
			switch {
			case math.Abs(d.v) > d.maxV*eps, math.Abs(d.q-q) > d.maxV*dt*eps:
				t.Fatalf("speed %g, way %g in %g s, limit %g", d.v, d.q-q, dt, d.maxV)
			case math.Abs(d.v-v) > d.maxA*dt*eps && !stopped:
				t.Fatalf("speed from %g to %g in %g s, limit %g", v, d.v, dt, d.maxA)
			case d.q < d.min || d.q > d.max:
				t.Fatalf("at %g, the end stops are %g and %g", d.q, d.min, d.max)
			case d.q0 != q || d.at(0) != q || math.Abs(d.at(1)-d.q) > 1e-15:
				t.Fatalf("the cycle begins at %g, after %g", d.at(0), q)
			}
		}
	})
}

func TestADriveFollowsAnEvenSetpointWithoutLag(t *testing.T) {
	const dt, speed = 4e-3, 1.3
	d := newDrive(20, 0.9, dt, 0)
	for i := 1; i <= 250; i++ {
		d.step(speed * dt * float64(i))
	}
	if e := d.q - speed*dt*250; math.Abs(e) > 1e-12 || math.Abs(d.v-speed) > 1e-9 {
		t.Errorf("lags by %g rad at %g rad/s", e, d.v)
	}
}

// With the feed-forward of the setpoint's speed a step gives the loop a push: from rest
// it goes on with e = -1 and e' = 2 zeta omega. So e = exp(-sigma t) (sigma/omega_d sin -
// cos)(omega_d t), which has its first peak at (pi - 2 asin zeta) / omega_d, of height
// exp(-sigma t).
func TestAStepOvershootsAsDampingAndBandwidthSay(t *testing.T) {
	for _, c := range []struct{ hz, zeta float64 }{{5, 0.3}, {20, 0.5}, {20, 0.9}} {
		const dt = 2e-5 // short against the oscillation; the setpoint takes one cycle to step
		d := newDrive(c.hz, c.zeta, dt, 0)
		peak, when := 0.0, 0.0
		for i := 1; float64(i)*dt < 3/c.hz; i++ {
			if d.step(1); d.q > peak {
				peak, when = d.q, float64(i)*dt
			}
		}
		w := 2 * math.Pi * c.hz
		wantWhen := (math.Pi - 2*math.Asin(c.zeta)) / (w * math.Sqrt(1-c.zeta*c.zeta))
		want := math.Exp(-c.zeta * w * wantWhen)
		if math.Abs(peak-1-want) > 5e-3*want || math.Abs(when-wantWhen) > 5e-3*wantWhen+2*dt {
			t.Errorf("%v Hz, %v: overshoot %.4f at %.2f ms, want %.4f at %.2f ms", c.hz, c.zeta, peak-1, when*1e3, want, wantWhen*1e3)
		}
	}
}

func TestAStrongDampingDoesNotOverflow(t *testing.T) {
	d := newDrive(1000, 50, 0.1, 0)
	d.step(1)
	for range 100 {
		d.step(1)
	}
	if math.IsNaN(d.q) || math.Abs(d.q-1) > 1e-3 {
		t.Errorf("at %g", d.q)
	}
}

func TestADriveComesToRestAndStays(t *testing.T) {
	d := newDrive(20, 0.9, 4e-3, 0)
	for range 200 {
		d.step(0.1)
	}
	if d.q != 0.1 || d.v != 0 || d.q0 != 0.1 {
		t.Errorf("at %v with %v rad/s", d.q, d.v)
	}
}

func BenchmarkDriveStep(b *testing.B) {
	d := newDrive(20, 0.9, 4e-3, 0)
	d.maxV, d.maxA, d.min, d.max = 6, 60, -2, 2
	x := 0.0
	b.ReportAllocs()
	for b.Loop() {
		x = -x + 1e-3
		d.step(x)
	}
}
