package gcode_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// writer writes random programs that exercise the whole language. Most of them run to
// their end; some ask for what cannot be done, and end there.
type writer struct {
	strings.Builder
	rnd   *rand.Rand
	label int
	plane int // 17, 18, 19
}

// randomProgram writes a program from a seed.
func randomProgram(seed uint64) string {
	w := &writer{rnd: rand.New(rand.NewPCG(seed, 274)), plane: 17}
	w.line("G%d G17 G90 G40 G49 G94 F%d", 20+w.rnd.IntN(2), 50+w.rnd.IntN(500))
	w.line("S%d M%d", 100+w.rnd.IntN(2000), 3+w.rnd.IntN(2))
	w.line("#<_five>=5")
	w.line("#1=%s #2=[%s]", w.number(9), w.expression(2))
	for range 10 + w.rnd.IntN(30) {
		w.statement()
	}
	w.line("G40")
	w.line("%s", w.pick("M2", "M30"))
	return w.String()
}

func (w *writer) line(format string, args ...any) {
	if w.rnd.IntN(12) == 0 {
		fmt.Fprintf(w, "N%d ", w.rnd.IntN(2000))
	}
	text := fmt.Sprintf(format, args...)
	switch w.rnd.IntN(8) {
	case 0:
		text = strings.ToLower(text)
	case 1:
		text = strings.ReplaceAll(text, " ", "")
	}
	w.WriteString(text + w.pick("", "", "", " ; said", " (a word)") + "\n")
}

func (w *writer) pick(of ...string) string { return of[w.rnd.IntN(len(of))] }

func (w *writer) yes(oneIn int) bool { return w.rnd.IntN(oneIn) == 0 }

// number is one with up to four decimals.
func (w *writer) number(most float64) string {
	return fmt.Sprintf("%.*f", w.rnd.IntN(5), (w.rnd.Float64()*2-1)*most)
}

func (w *writer) positive(most float64) string {
	return fmt.Sprintf("%.3f", 0.01+w.rnd.Float64()*most)
}

// value is a number, or something that has its place.
func (w *writer) value(most float64) string {
	switch w.rnd.IntN(12) {
	case 0:
		return w.pick("#1", "-#1", "#2", "#<_five>", "-[#1+#<_five>]")
	case 1:
		return "[" + w.expression(2) + "]"
	}
	return w.number(most)
}

func (w *writer) expression(deep int) string {
	if deep == 0 {
		return w.pick(w.number(9), "2.5", "#1", "#<_five>", "abs["+w.number(5)+"]", "sin["+w.number(360)+"]",
			"cos["+w.number(360)+"]", "atan["+w.number(5)+"]/["+w.number(5)+"]", "sqrt["+w.positive(9)+"]", "round["+w.number(9)+"]",
			"fix["+w.number(9)+"]", "fup["+w.number(9)+"]", "asin["+w.number(1)+"]", "exists[#<_five>]", "ln["+w.positive(5)+"]", "exp["+w.number(2)+"]")
	}
	op := w.pick("+", "-", "*", " MOD ", " AND ", " OR ", " XOR ", " EQ ", " NE ", " LT ", " LE ", " GT ", " GE ", "+", "-", "*")
	left, right := w.expression(deep-1), w.expression(deep-1)
	if w.yes(3) {
		right = "[" + right + "]"
	}
	if strings.TrimSpace(op) == "MOD" {
		right = w.positive(5)
	}
	return left + op + right
}

// axes are some of the letters with values.
func (w *writer) axes(of string, most float64) string {
	out := ""
	for _, a := range of {
		if w.yes(2) {
			out += fmt.Sprintf(" %c%s", a, w.value(most))
		}
	}
	if out == "" {
		out = fmt.Sprintf(" %c%s", of[w.rnd.IntN(len(of))], w.value(most))
	}
	return out
}

