package depth

import (
	"cmp"
	"fmt"
	"slices"
)

// Box is a rectangle of pixels: from X, Y on, W wide and H high.
type Box struct{ X, Y, W, H int }

// Region is a connected group of pixels out of tolerance; pixels that touch at a corner are
// connected.
type Region struct {
	Box    Box
	Pixels int
	X, Y   float64 // the mean of its pixels
	// Extremes and mean of its deviations, in millimetres; as in a Result, what does not stick out
	// either way is 0.
	Nearest, Furthest float32
	Mean              float64
	// Surface and volume as in a Result, in square and cubic millimetres.
	Area, VolumeNear, VolumeFar float64
	first                       int // in reading order: regions have their place from it
}

// Finder groups the mask of a comparison into regions. The zero value is ready. It keeps its memory from
// one image to the next, so it serves one goroutine at a time.
type Finder struct {
	// Smallest is the least number of pixels of a region that is told; 0 and 1 tell all.
	Smallest int
	runs     []run
	regions  []Region
}

// run is a stretch of a row out of tolerance. Runs that touch are joined into trees: parent is the
// index of another run, or the run's own.
type run struct {
	y, from, to int // pixels from <= x < to
	parent      int
	region      int
}

// Find groups mask, as Compare set it for got, into regions, the largest first, and among those of
// equal size the first in reading order. What it returns is overwritten by the next call. It walks
// over the mask once, and allocates only when there are more runs or regions than ever before.
//
// It fails when sizes do not agree. A pixel that is set but cannot be compared is left out.
func (f *Finder) Find(t *Template, got Map, mask []byte) ([]Region, error) {
	if err := sameSize("measured image", got, t.w, t.h); err != nil {
		return nil, err
	}
	if len(mask) != t.w*t.h {
		return nil, fmt.Errorf("depth: the mask has %d values, want %d x %d", len(mask), t.w, t.h)
	}
	f.runs, f.regions = f.runs[:0], f.regions[:0]
	above := 0 // the first run of the row above
	for y := range t.h {
		begin := len(f.runs)
		f.findRuns(t, got.Row(y), mask[y*t.w:(y+1)*t.w], y)
		f.join(above, begin)
		above = begin
	}
	for i := range f.runs {
		f.gather(t, got, i)
	}
	areas := t.fx * t.fy
	for i := range f.regions {
		r := &f.regions[i]
		n := float64(r.Pixels)
		r.X, r.Y, r.Mean = r.X/n, r.Y/n, r.Mean/n
		r.Area, r.VolumeNear, r.VolumeFar = r.Area/areas, r.VolumeNear/areas, r.VolumeFar/areas
	}
	f.regions = slices.DeleteFunc(f.regions, func(r Region) bool { return r.Pixels < f.Smallest })
	slices.SortFunc(f.regions, func(a, b Region) int {
		return cmp.Or(cmp.Compare(b.Pixels, a.Pixels), cmp.Compare(a.first, b.first))
	})
	return f.regions, nil
}

// findRuns appends the runs of a row.
func (f *Finder) findRuns(t *Template, got []float32, mask []byte, y int) {
	want := t.want[y*t.w : (y+1)*t.w]
	in := func(x int) bool { return mask[x] == 255 && Valid(got[x]) && want[x] > 0 }
	for x := 0; x < len(mask); x++ {
		x = nextSet(mask, x)
		if x == len(mask) || !in(x) {
			continue
		}
		from := x
		for x < len(mask) && in(x) {
			x++
		}
		f.runs = append(f.runs, run{y: y, from: from, to: x, parent: len(f.runs)})
	}
}

// join connects the runs from begin on with those of the row above, which start at above.
func (f *Finder) join(above, begin int) {
	a := above
	for b := begin; b < len(f.runs); b++ {
		for a < begin && f.runs[a].to < f.runs[b].from {
			a++
		}
		for i := a; i < begin && f.runs[i].from <= f.runs[b].to; i++ {
			ra, rb := f.root(i), f.root(b)
			f.runs[max(ra, rb)].parent = min(ra, rb)
		}
	}
}

// root of a run's tree: the first run of what was joined so far. It halves the way there.
func (f *Finder) root(i int) int {
	for f.runs[i].parent != i {
		f.runs[i].parent = f.runs[f.runs[i].parent].parent
		i = f.runs[i].parent
	}
	return i
}

// gather adds a run to its region. A root comes before all that hang on it, so that the region is
// there when it is asked for.
func (f *Finder) gather(t *Template, got Map, i int) {
	u := f.runs[i]
	root := f.root(i)
	if root == i {
		f.runs[i].region = len(f.regions)
		f.regions = append(f.regions, Region{Box: Box{u.from, u.y, 0, 0}, first: u.y*t.w + u.from})
	}
	r := &f.regions[f.runs[root].region]
	left := min(r.Box.X, u.from)
	r.Box.W = max(r.Box.X+r.Box.W, u.to) - left
	r.Box.X, r.Box.H = left, u.y-r.Box.Y+1
	r.Pixels += u.to - u.from
	row, want := got.Row(u.y), t.want[u.y*t.w:(u.y+1)*t.w]
	for x := u.from; x < u.to; x++ {
		dev, w := row[x]-want[x], float64(want[x])
		d, a := float64(dev), float64(w*w)
		r.X += float64(x)
		r.Y += float64(u.y)
		r.Mean += d
		r.Nearest, r.Furthest = min(r.Nearest, dev), max(r.Furthest, dev)
		r.Area += a
		if d < 0 {
			r.VolumeNear -= float64(a * d)
		} else {
			r.VolumeFar += float64(a * d)
		}
	}
}
