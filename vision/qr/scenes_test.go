package qr

import (
	"errors"
	"testing"

	"linetwin.dev/vision/qr/scenes"
)

// printed makes a code with gozxing's encoder; version 0 is the smallest that will do.
func printed(t testing.TB, text string, version int, level Level) scenes.Symbol {
	t.Helper()
	m, err := scenes.Gozxing{}.Print(text, version, scenes.Level(level))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// qrencode makes a code with Debian's program.
func qrencode(t testing.TB, text string, version int, level Level, args ...string) scenes.Symbol {
	t.Helper()
	p, err := scenes.FindQrencode()
	if errors.Is(err, scenes.ErrNotInstalled) {
		t.Skipf("%v; .ci/need test installs it", err)
	}
	p.Args = args
	m, err := p.Print(text, version, scenes.Level(level))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// clean renders a code without any fault, with a quiet zone.
func clean(m *scenes.Symbol, module float64) Image { return Image(scenes.Clean(m, module)) }

// faulty renders a picture of a category.
func faulty(t testing.TB, c scenes.Category, seed uint64, i int) scenes.Scene {
	t.Helper()
	s, err := c.Scene(seed, i)
	if errors.Is(err, scenes.ErrNotInstalled) {
		t.Skipf("%v; .ci/need test installs it", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}
