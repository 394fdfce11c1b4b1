package specs

import (
	"errors"
	"flag"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"linetwin.dev/specs/mistake"
)

var update = flag.Bool("update", false, "write testdata/messages.golden")

// writeLine makes a user's folder, far from any CUE module, that holds the line of
// testdata with some of its text replaced (old, new, old, new...).
func writeLine(t testing.TB, replace ...string) string {
	t.Helper()
	src, err := os.ReadFile("testdata/line.cue")
	if err != nil {
		t.Fatal(err)
	}
	text := string(src)
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			t.Fatalf("the line does not contain %q", replace[i])
		}
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	dir := t.TempDir()
	write(t, dir, "line.cue", text)
	for _, name := range []string{"label.png", "wrong.png"} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, image.NewGray(image.Rect(0, 0, 6, 4))); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	write(t, dir, "tools.tbl", "T1 P1 Z80\n")
	write(t, dir, "part.ngc", "G0 X1\nM2\n")
	return dir
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// viewCameras are cameras that may be the views of a station, or may not.
const viewCameras = `cameras: {
	back: model: "femto-bolt"
	side: {model: "tool-mono", depth: false}
	wired: {model: "femto-bolt", trigger: "pe_in"}
}
`

// badLines are mistakes that users make; testdata/messages.golden has what they are
// told.
var badLines = []struct {
	name string
	edit []string
}{
	{"syntax: a brace is missing", []string{`{conveyor: "belt", at: "5.6m"}`, `{conveyor: "belt", at: "5.6m"`}},
	{"syntax: a quote is missing", []string{`"1min"`, `"1min`}},
	{"syntax: a quantity without quotes", []string{`"1min"`, `1min`}},
	{"a name without quotes", []string{`camera: "top"`, `camera: top`}},
	{"an import that is not there", []string{`import "linetwin.dev/specs"`, `import "linetwin.dev/spec"`}},
	{"an import from somewhere else", []string{`import "linetwin.dev/specs"`, "import \"linetwin.dev/specs\"\nimport \"example.com/parts\"\n_x: parts.y"}},
	{"a definition that is not there", []string{"specs.#Scenario", "specs.#Line"}},
	{"nothing embedded", []string{"specs.#Scenario", "_x: specs.#Scenario"}},
	{"nothing imported", []string{"import \"linetwin.dev/specs\"\n\nspecs.#Scenario", ""}},

	{"an unknown field on top", []string{"gates:", "gatse:"}},
	{"an unknown field that resembles nothing", []string{"gates:", "weather: \"fine\"\ngates:"}},
	{"an unknown field that is a required one misspelt", []string{`{length: "6m"`, `{lenght: "6m"`}},
	{"an unknown field in a list", []string{`{a: "420mm",`, `{a: "420mm", minimum: "3deg",`}},
	{"an unknown field in a part with defaults", []string{`latency: base: "12ms"`, `latency: bse: "12ms"`}},
	{"a name that is none", []string{"pe_out:", `"PE Out":`}},

	{"required fields are missing", []string{`length: "6m", `, "", `model: "femto-bolt"`, ""}},
	{"a required reference is missing", []string{`, product: "bottle"}`, "}"}},
	{"the duration and the name are missing", []string{`duration: "1min"`, "", `name:     "line"`, ""}},
	{"the joints are missing", []string{"joints:", "_joints:"}},
	{"no joints at all", []string{"joints: [\n", "joints: []\n\t_joints: [\n"}},
	{"half a latency", []string{`latency: base: "12ms"`, `latency: jitter: "1ms"`}},
	{"a value that is not concrete", []string{`speed: "0.5m/s"`, `speed: string`}},

	{"a speed in the wrong unit", []string{`"0.5m/s"`, `"0.5mm"`}},
	{"a length without a unit", []string{`at: "4.9m"`, `at: 4.9`}},
	{"a length that is text", []string{`at: "4.9m"`, `at: "far"`}},
	{"an angle in the wrong unit, in a list", []string{`"-110deg"`, `"-110mm"`}},
	{"a position of two coordinates", []string{`["2.9m", "0.45m", "0mm"]`, `["2.9m", "0.45m"]`}},
	{"a position that is no list", []string{`["2.9m", "0.45m", "0mm"]`, `"2.9m"`}},
	{"a ratio above one", []string{`dent: "2%"`, `dent: 1.5`}},
	{"a percentage above a hundred", []string{`dent: "2%"`, `dent: "120%"`}},
	{"a ratio with a unit", []string{`dent: "2%"`, `dent: "2mm"`}},
	{"a color by its name", []string{"products: bottle:", "products: bottle: cap: color: \"white\"\nproducts: bottle:"}},
	{"a struct where a quantity is meant", []string{`"0.5m/s"`, `{value: 0.5}`}},
	{"a quantity where a struct is meant", []string{`spacing: {min: "1.15m", mean: "1.45m"}`, `spacing: "1.45m"`}},
	{"a struct where a list is meant", []string{`faults: [{at: "30s", for: "2s", device: "top", kind: "drop-frames"}]`, `faults: {at: "30s"}`}},
	{"a word where a bool is meant", []string{"depth:   false", `depth:   "no"`}},
	{"a number out of the schema's range", []string{"width:   640", "width:   32"}},
	{"half a bottle", []string{"quantity: 40", "quantity: 40.5"}},
	{"a seed below zero", []string{`duration: "1min"`, "duration: \"1min\"\nseed: -1"}},
	{"a model that is not there", []string{`"femto-bolt"`, `"femto-blot"`}},
	{"a choice that resembles nothing", []string{`kind: "drop-frames"`, `kind: "earthquake"`}},
	{"an order id with a space", []string{`"A-2"`, `"A 2"`}},
	{"a bound that is none", []string{`"<= 0"`, `"about 3"`}},
	{"a bound that is a number", []string{`"<= 0"`, `0`}},
	{"two values for one field", []string{"plcs: main:", "conveyors: belt: speed: \"0.4m/s\"\nplcs: main:"}},
	{"many at once", []string{`"0.5m/s"`, `"0.5mm"`, `"femto-bolt"`, `"femto"`, `camera: "top"`, `camera: "tpo"`, `"A-2"`, `"A-1"`, `at: "4.9m"`, `att: "4.9m"`}},

	{"a scenario of 0 s", []string{`"1min"`, `"0s"`}},
	{"zero and negative quantities", []string{`"6m"`, `"0m"`, `"0.5m/s"`, `"-0.5m/s"`, `at: "1.2m"`, `at: "-1.2m"`, `dent: "2%"`, `dent: -0.1`}},
	{"a conveyor that is not there", []string{`{conveyor: "belt", at: "4.9m"}`, `{conveyor: "bolt", at: "4.9m"}`}},
	{"a camera that is not there", []string{`camera: "top"`, `camera: "side"`}},
	{"a photo-eye where a gate is meant", []string{`gate:       "reject"`, `gate:       "pe_out"`}},
	{"a product that is not there, and there are none", []string{`products: bottle: label: {artwork: "label.png", wrongArtwork: "wrong.png"}`, ""}},
	{"one name twice", []string{"gates: reject", "gates: belt", `gate:       "reject"`, `gate:       "belt"`}},
	{"a product too wide for the belt", []string{`speed: "0.5m/s"}`, `speed: "0.5m/s", width: "50mm"}`}},
	{"a photo-eye beyond the belt", []string{`"5.6m"`, `"6.6m"`}},
	{"a gate partly off the belt", []string{`at: "4.9m"`, `at: "5.98m"`, `at: "5.6m"`, `at: "5.99m"`}},
	{"a gate before the camera", []string{`at: "4.9m"`, `at: "0.9m"`}},
	{"a gate too near to the camera", []string{`at: "4.9m"`, `at: "1.3m"`, `servo:      "capping"`, ""}},
	{"an outfeed before the gate", []string{`at: "5.6m"`, `at: "4.8m"`}},
	{"a belt that ends before it can stop", []string{`at: "5.6m"`, `at: "5.95m"`}},
	{"a servo behind the gate", []string{`at: "4.9m"`, `at: "3.2m"`}},
	{"a mean spacing below the least", []string{`mean: "1.45m"`, `mean: "1m"`}},
	{"bottles that overlap", []string{`min: "1.15m"`, `min: "50mm"`}},
	{"a servo window turned round", []string{`"2.4m"`, `"3.6m"`}},
	{"a servo window that is too short", []string{`"3.5m"`, `"2.5m"`}},
	{"a servo window out of reach", []string{`"2.9m", "0.45m"`, `"2.9m", "1.45m"`}},
	{"a servo camera that is not on the tool", []string{`mount:   "arm"`, ""}},
	{"a servo camera with a trigger", []string{`mount:   "arm"`, "mount:   \"arm\"\n\t\ttrigger: \"pe_in\""}},
	{"an inspection camera without a trigger", []string{`trigger: "pe_in"`, ""}},
	{"an inspection camera without depth", []string{`trigger: "pe_in"`, "trigger: \"pe_in\"\n\t\tdepth: false"}},
	{"a camera triggered elsewhere", []string{`trigger: "pe_in"`, `trigger: "pe_out"`}},
	{"a mono camera with depth", []string{"depth:   false", "depth:   true"}},
	{"a depth mode that is not there", []string{`trigger: "pe_in"`, "trigger: \"pe_in\"\n\t\tdepthMode: \"wfov-bined\""}},
	{"a rate that the depth mode cannot do", []string{`trigger: "pe_in"`, "trigger: \"pe_in\"\n\t\tdepthMode: \"wfov-unbinned\""}},
	{"a depth mode of a camera without depth", []string{"depth:   false", "depth:   false\n\t\tdepthMode: \"nfov-binned\""}},
	{"a depth mode without depth", []string{`trigger: "pe_in"`, "depth: false\n\t\tdepthMode: \"nfov-binned\""}},
	{"rows that are read too slowly", []string{`trigger: "pe_in"`, "trigger: \"pe_in\"\n\t\tsim: readout: \"40ms\""}},
	{"noise of a kind that is not there", []string{`trigger: "pe_in"`, "trigger: \"pe_in\"\n\t\tsim: noise: \"perfect\""}},
	{"a field of view of half a turn", []string{`trigger: "pe_in"`, "trigger: \"pe_in\"\n\t\tfov: \"180deg\""}},
	{"an exposure longer than a frame", []string{"width:   640", "width:   640\n\t\texposure: \"50ms\""}},
	{"a template that is missing", []string{`{camera: "top",`, `{camera: "top", templates: logo: file: "logo.png",`}},
	{"a template that is a folder", []string{`{camera: "top",`, `{camera: "top", templates: logo: file: ".",`}},
	{"a template that turns round and round", []string{`{camera: "top",`, `{camera: "top", templates: logo: {file: "label.png", rotation: "270deg"},`}},
	{"a template and a code that are looked for outside of the image", []string{`{camera: "top",`, `{camera: "top", qr: regions: [{x: 0, y: 0, w: 9, h: 9}, {x: 0, y: 5000, w: 9, h: 9}], templates: logo: {file: "label.png", region: {x: 5000, y: 0, w: 9, h: 9}},`}},
	{"a relief that is missing", []string{`{camera: "top",`, `{camera: "top", relief: file: "front.npz",`}},
	{"a recogniser without a model", []string{`{camera: "top",`, `{camera: "top", recogniser: bad: ["open"],`}},
	{"a recogniser with two", []string{`{camera: "top",`, `{camera: "top", recogniser: {model: "caps", command: ["./label.png"], bad: ["open"]},`}},
	{"a recogniser whose program is missing, and that finds nothing", []string{`{camera: "top",`, `{camera: "top", recogniser: {command: ["python3", "./look.py"], bad: []},`}},
	{"a recogniser without bad classes", []string{`{camera: "top",`, `{camera: "top", recogniser: model: "caps",`}},
	{"a recogniser that is slower than its deadline, and than the station's", []string{`{camera: "top",`, `{camera: "top", recogniser: {model: "caps", bad: ["open"], latency: base: "190ms"},`}},
	{"a deadline that cannot be kept", []string{`{camera: "top",`, `{camera: "top", deadline: "20ms",`}},
	{"views by cameras that cannot be one", []string{"gates:", viewCameras + "gates:", `{camera: "top",`, `{camera: "top", views: {top: {}, eye: {}, wired: {}, side: {}, bck: {}},`}},
	{"a view by another station's camera", []string{"gates:", viewCameras + "inspections: other: {camera: \"wired\", product: \"bottle\"}\ngates:", `{camera: "top",`, `{camera: "top", views: wired: {},`}},
	{"a view that does more than judge, at any time", []string{"gates:", viewCameras + "gates:", `{camera: "top",`, `{camera: "top", views: side: {judges: "codes", tolerance: "-1ms"},`}},
	{"a deadline before the view's frame comes", []string{"gates:", viewCameras + "gates:", `{camera: "top",`, `{camera: "top", deadline: "100ms", views: back: tolerance: "60ms",`}},
	{"a camera that runs freely and that nobody uses", []string{"gates:", viewCameras + "gates:"}},
	{"a clock that runs far too fast", []string{`trigger: "pe_in"`, "trigger: \"pe_in\"\n\t\tsim: {clockDrift: 1000, clockOffset: \"3ppm\"}"}},
	{"a station in a mode that is not there", []string{`{camera: "top",`, `{camera: "top", mode: "codes",`}},
	{"no inspector", []string{"gates:", "inspectors: workers: 0\ngates:"}},
	{"a tolerance that hides a missing cap", []string{`{camera: "top",`, `{camera: "top", capTolerance: "20mm",`}},
	{"one order twice", []string{`"A-2"`, `"A-1"`}},
	{"artwork that is missing", []string{`"label.png"`, `"labels/front.png"`}},
	{"artwork that is no image", []string{`"label.png"`, `"line.cue"`}},
	{"a label that does not fit", []string{`artwork: "label.png"`, `width: "90mm", at: "140mm", artwork: "label.png"`}},
	{"a label over the code", []string{`artwork: "label.png"`, `at: "80mm", artwork: "label.png"`}},
	{"a marker larger than the cap", []string{"products: bottle:", "products: bottle: cap: marker: size: \"30mm\"\nproducts: bottle:"}},
	{"joint limits turned round", []string{`min: "-150deg", max: "30deg"`, `min: "30deg", max: "-150deg"`}},
	{"a home outside the limits", []string{`min: "-150deg", max: "30deg"`, `min: "-150deg", max: "30deg", home: "40deg"`}},
	{"a drive faster than its cycle", []string{"machines: arm: {", "machines: arm: {\n\tdrive: bandwidth: \"200Hz\""}},
	{"a type of mill that there is not", []string{`"XYZAC-TRT"`, `"XYZAC-TTR"`}},
	{"a mill without an axis", []string{`tilt: {min: "-110deg", max: "40deg"}`, ``}},
	{"a mill's axis without a range", []string{`x: {min: "-200mm", max: "200mm"}`, `x: {min: "-200mm"}`}},
	{"a mill's axis turned round", []string{`x: {min: "-200mm", max: "200mm"}`, `x: {min: "200mm", max: "-200mm"}`}},
	{"a mill that is at home elsewhere", []string{`x: {min: "-200mm", max: "200mm"}`, `x: {min: "-200mm", max: "200mm", home: "1m"}`}},
	{"a mill's axis with one end", []string{`turn: {}`, `turn: max: "10deg"`}},
	{"a mill's axis without speed, acceleration and jerk", []string{`turn: {}`, `turn: {speed: "0rpm", accel: "-3deg/s2", jerk: "0rad/s3"}`}},
	{"a mill's jerk in the wrong unit", []string{`turn: {}`, `turn: jerk: "3m/s3"`}},
	{"a mill's loops that do not fit", []string{`turn: {}`, "turn: {}\n\tservo: \"300us\""}},
	{"a mill's encoders that do not fit its gauge", []string{`turn: {}`, "turn: {}\n\tfeedback: \"4ms\"\n\tgauge: every: \"10ms\""}},
	{"a mill's encoders between its cycles", []string{`turn: {}`, "turn: {}\n\tfeedback: \"1500us\""}},
	{"scallops without a ball", []string{`program: "part.ngc"}`, `program: "part.ngc", surface: across: [{from: ["0mm", "0mm", "0mm"], feed: [1, 0, 0]}]}`}},
	{"a line that leads nowhere", []string{`program: "part.ngc"}`, `program: "part.ngc", surface: {ball: "4mm", step: "1mm", across: [{from: ["0mm", "0mm", "0mm"], feed: [0, 0, 0]}]}}`}},
	{"a mill without a tool table", []string{`tools: "tools.tbl"`, ``}},
	{"a tool table that is missing", []string{`tools: "tools.tbl"`, `tools: "tool.tbl"`}},
	{"a mill that nobody drives", []string{`cncs: nc: {mill: "vmc", program: "part.ngc"}`, ``}},
	{"a program that is missing", []string{`"part.ngc"`, `"parts.ngc"`}},
	{"no program", []string{`"part.ngc"`, `""`}},
	{"a CNC on a machine that is no mill", []string{`mill: "vmc"`, `mill: "arm"`}},
	{"two CNCs on one mill", []string{`cncs: nc: {`, "cncs: na: {mill: \"vmc\", program: \"part.ngc\"}\ncncs: nc: {"}},
	{"a table that is missing", []string{`program: "part.ngc"}`, `program: "part.ngc", compensation: {volume: "volume.csv", axes: x: "x.csv"}}`}},
	{"compensation by a gauge that is not there", []string{`program: "part.ngc"}`, `program: "part.ngc", compensation: online: gain: 1}`}},
	{"compensation without room", []string{`program: "part.ngc"}`, `program: "part.ngc", compensation: {volume: "line.cue", reserve: "90%"}}`}},
	{"a fault on nothing", []string{`device: "top"`, `device: "bottom"`}},
	{"a fault on a device that cannot have it", []string{`device: "top"`, `device: "reject"`}},
	{"a fault on a product", []string{`device: "top"`, `device: "bottle"`}},
	{"a fault after the end", []string{`at: "30s"`, `at: "90s"`}},
	{"a fault beyond the end", []string{`for: "2s"`, `for: "40s"`}},
	{"a network of a speed", []string{`"10Mbit/s"`, `"10m/s"`}},
	{"a network without bandwidth", []string{`"10Mbit/s"`, `"0kbit/s"`}},
	{"a register without a type", []string{`type: "u16", unit`, `unit`}},
	{"a register of a type that there is not", []string{`"u16"`, `"u8"`}},
	{"a register with a name that is none", []string{`"recipe.fill"`, `"recipe..fill"`}},
	{"a register that begins beyond its bounds", []string{`initial: 500`, `initial: 50`}},
	{"a register that begins with a fraction", []string{`initial: 500`, `initial: 500.5`}},
	{"a register with its bounds turned round", []string{`min: 100, max: 900`, `min: 900, max: 100`}},
	{"clients on a network that is not there", []string{`"wifi"`, `"wlan"`}},
	{"clients without a network", []string{`network: "wifi"`, ``}},
	{"clients that do nothing", []string{"watch: registers: [\"belt.*\"]\n\twrite: registers: [\"recipe.*\"]", ""}},
	{"clients that read all the time", []string{`watch: registers: ["belt.*"]`, "read: {registers: [\"belt.*\"], every: \"0s\"}"}},
	{"clients with the name of a part of the line", []string{`clients: hmi:`, `clients: operator:`}},
	{"a fault on clients that they cannot have", []string{`{at: "30s", for: "2s", device: "top", kind: "drop-frames"}`, `{at: "30s", for: "2s", device: "hmi", kind: "reset"}`}},
	{"a feeder of another product", []string{"feeders: infeed: {\n\tconveyor: \"belt\"\n\tproduct:  \"bottle\"", "products: can: label: products.bottle.label\nfeeders: infeed: {\n\tconveyor: \"belt\"\n\tproduct:  \"can\""}},
	{"a gate on another conveyor", []string{`gates: reject: {conveyor: "belt"`, "conveyors: side: {length: \"6m\", speed: \"0.5m/s\"}\ngates: reject: {conveyor: \"side\""}},
}

func TestEveryMistakeIsToldWithItsPlaceAndItsRemedy(t *testing.T) {
	const golden = "testdata/messages.golden"
	var got strings.Builder
	for _, c := range badLines {
		dir := writeLine(t, c.edit...)
		_, err := Load(dir)
		got.WriteString("# " + c.name + "\n")
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		var list Errors
		if !errors.As(err, &list) {
			t.Errorf("%s: the error is a %T", c.name, err)
		}
		text := strings.ReplaceAll(err.Error(), mistake.Short(filepath.Join(dir, "x"))[:len(mistake.Short(filepath.Join(dir, "x")))-1], "")
		got.WriteString(text + "\n\n")
		for _, line := range strings.Split(text, "\n") {
			if strings.Contains(line, "=~") || strings.Contains(line, "schema.cue") || strings.Contains(line, "_|_") {
				t.Errorf("%s: speaks of the schema's insides: %s", c.name, line)
			}
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("messages changed (-want +got); go test -update accepts them:\n%s", diff)
	}
}

func TestTheLineThatIsMadeWrongIsRightBefore(t *testing.T) {
	if _, err := Load(writeLine(t)); err != nil {
		t.Fatal(err)
	}
}