func (w *writer) statement() {
	switch w.rnd.IntN(24) {
	case 0, 1, 2:
		w.line("%s%s", w.pick("G0", "G1", "G1"), w.axes("XYZABC", 20))
		if w.yes(3) {
			w.line("%s", strings.TrimSpace(w.axes("XYZABC", 9)))
		}
	case 3:
		w.line("G0%s", w.pick(" X1 Y2 Z3", " X0", ""))
	case 4, 5, 6:
		w.arc()
	case 7, 8:
		w.cycle()
	case 9:
		w.offsets()
	case 10:
		w.tools()
	case 11:
		w.modes()
	case 12:
		w.outputs()
	case 13, 14:
		w.control()
	case 15, 16, 17:
		w.compensated()
	case 18:
		w.line("%s", w.pick("G28", "G30", "G28.1", "G30.1", "G28 X1", "G30 Z5 A3"))
	case 19:
		w.line("G53 G%d G90%s", w.rnd.IntN(2), w.axes("XYZABC", 20))
	case 20:
		w.inverseTime()
	case 21:
		w.spindle()
	case 22:
		w.line("#%d=%s #<%s>=%s", 1+w.rnd.IntN(40), w.value(10), w.pick("_five", "other", "_wide"), w.value(9))
		w.line("(debug, #1 %%d #2 %%.2f#<_five> #<_x> #<_y> #<_z> #5420 #5221 #<none>)")
	default:
		w.polar()
	}
}

// arc writes one relative to where the program is, so that it always fits.
func (w *writer) arc() {
	r, a, b := 0.5+w.rnd.Float64()*9, w.rnd.Float64()*2*math.Pi, w.rnd.Float64()*2*math.Pi
	letters := map[int]string{17: "XYZIJ", 18: "ZXYKI", 19: "YZXJK"}[w.plane]
	x, y := r*(math.Cos(b)-math.Cos(a)), r*(math.Sin(b)-math.Sin(a))
	way := w.pick("G2", "G3")
	more := ""
	if w.yes(3) {
		more = fmt.Sprintf(" %c%s", letters[2], w.number(3))
	}
	if w.yes(4) {
		more += w.axes("ABC", 90)
	}
	if w.yes(5) {
		more += fmt.Sprintf(" P%d", 1+w.rnd.IntN(3))
	}
	switch w.rnd.IntN(4) {
	case 0:
		w.line("G91 %s %c%.6f %c%.6f R%.6f%s", way, letters[0], x, letters[1], y, r*float64(1-2*w.rnd.IntN(2)), more)
	case 1:
		w.line("G91 %s %c%s %c%s%s", way, letters[3], w.positive(5), letters[4], w.number(5), more)
	default:
		w.line("G91 %s %c%.6f %c%.6f %c%.6f %c%.6f%s", way, letters[0], x, letters[1], y, letters[3], -r*math.Cos(a), letters[4], -r*math.Sin(a), more)
	}
	w.line("G90")
}

func (w *writer) cycle() {
	depth := map[int]string{17: "Z", 18: "Y", 19: "X"}[w.plane]
	flat := map[int]string{17: "XY", 18: "ZX", 19: "YZ"}[w.plane]
	w.line("%s %s", w.pick("G90", "G91"), w.pick("G98", "G99"))
	code := w.pick("73", "74", "81", "82", "83", "84", "85", "86", "87", "88", "89", "81", "83")
	words := map[string]string{"73": " Q0.7", "83": " Q0.9", "82": " P0.5", "86": " P0.1", "88": " P0", "89": " P1", "87": " I0.5 J0.25 K-0.5"}[code]
	w.line("M%d", map[bool]int{true: 4, false: 3}[code == "74"])
	w.line("G%s%s %s-%s R%s%s", code, w.axes(flat, 9), depth, w.positive(2), w.positive(3), words)
	for range w.rnd.IntN(3) {
		w.line("%s%s", strings.TrimSpace(w.axes(flat, 9)), map[bool]string{true: w.pick("", " L2", " L3")}[code != "74"])
	}
	w.line("%s G90", w.pick("G80", "G0"))
}

func (w *writer) offsets() {
	switch w.rnd.IntN(6) {
	case 0:
		w.line("G10 L2 P%d%s%s", w.rnd.IntN(10), w.axes("XYZABC", 9), w.pick("", " R30", " R-45", " R0"))
	case 1:
		w.line("G10 L20 P%d%s", w.rnd.IntN(10), w.axes("XYZABC", 9))
	case 2:
		w.line("G%s", w.pick("54", "55", "56", "57", "58", "59", "59.1", "59.2", "59.3"))
	case 3:
		w.line("G%s%s", w.pick("92", "52"), w.axes("XYZABC", 9))
	case 4:
		w.line("G92.%d", 1+w.rnd.IntN(3))
	default:
		w.line("G%d", 20+w.rnd.IntN(2))
	}
}

