package main

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/vision"
	"linetwin.dev/vision/match"
)

// templateFlags are those of "vision template".
type templateFlags struct {
	templates     []string
	rotate, scale rangeFlag
	roi           roiFlag
	max           int
	minScore      float64
	json          bool
}

func newVisionTemplate() *cobra.Command {
	var f templateFlags
	cmd := &cobra.Command{
		Use:   "template --template T.png FILE...",
		Short: "Find templates in images",
		Long: `Find templates in images: the place of each one's centre in pixels, its angle in degrees
clockwise, its scale, and a score from 0 to 1, which is the share of the template that
agrees. Transparent pixels of a template do not count.
Without --rotate and --scale, templates are looked for within 6 degrees and 6 % of their
size; one that does not score 0.9 there, over the full turn and scales from 0.8 to 1.25.
Exit 0: each image has a match, 1: one has none, 2: one cannot be read.`,
		Example: `  linetwin vision template --template label.png photo.jpg
  linetwin vision template --template cap.png --template label.png --json *.png
  linetwin vision template --template bolt.png --max 20 --rotate -180..180 --min-score 0.7 tray.png`,
		Annotations: jsonLines,
		Args:        atLeast(1, "one image or more, PNG or JPEG"),
		RunE:        func(_ *cobra.Command, args []string) error { return f.find(args) },
	}
	cmd.Flags().StringArrayVar(&f.templates, "template", nil, "look for this `FILE`, PNG or JPEG; again for more")
	cmd.Flags().Var(&f.rotate, "rotate", "turned by degrees clockwise, as in -10..10")
	cmd.Flags().Var(&f.scale, "scale", "larger by a factor, as in 0.9..1.1")
	cmd.Flags().Var(&f.roi, "roi", "only where the centre is in this region, as in 100,50,640,480")
	cmd.Flags().IntVar(&f.max, "max", 1, "at most this `NUMBER` of each template in an image")
	cmd.Flags().Float64Var(&f.minScore, "min-score", usualScore, "what is found scores at least this `SCORE`")
	cmd.Flags().BoolVar(&f.json, "json", false, "print a line of JSON for each image")
	return cmd
}

// rangeFlag is a range of numbers, A..B, or one number.
type rangeFlag struct {
	match.Range
	text string
}

func (f *rangeFlag) Set(s string) error {
	low, high, two := strings.Cut(s, "..")
	if !two {
		high = low
	}
	a, err := strconv.ParseFloat(low, 64)
	b, err2 := strconv.ParseFloat(high, 64)
	if err != nil || err2 != nil || !(a <= b) || math.IsInf(a, 0) || math.IsInf(b, 0) {
		return fmt.Errorf("%q is not a range; write two numbers, the lower one first, as in -10..10", s)
	}
	*f = rangeFlag{match.Range{Low: a, High: b}, s}
	return nil
}

func (f *rangeFlag) String() string { return f.text }

func (f *rangeFlag) Type() string { return "A..B" }

// roiFlag is a region of an image, X,Y,W,H in pixels.
type roiFlag struct {
	match.Rect
	text string
}

func (f *roiFlag) Set(s string) error {
	var v [4]int
	parts := strings.Split(s, ",")
	for i, p := range parts {
		n, err := strconv.ParseInt(p, 10, 32)
		if err != nil || len(parts) != 4 || i >= 2 && n <= 0 {
			return fmt.Errorf("%q is not a region; write its left upper pixel, width and height, as in 100,50,640,480", s)
		}
		v[i] = int(n)
	}
	*f = roiFlag{match.Rect{X0: v[0], Y0: v[1], X1: v[0] + v[2], Y1: v[1] + v[3]}, s}
	return nil
}

func (f *roiFlag) String() string { return f.text }

func (f *roiFlag) Type() string { return "X,Y,W,H" }

