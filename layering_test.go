package main

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "linetwin.dev"

// floor is a row of the plan of the house: where a package stands. A package imports
// only from floors below its own, and from packages of its own row.
type floor struct {
	path  string   // a package; with /... those below it as well
	level int      // from the ground up
	never []string // trees that it does not name although they stand lower
	also  []string // packages of its own floor that it is built on
}

// floors is the plan.
var floors = []floor{
	{path: "specs/mistake", level: 0}, // how mistakes are told: scenarios and servers' configurations say them alike
	{path: "specs", level: 1},
	{path: "protocol/...", level: 1},
	{path: "kinematics/...", level: 1},
	{path: "bench", level: 1},
	{path: "twin/engine", level: 1},
	{path: "vision/...", level: 2},
	{path: "mes/...", level: 2},
	{path: "twin/device", level: 3},
	{path: "twin/recording", level: 3, also: []string{"twin/device"}},
	{path: "sim/...", level: 4},
	{path: "hil/...", level: 4},
	{path: "twin", level: 5, never: []string{"sim", "hil"}},
	{path: "twin/viewer", level: 6},
	{path: "bench/...", level: 6},     // commands that measure the whole
	{path: "scenarios/...", level: 6}, // commands that make a scenario's files
	{path: ".", level: 6},
}

// floorOf finds the row of a package, which is named from the root: its own, or that
// of the smallest tree around it.
func floorOf(pkg string) (row floor, ok bool) {
	for _, f := range floors {
		if f.path == pkg {
			return f, true
		}
		if root, tree := strings.CutSuffix(f.path, "/..."); tree && within(pkg, root) && len(f.path) > len(row.path) {
			row, ok = f, true
		}
	}
	return row, ok
}

// within tells whether a package is a root or below it.
func within(pkg, root string) bool { return pkg == root || strings.HasPrefix(pkg, root+"/") }

// breach says why one package may not import another, or "" when it may.
func breach(importer, imported string) string {
	from, ok := floorOf(importer)
	if !ok {
		return fmt.Sprintf("%s has no floor; give it a row in layering_test.go", importer)
	}
	to, ok := floorOf(imported)
	if !ok {
		return fmt.Sprintf("%s imports %s, which has no floor; give it a row in layering_test.go", importer, imported)
	}
	for _, tree := range from.never {
		if within(imported, tree) {
			return fmt.Sprintf("%s imports %s: %s never names %s; main.go is what brings them together",
				importer, imported, from.path, strings.Join(from.never, " or "))
		}
	}
	if from.path == to.path || to.level < from.level || slices.Contains(from.also, imported) {
		return ""
	}
	why := "packages of one floor know nothing of each other"
	if to.level > from.level {
		why = "a package imports only from floors below its own"
	}
	return fmt.Sprintf("%s (floor %d) imports %s (floor %d): %s", importer, from.level, imported, to.level, why)
}

func TestPackagesImportOnlyFromFloorsBelow(t *testing.T) {
	s := readSource(t)
	for _, f := range s.files {
		if f.test {
			continue
		}
		if _, ok := floorOf(f.dir); !ok {
			t.Errorf("%s: package %s has no floor; give it a row in layering_test.go", f.path, f.dir)
			continue
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil || !within(imported, modulePath) {
				continue
			}
			imported = path.Join(".", strings.TrimPrefix(imported, modulePath+"/"))
			if why := breach(f.dir, imported); why != "" {
				t.Errorf("%s: %s", s.line(spec), why)
			}
		}
	}
}

func TestFloorsForbidWhatThePlanForbids(t *testing.T) {
	for _, c := range []struct {
		importer, imported string
		allowed            bool
	}{
		{"specs", "protocol", false},
		{"protocol/config", "specs", false},
		{"protocol/config", "specs/mistake", true},
		{"specs", "specs/mistake", true},
		{"specs/mistake", "specs", false},
		{"protocol/server", "protocol/wire", true},
		{"kinematics", "specs", false},
		{"twin/engine", "bench", false},
		{"vision", "kinematics", true},
		{"vision/servo", "vision", true},
		{"vision", "mes", false},
		{"mes", "vision/servo", false},
		{"mes", "twin/device", false},
		{"kinematics", "vision", false},
		{"twin/device", "vision", true},
		{"twin/device", "twin/recording", false},
		{"twin/recording", "twin/device", true},
		{"twin/recording", "sim", false},
		{"sim", "twin/device", true},
		{"sim/sensor", "sim/render", true},
		{"sim", "hil", false},
		{"hil/modbus", "sim/plc", false},
		{"sim", "twin", false},
		{"twin", "sim/plc", false},
		{"twin", "hil", false},
		{"twin", "mes", true},
		{"twin", "twin/recording", true},
		{"twin/viewer", "sim", true},
		{"bench", "specs", false},
		{"bench/core", "sim", true},
		{"bench/core", "bench", true},
		{".", "hil", true},
		{"gadgets", "specs", false},
		{".", "gadgets", false},
	} {
		if why := breach(c.importer, c.imported); (why == "") != c.allowed {
			t.Errorf("%s imports %s: allowed %t, want %t; %s", c.importer, c.imported, why == "", c.allowed, why)
		}
	}
}
