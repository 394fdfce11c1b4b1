//go:build cgo && matprofile

package vision

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"testing"

	"gocv.io/x/gocv"
)

// With -tags matprofile gocv counts the Mats that are open. None may be left when all of this
// package's tests have run, whatever they looked at; those that are left are told with where
// they were made.
func TestMain(m *testing.M) {
	code := m.Run()
	if n := gocv.MatProfile.Count(); n != 0 {
		var b bytes.Buffer
		gocv.MatProfile.WriteTo(&b, 1)
		fmt.Fprintf(os.Stderr, "%d Mats are open at the end:\n%s", n, &b)
		code = 1
	}
	os.Exit(code)
}

// Inspections of good frames and of bad ones, from several goroutines, leave none.
func TestInspectingLeavesNoMatOpen(t *testing.T) {
	in, cfg := testInspector(t)
	b := goodBottle(t, "LT00000042")
	good := b.picture(cfg)
	frames := []*Frame{good, nil, {}, {Color: good.Color, K: good.K}, {Depth: good.Depth, DepthK: good.DepthK}}
	before := gocv.MatProfile.Count()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 40 {
				in.Inspect(frames[i%len(frames)])
			}
		})
	}
	all.Wait()
	if n := gocv.MatProfile.Count(); n != before {
		t.Errorf("%d Mats are open, %d were before", n, before)
	}
}
