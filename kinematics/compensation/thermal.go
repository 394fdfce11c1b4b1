package compensation

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxSensors is the largest number of sensors in a thermal table.
const MaxSensors = 64

// Sensor is one temperature's part in the error of an axis: a table over temperature and
// position. Between its nodes it is linear in each, beyond them constant.
type Sensor struct {
	Name string
	// Lag in s is the time constant with which the machine's body follows the sensor, a system
	// of first order; 0 where it does so at once.
	Lag          float64
	Temperatures []float64 // in degrees Celsius; they have to rise
	Positions    []float64 // in m; they have to rise. One will do where the position plays no part
	// Errors in m, those of one temperature after each other by position.
	Errors []float64
}

// Thermal is the error of one axis that comes with warmth: the sum of what several temperatures
// make of it, each over the axis' position.
//
// A Thermal is immutable, and any number of goroutines may use one; the temperatures of a
// machine's body, which it is asked for, are kept in a Warmth. No method allocates, but
// NewWarmth and WriteCSV.
type Thermal struct {
	sensors      []Sensor
	slope, drift float64
}

// NewThermal makes a table; it copies the sensors. The error names the sensor and the number
// that make no sense.
func NewThermal(sensors ...Sensor) (*Thermal, error) {
	t := &Thermal{sensors: slices.Clone(sensors)}
	for i := range t.sensors {
		s := &t.sensors[i]
		s.Temperatures = slices.Clone(s.Temperatures)
		s.Positions = slices.Clone(s.Positions)
		s.Errors = slices.Clone(s.Errors)
	}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("compensation: thermal: %w", err)
	}
	return t, nil
}

func (t *Thermal) check() error {
	if n := len(t.sensors); n == 0 || n > MaxSensors {
		return fmt.Errorf("%d sensors; there may be 1 to %d", n, MaxSensors)
	}
	total := 0
	for i := range t.sensors {
		s := &t.sensors[i]
		if err := checkName(s.Name); err != nil {
			return fmt.Errorf("sensor %d: %w", i+1, err)
		}
		if slices.ContainsFunc(t.sensors[:i], func(o Sensor) bool { return o.Name == s.Name }) {
			return fmt.Errorf("two sensors have the name %q", s.Name)
		}
		if err := s.check(); err != nil {
			return fmt.Errorf("sensor %q: %w", s.Name, err)
		}
		if total += len(s.Errors); total > MaxNodes {
			return fmt.Errorf("more than %d nodes", MaxNodes)
		}
		slope, drift := s.slopes()
		t.slope += slope
		t.drift = max(t.drift, drift)
	}
	return checkSlope(t.slope)
}

// maxName is the most bytes of a sensor's name.
const maxName = 64

// checkName holds names to what a file of tables can give back as it was.
func checkName(name string) error {
	plain := utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
	switch {
	case name == "":
		return errors.New("it has no name")
	case len(name) > maxName:
		return fmt.Errorf("its name has %d bytes; it may have %d", len(name), maxName)
	case !plain || name != strings.TrimSpace(name) || name[0] == '#':
		return fmt.Errorf("its name is %q; it has to be printable, without space around it, and not to begin with #", name)
	}
	return nil
}

// maxLag is 10 days.
const maxLag = 864_000

func (s *Sensor) check() error {
	if !(s.Lag >= 0 && s.Lag <= maxLag) {
		return fmt.Errorf("a lag of %v s; it has to be 0 to %d s", s.Lag, maxLag)
	}
	if err := nodes(s.Temperatures).check("temperature"); err != nil {
		return err
	}
	if err := nodes(s.Positions).check("position"); err != nil {
		return err
	}
	// A division, as the product might overflow.
	if n := len(s.Temperatures); len(s.Errors)%n != 0 || len(s.Errors)/n != len(s.Positions) {
		return fmt.Errorf("%d temperatures, %d positions and %d errors; there has to be one for each pair", n, len(s.Positions), len(s.Errors))
	}
	for i, v := range s.Errors {
		if err := checkError(v); err != nil {
			return fmt.Errorf("at %v degC and %v m: %w", s.Temperatures[i/len(s.Positions)], s.Positions[i%len(s.Positions)], err)
		}
	}
	return nil
}

// slopes are the largest along the edges of the table, by position and by temperature.
func (s *Sensor) slopes() (slope, drift float64) {
	n := len(s.Positions)
	for i, e := range s.Errors {
		if k := i % n; k > 0 {
			slope = max(slope, math.Abs(e-s.Errors[i-1])/(s.Positions[k]-s.Positions[k-1]))
		}
		if k := i / n; k > 0 {
			drift = max(drift, math.Abs(e-s.Errors[i-n])/(s.Temperatures[k]-s.Temperatures[k-1]))
		}
	}
	return slope, drift
}

