package compensation_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/compensation"
)

// table is one of the kinds that files hold.
type table interface{ WriteCSV(io.Writer) error }

// readers read each kind of file.
var readers = map[string]func(io.Reader) (table, error){
	"axis":      func(r io.Reader) (table, error) { return fail(compensation.ReadAxis(r, "t.csv")) },
	"volume":    func(r io.Reader) (table, error) { return fail(compensation.ReadVolume(r, "t.csv")) },
	"geometric": func(r io.Reader) (table, error) { return fail(compensation.ReadGeometric(r, "t.csv", "XYZ")) },
	"thermal":   func(r io.Reader) (table, error) { return fail(compensation.ReadThermal(r, "t.csv")) },
}

// fail makes no table of a nil pointer.
func fail[T table](t T, err error) (table, error) {
	if err != nil {
		return nil, err
	}
	return t, nil
}

func write(t interface{ Fatal(...any) }, v table) string {
	var b bytes.Buffer
	if err := v.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestATableComesBackAsItWasWritten(t *testing.T) {
	same := func(t *rapid.T, kind string, v table) {
		text := write(t, v)
		got, err := readers[kind](strings.NewReader(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !reflect.DeepEqual(got, v) {
			t.Fatalf("got %+v\nwant %+v\n%s", got, v, text)
		}
	}
	t.Run("volume", rapid.MakeCheck(func(t *rapid.T) {
		v, _, _ := drawVolume(t, 4)
		same(t, "volume", v)
	}))
	t.Run("geometric", rapid.MakeCheck(func(t *rapid.T) {
		g := drawGeometric(t)
		g.Order = "XYZ"
		same(t, "geometric", g)
	}))
	t.Run("axis", rapid.MakeCheck(func(t *rapid.T) {
		at := rising(t, 9, "x")
		make := compensation.NewAxis
		if rapid.Bool().Draw(t, "rotary") {
			make = compensation.NewRotaryAxis
		}
		a, err := make(at, errorsOf(t, len(at), "f"), errorsOf(t, len(at), "b"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "axis", a)
	}))
	t.Run("thermal", rapid.MakeCheck(func(t *rapid.T) {
		var sensors []compensation.Sensor
		for i := range rapid.IntRange(1, 3).Draw(t, "sensors") {
			s := compensation.Sensor{
				Name:      rapid.StringMatching(`[a-z",'][ -~]{0,10}[a-z"]`).Draw(t, "name") + string(rune('0'+i)),
				Lag:       rapid.Float64Range(0, 1e4).Draw(t, "lag"),
				Positions: rising(t, 4, "x"),
			}
			for _, v := range rising(t, 4, "T") {
				s.Temperatures = append(s.Temperatures, 20+10*v)
			}
			s.Errors = errorsOf(t, len(s.Temperatures)*len(s.Positions), "e")
			sensors = append(sensors, s)
		}
		th, err := compensation.NewThermal(sensors...)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "thermal", th)
	}))
}

func TestFilesAreReadAsPeopleWriteThem(t *testing.T) {
	a, err := compensation.ReadAxis(strings.NewReader("\ufeff# screw of x, \"measured\" at 20 degC\r\n"+
		"position [mm] , backward[nm], forward[um]\r\n\r\n"+
		"-100, 2500, 1.5\r\n# a node\r\n 0.00 ,, -2e0\r\n+1e2,-3,.5\r\n"), "x.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ x, side, want float64 }{
		{-0.1, 1, 1.5e-6}, {-0.1, -1, 2.5e-6}, {0, 1, -2e-6}, {0, -1, -2e-6}, {0.1, 1, 0.5e-6}, {0.1, -1, -3e-9},
	} {
		if got := a.At(c.x, c.side); got != c.want {
			t.Errorf("at %v, side %v: %g, want %g", c.x, c.side, got, c.want)
		}
	}
	rotary, err := compensation.ReadAxis(strings.NewReader("position[deg],forward[arcsec]\n0,1\n90,3"), "c.csv")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rotary.At(math.Pi/2, 1), 3*math.Pi/648000; got != want {
		t.Errorf("%g rad, want %g", got, want)
	}
	inches, err := compensation.ReadAxis(strings.NewReader("position[in],forward[in]\n1,0.001"), "c.csv")
	if err != nil {
		t.Fatal(err)
	}
	if got := inches.At(0, 1); got != 0.001*0.0254 {
		t.Errorf("%g m, want 25.4e-6", got)
	}
	// Rows of a grid in any order, without rotations.
	v, err := compensation.ReadVolume(strings.NewReader("dz[um],x[m],y[mm],z[mm],dx[um],dy[um]\n"+
		"3,0.1,0,0,1,2\n30,0,0,0,10,20\n"), "v.csv")
	if err != nil {
		t.Fatal(err)
	}
	if got := v.At([3]float64{0.1, 0, 0}); got != (kinematics.Twist{1e-6, 2e-6, 3e-6}) {
		t.Error(got)
	}
	g, err := compensation.ReadGeometric(strings.NewReader("axis,position[mm],dx[um],a[urad],b[urad],c[urad]\n"+
		"Z,0,0,0,0,0\nX,0,1,,,\nX,500,2,,,\nY,0,0,0,0,0\nC0Y,,,,,12.5\nA0Z,,,-3,,\n"), "g.csv", "ZYX")
	if err != nil {
		t.Fatal(err)
	}
	if g.C0Y != 12.5e-6 || g.A0Z != -3e-6 || g.B0Z != 0 || len(g.X.Positions) != 2 || g.X.Errors[1][0] != 2e-6 {
		t.Errorf("%+v", g)
	}
}

func TestEveryMistakeInAFileIsToldWithItsPlaceAndWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct{ kind, text, want string }{
		{"axis", "", "t.csv:1: no rows; the file has to be like\nposition[mm],forward[um],backward[um]"},
		{"axis", "position[mm],forward[um]\n", "t.csv:1: no rows"},
		{"axis", "position[mm]\n1\n", "t.csv:1: no column \"forward\"; the header has to be like\nposition[mm],forward[um],backward[um]"},
		{"axis", "position,forward[um]\n", "t.csv:1:1: column \"position\": unit \"\"; it has to be m, mm, um, nm, in, rad, mrad, urad, nrad, deg or arcsec, as in \"position[mm]\""},
		{"axis", "position[cm],forward[um]\n", "t.csv:1:1: column \"position\": unit \"cm\""},
		{"axis", "position[mm,forward[um]\n", "t.csv:1:1: column \"position\": unit without a ]"},
		{"axis", "position[mm],forward[um],forward[um]\n", "t.csv:1:26: column \"forward\" is there twice"},
		{"axis", "position[mm], place[mm],forward[um]\n", "t.csv:1:15: column \"place[mm]\"; the columns are\nposition[mm],forward[um],backward[um]"},
		{"axis", "position[mm];forward[um]\n0;1\n", "columns are separated by commas"},
		{"axis", "position[mm],forward[um]\n0,1,5\n", "t.csv:2: 3 fields; the header has 2 (decimals are written with a point)"},
		{"axis", "position[mm],forward[um]\n0\n", "t.csv:2: 1 fields; the header has 2"},
		{"axis", "position[mm],forward[um]\n0, one\n", "t.csv:2:4: forward: \"one\" is no number; it has to be like 12.5 or -3e-6"},
		{"axis", "position[mm],forward[um]\n0,0x1p3\n", "\"0x1p3\" is no number"},
		{"axis", "position[mm],forward[um]\n0,NaN\n", "\"NaN\" is no number"},
		{"axis", "position[mm],forward[um]\n0,inf\n", "\"inf\" is no number"},
		{"axis", "position[mm],forward[um]\n0,1_0\n", "\"1_0\" is no number"},
		{"axis", "position[mm],forward[um]\n0,1e\n", "\"1e\" is no number"},
		{"axis", "position[mm],forward[um]\n0,1e99999\n", "\"1e99999\" is no number"},
		{"axis", "position[mm],forward[um]\n0,1e999\n", "\"1e999\" is too large"},
		{"axis", "position[mm],forward[um]\n0,\n", "t.csv:2:3: forward: no number"},
		{"axis", "position[mm],forward[um]\n0," + strings.Repeat("1", 65) + "\n", "longer than 64 characters"},
		{"axis", "position[mm],forward[um]\n0,0\n0,1\n", "t.csv:3:1: position: it has to be above that of the row before"},
		{"axis", "position[mm],forward[m]\n0,5\n", "t.csv:2:3: forward: 5 in SI units; it has to be 1 at most (is the unit right?)"},
		{"axis", "position[mm],forward[mm]\n0,0\n1,1\n", "t.csv:3: the error changes by 1 m per metre"},
		{"axis", "position[mm],forward[urad]\n0,0\n", "t.csv:2: positions in mm and errors in urad; they have to be lengths or angles alike"},
		{"axis", "position[mm],forward[um]\n0,\"1\n", "t.csv:2:6: extraneous or missing \" in quoted-field"},
		{"axis", "position[mm],forward[um]\n0,1\"\n", "t.csv:2:4: bare \" in non-quoted-field; fields with quotes have to be quoted as a whole"},
		{"axis", "position[mm],forward[um]\n#" + strings.Repeat("-", 5000) + "\n", "t.csv:2: a line of more than 4096 bytes"},
		{"axis", "position[mm],forward[um]\n0,\"" + strings.Repeat("\n", 5000), "or a quote that does not end"},
		{"volume", "x[mm],y[mm],z[mm],dx[um],dy[um],dz[um]\n0,0,0,1,1,1\n1,0,0,1,1,1\n0,1,0,1,1,1\n",
			"t.csv:4: no row for the node x=1mm y=1mm z=0mm; x, y, z make a grid of 2 x 2 x 1 nodes, and there are 3"},
		{"volume", "x[mm],y[mm],z[mm],dx[um],dy[um],dz[um]\n0,0,0,1,1,1\n1,0,0,1,1,1\n0,0,0,1,1,1\n",
			"t.csv:4: the node x=0mm y=0mm z=0mm is in line 2 already"},
		{"volume", "x[m],y[mm],z[mm],dx[um],dy[um],dz[um]\n500000,0,0,1,1,1\n", "t.csv:2:1: x: 500000 in SI units; it has to be 100000 at most"},
		{"geometric", "axis,position[mm],dx[um]\nX,0,0\nY,0,0\n", "t.csv:3: no position of Z; there has to be one at least"},
		{"geometric", "axis,position[mm],dx[um]\nx,0,0\n", "t.csv:2:1: axis: \"x\"; it has to be X, Y, Z, A0Z, B0Z or C0Y"},
		{"geometric", "axis,position[mm],dx[um]\nX,,0\n", "t.csv:2: no position"},
		{"geometric", "axis,position[mm],dx[um]\nX,0,0\nX,0,0\n", "t.csv:3:3: position: it has to be above that of the row of X before"},
		{"geometric", "axis,position[mm],dx[um],a[urad]\nA0Z,0,,1\n", "t.csv:2:5: position: A0Z is an angle, in column \"a\"; the others have to be empty"},
		{"geometric", "axis,position[mm],dx[um],a[urad]\nA0Z,,,\n", "t.csv:2: A0Z without a number in column \"a\""},
		{"geometric", "axis,position[mm],dx[um],a[urad]\nA0Z,,,1\nA0Z,,,1\n", "t.csv:3:1: axis: A0Z is in line 2 already"},
		{"geometric", "axis[mm],position[mm]\n", "t.csv:1:1: column \"axis\" has no unit"},
		{"thermal", "sensor,lag[s],temperature[K],position[mm],error[um]\n", "t.csv:1:15: column \"temperature\": unit \"K\"; it has to be degC"},
		{"thermal", "sensor,lag[s],temperature[degC],position[mm],error[um]\na,1,20,0,0\na,2,30,0,0\n",
			"t.csv:3:3: lag: 2 s; sensor \"a\" has 1 s in line 2, and it has to be the same in all its rows"},
		{"thermal", "sensor,lag[s],temperature[degC],position[mm],error[um]\na,-1,20,0,0\n", "t.csv:2:3: lag: -1 s; it has to be 0 at least"},
		{"thermal", "sensor,lag[s],temperature[degC],position[mm],error[um]\n,1,20,0,0\n", "t.csv:2:1: sensor: it has no name"},
		{"thermal", "sensor,lag[min],temperature[degC],position[in],error[um]\na,1,20,0,0\na,1,30,1,0\n",
			"t.csv:3: no row for the node temperature=20degC position=25.4mm; temperature, position make a grid of 2 x 2 x 1"},
	} {
		_, err := readers[c.kind](strings.NewReader(c.text))
		var mistakes compensation.Errors
		if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %.100q:\n%v\nwant\n%s", c.kind, c.text, err, c.want)
		}
	}
}

func TestAllMistakesAreToldUpToTheLargestNumber(t *testing.T) {
	text := "position[mm],forward[um]\n" + strings.Repeat("a,b\n", 50)
	_, err := compensation.ReadAxis(strings.NewReader(text), "t.csv")
	var mistakes compensation.Errors
	if !errors.As(err, &mistakes) || len(mistakes) != compensation.MaxErrors {
		t.Fatalf("%v", err)
	}
	if got := mistakes[3]; got.Line != 3 || got.Column != 3 {
		t.Errorf("the fourth is %v, want line 3, column 3", got)
	}
	var one *compensation.Error
	if !errors.As(err, &one) || one != mistakes[0] {
		t.Errorf("as one error: %v", one)
	}
}

func TestAReaderThatFailsIsNoMistakeOfTheFile(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, text := range []string{"", "position[mm],forward[um]\n0,1\n1,"} {
		_, err := compensation.ReadAxis(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), "t.csv")
		var mistakes compensation.Errors
		if !errors.Is(err, broken) || errors.As(err, &mistakes) {
			t.Errorf("after %q: %v", text, err)
		}
	}
	a, _ := compensation.NewAxis([]float64{0}, []float64{0}, nil)
	if err := a.WriteCSV(brokenWriter{broken}); !errors.Is(err, broken) {
		t.Error(err)
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestOneByteAtATimeIsTheSameFile(t *testing.T) {
	text := "\ufeffposition[mm],forward[um]\n0,1\n5,2\n"
	a, err := compensation.ReadAxis(iotest.OneByteReader(strings.NewReader(text)), "t.csv")
	if err != nil {
		t.Fatal(err)
	}
	b, err := compensation.ReadAxis(strings.NewReader(text), "t.csv")
	if err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("%v, %v: %v", a, b, err)
	}
}

// endless repeats a text for ever.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		k := copy(p[n:], e.text[e.at:])
		n += k
		e.at = (e.at + k) % len(e.text)
	}
	return n, nil
}

