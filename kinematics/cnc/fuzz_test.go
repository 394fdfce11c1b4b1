package cnc

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/kinematics/path"
)

// FuzzRun holds whatever is read as a program to what every program is held to: Next comes
// back, each sample keeps the limits and goes on from the one before it, with orders in any
// cycle, and what waits has a bound. Inputs are programs as they are, and bytes that choose words.
func FuzzRun(f *testing.F) {
	for _, program := range []string{
		"G21 G90 F1000\nG64 P0.01\nG1 X10 Y20\nG2 X20 Y30 I10\nG1 Z-5 A10 C30\nG0 X0\nM2\n",
		"G21 F500\nT1 M6\nG43.4 H1\nG1 X10 Y0 Z0\nG1 A20 C90 F2000\nG93 G1 C0 F60\nG94\nG49\nM30\n",
		"o1 while [1]\nG1 X1 F100\nM62 P1\n(msg,x)\nG1 X0\no1 endwhile\n",
		"o1 while [1]\n#1=[#1+1]\no1 endwhile\n", "o1 repeat [1000000]\nM3 S10\no1 endrepeat\nM2",
		"G20 G18 G61 F10\nG3 X1 Z1 R2\nG61.1 G33 Z-1 K0.05\nG76 P0.05 Z-1 I-.075 J0.008 K0.045\nM2\n",
		"S100 M3 G95 F0.1 G1 X5\nG4 P0.1\nM0\nG5 I0 J3 P0 Q-3 X1 Y1\nG1 X1e300\nM2\n", "G1 X1e-9 F1e-300\nM2",
	} {
		f.Add([]byte(program), byte(0), uint16(0))
		f.Add([]byte(program), byte(3), uint16(777))
	}
	f.Add([]byte("\x01\x12\x33\x07\x45\xa6\x27\x08\x99\x0a\xbb\x3c\x10\x0e\x6f\x20\x31\x52\x73\x94\xb5\xd6\xf7"), byte(1), uint16(0))
	f.Fuzz(func(t *testing.T, data []byte, mode byte, orders uint16) {
		program := string(data)
		if mode&1 != 0 && mode < 128 {
			program = chosen(data)
		}
		c := Config{Cycle: 5e-3, Program: gcode.Config{MostIdle: 2000, Tools: gcode.SampleTools()}}
		if mode&2 != 0 {
			m, limits := mill(t)
			c.Machine, c.Limits = &m, limits
		} else {
			for _, letter := range letters {
				a := path.Axis{Name: string(letter), Limit: machine.Limit{Speed: 0.5, Accel: 3, Jerk: 60}}
				a.Rotary = strings.ContainsRune("ABC", letter)
				c.Axes = append(c.Axes, a)
			}
		}
		r, err := New("fuzz.ngc", strings.NewReader(program), c)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Close() }()
		axes, _, _ := c.layout()
		var s, old path.Sample
		for n := range 500 {
			if orders != 0 {
				switch (n * int(orders)) % 61 {
				case 7:
					r.Hold()
				case 8, 29:
					r.Resume()
				case 11, 40:
					r.Override(float64(orders%13)/10, float64(n%5)/4)
				}
			}
			more, err := r.Next(&s)
			if err != nil || !more {
				return
			}
			if r.waiting() > mostPending+mostRead {
				t.Fatalf("%d events wait", r.waiting())
			}
			for i, a := range axes {
				// NaN fails as well.
				l := a.Limit
				if !(math.Abs(s.Velocity[i]) <= l.Speed*(1+1e-9)) || !(math.Abs(s.Acceleration[i]) <= l.Accel*(1+1e-9)) || !(math.Abs(s.Jerk[i]) <= l.Jerk*(1+1e-9)) {
					t.Fatalf("cycle %d, line %d, axis %s: %g, %g, %g break the limits", n, s.Line, a.Name, s.Velocity[i], s.Acceleration[i], s.Jerk[i])
				}
				step := s.Joints[i] - old.Joints[i] - c.Cycle*(old.Velocity[i]+c.Cycle/2*old.Acceleration[i])
				if n > 0 && !(math.Abs(step) <= l.Jerk*math.Pow(c.Cycle, 3)/6*(1+1e-6)+1e-12+1e-15*math.Abs(s.Joints[i])) {
					t.Fatalf("cycle %d, line %d, axis %s jumps by %g", n, s.Line, a.Name, step)
				}
			}
			old = s
		}
	})
}

// chosen makes a program of words of which bytes choose some.
func chosen(data []byte) string {
	words := strings.Fields(`G0 G1 G1 G1 G2 G3 G5 G5.2 G5.3 G17 G18 G19 G20 G21 G28 G30 G33 G38.2 G40 G41.1 G42 G43.4
		G43 G49 G53 G54 G59.3 G61 G61.1 G64 G73 G76 G80 G81 G83 G84 G90 G91 G92 G92.1 G93 G94 G95 G96 G97 G98 G99
		M0 M2 M3 M5 M6 M7 M48 M49 M62 M63 M64 M65 M66 M67 M68 X Y Z A B C U V W I J K R P Q D E F F F S T L H $`)
	var b strings.Builder
	b.WriteString("F600 S300\n")
	for i := 0; i+1 < len(data) && b.Len() < 1<<16; i += 2 {
		w := words[int(data[i])%len(words)]
		b.WriteString(w)
		if len(w) == 1 {
			v := data[i+1]
			b.WriteString(strconv.FormatFloat(float64(int8(v))*math.Pow(10, float64(v%7)-4), 'g', -1, 64))
		}
		if data[i+1]%3 == 0 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
