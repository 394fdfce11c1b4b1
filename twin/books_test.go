package twin

import (
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

func TestABottleIsLostUnlessItWasCountedAsWhatItDid(t *testing.T) {
	const end = 60 * time.Second
	type count struct {
		at     time.Duration // s
		serial uint64
		pass   bool
	}
	type leave struct {
		at     time.Duration // s
		serial uint64
		exit   device.Exit
	}
	for name, c := range map[string]struct {
		counts []count
		exits  []leave
		want   uint64
	}{
		"all in order": {
			[]count{{10, 1, true}, {12, 0, false}, {14, 3, false}},
			[]leave{{11, 1, device.Passed}, {12, 2, device.Rejected}, {14, 3, device.Rejected}}, 0},
		"passed and not counted":   {nil, []leave{{11, 1, device.Passed}}, 1},
		"pushed off, counted good": {[]count{{10, 1, true}}, []leave{{11, 1, device.Rejected}}, 1},
		"one lost, another counted at the last moment": {
			[]count{{59, 2, true}}, []leave{{11, 1, device.Passed}, {60, 2, device.Passed}}, 1},
		"one lost, another not read at the last moment": {
			[]count{{59, 0, false}}, []leave{{11, 1, device.Rejected}, {59, 2, device.Rejected}}, 1},
		"one counted twice does not make up for another": {
			[]count{{10, 1, true}, {10, 1, true}}, []leave{{11, 1, device.Passed}, {12, 2, device.Passed}}, 1},
		"not yet counted at the end": {nil, []leave{{60, 1, device.Rejected}}, 0},
	} {
		var b books
		for _, x := range c.counts {
			b.counted(x.at*time.Second, x.serial, x.pass)
		}
		for _, x := range c.exits {
			b.left(x.at*time.Second, device.Part{Serial: x.serial, Exit: x.exit})
		}
		if got := b.lost(end); got != c.want {
			t.Errorf("%s: %d lost, want %d", name, got, c.want)
		}
	}
}

func TestEveryReasonOfAPLCHasItsWords(t *testing.T) {
	for bits, want := range map[int64]string{
		int64(vision.NotJudged):          "not judged",
		int64(vision.NoQR | vision.Dent): "no QR, dent",
		1 << 13:                          "lost",
		1 << 14:                          "swept off",
		1 << 15:                          "not capped",
	} {
		if got := reasonText(bits); got != want {
			t.Errorf("%#x is %q, want %q", bits, got, want)
		}
	}
}

func TestAPLCThatIsNotHeardHasNoState(t *testing.T) {
	for _, c := range []struct {
		n    int64
		q    protocol.Quality
		want string
	}{
		{6, protocol.Good, "Execute"}, {6, protocol.Bad, "Undefined"}, {0, protocol.Good, "Undefined"}, {99, protocol.Good, "State 99"},
	} {
		if got := stateName(c.n, c.q); got != c.want {
			t.Errorf("%d with quality %v is %q, want %q", c.n, c.q, got, c.want)
		}
	}
}
