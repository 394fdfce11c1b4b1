package twin

import (
	"testing"

	"linetwin.dev/vision"
)

func TestOneVerdictIsMadeOfWhatAllCamerasOfAStationFind(t *testing.T) {
	read := func(serial uint64, r vision.Reason) vision.Verdict {
		return vision.Verdict{Reason: r, Serial: serial, Text: string(rune('A' + serial)), Grade: 3, Score: 0.9}
	}
	const blank = vision.NoQR | vision.WrongLabel // the back of a bottle
	own := func(v vision.Verdict) opinion { return opinion{verdict: v, seen: true, all: true, needed: true} }
	rear := func(v vision.Verdict) opinion {
		return opinion{verdict: v, seen: true, all: true, needed: true, back: true}
	}
	code := func(v vision.Verdict, back bool) opinion {
		return opinion{verdict: v, seen: true, needed: true, back: back}
	}
	lost := func(o opinion) opinion { o.seen = false; return o }
	spare := func(o opinion) opinion { o.needed = false; return o }
	back := vision.Verdict{Reason: blank, Score: 0.1}
	for _, c := range []struct {
		name   string
		mode   vision.Mode
		all    []opinion
		reason vision.Reason
		reader int
		shown  int
	}{
		{"the front is in front", vision.Combined, []opinion{own(read(1, 0)), rear(back)}, 0, 0, 0},
		{"the front is behind", vision.Combined, []opinion{own(back), rear(read(1, 0))}, 0, 1, 1},
		{"a dent in the back counts", vision.Combined, []opinion{own(read(1, 0)), rear(vision.Verdict{Reason: blank | vision.Dent})}, vision.Dent, 0, 1},
		{"so does one in the front of a turned part", vision.Combined, []opinion{own(back), rear(read(1, vision.Dent))}, vision.Dent, 1, 1},
		{"a cap that both miss", vision.Combined, []opinion{own(vision.Verdict{Reason: blank | vision.NoCap}), rear(read(1, vision.NoCap))}, vision.NoCap, 1, 1},
		{"a cap that one sees to be crooked", vision.Combined, []opinion{own(vision.Verdict{Reason: blank | vision.CrookedCap}), rear(read(1, 0))}, vision.CrookedCap, 1, 0},
		{"a wrong label behind", vision.Combined, []opinion{own(back), rear(read(1, vision.WrongLabel))}, vision.WrongLabel, 1, 1},
		{"no code, and the label is behind", vision.Combined, []opinion{own(back), rear(vision.Verdict{Reason: vision.NoQR, Score: 0.9})}, vision.NoQR, -1, 1},
		{"no code on a shifted label behind", vision.Combined, []opinion{own(back), rear(vision.Verdict{Reason: vision.NoQR | vision.ShiftedLabel, Score: 0.9})}, vision.NoQR | vision.ShiftedLabel, -1, 1},
		{"neither code nor label", vision.Combined, []opinion{own(back), rear(back)}, blank, -1, 0},
		{"a needed view is lost", vision.Combined, []opinion{own(read(1, 0)), lost(rear(vision.Verdict{}))}, vision.NotJudged, 0, 0},
		{"one that is not needed is lost", vision.Combined, []opinion{own(read(1, 0)), spare(lost(rear(vision.Verdict{})))}, 0, 0, 0},
		{"a needed view finds no part", vision.Combined, []opinion{own(read(1, 0)), rear(vision.Verdict{Reason: vision.NotJudged})}, vision.NotJudged, 0, 1},
		{"one that is not needed finds no part", vision.Combined, []opinion{own(read(1, 0)), spare(rear(vision.Verdict{Reason: vision.NotJudged}))}, 0, 0, 0},
		{"but could not judge the print's side", vision.Combined, []opinion{own(back), spare(rear(read(1, vision.NotJudged)))}, vision.NotJudged, 1, 1},
		{"the station's own finds no part", vision.Combined, []opinion{own(vision.Verdict{Reason: vision.NotJudged}), rear(read(1, 0))}, vision.NotJudged, 1, 0},
		{"who only reads is not missed where the code is read", vision.Combined, []opinion{own(read(1, 0)), lost(code(vision.Verdict{}, false))}, 0, 0, 0},
		{"but where it is not", vision.Combined, []opinion{own(vision.Verdict{Reason: vision.NoQR, Score: 0.9}), lost(code(vision.Verdict{}, false))}, vision.NoQR | vision.NotJudged, -1, 0},
		{"who only reads does so beside the camera", vision.Combined, []opinion{own(vision.Verdict{Reason: vision.NoQR, Score: 0.9}), code(read(1, 0), false)}, 0, 1, 1},
		{"nobody judges the side that he reads", vision.Combined, []opinion{own(back), code(read(1, 0), true)}, vision.NotJudged, 1, 1},
		{"nobody is asked to", vision.Codes, []opinion{own(vision.Verdict{Reason: vision.NoQR}), code(read(1, 0), true)}, 0, 1, 1},
		{"a lost view does no harm to a code that is read", vision.Codes, []opinion{own(read(1, 0)), lost(rear(vision.Verdict{}))}, 0, 0, 0},
		{"nobody asks for the code", vision.Templates, []opinion{own(vision.Verdict{Reason: vision.WrongLabel}), rear(vision.Verdict{Score: 0.9}), lost(code(vision.Verdict{}, false))}, 0, -1, 1},
		{"two codes that differ", vision.Combined, []opinion{own(read(1, 0)), rear(read(2, 0))}, vision.NotJudged, -1, 0},
		{"a code of poor grade, read better elsewhere", vision.Combined, []opinion{own(vision.Verdict{Reason: vision.PoorQR, Serial: 1, Text: "B", Score: 0.9}), code(read(1, 0), false)}, 0, 1, 1},
		{"a code of poor grade", vision.Combined, []opinion{own(read(1, vision.PoorQR)), code(read(1, vision.PoorQR), false)}, vision.PoorQR, 0, 0},
	} {
		v, reader, shown := combine(c.mode, c.all)
		if v.Reason != c.reason || reader != c.reader || shown != c.shown {
			t.Errorf("%s: %v, read by %d, shown by %d; want %v, %d, %d", c.name, v.Reason, reader, shown, c.reason, c.reader, c.shown)
		}
		if (v.Serial != 0) != (reader >= 0) || reader >= 0 && v.Text != c.all[reader].verdict.Text {
			t.Errorf("%s: serial %d, text %q", c.name, v.Serial, v.Text)
		}
	}
}

