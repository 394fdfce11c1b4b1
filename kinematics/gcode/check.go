package gcode

import "math"

// check looks for words that nothing on the line uses.
func (in *Interpreter) check() error {
	b := &in.block
	if b.codes > 4 {
		return in.failLine("the line has %d M codes; 4 are the most", b.codes)
	}
	if b.g[groupOnce] != none {
		if err := in.checkOnce(); err != nil {
			return err
		}
	}
	needing := checkedBits
	if isCycle(b.motion) {
		needing |= rotaryBits
	}
	if b.set&needing != 0 && !b.hasCustomM() {
		if err := in.checkWords(); err != nil {
			return err
		}
	}
	return in.checkMotion()
}

// checkOnce looks at the words of codes that count on their line only.
func (in *Interpreter) checkOnce() error {
	b := &in.block
	p, l := b.value('p'), int(b.valueOr('l', -1))
	switch code := b.g[groupOnce]; code {
	case g4:
		if !b.has('p') {
			return in.failG(groupOnce, "G4 needs P, the seconds to wait")
		}
		if m := b.g[groupMotion]; m == g2 || m == g3 {
			return in.failG(groupOnce, "G4 beside an arc: both use P")
		}
	case g10:
		n := int(math.Round(b.valueOr('p', -1)))
		switch {
		case l != 0 && l != 1 && l != 2 && l != 10 && l != 11 && l != 20:
			return in.failG(groupOnce, "G10 needs L0, L1, L2, L10, L11 or L20")
		case b.has('p') && math.Abs(p-float64(n)) > 0.0002:
			return in.failWord('p', "P%g is not a whole number", p)
		case (l == 2 || l == 20) && (n < 0 || n > 9):
			return in.failWord('p', "G10 L%d needs P0 to P9: the active coordinate system, G54 to G59.3", l)
		case (l == 1 || l == 10 || l == 11) && n < 1:
			return in.failWord('p', "G10 L%d needs P, the tool's number", l)
		}
	case g53:
		if b.motion != g0 && b.motion != g1 {
			return in.failG(groupOnce, "G53 needs G0 or G1")
		}
		if d := b.g[groupDistance]; d == g91 || d != g90 && in.incremental {
			return in.failG(groupOnce, "G53 needs G90: machine coordinates are absolute")
		}
	case g5x3:
		if m := b.g[groupMotion]; m != none && m != g5x2 {
			return in.failG(groupOnce, "between G5.2 and G5.3 there is only G5.2")
		}
	}
	return nil
}

// checkedBits are the words that need something to use them. rotaryBits are those that
// canned cycles have no use for.
var (
	checkedBits = bitsOf("dehijklpqr$")
	rotaryBits  = bitsOf("abc")
)

