package gcode_test

import (
	"errors"
	"strings"
	"testing"

	"linetwin.dev/kinematics/gcode"
)

func TestMistakesNameTheirPlaceAndWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ program, want string }{
		{"G0 X1 X2", `1:7: a second "X" word`},
		{"G0 X", "1:5: a number is missing: found the end of the line"},
		{"G0 X1.2.3", "1:8: a number with two points"},
		{"G0 X.", "1:5: a number without digits"},
		{"  g1 x y 2", `1:8: a value is missing: found "Y"`},
		{"G0 X[1+[2*3]", "1:13: a [ without its ]"},
		{"G0 X[1 ! 2]", `1:8: an operator is missing: found "!"`},
		{"G0 X[1/0]", "1:8: a division by zero"},
		{"G0 X[sqrt[-4]]", "1:10: sqrt of -4"},
		{"G0 X[acos[2]]", "1:10: acos of 2"},
		{"G0 X[ln[0]]", "1:8: ln of 0"},
		{"G0 X[[-8]**0.5]", "1:12: a negative number to a power"},
		{"G0 X[tan[90]]", "1:6: the result is not a finite number"},
		{"G0 X#0", "1:5: there is no parameter #0"},
		{"#5420=1", "1:1: parameter #5420 can only be read"},
		{"#<_line>=1", "1:1: parameter #<_line> can only be read"},
		{"G0 X#<none>", "1:5: parameter #<none> is not defined here"},
		{"#1", "1:3: an = is missing"},
		{"#<a=1", "1:2: a name without its end"},
		{"G0 (a (b)", "1:7: a comment within a comment"},
		{"G0 (a", "1:4: a comment without its end"},
		{"G0 X1 ?", `1:7: no word starts with "?"`},
		{"G0 X1 \x80", "1:7: no word starts with byte 0x80"},
		{"G5000", "1:1: there is no G5000"},
		{"G1.55", "1:1: there is no G1.55"},
		{"G16", "1:1: there is no G16"},
		{"G70", "1:1: G70, a lathe's roughing cycle, is not interpreted"},
		{"M444", "1:1: there is no M444"},
		{"G0 G1 X1", "1:4: G1 beside G0"},
		{"M3 M4", "1:4: M4 beside M3"},
		{"M3 M7 M0 M48 M66 P1 L0", "1: the line has 5 M codes"},
		{"G1 X1", "1:1: G1 with feed 0"},
		{"G93\nX1 G1", "2:4: G1 without F: with G93"},
		{"G80 X1", "1:1: G80 with axis words"},
		{"X1", "1:1: axis words without a motion in effect"},
		{"G10 L2 P10 X0", "1:8: G10 L2 needs P0 to P9"},
		{"G10 L3 P1", "1:1: G10 needs L0, L1, L2, L10, L11 or L20"},
		{"G0 G92 X1", "1:1: G0 and G92 on one line"},
		{"G4", "1:1: G4 needs P"},
		{"G0 X1 H2", `1:7: "H" is not used by anything on this line; it goes with G43`},
		{"G53 X1", "1:5: axis words without a motion in effect"},
		{"F1 G2 X1", "1:4: G2 without its centre"},
		{"F1 G2 X1 R1 I1", "1:10: R beside I, J, K"},
		{"F1 G2 X1 Y1 K1", `1:13: "K" in the plane XY`},
		{"F1 G2 X10 R1", "1:11: R1 is too small to reach the end, which is 10.0000 away"},
		{"F1 G2 X10 I4", "1:4: the arc's radius is 4.0000 at its start X0.0000 Y0.0000 and 6.0000 at its end X10.0000 Y0.0000"},
		{"F1 G2 X0 Y0 R1", "1:4: a full circle with R"},
		{"F1 G81 Z-1", "1:4: G81 needs R"},
		{"F1 G81 R1", "1:4: G81 needs an axis word"},
		{"F1 G81 Z1 R0", "1:4: G81 with the clearance R at 0, below the bottom at 1"},
		{"F1 G83 Z-1 R1 Q-1", "1:15: Q-1: a peck is deeper than 0"},
		{"F1 G83 Z-1 R1 Q1e-20", `1:17: "E" is not used by anything`},
		{"F1 G84 Z-1 R1", "1:4: G84 needs the spindle to turn clockwise"},
		{"T77", "1:1: tool 77 is not in the tool table"},
		{"G41.1\n", "1:1: G41.1 needs D"},
		{"G19 G41.1 D1", "1:5: cutter compensation in the plane YZ"},
		{"G41.1 D4\nF1 G1 X1", "2:4: the first move with cutter compensation is 1 long"},
		{"F1 G41.1 D4\nG1 X10\nG1 Y1\nG1 X0\nG40\nG0 Y50", "4: the tool, of radius 2 mm, does not fit"},
		{"F1 G41.1 D4\nG1 X10\nG55", "3:1: G55 while cutter compensation is on; write G40 before"},
		{"F1 G41.1 D4\nG1 X10\n(debug,a)\n#1=#5420", "4:4: the position #5420 cannot be read while cutter compensation is on"},
		{"O1 if [1]\nO1 endwhile", "2:4: endwhile without its while"},
		{"O1 endif", "1:4: endif without its if"},
		{"O1 elsif [1]", "1:4: after O1 comes one of"},
		{"O1 if [1] G0", `1:11: "G" after if`},
		{"O1 if 1", "1:7: if needs an expression in [ ]"},
		{"O1 if [1]\nO1 endif\nO1 if [1]", "3:4: O1 if, but line 1 has that label already"},
		{"O1 sub\nO2 sub", "2:4: a sub within the sub O1"},
		{"O1 sub\nG0 X1", "1: sub O<1> has no endsub"},
		{"O1 while [0]\nG0 X1", "1: the end of the block O<1> is missing"},
		{"O<none> call [1]\nM2", "1: there is no sub O<none>: no line below in this file has it"},
		{"O1 sub\nO1 call\nO1 endsub\nO1 call\nM2", "2:4: O1 is called more than 9 calls deep"},
		{"O1 call" + strings.Repeat("[1]", 31), "1:98: a call with more than 30 arguments"},
		{"M98", "1:1: M98 needs P"},
		{"M72", "1:1: M72 without M70 or M73"},
		{"(abort, no #1)", "1: the program ends itself:  no 0.000000"},
		{"(py, 1)", "1: (py, ...) asks for Python"},
		{"M66 P1 L3", "1:1: M66 L3 needs Q"},
		{"G5.3", "1:1: G5.3 without G5.2"},
		{"G0 X1 N5", `1:7: "N" comes first in a line`},
		{"N G0", "1:1: N without a number"},
		{"G0 @0", "1:4: @ alone at X0 Y0"},
		{"G18\nG0 @1", "2:4: polar words @ and ^ are for the XY plane"},
		{"G0 X1", "1: the program ends without M2, M30 or %"},
		{"%\nG0 X1", "2: the program began with % and ends without it"},
		{"G0 X" + strings.Repeat("1", 300), "1:253: the line is longer than 252 bytes"},
		{"G0 X" + strings.Repeat("9", 240) + "\nG0 X[" + strings.Repeat("9", 240), "2:246: a [ without its ]"},
		{"G0 X" + strings.Repeat("[", 150) + "1", "1:133: brackets are nested more than 128 deep"},
	} {
		err := events(t, c.program, gcode.Config{}, func(*gcode.Event) {})
		var mistake *gcode.Error
		if !errors.As(err, &mistake) || !strings.HasPrefix(err.Error(), "test.ngc:"+c.want) {
			t.Errorf("%q:\n got %v\nwant test.ngc:%s", c.program, err, c.want)
		}
	}
}

func TestAfterAMistakeFurtherOnesCanBeFound(t *testing.T) {
	in := gcode.New("test.ngc", strings.NewReader("G1 X1\nG0 X1\nG2 X3\nT9\nG0 X2\nM2\n"), gcode.Config{})
	var mistakes []string
	moves := 0
	for {
		e, err := in.Next()
		if err == nil {
			if e.Kind.Moves() {
				moves++
			}
			continue
		}
		if _, again := in.Next(); again != err {
			t.Fatalf("the second call gives %v, the first gave %v", again, err)
		}
		if !in.Resume() {
			break
		}
		mistakes = append(mistakes, err.Error())
	}
	if len(mistakes) != 3 || moves != 2 || !strings.Contains(mistakes[2], ":4:1: tool 9") {
		t.Errorf("%d moves, mistakes %q", moves, mistakes)
	}
}

func TestALoopThatDoesNothingIsFound(t *testing.T) {
	err := events(t, "O1 while [1]\n#1=[#1+1]\nO1 endwhile\nM2\n", gcode.Config{MostIdle: 1000}, func(*gcode.Event) {})
	if err == nil || !strings.Contains(err.Error(), "this loop does not end") {
		t.Errorf("got %v", err)
	}
}
