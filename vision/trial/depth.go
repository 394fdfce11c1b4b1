package trial

import (
	"fmt"
	"image"
	"math"
	"slices"
	"strings"

	"linetwin.dev/vision"
	"linetwin.dev/vision/depth"
	"linetwin.dev/vision/depth/scenes"
)

// How depth is inspected: what package depth offers, one after the other.
const (
	smallest  = 8  // pixels of a region that is told
	blind     = 30 // pixels without depth that are told
	tiltSlack = 0.1 * math.Pi / 180
)

// Depth tries the inspection of depth on n rendered scenes: see package scenes of depth. Flying pixels are
// taken out of each of the eight frames, their mean is smoothed with a radius of 2, the median
// deviation of the table is taken off as the camera's bias, and what is left is compared with the
// template: regions of 8 pixels and more, 30 pixels and more without depth, the tilt.
func Depth(n int) *Subject {
	s := &Subject{Name: "depth", Title: "Depth", Item: "defect", Error: "height", Unit: "mm", Spread: "volume", LeastMean: 0.95, Strict: true}
	for _, c := range scenes.Categories() {
		s.Categories = append(s.Categories, Category{Name: c.Name, About: c.About, Least: c.Least, Try: func(seed uint64, i int) (Outcome, error) {
			scene := c.Scene(seed, i)
			return inspectScene(&scene)
		}})
	}
	share(s.Categories, n)
	return s
}

// inspected is what the inspection of a scene found.
type inspected struct {
	got     depth.Map // filtered, without the bias
	result  depth.Result
	regions []depth.Region
}

// inspect runs filters, comparison and regions.
func inspect(t *depth.Template, s *scenes.Scene) (in inspected, err error) {
	w, h := s.Want.W, s.Want.H
	mean, err := depth.NewTemporal(w, h, len(s.Frames), (len(s.Frames)+1)/2, false)
	if err != nil {
		return in, err
	}
	one, smooth := depth.NewMap(w, h), depth.Smoother{Radius: 2, Range: 6}
	in.got = depth.NewMap(w, h)
	for _, f := range s.Frames {
		if err := depth.RemoveFlying(one, depth.Map(f), depth.Step{}, 3); err != nil {
			return in, err
		}
		if err := mean.Add(in.got, one); err != nil {
			return in, err
		}
	}
	if err := smooth.Smooth(in.got, in.got); err != nil {
		return in, err
	}
	bias := medianOn(in.got, s)
	for i, z := range in.got.Z {
		if z > 0 {
			in.got.Z[i] = z - bias
		}
	}
	mask := make([]byte, w*h)
	if in.result, err = t.Compare(in.got, mask); err != nil {
		return in, err
	}
	finder := depth.Finder{Smallest: smallest}
	in.regions, err = finder.Find(t, in.got, mask)
	return in, err
}

// medianOn is the median deviation of the table.
func medianOn(got depth.Map, s *scenes.Scene) float32 {
	var d []float32
	for i, in := range s.Table {
		if in != 0 && depth.Valid(got.Z[i]) {
			d = append(d, got.Z[i]-s.Want.Z[i])
		}
	}
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[len(d)/2]
}

func inspectScene(s *scenes.Scene) (Outcome, error) {
	t, err := depth.NewTemplate(depth.Map(s.Want), s.Mask, depth.Uniform(float32(s.Tolerance), float32(s.Tolerance)), s.Camera.FX, s.Camera.FY)
	if err != nil {
		return Outcome{}, err
	}
	var in inspected
	out := Outcome{Took: Timed(func() { in, err = inspect(t, s) })}
	if err != nil {
		return Outcome{}, err
	}
	score := depthScore{out: &out, in: &in}
	score.regions(s)
	score.blind(s)
	if s.Tilt > 0 {
		score.item(math.Abs(in.result.Plane.Tilt-s.Tilt) <= tiltSlack,
			"tilt %.2f degrees, is %.2f", in.result.Plane.Tilt*180/math.Pi, s.Tilt*180/math.Pi)
	}
	if s.Good() && s.Tilt == 0 {
		score.item(out.Wrong == 0, "the part is good")
	}
	if out.failed() {
		out.Note = strings.Join(score.notes, "; ")
		out.Picture = func() image.Image { return drawDepth(s, &in) }
	}
	return out, nil
}

// depthScore compares what was found with what is true.
type depthScore struct {
	out   *Outcome
	in    *inspected
	notes []string
}

func (d *depthScore) item(right bool, note string, args ...any) {
	d.out.Items++
	if right {
		d.out.Right++
		return
	}
	d.notes = append(d.notes, fmt.Sprintf(note, args...))
}

