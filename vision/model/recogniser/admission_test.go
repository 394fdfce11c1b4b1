package recogniser

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"
)

func TestLowPriorityIsRefusedAboveTheLimits(t *testing.T) {
	const gib = 1 << 30
	for _, c := range []struct {
		priority Priority
		contexts int
		used     uint64 // of 100 GiB
		wait     time.Duration
		want     string
		after    time.Duration
	}{
		{Low, 0, 0, time.Second, "", 0},
		{Low, 7, 85, time.Second, "", 0},
		{Low, 8, 0, 3 * time.Second, "8 requests are in work", 3 * time.Second},
		{Low, 8, 0, 0, "8 requests are in work", time.Second},
		{Low, 0, 86, time.Second, "86 % of the memory of H100 is used, more than 85 %", 5 * time.Second},
		{Low, 0, 99, 20 * time.Second, "99 % of the memory", 20 * time.Second},
		{Normal, 100, 99, time.Second, "", 0},
		{High, 100, 99, time.Second, "", 0},
	} {
		err := Admission{}.Check(c.priority, c.contexts, Memory{"H100", c.used * gib, 100 * gib}, c.wait)
		var r *Refused
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", c, err)
		case c.want != "" && (!errors.As(err, &r) || !strings.Contains(err.Error(), c.want) || r.RetryAfter != c.after):
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := (Admission{}).Check(Low, 0, Memory{}, 0); err != nil {
		t.Errorf("where the memory is not known: %v", err)
	}
}

// fakeProbe is memory that a test sets.
type fakeProbe struct {
	m   Memory
	err error
}

func (f fakeProbe) Memory(context.Context) (Memory, error) { return f.m, f.err }

func TestTheMemoryOfDevicesIsReadFromTheirTool(t *testing.T) {
	m, err := parseNvidia("NVIDIA H100 80GB HBM3, 4096, 81559\nNVIDIA GeForce RTX 3060, 11000, 12288\nGB10, [N/A], [N/A]\n")
	if err != nil || m.Device != "NVIDIA GeForce RTX 3060" || m.Used != 11000<<20 || m.Total != 12288<<20 {
		t.Errorf("%+v, %v; the fullest counts", m, err)
	}
	for _, text := range []string{"", "No devices were found\n", "GB10, [N/A], [N/A]\n"} {
		if m, err := parseNvidia(text); err == nil {
			t.Errorf("%q gives %+v", text, m)
		}
	}
}

func TestTheMemoryOfTheMachineIsThatOfItsTightestGroup(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	machine := fstest.MapFS{"proc/meminfo": file("MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    600 kB\n")}
	with := func(more fstest.MapFS) fstest.MapFS {
		all := fstest.MapFS{}
		for _, m := range []fstest.MapFS{machine, more} {
			for k, v := range m {
				all[k] = v
			}
		}
		return all
	}
	for name, c := range map[string]struct {
		root        fstest.MapFS
		used, total uint64
	}{
		"no groups": {machine, 400 << 10, 1000 << 10},
		"version 2, in the parent": {with(fstest.MapFS{
			"proc/self/cgroup":                   file("0::/a/b\n"),
			"sys/fs/cgroup/a/memory.max":         file("100000\n"),
			"sys/fs/cgroup/a/memory.current":     file("95000\n"),
			"sys/fs/cgroup/a/memory.stat":        file("anon 1\ninactive_file 5000\n"),
			"sys/fs/cgroup/a/b/memory.max":       file("max\n"),
			"sys/fs/cgroup/a/b/memory.current":   file("95000\n"),
			"sys/fs/cgroup/other/memory.max":     file("1\n"),
			"sys/fs/cgroup/other/memory.current": file("1\n"),
		}), 90000, 100000},
		"version 2, in a container": {with(fstest.MapFS{
			"proc/self/cgroup":             file("0::/\n"),
			"sys/fs/cgroup/memory.max":     file("1000\n"),
			"sys/fs/cgroup/memory.current": file("900\n"),
		}), 900, 1000},
		"version 1": {with(fstest.MapFS{
			"proc/self/cgroup": file("9:memory:/x\n8:cpu:/x\n"),
			"sys/fs/cgroup/memory/x/memory.limit_in_bytes": file("1000\n"),
			"sys/fs/cgroup/memory/x/memory.usage_in_bytes": file("800\n"),
			"sys/fs/cgroup/memory/x/memory.stat":           file("total_inactive_file 300\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes":   file("9223372036854771712\n"),
			"sys/fs/cgroup/memory/memory.usage_in_bytes":   file("800\n"),
		}), 500, 1000},
	} {
		m, err := host{c.root}.Memory(t.Context())
		if err != nil || m.Used != c.used || m.Total != c.total {
			t.Errorf("%s: %+v, %v; want %d of %d", name, m, err, c.used, c.total)
		}
	}
	if _, err := (host{fstest.MapFS{"proc/meminfo": file("nothing")}}).Memory(t.Context()); err == nil {
		t.Error("a machine that tells nothing has memory")
	}
}

func TestTheMemoryOfThisMachineIsKnown(t *testing.T) {
	m, err := DefaultProbe().Memory(t.Context())
	if err != nil {
		t.Skip(err)
	}
	if m.Total == 0 || m.Used > m.Total || m.Device == "" {
		t.Errorf("%+v", m)
	}
}

func TestTheBackoffGrowsToItsLimit(t *testing.T) {
	b := Backoff{First: time.Second, Most: 10 * time.Second}
	for i, want := range []time.Duration{1, 2, 4, 8, 10, 10} {
		if got := b.After(i + 1); got != want*time.Second {
			t.Errorf("after %d failures %v, want %v", i+1, got, want*time.Second)
		}
	}
	if got := (Backoff{}).After(1 << 30); got != 30*time.Second {
		t.Errorf("in the end %v", got)
	}
}

func TestTheQueueGivesTheHighestAndOldestFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := queue{most: rapid.IntRange(1, 8).Draw(t, "most")}
		var in []*job
		drop := func(j *job) {
			for i := range in {
				if in[i] == j {
					in = append(in[:i:i], in[i+1:]...)
					return
				}
			}
			t.Fatal("something came out that was not in")
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "do") {
			case 0, 1:
				j := &job{priority: Priority(rapid.IntRange(-1, 1).Draw(t, "priority")), at: -1}
				out, ok := q.push(j)
				if out != nil {
					if out.priority >= j.priority {
						t.Fatalf("%v put out %v", j.priority, out.priority)
					}
					drop(out)
				}
				if ok {
					in = append(in, j)
				} else if len(in) < q.most {
					t.Fatal("refused where there is room")
				}
			case 2:
				j := q.pop()
				if (j == nil) != (len(in) == 0) {
					t.Fatalf("pop gives %v of %d", j, len(in))
				}
				if j == nil {
					continue
				}
				drop(j)
				for _, o := range in {
					if o.before(j) {
						t.Fatal("somebody else's turn")
					}
				}
			case 3:
				if len(in) > 0 {
					j := in[rapid.IntRange(0, len(in)-1).Draw(t, "who")]
					if !q.remove(j) || q.remove(j) {
						t.Fatal("who is in can be taken out, once")
					}
					drop(j)
				}
			}
			if q.len() != len(in) || q.len() > q.most {
				t.Fatalf("%d in the queue, want %d", q.len(), len(in))
			}
		}
	})
}

func TestTheWaitFollowsFromHowLongAnswersTake(t *testing.T) {
	var p pace
	if got := p.until(5, 2); got != time.Second {
		t.Errorf("without experience %v", got)
	}
	for range 100 {
		p.took(4 * time.Second)
	}
	if got := p.until(5, 2); got != 12*time.Second {
		t.Errorf("five requests on two processes of 4 s each: %v", got)
	}
	if got := p.until(1000, 1); got != time.Minute {
		t.Errorf("a thousand: %v", got)
	}
}
