package vision

import (
	"fmt"
	"image"
	"math"

	"linetwin.dev/specs"
	"linetwin.dev/vision/match"
)

// StationTemplate is a picture that must be found on each part.
type StationTemplate struct {
	Name    string
	Spec    specs.Template
	Picture image.Image // what is transparent does not count
}

// lookout is where a template is looked for.
type lookout struct {
	name     string
	template *match.Template
	region   Rect // of the image
	// Templates with one region are looked for in one search: which one, and as which of its templates.
	search, index int
}

// newLookouts prepares the station's templates.
func (in *Inspector) newLookouts() (all []lookout, err error) {
	searches := 0
	for _, t := range in.cfg.Templates {
		fail := func(err error, field string) ([]lookout, error) {
			return nil, fmt.Errorf("template %s, %s: %w", t.Name, t.Spec.File, settingError(err, "templates", t.Name, field))
		}
		pattern, mask := match.FromImage(t.Picture)
		turn, size := float64(t.Spec.Rotation)*180/math.Pi, float64(t.Spec.Scale)
		prepared, err := match.NewTemplate(pattern, match.TemplateOptions{
			Name: t.Name, Mask: mask,
			Angles:   match.Range{Low: -turn, High: turn},
			Scales:   match.Range{Low: max(1-size, match.MinScale), High: min(1+size, match.MaxScale)},
			MinScore: t.Spec.MinScore,
		})
		if err != nil {
			return fail(err, "file")
		}
		l := lookout{name: t.Name, template: prepared, region: in.roi}
		if r := t.Spec.Region; r != nil {
			l.region = Rect{r.X, r.Y, r.X + r.W, r.Y + r.H}.Clip(in.cfg.K.W, in.cfg.K.H)
		}
		if w, h := l.region.X1-l.region.X0, l.region.Y1-l.region.Y0; w < pattern.W || h < pattern.H {
			field := "file"
			if t.Spec.Region != nil {
				field = "region"
			}
			return fail(fmt.Errorf("it has %dx%d pixels and does not fit into the %dx%d in which it is looked for; widen the region, or cut out less", pattern.W, pattern.H, max(w, 0), max(h, 0)), field)
		}
		l.search = searches
		for _, o := range all {
			if o.region == l.region {
				l.search, l.index = o.search, l.index+1
			}
		}
		if l.index == 0 {
			searches++
		}
		all = append(all, l)
	}
	return all, nil
}

// newSearchers are a goroutine's own for the station's templates, one for each region.
func newSearchers(all []lookout) (searchers []*match.Searcher) {
	var together [][]*match.Template
	for i := range all {
		l := &all[i]
		if l.search == len(together) {
			together = append(together, nil)
		}
		together[l.search] = append(together[l.search], l.template)
	}
	for _, templates := range together {
		s, err := match.NewSearcher(templates, match.Options{Workers: 1}) // frames share the cores
		if err != nil {
			panic(fmt.Sprintf("vision: templates: %v", err)) // these options are in order
		}
		searchers = append(searchers, s)
	}
	return searchers
}

// judgeTemplates looks for the station's templates; gray is what the station sees of the part.
func (in *Inspector) judgeTemplates(f *Frame, gray Gray, sc *scratch, v *finding) {
	sc.found = sc.found[:0]
	for i := range in.lookouts {
		l := &in.lookouts[i]
		if l.index == 0 {
			sc.found = append(sc.found, in.search(l, f, gray, sc))
		}
		x0, y0, x1, y1 := float64(l.region.X0), float64(l.region.Y0), float64(l.region.X1), float64(l.region.Y1)
		m := best(sc.found[l.search], l.index)
		if m == nil {
			v.mark(l.name, true, NoTemplate, []Point{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}})
			continue
		}
		poly := make([]Point, 4)
		for k, c := range m.Corners {
			poly[k] = Point{c.X + x0, c.Y + y0}
		}
		v.mark(l.name, false, NoTemplate, poly)
	}
}

// search looks for all templates of a region; what is found is the searcher's.
func (in *Inspector) search(l *lookout, f *Frame, gray Gray, sc *scratch) *match.Result {
	part := gray.Crop(Rect{l.region.X0 - in.roi.X0, l.region.Y0 - in.roi.Y0, l.region.X1 - in.roi.X0, l.region.Y1 - in.roi.Y0})
	if part.W != l.region.X1-l.region.X0 || part.H != l.region.Y1-l.region.Y0 {
		part = f.Color.Gray(l.region, sc.patch)
		sc.patch = part.Pix
	}
	found, err := sc.searchers[l.search].Search(match.Image(part), match.Rect{})
	if err != nil {
		return nil
	}
	return found
}

// best match of a template, or nil.
func best(found *match.Result, template int) *match.Match {
	if found == nil {
		return nil
	}
	for i := range found.Matches {
		if m := &found.Matches[i]; m.Template == template {
			return m
		}
	}
	return nil
}