// rowsThatRise are those of an axis without an end.
type rowsThatRise struct{ n int }

func (r *rowsThatRise) Read(p []byte) (int, error) {
	r.n++
	return copy(p, []byte(decimal(r.n)+",1\n")), nil
}

func decimal(n int) string {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(b[i:])
		}
	}
}

func TestFilesWithoutAnEndEndWithBoundedMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, c := range []struct {
		kind string
		r    io.Reader
	}{
		{"axis", &endless{text: "x"}},
		{"axis", &endless{text: "\""}},
		{"axis", &endless{text: "a,"}},
		{"axis", io.MultiReader(strings.NewReader("position[um],forward[um]\n"), &rowsThatRise{})},
		{"axis", io.MultiReader(strings.NewReader("position[um],forward[um]\n0,\""), &endless{text: "\n"})},
		{"volume", io.MultiReader(strings.NewReader("x[mm],y[mm],z[mm],dx[um],dy[um],dz[um]\n"), &endless{text: "1,1,1,1,1,1\n"})},
	} {
		if _, err := readers[c.kind](c.r); err == nil {
			t.Error("an endless file was read")
		}
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 400<<20 {
		t.Errorf("%d MB were allocated", n>>20)
	}
}

func fuzz(f *testing.F, kind string, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := readers[kind](bytes.NewReader(data))
		if err != nil {
			var mistakes compensation.Errors
			if !errors.As(err, &mistakes) || len(mistakes) == 0 || len(mistakes) > compensation.MaxErrors {
				t.Fatalf("%T %v", err, err)
			}
			for _, m := range mistakes {
				if m.Line < 1 || m.Column < 0 || m.What == "" {
					t.Fatalf("%+v", m)
				}
			}
			return
		}
		text := write(t, v)
		again, err := readers[kind](strings.NewReader(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !reflect.DeepEqual(v, again) || write(t, again) != text {
			t.Fatalf("got %+v\nwant %+v\n%s", again, v, text)
		}
	})
}

