package suite

import (
	"runtime"
	"testing"
)

func TestProcessorTimePassesWhereWorkIsDone(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread, process := ThreadTime(), ProcessTime()
	x := 1.0
	for ThreadTime() == thread {
		x += 1 / x
	}
	if d := ProcessTime() - process; d <= 0 || x == 0 {
		t.Errorf("the process took %v while its thread worked", d)
	}
}