// regions scores regions out of tolerance. What overlaps a true region is a part of it; true ones
// below the size that is told are neither asked for nor wrong, and so is what is found where the
// deviation is within the tolerance by less than a fifth of it.
func (d *depthScore) regions(s *scenes.Scene) {
	near := make([]bool, len(d.in.regions))
	for _, w := range s.Regions {
		best, most := -1, 0
		for i, r := range d.in.regions {
			if n := overlap(r.Box, w); n > 0 {
				near[i] = true
				if r.Pixels > most && r.Mean*w.Peak > 0 {
					best, most = i, r.Pixels
				}
			}
		}
		if w.Pixels < smallest {
			continue
		}
		d.item(best >= 0, "missed %.1f mm over %.0f mm^2 at (%d, %d)", w.Peak, w.Area, w.X+w.W/2, w.Y+w.H/2)
		if best >= 0 {
			r := &d.in.regions[best]
			peak, volume := float64(r.Furthest), r.VolumeFar
			if w.Peak < 0 {
				peak, volume = float64(r.Nearest), r.VolumeNear
			}
			d.out.Errors = append(d.out.Errors, math.Abs(peak-w.Peak))
			d.out.Spreads = append(d.out.Spreads, math.Abs(volume-w.Volume)/w.Volume)
		}
	}
	for i, r := range d.in.regions {
		if !near[i] && deviationIn(s, r.Box) < 0.8*s.Tolerance {
			d.out.Wrong++
			d.notes = append(d.notes, fmt.Sprintf("found %.1f mm over %d pixels at (%.0f, %.0f), which is not there", r.Mean, r.Pixels, r.X, r.Y))
		}
	}
}

// deviationIn is the largest true deviation in a box, either way.
func deviationIn(s *scenes.Scene, b depth.Box) (most float64) {
	for y := b.Y; y < b.Y+b.H; y++ {
		for x := b.X; x < b.X+b.W; x++ {
			if i := y*s.Want.W + x; s.Truth.Z[i] > 0 && s.Mask[i] != 0 {
				most = max(most, math.Abs(float64(s.Truth.Z[i]-s.Want.Z[i])))
			}
		}
	}
	return most
}

// blind scores pixels without depth: there must be about as many as the camera cannot see. Edges
// are frayed, so those around a piece that is missing do not count.
func (d *depthScore) blind(s *scenes.Scene) {
	got := 0
	for i, z := range d.in.got.Z {
		if s.Mask[i] == 0 || depth.Valid(z) {
			continue
		}
		at := depth.Box{X: i % s.Want.W, Y: i / s.Want.W, W: 1, H: 1}
		if !slices.ContainsFunc(s.Regions, func(w scenes.Region) bool { return overlap(at, w) > 0 }) {
			got++
		}
	}
	if want := s.Missing; want >= blind {
		d.item(math.Abs(float64(got-want)) <= 0.3*float64(want), "%d pixels without depth, there are %d", got, want)
	} else if got >= blind {
		d.out.Wrong++
		d.notes = append(d.notes, fmt.Sprintf("%d pixels without depth, there are %d", got, want))
	}
}

// overlap of two boxes with two pixels around, in pixels.
func overlap(a depth.Box, b scenes.Region) int {
	const slack = 2
	w := min(a.X+a.W, b.X+b.W) - max(a.X, b.X) + slack
	h := min(a.Y+a.H, b.Y+b.H) - max(a.Y, b.Y) + slack
	return max(w, 0) * max(h, 0)
}

// drawDepth shows deviations: grey within tolerance, red towards the camera, blue away from it, black
// without depth; boxes of what is true and of what was found beyond that.
func drawDepth(s *scenes.Scene, in *inspected) image.Image {
	m := vision.Image{W: s.Want.W, H: s.Want.H, Pix: make([]byte, 3*s.Want.W*s.Want.H)}
	for i := range s.Want.Z {
		p := m.Pix[3*i:][:3]
		switch z := in.got.Z[i]; {
		case !depth.Valid(z):
		case s.Mask[i] == 0:
			p[0], p[1], p[2] = 60, 60, 60
		default:
			d := float64(z-s.Want.Z[i]) / s.Tolerance
			v := byte(min(max(128+60*d, 40), 216))
			p[0], p[1], p[2] = v, v, v
			if d < -1 {
				p[0], p[1], p[2] = 200, 70, 70
			} else if d > 1 {
				p[0], p[1], p[2] = 70, 110, 220
			}
		}
	}
	d := newDrawing(m)
	for _, r := range in.regions {
		near := slices.ContainsFunc(s.Regions, func(w scenes.Region) bool { return overlap(r.Box, w) > 0 })
		if !near {
			d.box(falseColor, r.Box.X, r.Box.Y, r.Box.W, r.Box.H)
		}
	}
	for _, w := range s.Regions {
		hit := slices.ContainsFunc(in.regions, func(r depth.Region) bool { return overlap(r.Box, w) > 0 })
		d.box(truthColor(!hit), w.X, w.Y, w.W, w.H)
	}
	return d.img
}
