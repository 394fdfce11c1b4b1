package recogniser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"
)

// Memory is how much of a device's memory is used, in bytes, and whose it is.
type Memory struct {
	Device      string
	Used, Total uint64
}

// Part is what part is used, 0 to 1; 0 where nothing is known.
func (m Memory) Part() float64 {
	if m.Total == 0 {
		return 0
	}
	return float64(m.Used) / float64(m.Total)
}

// Probe tells how full the memory is in which models run. It must end with ctx.
type Probe interface {
	Memory(ctx context.Context) (Memory, error)
}

// DefaultProbe looks at NVIDIA's devices where its tool is installed, else at the memory
// of this machine and of the control group that it runs in.
func DefaultProbe() Probe {
	if tool, err := exec.LookPath("nvidia-smi"); err == nil {
		return nvidia{tool}
	}
	return host{os.DirFS("/")}
}

// nvidia asks nvidia-smi. The fullest device counts.
type nvidia struct{ tool string }

func (n nvidia) Memory(ctx context.Context) (Memory, error) {
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, n.tool, "--query-gpu=name,memory.used,memory.total", "--format=csv,noheader,nounits")
	cmd.Stdout = &said
	if err := cmd.Run(); err != nil {
		return Memory{}, fmt.Errorf("memory of the device: %s: %w", n.tool, err)
	}
	return parseNvidia(said.String())
}

// parseNvidia reads lines of "name, MiB used, MiB in all".
func parseNvidia(text string) (fullest Memory, err error) {
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ", ")
		if len(fields) < 3 {
			continue
		}
		n := len(fields)
		used, err1 := strconv.ParseUint(fields[n-2], 10, 40)
		total, err2 := strconv.ParseUint(fields[n-1], 10, 40)
		if err1 != nil || err2 != nil || total == 0 {
			continue // "[N/A]": a device whose memory is the machine's
		}
		m := Memory{strings.Join(fields[:n-2], ", "), used << 20, total << 20}
		if fullest.Total == 0 || m.Part() > fullest.Part() {
			fullest = m
		}
	}
	if fullest.Total == 0 {
		return Memory{}, fmt.Errorf("memory of the device: nvidia-smi says %s", excerpt([]byte(text)))
	}
	return fullest, nil
}

// host looks at /proc/meminfo and at the limits of the control groups around this
// process, in either version; the fullest counts.
type host struct{ root fs.FS }

func (h host) Memory(context.Context) (Memory, error) {
	text, err := fs.ReadFile(h.root, "proc/meminfo")
	if err != nil {
		return Memory{}, fmt.Errorf("memory of this machine: %w", err)
	}
	info := table(string(text), ":")
	total, ok1 := info["MemTotal"]
	free, ok2 := info["MemAvailable"]
	if !ok1 || !ok2 || free > total || total == 0 {
		return Memory{}, errors.New("memory of this machine: /proc/meminfo does not tell MemTotal and MemAvailable")
	}
	fullest := Memory{"this machine", (total - free) << 10, total << 10}
	for _, m := range h.groups() {
		if m.Total < fullest.Total && m.Part() > fullest.Part() {
			fullest = m
		}
	}
	return fullest, nil
}

// groups are the control groups with a limit.
func (h host) groups() (all []Memory) {
	text, err := fs.ReadFile(h.root, "proc/self/cgroup")
	if err != nil {
		return nil // this kernel has none
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		tree, limit, used, cache := "", "", "", ""
		switch {
		case fields[0] == "0" && fields[1] == "":
			tree, limit, used, cache = "sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"
		case fields[1] == "memory":
			tree, limit, used, cache = "sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
		default:
			continue
		}
		// A container may see its own group as the root, whatever its path says.
		for at := strings.Trim(fields[2], "/"); ; at = path.Dir(at) {
			if m, ok := h.group(path.Join(tree, at), limit, used, cache); ok {
				all = append(all, m)
			}
			if at == "" || at == "." {
				break
			}
		}
	}
	return all
}

// group is one control group. Pages of files that nobody used lately are given back
// when memory is wanted, so they count as free.
func (h host) group(dir, limit, used, cache string) (Memory, bool) {
	most, ok1 := h.number(path.Join(dir, limit))
	now, ok2 := h.number(path.Join(dir, used))
	if !ok1 || !ok2 || most == 0 || most > math.MaxInt64/2 {
		return Memory{}, false
	}
	if text, err := fs.ReadFile(h.root, path.Join(dir, "memory.stat")); err == nil {
		now -= min(now, table(string(text), " ")[cache])
	}
	return Memory{"this control group", now, most}, true
}

// number reads a file of one number; "max" is none.
func (h host) number(name string) (uint64, bool) {
	text, err := fs.ReadFile(h.root, name)
	if err != nil {
		return 0, false
	}
	v, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	return v, err == nil
}

// table reads lines of a name and a number.
func table(text, separator string) map[string]uint64 {
	t := map[string]uint64{}
	for line := range strings.Lines(text) {
		name, rest, ok := strings.Cut(line, separator)
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if v, err := strconv.ParseUint(number, 10, 64); err == nil {
			t[name] = v
		}
	}
	return t
}
