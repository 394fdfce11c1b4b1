package depth

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// flood groups the pixels of a mask by walking from pixel to neighbour.
func flood(mask []byte, w, h int) (groups [][]int) {
	seen := make([]bool, w*h)
	for i := range mask {
		if mask[i] == 0 || seen[i] {
			continue
		}
		seen[i] = true
		group := []int{i}
		for k := 0; k < len(group); k++ {
			x, y := group[k]%w, group[k]/w
			for v := max(y-1, 0); v <= min(y+1, h-1); v++ {
				for u := max(x-1, 0); u <= min(x+1, w-1); u++ {
					if j := v*w + u; mask[j] != 0 && !seen[j] {
						seen[j] = true
						group = append(group, j)
					}
				}
			}
		}
		groups = append(groups, group)
	}
	slices.SortStableFunc(groups, func(a, b []int) int { return len(b) - len(a) })
	return groups
}

func TestRegionsAreTheConnectedGroupsOfTheMask(t *testing.T) {
	var f Finder
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 40).Draw(t, "w"), rapid.IntRange(1, 20).Draw(t, "h")
		share := rapid.IntRange(2, 9).Draw(t, "share")
		want := NewMap(w, h)
		got := NewMap(w, h)
		seed := rapid.Uint64().Draw(t, "seed")
		n := noisy(seed, w, h, 0, 0)
		for i := range want.Z {
			want.Z[i], got.Z[i] = 500, 500
			if int(math.Float32bits(n.Z[i])>>3)%share == 0 {
				got.Z[i] += 5 * (n.Z[i] - 800.2)
				if d := got.Z[i] - 500; d > -1 && d < 1 {
					got.Z[i] = 510
				}
			}
		}
		tp, err := NewTemplate(want, nil, Uniform(0.5, 0.5), 400, 300)
		if err != nil {
			t.Fatal(err)
		}
		mask := make([]byte, w*h)
		r, err := tp.Compare(got, mask)
		if err != nil {
			t.Fatal(err)
		}
		f.Smallest = rapid.IntRange(0, 3).Draw(t, "smallest")
		regions, err := f.Find(tp, got, mask)
		if err != nil {
			t.Fatal(err)
		}
		groups := flood(mask, w, h)
		total := Region{}
		k := 0
		for _, g := range groups {
			if len(g) < f.Smallest {
				continue
			}
			if k == len(regions) {
				t.Fatalf("%d regions, and no more", k)
			}
			reg := regions[k]
			k++
			left, right, top, bottom, sx, sy := w, -1, h, -1, 0, 0
			for _, i := range g {
				left, right, top, bottom = min(left, i%w), max(right, i%w), min(top, i/w), max(bottom, i/w)
				sx, sy = sx+i%w, sy+i/w
			}
			if reg.Box != (Box{left, top, right - left + 1, bottom - top + 1}) || reg.Pixels != len(g) ||
				math.Abs(reg.X*float64(len(g))-float64(sx)) > 1e-9*float64(w*w*h) || math.Abs(reg.Y*float64(len(g))-float64(sy)) > 1e-9*float64(w*h*h) {
				t.Fatalf("region %d is %+v, want %d pixels from %d, %d", k, reg, len(g), left, top)
			}
			total.Pixels += reg.Pixels
			total.Area += reg.Area
			total.VolumeNear += reg.VolumeNear
			total.VolumeFar += reg.VolumeFar
			total.Nearest, total.Furthest = min(total.Nearest, reg.Nearest), max(total.Furthest, reg.Furthest)
		}
		if k != len(regions) {
			t.Fatalf("%d regions, want %d", len(regions), k)
		}
		near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*(1+math.Abs(a)) }
		if f.Smallest <= 1 && (total.Pixels != r.Out || !near(total.Area, r.Area) || !near(total.VolumeNear, r.VolumeNear) ||
			!near(total.VolumeFar, r.VolumeFar) || r.Out > 0 && (total.Nearest != r.Nearest || total.Furthest != r.Furthest)) {
			t.Fatalf("regions add up to %+v, the comparison says %+v", total, r)
		}
	})
}

func TestRegionsAreOrderedBySizeAndThenByPlace(t *testing.T) {
	want, got := NewMap(20, 10), NewMap(20, 10)
	for i := range want.Z {
		want.Z[i], got.Z[i] = 500, 500
	}
	for _, p := range [][2]int{{15, 1}, {2, 1}, {2, 4}, {3, 5}, {4, 4}, {10, 8}, {11, 8}} {
		got.Row(p[1])[p[0]] = 490
	}
	tp, _ := NewTemplate(want, nil, Uniform(1, 1), 400, 300)
	mask := make([]byte, 200)
	if _, err := tp.Compare(got, mask); err != nil {
		t.Fatal(err)
	}
	var f Finder
	regions, err := f.Find(tp, got, mask)
	if err != nil {
		t.Fatal(err)
	}
	var boxes []Box
	for _, r := range regions {
		boxes = append(boxes, r.Box)
	}
	if !slices.Equal(boxes, []Box{{2, 4, 3, 2}, {10, 8, 2, 1}, {2, 1, 1, 1}, {15, 1, 1, 1}}) || regions[0].Mean != -10 || regions[0].X != 3 {
		t.Errorf("%+v", regions)
	}
	if _, err := f.Find(tp, got, mask[1:]); err == nil {
		t.Error("a short mask is searched")
	}
	if _, err := f.Find(tp, NewMap(10, 20), mask); err == nil {
		t.Error("another image is searched")
	}
}

func TestFindingAllocatesNothing(t *testing.T) {
	got := noisy(1, 300, 200, 0, 9)
	tp, _ := NewTemplate(noisy(2, 300, 200, 0, 9), nil, Uniform(1, 1), 500, 500)
	mask := make([]byte, 300*200)
	if _, err := tp.Compare(got, mask); err != nil {
		t.Fatal(err)
	}
	var f Finder
	find := func() {
		if _, err := f.Find(tp, got, mask); err != nil {
			t.Fatal(err)
		}
	}
	find()
	if n := testing.AllocsPerRun(10, find); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
