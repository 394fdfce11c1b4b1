package snip

import (
	"fmt"
	"regexp"
	"slices"

	"linetwin.dev/vision"
)

// Region is a template that is to be.
type Region struct {
	Name   string
	Source int // of the sources
	// Depth tells that it is in pixels of the depth image; of the colour image otherwise.
	Depth bool
	Rect  vision.Rect
}

// document is what is drawn: all that undoing goes back over.
type document struct {
	regions  []Region
	selected int // -1: none
}

func (d document) clone() document {
	d.regions = slices.Clone(d.regions)
	return d
}

// history keeps documents, so that steps can be taken back and again.
type history struct {
	now        document
	past, next []document
	step       string // what the last one did; steps of one kind to one region are one
}

// mostSteps is how many steps can be taken back.
const mostSteps = 1000

// do takes a step. Steps with the same name, which is not empty, are taken back together.
func (h *history) do(step string, change func(d *document)) {
	if step == "" || step != h.step {
		h.past = append(h.past, h.now.clone())
		h.past = h.past[max(len(h.past)-mostSteps, 0):]
	}
	h.step, h.next = step, nil
	change(&h.now)
}

// undo takes a step back; false if there is none.
func (h *history) undo() bool {
	n := len(h.past)
	if n == 0 {
		return false
	}
	h.next = append(h.next, h.now)
	h.now, h.past, h.step = h.past[n-1], h.past[:n-1], ""
	return true
}

// redo takes a step again that was taken back; false if there is none.
func (h *history) redo() bool {
	n := len(h.next)
	if n == 0 {
		return false
	}
	h.past = append(h.past, h.now)
	h.now, h.next, h.step = h.next[n-1], h.next[:n-1], ""
	return true
}

// nameForm is that of a template in a scenario.
var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// mostName is how long a name may be.
const mostName = 64

// wrongName says what is wrong with the name of a region; empty: nothing.
func wrongName(d *document, i int, taken func(name string) bool) string {
	name := d.regions[i].Name
	switch {
	case name == "":
		return "give it a name"
	case len(name) > mostName:
		return fmt.Sprintf("at most %d letters", mostName)
	case !nameForm.MatchString(name):
		return "a letter, then a-z, 0-9 and _"
	}
	for k, r := range d.regions {
		if k != i && r.Name == name {
			return "another region has this name"
		}
	}
	if taken(name) {
		return "a file has this name already"
	}
	return ""
}

// freeName is the first of region_1, region_2 and so on that nothing has.
func freeName(d *document, taken func(name string) bool) string {
	for n := 1; ; n++ {
		name := fmt.Sprintf("region_%d", n)
		if !taken(name) && !slices.ContainsFunc(d.regions, func(r Region) bool { return r.Name == name }) {
			return name
		}
	}
}
