package gcode_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"testing"

	"linetwin.dev/kinematics/gcode"
)

// surface writes a program of lines, as one from a CAM system: five axes, four decimals.
func surface(lines int) []byte {
	var b bytes.Buffer
	b.WriteString("G21 G90 G94 F1200\n")
	for i := range lines {
		t := float64(i) / 100
		fmt.Fprintf(&b, "G1 X%.4f Y%.4f Z%.4f A%.3f C%.3f\n", 50*math.Cos(t), 50*math.Sin(t), -t/10, 10*math.Sin(t/3), 20*math.Cos(t/5))
	}
	b.WriteString("M2\n")
	return b.Bytes()
}

// arcs writes a program of arcs by centre.
func arcs(lines int) []byte {
	var b bytes.Buffer
	b.WriteString("G21 G90 G94 F1200\nG91\n")
	for i := range lines {
		t := float64(i) / 100
		fmt.Fprintf(&b, "G2 X%.4f Y%.4f I%.4f J%.4f\n", -6*math.Cos(t), -6*math.Sin(t), -3*math.Cos(t), -3*math.Sin(t))
	}
	b.WriteString("M2\n")
	return b.Bytes()
}

// loop writes a program that computes its points.
func loop(lines int) []byte {
	return fmt.Appendf(nil, `G21 F1000
#<step>=0.01 #1=0
o100 while [#1 LT %d]
#<x>=[50*cos[#1*#<step>]] #<y>=[50*sin[#1*#<step>]]
G1 X#<x> Y#<y> Z[-#1/1000]
#1=[#1+1]
o100 endwhile
M2
`, lines/5)
}

// run interprets a program, and counts its events.
func run(tb testing.TB, program []byte, cfg gcode.Config) (events int) {
	tb.Helper()
	in := gcode.New("program", bytes.NewReader(program), cfg)
	for {
		_, err := in.Next()
		if err == io.EOF {
			return events
		}
		if err != nil {
			tb.Fatal(err)
		}
		events++
	}
}

func BenchmarkInterpret(b *testing.B) {
	const lines = 100_000
	for _, c := range []struct {
		name    string
		program []byte
	}{{"lines", surface(lines)}, {"arcs", arcs(lines)}, {"loop", loop(lines)}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.program)))
			for b.Loop() {
				run(b, c.program, gcode.Config{})
			}
			b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds()/1e3, "klines/s")
		})
	}
}

func BenchmarkCanonLine(b *testing.B) {
	w := gcode.NewCanonWriter(io.Discard)
	e := gcode.Event{Kind: gcode.Feed, Axes: gcode.Axes{1.5, -22.25, 3.0625, 10, 0, 180}}
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(&e); err != nil {
			b.Fatal(err)
		}
	}
}
