package trial

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"runtime"
	"strings"
	"testing"

	"linetwin.dev/bench"
	"linetwin.dev/vision"
	"linetwin.dev/vision/defects"
	"linetwin.dev/vision/depth/scenes"
	"linetwin.dev/vision/match"
	tscenes "linetwin.dev/vision/match/scenes"
)

func run(t *testing.T, subjects ...*Subject) *Report {
	t.Helper()
	r, err := Run(context.Background(), Options{Seed: 1, Failures: 2}, subjects...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCountsAreTheSameOnAnyNumberOfProcessors(t *testing.T) {
	reader := vision.NewQRReader(vision.QROptions{})
	hash := func() string {
		qr := QR(reader, 20)
		depth := Depth(15)
		qr.Categories, depth.Categories = qr.Categories[9:12], depth.Categories[4:8]
		s, _ := run(t, qr, depth, Templates(26), Defects(14)).Summary("trial", "")
		return s.Hash
	}
	many := hash()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if one := hash(); one != many {
		t.Errorf("on one processor the hash is %s, on more %s", one, many)
	}
}

// wrongDecoder reads the same text everywhere.
type wrongDecoder struct{}

func (wrongDecoder) DecodeQR(vision.Gray, vision.QRAsk) ([]vision.Code, int, error) {
	return []vision.Code{{Text: "wrong", Corners: [4]vision.Point{{X: 1, Y: 1}, {X: 20, Y: 1}, {X: 20, Y: 20}, {X: 1, Y: 20}}}}, 1, nil
}

func TestTextsThatAreNotInAPictureAreWrong(t *testing.T) {
	qr := QR(vision.NewQRReader(vision.QROptions{Decoder: wrongDecoder{}}), 20)
	qr.Categories = qr.Categories[:1]
	r := run(t, qr)
	g := &r.Subjects[0].Groups[0]
	if g.Right != 0 || g.Wrong != g.Pictures || g.Missed() != g.Items || r.Pass() {
		t.Errorf("%d right, %d wrong, %d missed of %d, pass %t; want all missed and as many wrong", g.Right, g.Wrong, g.Missed(), g.Items, r.Pass())
	}
	if f := r.Failures(); len(f) != 1 || !strings.Contains(f[0].Note, `read "wrong", which is not there; missed 1 of 1`) {
		t.Errorf("failures are %+v", f)
	}
}

func TestWhateverIsReadWhereThereIsNoCodeIsWrong(t *testing.T) {
	r := run(t, NoCodes(vision.NewQRReader(vision.QROptions{Decoder: wrongDecoder{}}), 8))
	if s, _ := r.Summary("trial", ""); r.Subjects[0].Wrong() != 8 || r.Pass() || s.Verdict != bench.Fail {
		t.Errorf("%d of 8 are wrong, pass %t, verdict %s", r.Subjects[0].Wrong(), r.Pass(), s.Verdict)
	}
}

// A judge that is told that a dented part is good, or a good one dented, must be found wrong: the score looks at both.
func TestDepthIsScoredByFindingsAndByWhatIsMissed(t *testing.T) {
	var dent, flat scenes.Scene
	for _, c := range scenes.Categories() {
		switch c.Name {
		case "dent":
			dent = c.Scene(1, 0)
		case "flat":
			flat = c.Scene(1, 0)
		}
	}
	right, err := inspectScene(&dent)
	if err != nil || right.Items != 1 || right.Right != 1 || right.Wrong != 0 || right.Errors[0] > 0.5 || right.Spreads[0] > 0.1 {
		t.Errorf("a dent gives %+v and error %v, want it found to 0.5 mm and 10 %% of volume", right, err)
	}
	region := dent.Regions
	dent.Regions, dent.Truth = nil, dent.Want
	if o, err := inspectScene(&dent); err != nil || o.Wrong != 1 || o.Right != 0 || o.Picture == nil {
		t.Errorf("a dent that is not in the truth gives %+v, want one wrong", o)
	}
	flat.Regions = region
	if o, err := inspectScene(&flat); err != nil || o.Items != 1 || o.Right != 0 || !strings.Contains(o.Note, "missed") {
		t.Errorf("a dent that only the truth has gives %+v, want it missed", o)
	}
}

// counted is a subject whose pictures are right up to a number.
func counted(pictures, right int, least float64) *Subject {
	return &Subject{Name: "made", Title: "Made up", Item: "thing", Error: "place", Unit: "px", Strict: true, LeastMean: least, Categories: []Category{{
		Name: "one kind", Least: least, Count: pictures, Try: func(_ uint64, i int) (Outcome, error) {
			o := Outcome{Items: 1, Errors: []float64{float64(i)}, Picture: func() image.Image { return image.NewGray(image.Rect(0, 0, 3, 3)) }}
			if i < right {
				o.Right = 1
			}
			return o, nil
		},
	}}}
}

func TestCategoriesAreHeldToTheirBounds(t *testing.T) {
	for _, c := range []struct {
		pictures, right int
		least           float64
		pass            bool
	}{
		{100, 95, 0.95, true}, {100, 94, 0.95, false}, {20, 18, 0.95, false},
		{19, 0, 0.95, true}, // too few to tell
		{50, 0, 0, true},    // no bound
	} {
		if r := run(t, counted(c.pictures, c.right, c.least)); r.Pass() != c.pass {
			t.Errorf("%d of %d against %g pass: %t, want %t", c.right, c.pictures, c.least, r.Pass(), c.pass)
		} else if s, _ := r.Summary("trial", ""); (s.Verdict == bench.Pass) != c.pass {
			t.Errorf("%d of %d against %g: the summary's verdict is %s", c.right, c.pictures, c.least, s.Verdict)
		}
	}
}

func TestReportsShowCategoriesFailuresAndWhatWasSkipped(t *testing.T) {
	s := counted(30, 20, 0.9)
	s.Categories = append(s.Categories, Category{Name: "abroad", Count: 10, Skipped: "the printer is not installed"})
	r := run(t, s)
	var table, page, list bytes.Buffer
	if err := errors.Join(r.WriteTable(&table), r.WritePictures(&list)); err != nil {
		t.Fatal(err)
	}
	summary, report := r.Summary("trial", "A title", "a note")
	if err := bench.WriteReport(&page, report); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one kind", "66.7 %", "BROKEN", "the printer is not installed", "mean of categories", "14.00"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &table)
		}
	}
	for _, want := range []string{"A title", "a note", "one kind", "66.7 %", "picture 20", "the printer is not installed"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(list.String(), "\n"); n != 31 {
		t.Errorf("the list has %d lines, want a head and 30", n)
	}
	if len(r.Failures()) != 2 || summary.Verdict != bench.Fail || *summary.Metrics["made.one_kind.read"].Value != 20./30 {
		t.Errorf("%d failures are kept, verdict %s, metrics %+v", len(r.Failures()), summary.Verdict, summary.Metrics["made.one_kind.read"])
	}
}

func TestRunsEndWithTheContextAndWithErrors(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := counted(1000, 1000, 0)
	if _, err := Run(ctx, Options{Progress: func(done, _ int) {
		if done == 5 {
			cancel()
		}
	}}, s); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that was cancelled ends with %v", err)
	}
	s.Categories[0].Try = func(_ uint64, i int) (Outcome, error) { return Outcome{}, fmt.Errorf("out of paper") }
	if _, err := Run(context.Background(), Options{}, s); err == nil || !strings.Contains(err.Error(), `of "one kind": out of paper`) {
		t.Errorf("a run with an error ends with %v", err)
	}
}

