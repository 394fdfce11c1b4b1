package specs

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"pgregory.net/rapid"
)

func TestQuantitiesAreReadAsSI(t *testing.T) {
	for text, want := range map[string]any{
		"420mm": Length(0.42), "6m": Length(6), "250um": Length(250e-6), "1.5 cm": Length(0.015), "-3nm": Length(-3e-9), "+.5m": Length(0.5), "1e3mm": Length(1),
		"0.1mm": Length(0.0001), "160mm": Length(0.16),
		"-90deg": Angle(-math.Pi / 2), "0.5rad": Angle(0.5), "3mrad": Angle(0.003), "180deg": Angle(math.Pi),
		"0.5m/s": Speed(0.5), "30mm/s": Speed(0.03), "30m/min": Speed(0.5),
		"1m/s2": Acceleration(1), "250mm/s2": Acceleration(0.25),
		"180deg/s": AngularSpeed(math.Pi), "60rpm": AngularSpeed(2 * math.Pi), "2rad/s": AngularSpeed(2),
		"900deg/s2": AngularAcceleration(5 * math.Pi), "3rad/s2": AngularAcceleration(3),
		"50m/s3": Jerk(50), "250mm/s3": Jerk(0.25), "180deg/s3": AngularJerk(math.Pi), "3rad/s3": AngularJerk(3),
		"20degC": Temperature(20), "-5.5 degC": Temperature(-5.5), "15K": Warming(15), "4.5W": Power(4.5), "250 mW": Power(0.25),
		"30Hz": Frequency(30), "1.2kHz": Frequency(1200),
		"10Mbit/s": DataRate(1e7), "9600 bit/s": DataRate(9600), "1Gbit/s": DataRate(1e9),
		"2%": Ratio(0.02), "0.02": Ratio(0.02), "1": Ratio(1), "100 %": Ratio(1), "0.3%": Ratio(0.003),
		"5min": Duration(300e9), "250us": Duration(250e3), "2s": Duration(2e9), "1.5h": Duration(5400e9), "0.1ms": Duration(100e3),
		"-1ns": Duration(-1), "0.5ns": Duration(1), "0.4ns": Duration(0), "-0.5ns": Duration(-1), "9223372036.854775807s": Duration(math.MaxInt64), "1e-300h": Duration(0),
		"#d9e4ea": Color{0xd9, 0xe4, 0xea}, "#FFffFF": Color{255, 255, 255},
	} {
		out := reflect.New(reflect.TypeOf(want))
		if err := out.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := out.Elem().Interface(); got != want {
			t.Errorf("%s is %#v, want %#v", text, got, want)
		}
	}
}

