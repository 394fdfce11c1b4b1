package sensor_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"linetwin.dev/sim/render"
	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// TestEveryLineOfTheSpecificationTellsInTheFrame changes one field after the other of a
// camera's faults, and demands another picture or another depth: no line is without effect, and
// none has been forgotten here. The first of two settings is what a field needs beside it.
func TestEveryLineOfTheSpecificationTellsInTheFrame(t *testing.T) {
	w := newWorld(t)
	type change = func(*specs.CameraSim)
	ms := func(n float64) specs.Duration { return specs.Duration(n * float64(time.Millisecond)) }
	flicker := func(s *specs.CameraSim) { s.Flicker, s.FlickerFrequency = 0.3, 100 }
	drift := func(s *specs.CameraSim) { s.Drift, s.DriftPeriod = 0.3, ms(3000) }
	wiggle := func(s *specs.CameraSim) { s.ToF.Wiggle = 0.02 }
	sigma := func(s *specs.CameraSim) { s.ToF.Sigma = 0.02 }
	flying := func(s *specs.CameraSim) { s.ToF.Flying = 1 }
	color := map[string][2]change{
		"Light":            {nil, func(s *specs.CameraSim) { s.Light = 1.2 }},
		"Gain":             {nil, func(s *specs.CameraSim) { s.Gain = 3 }},
		"ReadNoise":        {nil, func(s *specs.CameraSim) { s.ReadNoise = 1 }},
		"ShotNoise":        {nil, func(s *specs.CameraSim) { s.ShotNoise = 0.12 }},
		"Readout":          {nil, func(s *specs.CameraSim) { s.Readout = ms(33) }},
		"Vignetting":       {nil, func(s *specs.CameraSim) { s.Vignetting = 0.2 }},
		"Flicker":          {nil, flicker},
		"FlickerFrequency": {flicker, func(s *specs.CameraSim) { s.FlickerFrequency = 120 }},
		"Drift":            {nil, drift},
		"DriftPeriod":      {drift, func(s *specs.CameraSim) { s.DriftPeriod = ms(2000) }},
		"DepthSigma":       {nil, func(s *specs.CameraSim) { s.DepthSigma = 0.001 }},
		"DepthFloor":       {nil, func(s *specs.CameraSim) { s.DepthFloor = 0.001 }},
		"DepthBias":        {nil, func(s *specs.CameraSim) { s.DepthBias = 0.001 }},
		"DepthGrazing":     {nil, func(s *specs.CameraSim) { s.DepthGrazing = 8 }},
		"K1":               {nil, func(s *specs.CameraSim) { s.K1 = 0.05 }},
		"K2":               {nil, func(s *specs.CameraSim) { s.K2 = 0.05 }},
		"K3":               {nil, func(s *specs.CameraSim) { s.K3 = 0.05 }},
		"K4":               {nil, func(s *specs.CameraSim) { s.K4 = 0.05 }},
		"K5":               {nil, func(s *specs.CameraSim) { s.K5 = 0.05 }},
		"K6":               {nil, func(s *specs.CameraSim) { s.K6 = 0.05 }},
		"P1":               {nil, func(s *specs.CameraSim) { s.P1 = 0.005 }},
		"P2":               {nil, func(s *specs.CameraSim) { s.P2 = 0.005 }},
	}
	tof := map[string][2]change{
		"Sigma":        {nil, sigma},
		"ReadShare":    {sigma, func(s *specs.CameraSim) { s.ToF.ReadShare = 0.2 }},
		"Bias":         {nil, func(s *specs.CameraSim) { s.ToF.Bias = 0.02 }},
		"Scale":        {nil, func(s *specs.CameraSim) { s.ToF.Scale = 0.01 }},
		"Wiggle":       {nil, wiggle},
		"WigglePeriod": {wiggle, func(s *specs.CameraSim) { s.ToF.WigglePeriod = 0.1 }},
		"Pattern":      {nil, func(s *specs.CameraSim) { s.ToF.Pattern = 0.02 }},
		"Flying":       {nil, flying},
		"EdgeLoss":     {flying, func(s *specs.CameraSim) { s.ToF.EdgeLoss = 0.5 }},
		"Multipath":    {nil, func(s *specs.CameraSim) { s.ToF.Multipath = 1 }},
		"LeastSignal":  {nil, func(s *specs.CameraSim) { s.ToF.LeastSignal = 2 }},
		"Saturation":   {nil, func(s *specs.CameraSim) { s.ToF.Saturation = 0.9 }},
		"Step":         {nil, func(s *specs.CameraSim) { s.ToF.Step = 0.001 }},
		"K1":           {nil, func(s *specs.CameraSim) { s.ToF.K1 *= 1.01 }},
		"K2":           {nil, func(s *specs.CameraSim) { s.ToF.K2 *= 1.01 }},
		"K3":           {nil, func(s *specs.CameraSim) { s.ToF.K3 *= 1.01 }},
		"K4":           {nil, func(s *specs.CameraSim) { s.ToF.K4 *= 1.01 }},
		"K5":           {nil, func(s *specs.CameraSim) { s.ToF.K5 *= 1.01 }},
		"K6":           {nil, func(s *specs.CameraSim) { s.ToF.K6 *= 1.01 }},
		"P1":           {nil, func(s *specs.CameraSim) { s.ToF.P1 = 0.002 }},
		"P2":           {nil, func(s *specs.CameraSim) { s.ToF.P2 = 0.002 }},
	}

	// A bottle that moves, and a shiny corner near by.
	scene := w.line(0)
	scene.Speed = 0.5
	shiny := gray8(250)
	shiny.Gloss, shiny.Shine = 0.5, 20
	scene.Extra = []render.Item{plate(t, [3]float64{-0.1, -0.1, 0.3}, [3]float64{0.1, 0, 0.1}, [3]float64{0, 0.2, 0}, shiny),
		plate(t, [3]float64{0, -0.1, 0.4}, [3]float64{0.1, 0, -0.1}, [3]float64{0, 0.2, 0}, shiny)}
	for i := range scene.Extra {
		scene.Extra[i].Pose = frontPose
	}
	check := func(mode string, lines map[string][2]change, all reflect.Type, elsewhere ...string) {
		shot := func(changes ...change) [2]uint64 {
			c := ideal(frontCamera())
			c.Width, c.Height, c.DepthMode = 320, 180, mode
			c.Sim.ToF = withLens(specs.ToFSim{WigglePeriod: 0.187})
			for _, f := range changes {
				if f != nil {
					f(&c.Sim)
				}
			}
			f := vision.Frame{Exposed: 1234 * time.Millisecond} // somewhere in the lamps' waves
			if err := sensor.New(c).Shoot(scene, frontPose, 7, &f); err != nil {
				t.Fatal(err)
			}
			color, depth := sums(&f)
			return [2]uint64{color, depth}
		}
		for i := range all.NumField() {
			name := all.Field(i).Name
			line, ok := lines[name]
			if ok == slices.Contains(elsewhere, name) {
				t.Errorf("%s.%s: is it told here what it does, or does it concern another package?", all.Name(), name)
			} else if ok && shot(line[0]) == shot(line[0], line[1]) {
				t.Errorf("%s.%s makes no difference to the frame", all.Name(), name)
			}
		}
	}
	check(specs.Aligned, color, reflect.TypeFor[specs.CameraSim](), "Noise", "ToF", "PixelNoise", "ClockOffset", "ClockDrift")
	check("wfov-binned", tof, reflect.TypeFor[specs.ToFSim](), "Noise")
}
