package specs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParametersOfAReaderAreReadAsTheyWereWritten(t *testing.T) {
	want := QRParams{
		Regions: []Region{{10, 20, 300, 200}}, Codes: 2, Budget: 60e6, Contrast: 2.5, Blur: 0.8, Window: 41, Offset: -3,
		Close: 2, Halve: 1, Enlarge: 1.5, Rotation: 0.25,
	}
	text, err := FormatQR(want)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "qr.cue")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := LoadQR(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s%s", diff, text)
	}
}

func TestAFileOfParametersSaysWhatIsWrongInIt(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "nothing in this file",
		"qr: {blurr: 2}":           `1:6: qr: there is no field "blurr"; did you mean "blur"?`,
		"qr: {blur: 200}":          "1:12: qr.blur",
		`qr: {budget: "3 apples"}`: "1:14: qr.budget",
		"qr: {":                    "1:",
		"blur: 2":                  "blur",
		"qr: regions: [{x: 1}]":    `qr.regions[0]: "y" is missing`,
	} {
		path := filepath.Join(t.TempDir(), "qr.cue")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadQR(path)
		if err != nil && strings.Count(err.Error(), "\n") > 2 {
			t.Errorf("%q: too much is said: %v", text, err)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want one that says %q", text, err, want)
		}
	}
	if _, err := LoadQR("nowhere.cue"); err == nil || !strings.Contains(err.Error(), "nowhere.cue") {
		t.Errorf("a file that is not there: %v", err)
	}
	empty := filepath.Join(t.TempDir(), "qr.cue")
	if err := os.WriteFile(empty, []byte("qr: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := LoadQR(empty); err != nil || got.Window != 31 || got.Budget != 10e6 {
		t.Errorf("what is left out is %+v, %v; want the schema's values", got, err)
	}
}