func (f *templateFlags) find(files []string) error {
	switch {
	case len(f.templates) == 0:
		return errors.New("linetwin vision template takes --template FILE, once or more; see linetwin vision template --help")
	case f.max < 1 || f.max > match.MaxMatches:
		return fmt.Errorf("--max: %d is not a number of matches; write 1 to %d", f.max, match.MaxMatches)
	case !(f.minScore > 0 && f.minScore <= 1):
		return fmt.Errorf("--min-score: %v is not a score; write a number above 0, at most 1, as in 0.6", f.minScore)
	case f.rotate.Low < -360 || f.rotate.High > 360:
		return fmt.Errorf("--rotate: %s is more than a turn either way; write degrees from -360 to 360", &f.rotate)
	case f.scale.text != "" && (f.scale.Low < match.MinScale || f.scale.High > match.MaxScale):
		return fmt.Errorf("--scale: templates are found from %v to %v times their size, not %s", match.MinScale, match.MaxScale, &f.scale)
	}
	if err := checkImages(files); err != nil {
		return err
	}
	finder, err := f.finder()
	if err != nil {
		return err
	}
	return eachImage(files, f.json, func(_ int, name string) (imageReport, error) {
		cost, err := finder.load(name)
		if err != nil {
			return imageReport{}, err
		}
		line := f.lineFor(name, finder, cost)
		return imageReport{line, line.text(f.templates), len(line.Matches) > 0}, nil
	}, func(name string, err error) any {
		return templateLine{File: name, Matches: []matchLine{}, Missed: []missLine{}, Error: err.Error()}
	})
}

// usualScore is above match.DefaultMinScore: in pictures from elsewhere it nearly halved how many templates that were
// not there were found, for 2 of 47 that were partly covered.
const usualScore = 0.5

// Where templates are looked for if nobody says: about upright, and anywhere.
var (
	nearAngles, nearScales = match.Range{Low: -6, High: 6}, match.Range{Low: 0.94, High: 1.06}
	wideAngles, wideScales = match.Range{Low: -180, High: 180}, match.Range{Low: 0.8, High: 1.25}
)

// goodEnough is the score of a match about upright, with which no other is looked for.
const goodEnough = 0.9

// templateFinder looks for templates where they are most likely, and those that are not there
// further about.
type templateFinder struct {
	options   match.Options
	region    match.Rect
	templates []*match.Template
	first     *match.Searcher
	single    []*match.Searcher // of one template each, for images that are smaller than some; made when one comes
	wide      []*match.Searcher // of one template each; nil where the first one is all
	matches   []match.Match     // best first; they are the finder's
	rejected  []match.Rejected  // of each template without a match the best place
	tooLarge  []int             // templates that are larger than the image
}

func (f *templateFlags) finder() (*templateFinder, error) {
	given := f.rotate.text != "" || f.scale.text != ""
	angles, scales := nearAngles, nearScales
	if given {
		angles, scales = f.rotate.Range, match.Range{Low: 1, High: 1}
		if f.scale.text != "" {
			scales = f.scale.Range
		}
	}
	t := &templateFinder{options: match.Options{Max: f.max, MinScore: f.minScore}, region: f.roi.Rect}
	for _, name := range f.templates {
		m, mask, err := loadTemplate(name)
		if err != nil {
			return nil, err
		}
		one, err := match.NewTemplate(m, match.TemplateOptions{Name: name, Mask: mask, Angles: angles, Scales: scales})
		if err != nil {
			return nil, err
		}
		t.templates = append(t.templates, one)
		if given {
			continue
		}
		all, err := match.NewTemplate(m, match.TemplateOptions{Name: name, Mask: mask, Angles: wideAngles, Scales: wideScales})
		if err != nil {
			return nil, err
		}
		wide, err := match.NewSearcher([]*match.Template{all}, t.options)
		if err != nil {
			return nil, err
		}
		t.wide = append(t.wide, wide)
	}
	var err error
	t.first, err = match.NewSearcher(t.templates, t.options)
	return t, err
}

