package main

import (
	"cmp"
	"encoding/json"
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
		Args: atLeast(1, "one image or more, PNG or JPEG"),
		RunE: func(_ *cobra.Command, args []string) error { return f.find(args) },
	}
	cmd.Flags().StringArrayVar(&f.templates, "template", nil, "look for this `FILE`, PNG or JPEG; again for more")
	cmd.Flags().Var(&f.rotate, "rotate", "turned by degrees clockwise, as in -10..10")
	cmd.Flags().Var(&f.scale, "scale", "larger by a factor, as in 0.9..1.1")
	cmd.Flags().Var(&f.roi, "roi", "only where the centre is in this region, as in 100,50,640,480")
	cmd.Flags().IntVar(&f.max, "max", 1, "at most this `NUMBER` of each template in an image")
	cmd.Flags().Float64Var(&f.minScore, "min-score", match.DefaultMinScore, "what is found scores at least this `SCORE`")
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

// find searches images one by one; what files are is looked at before, so that a wrong one
// gives its message and nothing else.
func (f *templateFlags) find(files []string) error {
	switch {
	case len(f.templates) == 0:
		return errors.New("linetwin vision template takes --template FILE, once or more; see linetwin vision template --help")
	case f.max < 1 || f.max > match.MaxMatches:
		return fmt.Errorf("--max: %d is not a number of matches; write 1 to %d", f.max, match.MaxMatches)
	case !(f.minScore > 0 && f.minScore <= 1):
		return fmt.Errorf("--min-score: %v is not a score; write a number above 0, at most 1, as in 0.6", f.minScore)
	}
	for _, name := range files {
		if err := vision.CheckImage(name); err != nil {
			return err
		}
	}
	finder, err := f.finder()
	if err != nil {
		return err
	}
	var bad error
	missed := false
	for _, name := range files {
		cost, err := finder.load(name)
		if err != nil {
			if bad != nil {
				fmt.Fprintln(os.Stderr, bad)
			}
			bad = err // the others are searched all the same
			continue
		}
		missed = missed || len(finder.matches) == 0
		if err := f.print(name, finder, cost); err != nil {
			return err
		}
	}
	if bad == nil && missed {
		return &exitError{code: exitBroken}
	}
	return bad
}

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
	max      int
	region   match.Rect
	first    *match.Searcher
	wide     []*match.Searcher // of one template each; nil where the first one is all
	matches  []match.Match     // best first; they are the finder's
	rejected []match.Rejected  // of each template without a match the best place
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
	options := match.Options{Max: f.max, MinScore: f.minScore}
	t := &templateFinder{max: f.max, region: f.roi.Rect}
	var first []*match.Template
	for _, name := range f.templates {
		m, mask, err := loadTemplate(name)
		if err != nil {
			return nil, err
		}
		one, err := match.NewTemplate(m, match.TemplateOptions{Name: name, Mask: mask, Angles: angles, Scales: scales})
		if err != nil {
			return nil, err
		}
		first = append(first, one)
		if given {
			continue
		}
		all, err := match.NewTemplate(m, match.TemplateOptions{Name: name, Mask: mask, Angles: wideAngles, Scales: wideScales})
		if err != nil {
			return nil, err
		}
		wide, err := match.NewSearcher([]*match.Template{all}, options)
		if err != nil {
			return nil, err
		}
		t.wide = append(t.wide, wide)
	}
	var err error
	t.first, err = match.NewSearcher(first, options)
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
	t.matches, t.rejected = t.matches[:0], t.rejected[:0]
	r, err := t.first.Search(m, t.region)
	if err != nil {
		return err
	}
	t.take(r)
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
		if good == t.max {
			continue
		}
		r, err := wide.Search(m, t.region)
		if err != nil {
			return err
		}
		for k := range r.Matches {
			r.Matches[k].Template = i
			sum -= r.Matches[k].Score
		}
		for k := range r.Rejected {
			r.Rejected[k].Template = i
		}
		if sum < 0 {
			t.matches = slices.DeleteFunc(t.matches, func(k match.Match) bool { return k.Template == i })
			t.rejected = slices.DeleteFunc(t.rejected, func(k match.Rejected) bool { return k.Template == i })
			t.take(r)
		}
	}
	slices.SortStableFunc(t.matches, func(a, b match.Match) int { return cmp.Compare(b.Score, a.Score) })
	return nil
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

func (f *templateFlags) print(file string, t *templateFinder, cost time.Duration) error {
	lines, missed := make([]matchLine, len(t.matches)), make([]missLine, len(t.rejected))
	for i := range t.matches {
		lines[i] = f.lineOf(&t.matches[i])
	}
	for i := range t.rejected {
		r := &t.rejected[i]
		missed[i] = missLine{f.templates[r.Template], decimals(r.X, 4), decimals(r.Y, 4), decimals(r.Score, 4), r.Reason.String()}
	}
	if f.json {
		return json.NewEncoder(os.Stdout).Encode(struct {
			File    string      `json:"file"`
			MS      float64     `json:"ms"`
			Matches []matchLine `json:"matches"`
			Missed  []missLine  `json:"missed"`
		}{file, float64(cost.Microseconds()) / 1000, lines, missed})
	}
	for _, l := range lines {
		if _, err := fmt.Printf("%s: %s at (%.2f, %.2f), turned by %.2f degrees, scale %.3f; %s\n",
			file, l.Template, l.X, l.Y, decimals(l.Angle, 2), l.Scale, l.Why); err != nil {
			return err
		}
	}
	for i, name := range f.templates {
		if slices.ContainsFunc(t.matches, func(m match.Match) bool { return m.Template == i }) {
			continue
		}
		best := ""
		if k := slices.IndexFunc(t.rejected, func(r match.Rejected) bool { return r.Template == i }); k >= 0 {
			best = fmt.Sprintf("; the best place, (%.1f, %.1f), scores %.2f", missed[k].X, missed[k].Y, missed[k].Score)
		}
		if _, err := fmt.Printf("%s: %s not found%s\n", file, name, best); err != nil {
			return err
		}
	}
	return nil
}