func (w *writer) tools() {
	switch w.rnd.IntN(6) {
	case 0:
		w.line("T%d M6", w.rnd.IntN(4))
	case 1:
		w.line("G43%s", w.pick("", " H1", " H2", " H3"))
	case 2:
		w.line("G43.1%s", w.axes("XYZABC", 3))
	case 3:
		w.line("G10 L%s P%d%s%s", w.pick("1", "10", "11"), 1+w.rnd.IntN(3), w.axes("XYZABC", 3), w.pick("", " R0.5", " Q1", " I3 J4"))
	case 4:
		w.line("%s", w.pick("G49", "M61 Q2", "G43.2 H1"))
	default:
		w.line("G49")
	}
}

func (w *writer) modes() {
	switch w.rnd.IntN(6) {
	case 0:
		w.plane = 17 + w.rnd.IntN(3)
		w.line("G%d", w.plane)
	case 1:
		w.line("%s", w.pick("G61", "G61.1", "G64", "G64 P0.05", "G64 P0.1 Q0.02"))
	case 2:
		w.line("F%s", w.positive(500))
	case 3:
		w.line("M3 S500")
		w.line("G95 F0.2")
		w.line("G1%s", w.axes("XYZ", 9))
		w.line("G94 F100")
	case 4:
		w.line("%s", w.pick("G7", "G8"))
		w.line("G0 X2")
		w.line("G8")
	default:
		w.line("G90.1")
		w.line("G%d X1 Y1", w.rnd.IntN(2))
		w.line("G91.1")
	}
}

func (w *writer) outputs() {
	w.line("%s", w.pick("M7", "M8", "M9", "M48", "M49", "M50 P0", "M51 P1", "M52 P1", "M53 P0", "M62 P3", "M63 P1", "M64 P2",
		"M65 P2", "M66 P1 L0", "M66 E2", "M67 E1 Q2.5", "M68 E0 Q-1", "M0", "M1", "M60", "G4 P0.25", "(msg, hello)", "(print,%d#1)", "M19 R90 P1", "M70", "M71"))
}

// control writes blocks, loops and subs.
func (w *writer) control() {
	w.label++
	n := w.label * 10
	switch w.rnd.IntN(6) {
	case 0:
		w.line("O%d if [%s]", n, w.expression(1))
		w.line("G0 X1")
		w.line("O%d elseif [%s]", n, w.expression(1))
		w.line("G0 X2")
		w.line("O%d else", n)
		w.line("G0 X3")
		w.line("O%d endif", n)
	case 1:
		w.line("#5=%d", w.rnd.IntN(5))
		w.line("O%d while [#5 GT 0]", n)
		w.line("G0 Y#5")
		w.line("O%d if [#5 EQ 2]", n+1)
		w.line("#5=[#5-1]")
		w.line("O%d %s", n, w.pick("continue", "break"))
		w.line("O%d endif", n+1)
		w.line("#5=[#5-1]")
		w.line("O%d endwhile", n)
	case 2:
		w.line("O%d repeat [%d]", n, w.rnd.IntN(4))
		w.line("G91 G1 X0.5 Z-0.1")
		w.line("O%d endrepeat", n)
		w.line("G90")
	case 3:
		w.line("#6=0")
		w.line("O%d do", n)
		w.line("#6=[#6+1]")
		w.line("G0 Z#6")
		w.line("O%d while [#6 LT %d]", n, w.rnd.IntN(4))
	default:
		w.line("O<part%d> sub", n)
		w.line("#<local>=[#1*2]")
		w.line("M%d", 70+3*w.rnd.IntN(2))
		w.line("%s", w.pick("G91", "G90", "G20", "G21", "G64 P0.3", "F77", "G99"))
		w.line("G0 X#1 Y[#2+#<local>] Z#3")
		w.line("O%d if [#1 GT 3]", n)
		w.line("O<part%d> return [#1+1]", n)
		w.line("O%d endif", n)
		w.line("O<part%d> endsub [#2]", n)
		w.line("O<part%d> call [%s] [%s]", n, w.number(6), w.expression(1))
		w.line("(debug,#<_value> #<_value_returned> #1 #2)")
	}
}

