package realtime

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// ErrNotInstalled is a peer that is missing on this machine.
var ErrNotInstalled = errors.New("cyclictest is not installed (package rt-tests)")

// cyclictestBuckets are as many of 1 us as cyclictest is asked to count; it takes no more
// than a million.
const cyclictestBuckets = 100_000

// MeasureCyclictest runs cyclictest, the usual measure of a real-time Linux, with a thread
// of the same period, processors and priority, memory locked and idle states off. Its
// resolution is 1 us. The error wraps ErrNotInstalled where it is missing.
func MeasureCyclictest(o Options, duration time.Duration) (*Histogram, error) {
	path, err := exec.LookPath("cyclictest")
	if err != nil {
		return nil, fmt.Errorf("realtime: %w", ErrNotInstalled)
	}
	args := []string{"--mlockall", "--quiet", "--threads=1",
		fmt.Sprintf("--interval=%d", o.Period.Microseconds()),
		fmt.Sprintf("--loops=%d", max(1, int64(duration/o.Period))),
		fmt.Sprintf("--histogram=%d", cyclictestBuckets),
	}
	if o.Priority > 0 {
		args = append(args, fmt.Sprintf("--priority=%d", o.Priority))
	}
	if len(o.CPUs) > 0 {
		cpus := make([]string, len(o.CPUs))
		for i, c := range o.CPUs {
			cpus[i] = strconv.Itoa(c)
		}
		args = append(args, "--affinity="+strings.Join(cpus, ","))
	}
	var complaint bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("realtime: cyclictest: %w: %s", err, bytes.TrimSpace(complaint.Bytes()))
	}
	return parseCyclictest(out)
}

// parseCyclictest reads lines such as "000012 000345", microseconds and how often, and
// comments for what is longer.
func parseCyclictest(out []byte) (*Histogram, error) {
	h := new(Histogram)
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		text := lines.Text()
		if rest, ok := strings.CutPrefix(text, "# Histogram Overflows:"); ok {
			if n, err := strconv.ParseUint(strings.TrimSpace(rest), 10, 64); err == nil && n > 0 {
				h.recordN(cyclictestBuckets*time.Microsecond, n)
			}
			continue
		}
		fields := strings.Fields(text)
		if len(fields) != 2 || strings.HasPrefix(text, "#") {
			continue
		}
		us, err1 := strconv.ParseUint(fields[0], 10, 32)
		n, err2 := strconv.ParseUint(fields[1], 10, 64)
		if err1 != nil || err2 != nil {
			continue
		}
		if n > 0 {
			h.recordN(time.Duration(us)*time.Microsecond, n)
		}
	}
	if h.Count() == 0 {
		return nil, errors.New("realtime: cyclictest printed no histogram")
	}
	return h, nil
}
