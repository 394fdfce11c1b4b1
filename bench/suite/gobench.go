package suite

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// GoBench runs a benchmark that stands beside the code, so many times, and gives what it reported, by unit. The
// name may have parts of sub-benchmarks, with slashes; each is taken as it is. time is as -benchtime
// has it. More flags of go test, as -tags, may follow.
func GoBench(pkg, name, time string, count int, more ...string) (map[string][]float64, error) {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + p + "$"
	}
	args := append([]string{"test", "-run", "^$", "-bench", strings.Join(parts, "/"), "-benchmem", "-benchtime", time, "-count", strconv.Itoa(count)}, more...)
	cmd := exec.Command("go", append(args, pkg)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", cmd, err), errors.New(out.String()+errs.String()))
	}
	return parseBench(out.String()), nil
}

// parseBench reads the lines of go test -bench: a name, a count, and pairs of value and unit.
func parseBench(text string) map[string][]float64 {
	got := map[string][]float64{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		for i := 2; i+1 < len(f); i += 2 {
			if v, err := strconv.ParseFloat(f[i], 64); err == nil {
				got[f[i+1]] = append(got[f[i+1]], v)
			}
		}
	}
	return got
}
