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
	w, h     int
	options  match.Options
}

// newLookouts prepares the station's templates.
func (in *Inspector) newLookouts() (all []lookout, err error) {
	for _, t := range in.cfg.Templates {
		fail := func(err error, field string) ([]lookout, error) {
			return nil, fmt.Errorf("template %s, %s: %w", t.Name, t.Spec.File, settingError(err, "templates", t.Name, field))
		}
		pattern, mask := match.FromImage(t.Picture)
		turn, size := float64(t.Spec.Rotation)*180/math.Pi, float64(t.Spec.Scale)
		prepared, err := match.NewTemplate(pattern, match.TemplateOptions{
			Name: t.Name, Mask: mask,
			Angles: match.Range{Low: -turn, High: turn},
			Scales: match.Range{Low: max(1-size, match.MinScale), High: min(1+size, match.MaxScale)},
		})
		if err != nil {
			return fail(err, "file")
		}
		l := lookout{name: t.Name, template: prepared, region: in.roi, w: pattern.W, h: pattern.H,
			options: match.Options{MinScore: t.Spec.MinScore, Workers: 1}} // frames share the cores
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
		all = append(all, l)
	}
	return all, nil
}

// newSearchers are a goroutine's own for the station's templates.
func newSearchers(all []lookout) []*match.Searcher {
	searchers := make([]*match.Searcher, len(all))
	for i := range all {
		s, err := match.NewSearcher([]*match.Template{all[i].template}, all[i].options)
		if err != nil {
			panic(fmt.Sprintf("vision: template %s: %v", all[i].name, err)) // the options are the station's own
		}
		searchers[i] = s
	}
	return searchers
}

// judgeTemplates looks for the station's templates; gray is what the station sees of the part.
func (in *Inspector) judgeTemplates(f *Frame, gray Gray, sc *scratch, v *Verdict) {
	for i := range in.lookouts {
		l := &in.lookouts[i]
		part := gray.Crop(Rect{l.region.X0 - in.roi.X0, l.region.Y0 - in.roi.Y0, l.region.X1 - in.roi.X0, l.region.Y1 - in.roi.Y0})
		if part.W != l.region.X1-l.region.X0 || part.H != l.region.Y1-l.region.Y0 {
			part = f.Color.Gray(l.region, sc.patch)
			sc.patch = part.Pix
		}
		found, err := sc.searchers[i].Search(match.Image(part), match.Rect{})
		if err != nil || len(found.Matches) == 0 {
			x0, y0, x1, y1 := float64(l.region.X0), float64(l.region.Y0), float64(l.region.X1), float64(l.region.Y1)
			v.mark(l.name, true, NoTemplate, []Point{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}})
			continue
		}
		poly := make([]Point, 4)
		for k, c := range found.Matches[0].Corners {
			poly[k] = Point{c.X + float64(l.region.X0), c.Y + float64(l.region.Y0)}
		}
		v.mark(l.name, false, NoTemplate, poly)
	}
}
