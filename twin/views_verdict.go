package twin

import (
	"slices"

	"linetwin.dev/vision"
)

// opinion is what one camera of a station says of a part. The first one is the station's own.
type opinion struct {
	verdict vision.Verdict
	seen    bool // it had a frame
	all     bool // it judges all it sees, and not the code only
	needed  bool
	back    bool // it sees the far side
}

// onPrint are the findings that are about what is printed on one side of a part.
const onPrint = vision.WrongLabel | vision.ShiftedLabel | vision.RotatedLabel | vision.DamagedLabel

// combine makes one verdict of what a station's cameras say of a part.
//
// The print is on the side on which the code was read, or, where none was, on the one whose label
// is most like it should be. What is wrong with the print counts if a camera on that side says so;
// a blank back is no wrong label. All else counts whoever finds it. The code is read if one
// camera reads it, and of poor grade if all do that read it. The part is not judged if the station's own
// camera could not judge it, if one that is needed could not or had no frame, if nobody judges
// the side that bears the print, or if two codes were read that differ.
//
// The numbers are those of the camera that judges the print, or where it is a flaw's that all may see, the
// worst. reader is the one that read the code,
// shown the one whose picture and marks tell why, if it can be the one that judges the print: -1 for
// none, and indices of all.
func combine(m vision.Mode, all []opinion) (v vision.Verdict, reader, shown int) {
	reader = readerOf(all)
	back := printSide(all, reader)
	print := -1 // the one that judges the print
	for i, s := range all {
		if s.seen && s.all && s.back == back && (print < 0 || i == reader || print != reader && better(s.verdict, all[print].verdict)) {
			print = i
		}
	}
	judgesAll := m != vision.Codes
	if print >= 0 {
		v = all[print].verdict
	}
	v.Reason, v.Text, v.Serial, v.Grade = 0, "", 0, 0
	if print < 0 && judgesAll {
		v.Reason = vision.NotJudged
	}
	poor, differ := reader >= 0, false
	shown = -1
	for i, s := range all {
		r := s.verdict.Reason
		if !s.seen {
			if s.needed && (s.all && judgesAll || reader < 0 && m != vision.Templates) {
				v.Reason |= vision.NotJudged
			}
			continue
		}
		if !s.needed && i != print {
			r &^= vision.NotJudged
		}
		if s.verdict.Serial != 0 {
			poor = poor && r&vision.PoorQR != 0
			differ = differ || s.verdict.Text != all[reader].verdict.Text
		}
		if reader >= 0 {
			r &^= vision.NoQR
		}
		if s.back != back {
			r &^= onPrint
		}
		if r &^= vision.PoorQR; r != 0 && (shown < 0 || i == print) {
			shown = i
		}
		v.Reason |= r
		v.CapTilt = max(v.CapTilt, s.verdict.CapTilt)
		v.DentDepth = max(v.DentDepth, s.verdict.DentDepth)
		v.BulgeHeight = max(v.BulgeHeight, s.verdict.BulgeHeight)
	}
	switch {
	case differ:
		v.Reason |= vision.NotJudged
	case reader >= 0:
		c := &all[reader].verdict
		v.Text, v.Serial, v.Grade = c.Text, c.Serial, c.Grade
		if poor {
			v.Reason |= vision.PoorQR
		}
	}
	for _, i := range []int{reader, print, 0} {
		if shown < 0 {
			shown = i
		}
	}
	v.Marks = all[shown].verdict.Marks
	if all[shown].back != back {
		v.Marks = slices.DeleteFunc(slices.Clone(v.Marks), func(m vision.Mark) bool { return m.Label == "label" || m.Label == "QR" })
	}
	if differ {
		reader = -1
	}
	return v, reader, shown
}

// readerOf is the camera whose reading of the code counts: that of the best grade; -1 if none read
// it.
func readerOf(all []opinion) int {
	reader := -1
	for i, s := range all {
		if s.seen && s.verdict.Serial != 0 && (reader < 0 || s.verdict.Grade > all[reader].verdict.Grade) {
			reader = i
		}
	}
	return reader
}

// printSide tells whether the print is on the far side.
func printSide(all []opinion, reader int) (back bool) {
	if reader >= 0 {
		return all[reader].back
	}
	best := -1
	for i, s := range all {
		if s.seen && s.all && (best < 0 || better(s.verdict, all[best].verdict)) {
			best = i
		}
	}
	return best >= 0 && all[best].back
}

// better tells whether one verdict's label is more like it should be than another's.
func better(v, than vision.Verdict) bool {
	if a, b := v.Reason&(vision.WrongLabel|vision.NotJudged) == 0, than.Reason&(vision.WrongLabel|vision.NotJudged) == 0; a != b {
		return a
	}
	return v.Score > than.Score
}