func TestTheMarksOnABlankBackAreNotThoseOfAPrint(t *testing.T) {
	front := vision.Verdict{Serial: 1, Text: "A", Score: 0.9, Marks: []vision.Mark{{Label: "QR", OK: true}}}
	back := vision.Verdict{Reason: vision.NoQR | vision.WrongLabel | vision.Dent, Marks: []vision.Mark{{Label: "QR"}, {Label: "label"}, {Label: "front"}, {Label: "dent"}}}
	v, _, shown := combine(vision.Combined, []opinion{
		{verdict: front, seen: true, all: true, needed: true}, {verdict: back, seen: true, all: true, back: true},
	})
	if shown != 1 || len(v.Marks) != 2 || v.Marks[0].Label != "front" || v.Marks[1].Label != "dent" || len(back.Marks) != 4 {
		t.Errorf("the marks of %d, %v; want those of the dent in the back, and of its face", shown, v.Marks)
	}
}

// Whatever cameras say, a part is good only if each that is needed has looked and found nothing.
func TestNoPartIsGoodThatACameraFoundADefectOf(t *testing.T) {
	reasons := []vision.Reason{0, vision.NotJudged, vision.NoQR, vision.NoQR | vision.WrongLabel, vision.ShiftedLabel, vision.NoCap, vision.Dent}
	good := 0
	for _, a := range reasons {
		for _, b := range reasons {
			for bits := range 32 {
				one := opinion{verdict: vision.Verdict{Reason: a, Score: 0.5}, seen: true, all: true, needed: true}
				two := opinion{verdict: vision.Verdict{Reason: b, Score: 0.5}, seen: bits&1 != 0, all: bits&2 != 0, needed: bits&4 != 0, back: bits&8 != 0}
				if !two.all {
					two.verdict.Reason &= vision.NoQR | vision.NotJudged
				}
				for _, o := range []*opinion{&one, &two} {
					if o.verdict.Reason&(vision.NoQR|vision.NotJudged) == 0 {
						o.verdict.Serial, o.verdict.Text = 1, "A"
					}
				}
				if bits&16 != 0 && two.verdict.Serial != 0 {
					two.verdict.Serial, two.verdict.Text = 2, "B"
				}
				v, reader, _ := combine(vision.Combined, []opinion{one, two})
				if !v.Good() {
					continue
				}
				good++
				const anywhere = vision.NoCap | vision.Dent
				saw := two.verdict.Reason
				if !two.seen {
					saw = 0
				}
				labelled := a&onPrint == 0 || two.seen && two.all && saw&(onPrint|vision.NotJudged) == 0
				unjudged := a&vision.NotJudged != 0 || two.needed && saw&vision.NotJudged != 0 || two.needed && two.all && !two.seen
				if (a|saw)&anywhere != 0 || !labelled || reader < 0 || unjudged {
					t.Errorf("%+v and %+v make a good part", one, two)
				}
			}
		}
	}
	if good == 0 {
		t.Error("no part is good")
	}
}
