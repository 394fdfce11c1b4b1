package twin_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"linetwin.dev/twin"
)

func TestTheREADMENamesEveryMetricAndRegister(t *testing.T) {
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllSubmatch(b, -1) {
		named[string(m[1])] = true
	}
	tw := build(t, modelled(short(t, 1)), twin.Options{})
	defer tw.Close()
	joint := regexp.MustCompile(`^j\d+\.`)
	for _, r := range tw.Bank().Registers() {
		_, signal, _ := strings.Cut(r.Name, ".")
		if signal = joint.ReplaceAllString(signal, "jN."); !named[signal] {
			t.Errorf("register %s: the README has no %q", r.Name, signal)
		}
	}
	for _, name := range tw.Metrics() {
		if !named[name] {
			t.Errorf("the README has no metric %q", name)
		}
	}
}