// compensated writes a path beside which the tool goes.
func (w *writer) compensated() {
	plane := 17
	first, second, third, i, j := "X", "Y", "Z", "I", "J"
	if w.yes(4) {
		plane, first, second, third, i, j = 18, "Z", "X", "Y", "K", "I"
	}
	w.plane = plane
	w.line("G%d G0 X0 Y0 Z0", plane)
	more := ""
	if plane == 18 && w.yes(3) {
		more = fmt.Sprintf(" L%d", 1+w.rnd.IntN(9))
	}
	w.line("G%s D%s%s", w.pick("41.1", "42.1"), w.positive(1), more)
	w.line("G91")
	heading := w.rnd.Float64() * 6
	entry := w.rnd.IntN(8)
	for step := range 2 + w.rnd.IntN(6) {
		heading += (w.rnd.Float64()*2 - 1) * w.pickAngle()
		length := 2 + w.rnd.Float64()*8
		switch {
		case step > 0 && w.yes(3), step == 0 && entry == 0:
			turn := (w.rnd.Float64()*2 - 1) * 4
			r := 1 + w.rnd.Float64()*6
			side := math.Copysign(math.Pi/2, turn)
			ci, cj := r*math.Cos(heading+side), r*math.Sin(heading+side)
			end := heading + side + math.Pi + turn
			x, y := ci+r*math.Cos(end), cj+r*math.Sin(end)
			heading += turn
			way := "G3"
			if turn < 0 {
				way = "G2"
			}
			w.line("%s %s%.6f %s%.6f %s%.6f %s%.6f%s", way, first, x, second, y, i, ci, j, cj, w.pick("", "", " "+third+"-0.5"))
		case step > 0 && w.yes(12):
			w.line("G1 %s%s", third, w.number(2))
		default:
			w.line("%s %s%.5f %s%.5f%s", w.pick("G1", "G1", "G1", "G0"), first, length*math.Cos(heading), second, length*math.Sin(heading), w.pick("", "", " "+third+"0.25", " A5"))
		}
		if w.yes(6) {
			w.line("%s", w.pick("M8", "S500", "F120", "(between)", "G4 P0.1", "M3", "G94 F90", "G93 F2", "G21", "G20"))
			w.line("G94 F100")
		}
	}
	w.line("G40")
	w.line("G90 G0 Z9")
}

// pickAngle is how sharp corners are.
func (w *writer) pickAngle() float64 { return []float64{0.02, 0.5, 1.5, 3}[w.rnd.IntN(4)] }

func (w *writer) inverseTime() {
	w.line("G93")
	w.line("G1%s F%s", w.axes("XYZABC", 9), w.positive(9))
	w.line("G91 G17 G3 X2 I1 F%s", w.positive(5))
	w.plane = 17
	w.line("G90 G94 F%s", w.positive(100))
}

func (w *writer) spindle() {
	w.line("M3")
	switch w.rnd.IntN(5) {
	case 0:
		w.line("G33 Z-%s K%s", w.positive(5), w.positive(1))
	case 1:
		w.line("G33.1 Z-%s K%s", w.positive(5), w.positive(1))
	case 2:
		w.line("G76 P%s Z-%s I-%s J0.1 K0.%d R%s Q%d H%d E%s L%d", w.positive(2), w.positive(9), w.positive(1), 2+w.rnd.IntN(5),
			w.pick("1", "1.5", "2"), w.rnd.IntN(30), w.rnd.IntN(3), w.positive(1), w.rnd.IntN(4))
	case 3:
		w.line("G38.%d%s F50", 2+w.rnd.IntN(4), w.axes("XYZ", 9))
		w.line("(debug,#5061 #5062 #5063 #5070)")
	default:
		w.line("G96 D%d S%d", 1000+w.rnd.IntN(999), 50+w.rnd.IntN(100))
		w.line("G97 S%d M%d", 100+w.rnd.IntN(999), 3+w.rnd.IntN(3))
	}
}

func (w *writer) polar() {
	w.plane = 17
	w.line("G17")
	w.line("G90 G0 @%s ^%s", w.positive(9), w.number(360))
	w.line("G1 ^%s Z%s", w.number(360), w.number(3))
	w.line("%s G1 @%s", w.pick("G90", "G91"), w.positive(3))
	w.line("G90")
}