// loadTemplate reads a template; its transparent pixels are its mask.
func loadTemplate(name string) (m match.Image, mask []byte, err error) {
	if err := vision.CheckImage(name); err != nil {
		return m, nil, err
	}
	r, err := os.Open(name)
	if err != nil {
		return m, nil, fmt.Errorf("image %s: %w", name, err)
	}
	defer r.Close()
	decoded, _, err := image.Decode(r)
	if err != nil {
		return m, nil, fmt.Errorf("image %s: damaged image: %w", name, err)
	}
	m, mask = match.FromImage(decoded)
	return m, mask, nil
}

// atEdge tells whether a value is at an end of its range, beyond which something may fit better.
func atEdge(v float64, r match.Range) bool {
	slack := (r.High - r.Low) / 50
	return v < r.Low+slack || v > r.High-slack
}

// load searches an image file, and tells how long the search took.
func (t *templateFinder) load(name string) (time.Duration, error) {
	img, err := vision.LoadImage(name)
	if err != nil {
		return 0, err
	}
	gray := img.Gray(img.Bounds(), nil)
	begun := time.Now()
	if err := t.search(match.Image(gray)); err != nil {
		return 0, fmt.Errorf("image %s: %w", name, err)
	}
	return time.Since(begun), nil
}

// search looks for all templates in an image, and leaves what it found in the finder.
func (t *templateFinder) search(m match.Image) error {
	t.matches, t.rejected, t.tooLarge = t.matches[:0], t.rejected[:0], t.tooLarge[:0]
	r, err := t.first.Search(m, t.region)
	switch {
	case errors.Is(err, match.ErrTooLarge):
		if err := t.searchSingly(m); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		t.take(r)
	}
	for i, wide := range t.wide {
		sum, good := 0.0, 0
		for _, k := range t.matches {
			if k.Template == i {
				sum += k.Score
				if k.Score >= goodEnough && !atEdge(k.Angle, nearAngles) && !atEdge(k.Scale, nearScales) {
					good++
				}
			}
		}
		if good == t.options.Max {
			continue
		}
		r, err := wide.Search(m, t.region)
		if errors.Is(err, match.ErrTooLarge) {
			continue
		} else if err != nil {
			return err
		}
		large := slices.Contains(t.tooLarge, i) // but not where it is smaller
		t.tooLarge = slices.DeleteFunc(t.tooLarge, func(k int) bool { return k == i })
		rename(r, i)
		for k := range r.Matches {
			sum -= r.Matches[k].Score
		}
		if sum < 0 || large {
			t.matches = slices.DeleteFunc(t.matches, func(k match.Match) bool { return k.Template == i })
			t.rejected = slices.DeleteFunc(t.rejected, func(k match.Rejected) bool { return k.Template == i })
			t.take(r)
		}
	}
	slices.SortStableFunc(t.matches, func(a, b match.Match) int { return cmp.Compare(b.Score, a.Score) })
	return nil
}

// searchSingly looks for those templates that an image is large enough for.
func (t *templateFinder) searchSingly(m match.Image) error {
	for i, template := range t.templates {
		if i == len(t.single) {
			one, err := match.NewSearcher([]*match.Template{template}, t.options)
			if err != nil {
				return err
			}
			t.single = append(t.single, one)
		}
		r, err := t.single[i].Search(m, t.region)
		switch {
		case errors.Is(err, match.ErrTooLarge):
			t.tooLarge = append(t.tooLarge, i)
		case err != nil:
			return err
		default:
			rename(r, i)
			t.take(r)
		}
	}
	return nil
}

// rename gives what a search for one template found that template's number.
func rename(r *match.Result, template int) {
	for k := range r.Matches {
		r.Matches[k].Template = template
	}
	for k := range r.Rejected {
		r.Rejected[k].Template = template
	}
}

// take keeps what a search found, and for each template without a match the best place.
func (t *templateFinder) take(r *match.Result) {
	t.matches = append(t.matches, r.Matches...)
	for _, k := range r.Rejected {
		if !slices.ContainsFunc(t.matches, func(m match.Match) bool { return m.Template == k.Template }) &&
			!slices.ContainsFunc(t.rejected, func(m match.Rejected) bool { return m.Template == k.Template }) {
			t.rejected = append(t.rejected, k)
		}
	}
}

