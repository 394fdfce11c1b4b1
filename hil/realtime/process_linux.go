package realtime

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// processAttributes let the kernel tell the servo when its parent is gone, and keep what a
// terminal sends to all processes of a group (Ctrl-C) from it: the parent decides.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
}

// quietCPU is the last of the processors that are isolated from others' work, or else the
// last that this process may use: the first ones serve most interrupts.
func quietCPU() []int {
	allowed := allowedCPUs()
	if len(allowed) == 0 {
		return nil
	}
	last := allowed[len(allowed)-1]
	if data, err := os.ReadFile("/sys/devices/system/cpu/isolated"); err == nil {
		if cpu, ok := lastOfList(string(bytes.TrimSpace(data))); ok {
			last = cpu // it need not be among those that ordinary threads may use
		}
	}
	return []int{last}
}

// lastOfList reads the greatest number of a list such as 2-3,6.
func lastOfList(list string) (int, bool) {
	if i := strings.LastIndexAny(list, ",-"); i >= 0 {
		list = list[i+1:]
	}
	n, err := strconv.Atoi(list)
	return n, err == nil
}