func (s *Sensor) at(temperature, position float64) float64 {
	i, a := nodes(s.Temperatures).cell(temperature)
	k, b := nodes(s.Positions).cell(position)
	n := len(s.Positions)
	low, high := s.Errors[i*n:], s.Errors[nodes(s.Temperatures).next(i)*n:]
	m := nodes(s.Positions).next(k)
	e0 := low[k] + b*(low[m]-low[k])
	e1 := high[k] + b*(high[m]-high[k])
	return e0 + a*(e1-e0)
}

// Sensors are the names of the sensors, in the order in which Warmth.Step takes their
// temperatures.
func (t *Thermal) Sensors() []string {
	names := make([]string, len(t.sensors))
	for i := range names {
		names[i] = t.sensors[i].Name
	}
	return names
}

// At is the error of the axis at a position, in m, with the machine as warm as it is. The
// warmth has to be one that this table made.
func (t *Thermal) At(w *Warmth, position float64) float64 {
	sum := 0.
	for i := range t.sensors {
		sum += t.sensors[i].at(w.body[i], position)
	}
	return sum
}

// Correct is where to send the axis so that, with its error, it is at the position.
func (t *Thermal) Correct(w *Warmth, position float64) float64 {
	x := position
	for range maxCorrectSteps {
		next := position - t.At(w, x)
		done := math.Abs(next-x) <= correctTolerance
		x = next
		if done {
			break
		}
	}
	return x
}

// MaxSlope bounds how fast the error changes with the position, in m/m, at any temperatures.
func (t *Thermal) MaxSlope() float64 { return t.slope }

// MaxDrift bounds how fast the error changes with any one temperature, in m/K, at any position.
// The error of n sensors changes by at most n times this times the rate of a Warmth, in m/s.
func (t *Thermal) MaxDrift() float64 { return t.drift }

// Warmth are the temperatures of a machine's body, as they follow those of the sensors: with
// the lag of each, and never faster than a rate, so that a sensor that jumps does not make the
// machine jump. It is for one goroutine at a time.
type Warmth struct {
	body, lag []float64
	rate      float64
}

// NewWarmth makes the temperatures that this table is asked for, from those that the machine's
// body has at the start, in degrees Celsius in the order of Sensors: what the sensors say, or for
// one that does not answer a guess. Rate is the largest change in K/s; it has to be positive,
// and may be +Inf.
func (t *Thermal) NewWarmth(rate float64, start []float64) (*Warmth, error) {
	if !(rate > 0) {
		return nil, fmt.Errorf("compensation: thermal: a rate of %v K/s; it has to be positive, or +Inf for no limit", rate)
	}
	if len(start) != len(t.sensors) {
		return nil, fmt.Errorf("compensation: thermal: %d temperatures to start from for %d sensors", len(start), len(t.sensors))
	}
	w := &Warmth{rate: rate, body: slices.Clone(start), lag: make([]float64, len(t.sensors))}
	for i, v := range start {
		if !(math.Abs(v) <= maxCoordinate) {
			return nil, fmt.Errorf("compensation: thermal: sensor %q starts at %v degC; it has to be a number of at most %g", t.sensors[i].Name, v, float64(maxCoordinate))
		}
		w.lag[i] = t.sensors[i].Lag
	}
	return w, nil
}

// Step takes the temperatures dt seconds on towards those that the sensors have now, in degrees
// Celsius. A temperature that is not a number within 1e5 is that of a sensor that failed, and
// leaves the body as warm as it was; and so does a dt that is not positive. It panics unless
// there is one temperature for each sensor.
func (w *Warmth) Step(dt float64, measured []float64) {
	if len(measured) != len(w.body) {
		panic(fmt.Sprintf("compensation: %d temperatures for %d sensors", len(measured), len(w.body)))
	}
	if !(dt > 0) {
		return
	}
	most := w.rate * dt
	for i, to := range measured {
		if !(math.Abs(to) <= maxCoordinate) {
			continue
		}
		step := to - w.body[i]
		if w.lag[i] > 0 {
			step *= -math.Expm1(-dt / w.lag[i]) // exact for a temperature that rests meanwhile
		}
		w.body[i] += min(max(step, -most), most)
	}
}

// Temperatures of the body in degrees Celsius: the Warmth's own slice, to be read until the
// next Step and not to be written.
func (w *Warmth) Temperatures() []float64 { return w.body }
