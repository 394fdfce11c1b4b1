package defects

import (
	"cmp"
	"image"
	"slices"
)

// region is a connected part of the mask, or several that are taken for one.
type region struct {
	box    image.Rectangle
	pixels int
	score  float64
}

// run is a stretch of a row of the mask.
type run struct{ x0, x1, y, label int }

// regions groups the pixels of a mask: those within reach of each other are one region.
func regions(mask []uint8, w, h, reach int) []region {
	var runs []run
	var parent []int
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	starts := make([]int, h+1) // of each row in runs
	for y := range h {
		starts[y] = len(runs)
		row := mask[y*w:][:w]
		for x := 0; x < w; x++ {
			if row[x] == 0 {
				continue
			}
			x0 := x
			for x < w && row[x] != 0 {
				x++
			}
			if n := len(runs); n > starts[y] && x0-runs[n-1].x1 < reach {
				runs = append(runs, run{x0, x, y, runs[n-1].label})
				continue
			}
			parent = append(parent, len(parent))
			runs = append(runs, run{x0, x, y, len(parent) - 1})
		}
		for above := max(y-reach, 0); above < y; above++ {
			k := starts[above]
			for i := starts[y]; i < len(runs); i++ {
				for k < starts[above+1] && runs[k].x1+reach <= runs[i].x0 {
					k++
				}
				for j := k; j < starts[above+1] && runs[j].x0 < runs[i].x1+reach; j++ {
					a, b := root(runs[i].label), root(runs[j].label)
					parent[max(a, b)] = min(a, b)
				}
			}
		}
	}
	starts[h] = len(runs)
	index := map[int]int{}
	var all []region
	for _, r := range runs {
		l := root(r.label)
		k, ok := index[l]
		if !ok {
			k = len(all)
			index[l] = k
			all = append(all, region{})
		}
		all[k].box = all[k].box.Union(image.Rect(r.x0, r.y, r.x1, r.y+1))
		all[k].pixels += r.x1 - r.x0
	}
	return all
}

// join makes one of regions that lie near each other for their size: the pieces of a scratch, the outline
// of a part that is missing.
func join(all []region, reach int) []region {
	for again := true; again; {
		again = false
		for i := 0; i < len(all); i++ {
			for j := i + 1; j < len(all); j++ {
				a, b := all[i].box, all[j].box
				near := (max(a.Dx(), a.Dy()) + max(b.Dx(), b.Dy())) / 5
				near = min(max(near, reach), 8*reach)
				if a.Inset(-near).Overlaps(b) {
					all[i].box = a.Union(b)
					all[i].pixels += all[j].pixels
					all[i].score = max(all[i].score, all[j].score)
					all = slices.Delete(all, j, j+1)
					j--
					again = true
				}
			}
		}
	}
	return all
}

// rank puts the surest regions first.
func rank(all []region) {
	slices.SortFunc(all, func(a, b region) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.box.Min.Y, b.box.Min.Y), cmp.Compare(a.box.Min.X, b.box.Min.X))
	})
}
