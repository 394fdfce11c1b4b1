//go:build linux

package main

import (
	"bytes"
	"fmt"
	"math"
)

// program in G-code, with the number of lines that are read while it runs.
type program struct {
	name  string
	text  []byte
	lines int
}

// programs that a shop may have: from a CAM system, of arcs, with computed points, with subs.
// They can be had several times as long.
func programs(times int) []program {
	return []program{surface(60_000 * times), arcs(40_000 * times), computed(8_000 * times), subs(3_000 * times)}
}

// surface is of short moves of five axes, with four decimals.
func surface(lines int) program {
	var b bytes.Buffer
	b.WriteString("G21 G90 G94 F1200\n")
	for i := range lines {
		t := float64(i) / 100
		fmt.Fprintf(&b, "G1 X%.4f Y%.4f Z%.4f A%.3f C%.3f\n", 50*math.Cos(t), 50*math.Sin(t), -t/10, 10*math.Sin(t/3), 20*math.Cos(t/5))
	}
	b.WriteString("M2\n")
	return program{"five-axis moves", b.Bytes(), lines + 2}
}

// arcs are by centre, by radius and with a third axis, in turn.
func arcs(lines int) program {
	var b bytes.Buffer
	b.WriteString("G21 G90 G94 F1200\nG91\n")
	for i := range lines {
		t := float64(i) / 100
		x, y := -6*math.Cos(t), -6*math.Sin(t)
		switch i % 3 {
		case 0:
			fmt.Fprintf(&b, "G2 X%.4f Y%.4f I%.4f J%.4f\n", x, y, x/2, y/2)
		case 1:
			fmt.Fprintf(&b, "G3 X%.4f Y%.4f R5\n", -x, -y)
		default:
			fmt.Fprintf(&b, "G3 X%.4f Y%.4f Z0.01 I%.4f J%.4f\n", x, y, x/2, y/2)
		}
	}
	b.WriteString("M2\n")
	return program{"arcs and helices", b.Bytes(), lines + 3}
}

// computed is a loop whose points are expressions of named and numbered parameters.
func computed(passes int) program {
	text := fmt.Appendf(nil, `G21 F1000
#<step>=0.01 #1=0
o100 while [#1 LT %d]
#<x>=[50*cos[#1*#<step>]] #<y>=[50*sin[#1*#<step>]]
G1 X#<x> Y#<y> Z[-#1/1000]
#1=[#1+1]
o100 endwhile
M2
`, passes)
	return program{"expressions", text, 5*passes + 5}
}

// subs are called in a loop, with arguments and a condition.
func subs(passes int) program {
	text := fmt.Appendf(nil, `G21 F1000
o100 sub
#4=[#1*2]
o110 if [#4 GT 10]
G1 X#4 Y#2
o110 else
G1 X[#4-1] Y[#2/2]
o110 endif
o100 endsub
#100=0
o200 repeat [%d]
#100=[#100+1]
o100 call [#100 MOD 10] [3]
o200 endrepeat
M2
`, passes)
	// Of each pass: repeat, the assignment, the call, seven or eight lines of the sub.
	return program{"O-words", text, 10*passes + 13}
}