func TestWhatIsNoQuantityIsRefusedWithItsRemedy(t *testing.T) {
	for _, c := range []struct {
		to   encoding.TextUnmarshaler
		text string
		want string
	}{
		{new(Speed), "0.5mm", `"0.5mm" is not a speed; write m/s, mm/s or m/min, as in "0.5m/s"`},
		{new(Length), "", `"" is not a length; write mm, m, cm, um or nm, as in "420mm"`},
		{new(Length), "4", `"4" is not a length; write mm, m, cm, um or nm, as in "420mm"`},
		{new(Length), "mm", `"mm" is not a length`},
		{new(Length), ".mm", `".mm" is not a length`},
		{new(Length), "4  mm", `"4  mm" is not a length`},
		{new(Length), "4mm ", `"4mm " is not a length`},
		{new(Length), "0x4mm", `"0x4mm" is not a length`},
		{new(Length), "1_000mm", `"1_000mm" is not a length`},
		{new(Length), "infm", `"infm" is not a length`},
		{new(Length), "NaNm", `"NaNm" is not a length`},
		{new(Length), "1e400m", `"1e400m" is out of range for a length; it must fit a 64-bit float`},
		{new(Length), "1e99999999999m", `"1e99999999999m" is out of range for a length; the exponent is beyond 400`},
		{new(Angle), "90°", `"90°" is not an angle; write deg, rad or mrad, as in "-90deg"`},
		{new(Duration), "300y", `"300y" is not a duration; write ms, s, us, ns, min or h, as in "20ms"`},
		{new(Duration), "2600000h", `"2600000h" is out of range for a duration; the longest is 292 years`},
		{new(Duration), "1e400h", `"1e400h" is out of range for a duration`},
		{new(Duration), "1e999999999h", `"1e999999999h" is out of range for a duration`},
		{new(DataRate), "10MBit/s", `"10MBit/s" is not a data rate; write bit/s, kbit/s, Mbit/s or Gbit/s, as in "10Mbit/s"`},
		{new(Frequency), "30hz", `"30hz" is not a frequency; write Hz or kHz, as in "30Hz"`},
		{new(AngularSpeed), "3deg", `"3deg" is not an angular speed; write deg/s, rad/s or rpm, as in "180deg/s"`},
		{new(AngularAcceleration), "3deg/s", `"3deg/s" is not an angular acceleration; write deg/s2 or rad/s2, as in "900deg/s2"`},
		{new(Acceleration), "3m/s", `"3m/s" is not an acceleration; write m/s2 or mm/s2, as in "1m/s2"`},
		{new(Jerk), "3m/s2", `"3m/s2" is not a jerk; write m/s3 or mm/s3, as in "50m/s3"`},
		{new(AngularJerk), "3m/s3", `"3m/s3" is not an angular jerk; write deg/s3 or rad/s3, as in "20000deg/s3"`},
		{new(Temperature), "20K", `"20K" is not a temperature; write degC, as in "20degC"`},
		{new(Warming), "20degC", `"20degC" is not a difference of temperatures; write K, as in "15K"`},
		{new(Power), "4.5V", `"4.5V" is not a power; write W, mW or kW, as in "4.5W"`},
		{new(Ratio), "101%", `"101%" is not a ratio; write a percentage from 0% to 100%, or a plain number from 0 to 1, as in "2%"`},
		{new(Ratio), "-0.1", `"-0.1" is not a ratio`},
		{new(Color), "#12345", `"#12345" is not a color; write # and six hexadecimal digits, as in "#f4f4f4"`},
		{new(Color), "#+12345", `"#+12345" is not a color`},
	} {
		before := fmt.Sprint(reflect.ValueOf(c.to).Elem())
		err := c.to.UnmarshalText([]byte(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%T %q: got %v, want %s", c.to, c.text, err, c.want)
		}
		if fmt.Sprint(reflect.ValueOf(c.to).Elem()) != before {
			t.Errorf("%T %q: changed by a failure", c.to, c.text)
		}
	}
}

func TestStringsAreForPeople(t *testing.T) {
	for want, v := range map[string]fmt.Stringer{
		"420mm": Length(0.42), "6m": Length(6), "0.1mm": Length(1e-4), "2.5um": Length(2.5e-6), "3nm": Length(3e-9), "0mm": Length(0), "300mm": Length(0.1 + 0.2), "-1.2m": Length(-1.2), "16.6667mm": Length(1. / 60),
		"-90deg": Angle(-math.Pi / 2), "57.2958deg": Angle(1),
		"0.5m/s": Speed(0.5), "30mm/s": Speed(0.03), "1m/s2": Acceleration(1), "180deg/s": AngularSpeed(math.Pi), "900deg/s2": AngularAcceleration(5 * math.Pi),
		"50m/s3": Jerk(50), "20mm/s3": Jerk(0.02), "180deg/s3": AngularJerk(math.Pi), "20degC": Temperature(20), "-7.5K": Warming(-7.5), "6W": Power(6),
		"10Mbit/s": DataRate(1e7), "9.6kbit/s": DataRate(9600), "300bit/s": DataRate(300), "2.5Gbit/s": DataRate(2.5e9),
		"30Hz": Frequency(30), "1200Hz": Frequency(1200), "44.1kHz": Frequency(44100), "2%": Ratio(0.02), "33.3333%": Ratio(1. / 3),
		"5min": Duration(300e9), "2h": Duration(7200e9), "90s": Duration(90e9), "1.5ms": Duration(1500e3), "250us": Duration(250e3), "7ns": Duration(7), "0s": Duration(0), "-1.5s": Duration(-1500e6),
		"#0102ff": Color{1, 2, 255},
	} {
		if v.String() != want {
			t.Errorf("got %s, want %s", v, want)
		}
	}
	if got := Length(1e20).String(); got != "1e20m" {
		t.Errorf("a very long length is %s", got)
	}
}

// laws draws a value of each quantity, from any float that is finite.
func anyFloat(t *rapid.T) float64 {
	if rapid.Bool().Draw(t, "nice") {
		return float64(rapid.IntRange(-1e6, 1e6).Draw(t, "n")) / math.Pow10(rapid.IntRange(0, 9).Draw(t, "e"))
	}
	return rapid.Float64().Draw(t, "v")
}

func TestTextReadsBackToTheSameBits(t *testing.T) {
	check := func(t *rapid.T, v any) {
		text, err := v.(encoding.TextMarshaler).MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		out := reflect.New(reflect.TypeOf(v))
		if err := out.Interface().(encoding.TextUnmarshaler).UnmarshalText(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		same := out.Elem().Interface() == v
		if out.Elem().CanFloat() {
			same = math.Float64bits(out.Elem().Float()) == math.Float64bits(reflect.ValueOf(v).Float())
		}
		if !same {
			t.Fatalf("%v is written %s, which reads as %v", v, text, out.Elem())
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		f := anyFloat(t)
		deg := f / 180 * math.Pi
		for _, v := range []any{Length(f), Angle(f), Angle(deg), Speed(f), Acceleration(f), AngularSpeed(f), AngularAcceleration(deg), Jerk(f), AngularJerk(deg), Temperature(f), Warming(f), Power(f), Frequency(f), DataRate(f),
			Duration(rapid.Int64().Draw(t, "ns")), Duration(rapid.Int64Range(-1e6, 1e6).Draw(t, "ms") * 1e6),
			Ratio(rapid.Float64Range(0, 1).Draw(t, "ratio")), Ratio(float64(rapid.IntRange(0, 1e6).Draw(t, "ppm")) / 1e6),
			Color{rapid.Byte().Draw(t, "r"), rapid.Byte().Draw(t, "g"), rapid.Byte().Draw(t, "b")}} {
			if math.IsInf(deg, 0) {
				continue
			}
			check(t, v)
		}
	})
}

func TestWhatIsNotFiniteCannotBeWritten(t *testing.T) {
	for _, v := range []encoding.TextMarshaler{Length(math.NaN()), Angle(math.Inf(1)), Ratio(math.Inf(-1))} {
		if b, err := v.MarshalText(); err == nil {
			t.Errorf("%v is written %s", v, b)
		}
	}
}

func TestARatioInJSONMayBeANumber(t *testing.T) {
	for _, text := range []string{`0.02`, `"2%"`, `"0.02"`, `2e-2`} {
		var r Ratio
		if err := json.Unmarshal([]byte(text), &r); err != nil || r != 0.02 {
			t.Errorf("%s is %v, %v", text, r, err)
		}
	}
	for _, text := range []string{`2`, `"2"`, `true`, `{}`, `"\x"`} {
		if err := json.Unmarshal([]byte(text), new(Ratio)); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}

// FuzzQuantitiesMeanWhatTheSchemaAccepts holds the reader and the schema's regular
// expressions together.
func FuzzQuantitiesMeanWhatTheSchemaAccepts(f *testing.F) {
	for _, s := range []string{"420mm", "-90deg", "0.5m/s", "250us", "2%", "1e3 m", "+.5e-2kHz", "5", "..5m", "1e", "1em", "1e+mm", "3rpm", "9deg/s2", "2m/s2", "1.mm", "\n1m", "1m\n"} {
		f.Add(s)
	}
	ctx := cuecontext.New()
	schema := ctx.CompileBytes(schemaSource)
	kinds := map[string]reflect.Type{}
	for t := range quantities {
		kinds[t.Name()] = t
	}
	delete(kinds, "Ratio") // has plain numbers too, which are no strings in CUE
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsAny(s, "\x00\n\r") || !validString(s) {
			return
		}
		for _, name := range Names(kinds) {
			def := schema.LookupPath(cue.ParsePath("#" + name))
			accepts := def.Unify(ctx.Encode(s)).Err() == nil
			err := reflect.New(kinds[name]).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
			if reads := err == nil || strings.Contains(err.Error(), "out of range"); reads != accepts {
				t.Errorf("%s %q: the schema says %v, the reader %v", name, s, accepts, err)
			}
		}
	})
}

func validString(s string) bool { return strings.ToValidUTF8(s, "") == s }

func BenchmarkParseLength(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseLength("420.5mm"); err != nil {
			b.Fatal(err)
		}
	}
}