func TestPicturesAreSharedAmongCategories(t *testing.T) {
	list := make([]Category, 7)
	share(list, 23)
	sum := 0
	for _, c := range list {
		sum += c.Count
		if c.Count < 3 || c.Count > 4 {
			t.Errorf("a category has %d of 23 pictures", c.Count)
		}
	}
	if sum != 23 {
		t.Errorf("all have %d pictures, want 23", sum)
	}
}

func TestMatchesAreScoredByPlaceAngleAndSize(t *testing.T) {
	want := []tscenes.Truth{{X: 50, Y: 40, Angle: 179.5, Scale: 1}, {Template: 1, X: 80, Y: 40, Scale: 1.2}}
	for _, c := range []struct {
		what                 string
		found                []match.Match
		right, missed, wrong int
	}{
		{"both", []match.Match{{X: 50.3, Y: 40, Angle: -179.5, Scale: 1.01}, {Template: 1, X: 80, Y: 40.5, Scale: 1.2}}, 2, 0, 0},
		{"none", nil, 0, 2, 0},
		{"a pixel off", []match.Match{{X: 51.2, Y: 40, Angle: 179.5, Scale: 1}}, 0, 2, 1},
		{"turned", []match.Match{{X: 50, Y: 40, Angle: 175, Scale: 1}}, 0, 2, 1},
		{"too large", []match.Match{{Template: 1, X: 80, Y: 40, Scale: 1.25}}, 0, 2, 1},
		{"the other template", []match.Match{{Template: 1, X: 50, Y: 40, Angle: 179.5, Scale: 1}}, 0, 2, 1},
		{"twice", []match.Match{{Template: 1, X: 80, Y: 40, Scale: 1.2}, {Template: 1, X: 80.1, Y: 40, Scale: 1.2}}, 1, 1, 1},
	} {
		var o Outcome
		missed, _ := scoreMatches(&o, c.found, want)
		if o.Items != 2 || o.Right != c.right || len(missed) != c.missed || o.Wrong != c.wrong {
			t.Errorf("%s: %d right, %d missed, %d wrong; want %d, %d, %d", c.what, o.Right, len(missed), o.Wrong, c.right, c.missed, c.wrong)
		}
	}
}

func TestBoxesAreScoredByWhatTheyHaveInCommon(t *testing.T) {
	want := []image.Rectangle{image.Rect(10, 10, 20, 20)}
	for _, c := range []struct {
		what                 string
		found                []defects.Defect
		want                 []image.Rectangle
		items, right, astray int
	}{
		{"the same", []defects.Defect{{Box: image.Rect(10, 10, 20, 20)}}, want, 1, 1, 0},
		{"a third", []defects.Defect{{Box: image.Rect(10, 10, 15, 17)}}, want, 1, 1, 0},
		{"a corner", []defects.Defect{{Box: image.Rect(18, 18, 30, 30)}}, want, 1, 0, 0},
		{"elsewhere", []defects.Defect{{Box: image.Rect(30, 30, 40, 40)}}, want, 1, 0, 1},
		{"nothing", nil, want, 1, 0, 0},
		{"a good picture", nil, nil, 1, 1, 0},
		{"a good picture with a box", []defects.Defect{{Box: image.Rect(1, 1, 4, 4)}}, nil, 1, 0, 1},
	} {
		var o Outcome
		_, astray := scoreBoxes(&o, c.found, c.want)
		if o.Items != c.items || o.Right != c.right || o.Wrong != c.astray || len(astray) != c.astray {
			t.Errorf("%s: %d items, %d right, %d wrong; want %d, %d, %d", c.what, o.Items, o.Right, o.Wrong, c.items, c.right, c.astray)
		}
	}
}
