package defects_test

import (
	"testing"

	"linetwin.dev/vision/defects"
	"linetwin.dev/vision/defects/scenes"
)

// What one of several good pictures shows is good, from wherever it was seen.
func TestNoGoodPictureIsCalledBad(t *testing.T) {
	jobs := plan(max(rounds(), 1), "")
	kept := jobs[:0]
	for i, j := range jobs {
		if j.defect != scenes.None && (rounds() > 0 || i%29 == 5) {
			kept = append(kept, j)
		}
	}
	bad := make([]int, len(kept))
	strange := make([]bool, len(kept))
	each(len(kept), func(i int) {
		j := kept[i]
		s := scenes.Make(j.seed, j.base, j.defect, j.level)
		good := []defects.Image{s.Good, s.Picture}
		in, err := defects.New(good, defects.Options{Workers: 1})
		if err != nil {
			strange[i] = true
			return
		}
		for k, m := range good {
			r, err := in.Inspect(m)
			if err != nil {
				t.Error(err)
				return
			}
			bad[i] += len(r.Defects)
			if len(r.Defects) > 0 {
				t.Logf("%d %s/%s/%v, picture %d: %v", j.seed, j.base, j.defect, j.level, k+1, r.Defects)
			}
		}
	})
	n, odd := 0, 0
	for i := range bad {
		if bad[i] > 0 {
			n++
		}
		if strange[i] {
			odd++
		}
	}
	t.Logf("of %d pairs, %d have a good picture that is called bad, %d are not taken as one thing", len(kept), n, odd)
	if n > 0 {
		t.Errorf("%d of %d pairs of good pictures have one that is called bad", n, len(kept))
	}
}