// checkWords looks at each word for a code that uses it.
func (in *Interpreter) checkWords() error {
	b := &in.block
	motion, once := b.motion, b.g[groupOnce]
	arc := motion == g2 || motion == g3
	io, turning := b.m[groupIO], b.m[groupTurning]
	comp := b.g[groupComp] > g40
	g10Here := once == g10
	drills := isCycle(motion)
	synced := motion == g33 || motion == g33x1 || motion == g76
	for _, w := range [...]struct {
		letter byte
		used   bool
		needs  string
	}{
		{'a', !drills, ""}, {'b', !drills, ""}, {'c', !drills, ""},
		{'d', comp || b.g[groupSpindle] == g96, "G41, G42, G41.1, G42.1 or G96"},
		{'$', synced || motion == g74 || motion == g84 || b.g[groupFeedMode] == g95 || b.g[groupSpindle] != none || b.has('s') ||
			turning == 3 || turning == 4 || turning == 5 || turning == 19 || b.m[groupOverride] == 51,
			"S, M3, M4, M5, M19, M51, G33, G33.1, G74, G76, G84, G95, G96 or G97"},
		{'e', synced || io >= 66, "G33, G76, M66, M67 or M68"},
		{'h', motion == g76 || usesH(b.g[groupLength]), "G43, G43.2, G43.4 or G76"},
		{'i', arc || motion == g5 || motion == g5x1 || motion == g76 || motion == g87 || motion == g33x1 || g10Here,
			"G2, G3, G5, G5.1, G10, G33.1, G76 or G87"},
		{'j', arc || motion == g5 || motion == g5x1 || motion == g76 || motion == g87 || g10Here,
			"G2, G3, G5, G5.1, G10, G76 or G87"},
		{'k', arc || synced || motion == g87, "G2, G3, G33, G33.1, G76 or G87"},
		{'l', drills && motion != g74 || motion == g76 || motion == g5x2 || g10Here || comp || io == 66,
			"G10, a canned cycle, cutter compensation, G76, G5.2 or M66"},
		{'p', g10Here || once == g4 || b.g[groupBlending] == g64 || motion == g76 || usesP(motion) || arc || usesPM(b),
			"G2, G3, G4, G5, G10, G64, G74, G76, G82, G84, G86, G88, G89, M19, M50 to M53 or M62 to M66"},
		{'q', motion == g83 || motion == g73 || motion == g5 || motion == g76 || io >= 66 || g10Here ||
			b.m[groupTool] == 61 || b.g[groupBlending] == g64 || turning == 19,
			"G5, G10, G64, G73, G76, G83, M19, M61, M66, M67 or M68"},
		{'r', arc || motion == g76 || drills || b.g[groupComp] == g41x1 || b.g[groupComp] == g42x1 || g10Here || turning == 19,
			"G2, G3, G10, G73, G74, G76, G81 to G89, G41.1, G42.1 or M19"},
	} {
		if w.used || !b.has(w.letter) {
			continue
		}
		if w.needs == "" {
			return in.failWord(w.letter, "%s in a canned cycle, which moves linear axes only", quoted(w.letter))
		}
		return in.failWord(w.letter, "%s is not used by anything on this line; it goes with %s", quoted(w.letter), w.needs)
	}
	return in.checkPR(arc, turning == 19)
}

func usesH(code int16) bool { return code == g43 || code == g43x2 || code == g43x4 }

func usesP(motion int16) bool {
	switch motion {
	case g5, g5x2, g74, g82, g84, g86, g88, g89:
		return true
	}
	return false
}

func usesPM(b *block) bool {
	io, override := b.m[groupIO], b.m[groupOverride]
	return override >= 50 || io >= 62 && io <= 66 || b.m[groupTurning] == 19
}

// checkPR looks at the ranges of P and R.
func (in *Interpreter) checkPR(arc, orient bool) error {
	b := &in.block
	if b.has('p') && (arc || orient) {
		p := b.value('p')
		n := wholeNumber(p)
		switch {
		case math.Abs(float64(n)-p) > 0.001:
			return in.failWord('p', "P%g is not a whole number", p)
		case orient && (n < 0 || n > 2):
			return in.failWord('p', "M19 P%d: P is 0 (shortest way), 1 (clockwise) or 2", n)
		case arc && n < 1:
			return in.failWord('p', "P%d: an arc has at least one turn, which may be begun only", n)
		}
	}
	if r := b.value('r'); b.has('r') && orient && (r < 0 || r > 360) {
		return in.failWord('r', "M19 R%g: an angle is within 0 and 360 degrees", r)
	}
	return nil
}

// checkMotion looks for words that a motion lacks.
func (in *Interpreter) checkMotion() error {
	b := &in.block
	if b.g[groupSpindle] == g96 && !b.has('s') {
		return in.failG(groupSpindle, "G96 needs S, the surface speed")
	}
	switch b.motion {
	case g33, g33x1:
		if !b.has('k') {
			return in.failG(groupMotion, "%s needs K, the distance of one revolution", codeName(b.motion))
		}
		if b.has('f') {
			return in.failWord('f', "F beside %s, whose speed is the spindle's", codeName(b.motion))
		}
	case g76:
		for _, w := range [...]struct {
			letter byte
			what   string
		}{{'p', "the thread's pitch"}, {'i', "the offset of the peak"}, {'j', "the first depth"}, {'k', "the full depth"}} {
			if !b.has(w.letter) {
				return in.failG(groupMotion, "G76 needs %s, %s", quoted(w.letter), w.what)
			}
		}
	}
	return nil
}
