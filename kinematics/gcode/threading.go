package gcode

import "math"

// thread is a G76 in progress: pass by pass.
type thread struct {
	active             bool
	start, end         Axes
	inner              bool // the thread is cut outwards
	peak, cut, full    float64
	pitch, taperPitch  float64
	tanAngle           float64
	taper              float64
	entryTaper         bool
	exitTaper          bool
	degression         float64
	pass, springs      int
	depth, last, below float64
}

// startThread begins G76.
func (in *Interpreter) startThread(end Axes) error {
	b := &in.block
	i, j, k := b.value('i'), b.value('j'), b.value('k')
	switch {
	case in.comp.side != 0:
		return in.failG(groupMotion, "G76 while cutter compensation is on; write G40 before")
	case i == 0:
		return in.failWord('i', "G76 I0: the offset of the peak is not 0")
	case j <= 0:
		return in.failWord('j', "G76 J%g: the first depth is above 0", j)
	case k <= j:
		return in.failWord('k', "G76 K%g: the full depth is above the first, J%g", k, j)
	}
	if in.diameter {
		i, j, k = i/2, j/2, k/2
	}
	up := end[Z] > in.at[Z]
	angle := b.valueOr('q', 0)
	if b.value('q') == -1 {
		angle = 0
	}
	if up {
		angle = -angle
	}
	sin, cos := sincosDegrees(angle)
	t := thread{active: true, start: in.at, end: end, inner: i > 0, peak: math.Abs(i), cut: j, full: k,
		pitch: b.value('p'), taperPitch: b.value('p'), tanAngle: sin / cos, taper: math.Max(0, b.valueOr('e', 0)),
		springs: int(b.valueOr('h', 0)), degression: math.Max(1, b.valueOr('r', 1)), pass: 1}
	if t.taper > 0 {
		t.taperPitch *= math.Hypot(t.taper, t.full) / t.taper
	}
	if up {
		t.taper = -t.taper
	}
	ends := int(b.valueOr('l', 0))
	t.entryTaper, t.exitTaper = ends&1 != 0, ends&2 != 0
	t.depth, t.last = t.peak+t.cut, t.peak+t.full
	t.below = end[Z] + t.full*t.tanAngle
	in.thread = t
	return nil
}

// cutThread makes the events of the next pass.
func (in *Interpreter) cutThread() error {
	t := &in.thread
	switch {
	case t.depth < t.last:
		in.cutPass(t.depth)
		t.pass++
		t.depth = t.peak + t.cut*power(float64(t.pass), 1/t.degression)
	case t.springs >= 0:
		in.cutPass(t.last)
		t.springs--
	default:
		in.traverse(t.end)
		t.active = false
	}
	return nil
}

// cutPass is one pass at a depth.
func (in *Interpreter) cutPass(depth float64) {
	t := &in.thread
	back := (depth - t.peak) * t.tanAngle
	at := func(depth, z float64) Axes {
		p := t.start
		if t.inner {
			p[X] += depth
		} else {
			p[X] -= depth
		}
		p[Z] = z
		return p
	}
	top, bottom := t.start[Z]-back, t.below-back
	in.traverse(at(depth-t.last, top))
	entry, exit := t.taper != 0 && t.entryTaper, t.taper != 0 && t.exitTaper
	if entry {
		in.emit(FeedOverride)
		in.syncStart(t.taperPitch)
		in.cycleFeed(at(depth-t.full, top))
		in.cycleFeed(at(depth, top-t.taper))
	} else {
		in.traverse(at(depth, top))
		in.emit(FeedOverride)
	}
	in.syncStart(t.pitch)
	if exit {
		in.cycleFeed(at(depth, bottom+t.taper))
		in.syncStart(t.taperPitch)
		in.cycleFeed(at(depth-t.full, bottom))
	} else {
		in.cycleFeed(at(depth, bottom))
	}
	in.syncStop()
	in.traverse(at(depth-t.last, bottom))
	in.emit(FeedOverride).On = true
}
