package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"linetwin.dev/kinematics/compensation"
	"linetwin.dev/sim/mill"
	"linetwin.dev/specs"
)

// How well the mill was measured when it was new and cold: standard deviations of an
// interferometer, of a laser tracker in shift (um) and turn (urad), and by how much the warm-up
// test was off.
const (
	interferometer = 0.1
	trackerShift   = 0.3
	trackerTurn    = 0.5
	warmUp         = 0.93
)

// measured is the mill that the calibration is of, and where the noise comes from.
type measured struct {
	dir   string
	mill  specs.Mill
	noise *rand.Rand
}

func measure(dir string) (*measured, error) {
	l, err := specs.Load(dir)
	if err != nil {
		return nil, err
	}
	return &measured{dir: dir, mill: l.Mills["vmc1"], noise: rand.New(rand.NewPCG(1, 2))}, nil
}

// screw writes the table of an axis: its cold screw, every millimetre.
func (m *measured) screw(out io.Writer, a specs.LinearAxis) error {
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, "position[mm],forward[um]")
	for p := float64(a.Min) * 1e3; p <= float64(a.Max)*1e3+1e-6; p++ {
		e := mill.ScrewError(a.Sim, 0, p*1e-3) * 1e6
		fmt.Fprintf(w, "%.0f,%.3f\n", p, e+interferometer*m.noise.NormFloat64())
	}
	return w.Flush()
}

// warm writes the thermal table of an axis: what its screw does between cold and 30 K more, by its
// own sensor, and in z what the spindle does.
func (m *measured) warm(out io.Writer, a specs.LinearAxis, name string) error {
	w := bufio.NewWriter(out)
	cold, hot := float64(m.mill.Sim.Ambient), float64(m.mill.Sim.Ambient)+30
	fmt.Fprintln(w, "sensor,lag[s],temperature[degC],position[mm],error[um]")
	for _, t := range []float64{cold, hot} {
		for _, p := range []float64{float64(a.Min), float64(a.Max)} {
			e := mill.Steel * (t - cold) * (p - float64(a.Sim.Fixed)) * warmUp
			fmt.Fprintf(w, "%s,0,%g,%.0f,%.2f\n", name, t, p*1e3, e*1e6)
		}
	}
	if s := m.mill.Sim.Spindle; name == "z" {
		for _, t := range []float64{cold, hot} {
			fmt.Fprintf(w, "spindle,%g,%g,0,%.2f\n", s.Lag.Seconds(), t, -float64(s.Growth)*(t-cold)*warmUp*1e6)
		}
	}
	return w.Flush()
}

// volume writes the volumetric table: the structure's errors on a grid.
func (m *measured) volume(out io.Writer) error {
	f, err := os.Open(filepath.Join(m.dir, m.mill.Sim.Geometric))
	if err != nil {
		return err
	}
	defer f.Close()
	g, err := compensation.ReadGeometric(f, f.Name(), mill.Order)
	if err != nil {
		return err
	}
	true21, err := g.Volume()
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, "x[mm],y[mm],z[mm],dx[um],dy[um],dz[um],a[urad],b[urad],c[urad]")
	for x := -250.0; x <= 250; x += 125 {
		for y := -200.0; y <= 200; y += 100 {
			for z := 50.0; z <= 400; z += 175 {
				e := true21.At([3]float64{x * 1e-3, y * 1e-3, z * 1e-3})
				fmt.Fprintf(w, "%g,%g,%g", x, y, z)
				for i, v := range e {
					noise := trackerShift
					if i >= 3 {
						noise = trackerTurn
					}
					fmt.Fprintf(w, ",%.2f", v*1e6+noise*m.noise.NormFloat64())
				}
				fmt.Fprintln(w)
			}
		}
	}
	return w.Flush()
}