func FuzzReadAxis(f *testing.F) {
	fuzz(f, "axis", "position[mm],forward[um],backward[um]\n-1.5,2,3\n1e2,,-4\n", "# c\nposition[deg],forward[arcsec]\n0,1\n",
		"\ufeffposition[in] , \"forward[nm]\"\r\n1,2\r\n", "position[m],forward[m]\n-0,1e-320\n4e-310,-0.0\n")
}

func FuzzReadVolume(f *testing.F) {
	fuzz(f, "volume", "x[mm],y[mm],z[mm],dx[um],dy[um],dz[um],a[urad],b[urad],c[deg]\n0,0,0,1,2,3,4,5,6\n1,0,0,1,2,3,4,5,6\n",
		"x[mm],y[mm],z[mm],dx[um],dy[um],dz[um]\n0,0,1,1,2,3\n0,0,0,1,2,3\n-0,1,1,3,4,5\n0,1,0,5,6,7\n")
}

func FuzzReadGeometric(f *testing.F) {
	fuzz(f, "geometric", "axis,position[mm],dx[um],dy[um],dz[um],a[urad],b[urad],c[urad]\nX,0,1,2,3,4,5,6\nX,9,1,2,3,4,5,6\nY,0,,,,,,\nZ,0,,,,,,\nA0Z,,,,,5,,\nC0Y,,,,,,,-6\n")
}

func FuzzReadThermal(f *testing.F) {
	fuzz(f, "thermal", "sensor,lag[s],temperature[degC],position[mm],error[um]\nscrew,60,20,0,0\nscrew,60,30,0,5\n\"a, \"\"b\"\"\",0,20,0,1\n",
		"sensor,lag[min],temperature[degC],position[mm],error[um]\na,1,20,1,0\na,1,20,0,5\na,1,30,0,5\na,1,30,1,6\n")
}