// matchLine is a match as JSON, in raw pixels: the centre of the first one is (0, 0).
type matchLine struct {
	Template    string        `json:"template"`
	X           float64       `json:"x"` // of the template's centre
	Y           float64       `json:"y"`
	Angle       float64       `json:"angle"` // degrees, clockwise as seen
	Scale       float64       `json:"scale"`
	Score       float64       `json:"score"`
	Corners     [4][2]float64 `json:"corners"` // from the template's top left, clockwise
	Agreed      float64       `json:"agreed"`
	Correlation float64       `json:"correlation"`
	Next        float64       `json:"next"` // the best score elsewhere
	Why         string        `json:"why"`
}

// missLine is a template without a match, with its best place.
type missLine struct {
	Template string  `json:"template"`
	X        float64 `json:"x"`
	Y        float64 `json:"y"`
	Score    float64 `json:"score"`
	Why      string  `json:"why"`
}

// decimals rounds to some places after the point.
func decimals(v float64, n int) float64 {
	p := math.Pow10(n)
	return math.Round(v*p)/p + 0 // no negative zero
}

func (f *templateFlags) lineOf(m *match.Match) matchLine {
	l := matchLine{
		Template: f.templates[m.Template], X: decimals(m.X, 4), Y: decimals(m.Y, 4),
		Angle: decimals(m.Angle, 4), Scale: decimals(m.Scale, 6), Score: decimals(m.Score, 4),
		Agreed: decimals(m.Agreed, 4), Correlation: decimals(m.Correlation, 4), Next: decimals(m.Next, 4), Why: m.Explain(),
	}
	for i, c := range m.Corners {
		l.Corners[i] = [2]float64{decimals(c.X, 4), decimals(c.Y, 4)}
	}
	return l
}

// templateLine is what was found in an image, as JSON.
type templateLine struct {
	File    string      `json:"file"`
	MS      float64     `json:"ms"`
	Matches []matchLine `json:"matches"`
	Missed  []missLine  `json:"missed"`
	Error   string      `json:"error,omitempty"` // why the image cannot be searched
}

func (f *templateFlags) lineFor(file string, t *templateFinder, cost time.Duration) *templateLine {
	l := &templateLine{File: file, MS: milliseconds(cost), Matches: make([]matchLine, len(t.matches)), Missed: make([]missLine, 0, len(f.templates))}
	for i := range t.matches {
		l.Matches[i] = f.lineOf(&t.matches[i])
	}
	for i := range t.rejected {
		r := &t.rejected[i]
		l.Missed = append(l.Missed, missLine{f.templates[r.Template], decimals(r.X, 4), decimals(r.Y, 4), decimals(r.Score, 4), r.Reason.String()})
	}
	for _, i := range t.tooLarge {
		l.Missed = append(l.Missed, missLine{Template: f.templates[i], Why: "it is " + match.ErrTooLarge.Error()})
	}
	return l
}

// text is for people.
func (l *templateLine) text(templates []string) string {
	var b strings.Builder
	for _, m := range l.Matches {
		fmt.Fprintf(&b, "%s: %s at (%.2f, %.2f), turned by %.2f degrees, scale %.3f; %s\n",
			l.File, m.Template, m.X, m.Y, decimals(m.Angle, 2), m.Scale, m.Why)
	}
	for _, name := range templates {
		if slices.ContainsFunc(l.Matches, func(m matchLine) bool { return m.Template == name }) {
			continue
		}
		why := ""
		if k := slices.IndexFunc(l.Missed, func(m missLine) bool { return m.Template == name }); k >= 0 {
			if m := l.Missed[k]; m.Score > 0 {
				why = fmt.Sprintf("; the best place, (%.1f, %.1f), scores %.4g", m.X, m.Y, m.Score)
			} else {
				why = "; " + m.Why
			}
		}
		fmt.Fprintf(&b, "%s: %s not found%s\n", l.File, name, why)
	}
	return b.String()
}
