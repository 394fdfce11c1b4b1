package realtime

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Scheduling classes: SCHED_FIFO and SCHED_RR.
const (
	schedFIFO = 1
	schedRR   = 2
)

// tune makes the calling thread, to which its goroutine is locked, what the options ask
// for. Notes has a line for each thing that the system refused.
func (o *Options) tune() (notes string, restore func()) {
	var refused []string
	note := func(format string, args ...any) { refused = append(refused, fmt.Sprintf(format, args...)) }
	restore = func() {}

	// A thread's sleep may be stretched by its timer slack, 50 us by default, so that
	// several end together.
	if err := unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0); err != nil {
		note("the timer slack of 1 ns was refused (%v); sleeps may end up to 50 us late", err)
	}
	if len(o.CPUs) > 0 {
		var set unix.CPUSet
		for _, cpu := range o.CPUs {
			set.Set(cpu)
		}
		if err := unix.SchedSetaffinity(0, &set); err != nil {
			note("CPUs %v were refused (%v); this process may use %v", o.CPUs, err, allowedCPUs())
		}
	}
	if o.LockMemory {
		if err := lockAll(); err != nil {
			note("memory is not locked (%s); a page fault can make a cycle late", err)
		}
	}
	if o.KeepAwake {
		f, err := keepAwake()
		if err != nil {
			note("idle states stay on (%v); waking up from them takes longer; root may write /dev/cpu_dma_latency, or boot with cpuidle.off=1", err)
		} else {
			restore = func() { f.Close() }
		}
	}
	if o.Priority > 0 {
		class := schedFIFO
		if o.OwnProcess {
			class = o.alongside()
		}
		if err := setRealTime(0, class, o.Priority); err != nil {
			note("SCHED_FIFO with priority %d was refused (%v)%s; the thread is scheduled as any other, and late when the machine is busy", o.Priority, err, whyNotFIFO())
		}
	}
	return strings.Join(refused, "\n"), restore
}

// setRealTime makes a thread of this process, or with 0 the calling one, a real-time thread.
func setRealTime(tid, class, priority int) error {
	param := struct{ priority int32 }{int32(priority)}
	if _, _, errno := unix.RawSyscall(unix.SYS_SCHED_SETSCHEDULER, uintptr(tid), uintptr(class), uintptr(unsafe.Pointer(&param))); errno != 0 {
		return errno
	}
	return nil
}

// alongside makes all other threads of this process real-time threads as well, on the other
// processors; later ones inherit it. Where it is refused, so is the thread's own priority,
// which says why. It returns the scheduling class for the thread itself.
//
// Go's runtime waits in some places for another thread by spinning, as a thread that comes
// out of a system call does for the monitor that is looking at it just then. If the two
// shared a processor, and the one that waits had preempted the other, that would last for
// ever. So they share none, and the others take turns among each other (SCHED_RR). On a
// single processor they are equals, and all take turns.
func (o *Options) alongside() (class int) {
	var others unix.CPUSet
	for _, cpu := range allowedCPUs() {
		if !slices.Contains(o.CPUs, cpu) {
			others.Set(cpu)
		}
	}
	class, priority := schedFIFO, max(o.Priority-1, 1)
	if others.Count() == 0 {
		class, priority = schedRR, o.Priority
	}
	done := map[int]bool{unix.Gettid(): true}
	for changed := true; changed; { // threads may be born of ones that were not reached yet
		changed = false
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return class
		}
		for _, task := range tasks {
			tid, err := strconv.Atoi(task.Name())
			if err != nil || done[tid] {
				continue
			}
			done[tid], changed = true, true
			if others.Count() > 0 {
				_ = unix.SchedSetaffinity(tid, &others)
			}
			_ = setRealTime(tid, schedRR, priority)
		}
	}
	return class
}

func whyNotFIFO() string {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_RTPRIO, &limit); err != nil {
		return ""
	}
	return fmt.Sprintf(": the limit is %d; raise rtprio in limits.conf, LimitRTPRIO in systemd, or give CAP_SYS_NICE", limit.Cur)
}

// allowedCPUs are those that this process may use.
func allowedCPUs() (cpus []int) {
	var set unix.CPUSet
	if unix.SchedGetaffinity(os.Getpid(), &set) != nil {
		return nil
	}
	for cpu := range 1024 {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}

// lockAll brings in and locks the pages that there are now, and locks later ones when
// they are first used.
func lockAll() error {
	limit := unix.Rlimit{Cur: unix.RLIM_INFINITY}
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit); err != nil {
		return err
	}
	if limit.Cur != unix.RLIM_INFINITY && !capable(unix.CAP_IPC_LOCK) {
		// It might work now; but later, when the limit is met, Go would get no memory at
		// all and end the process.
		return fmt.Errorf("the limit is %s and has to be unlimited: set memlock in limits.conf, LimitMEMLOCK in systemd, or give CAP_IPC_LOCK", inWords(limit.Cur))
	}
	if err := unix.Mlockall(unix.MCL_CURRENT); err != nil {
		return errors.New(whyNotLocked(err))
	}
	return unix.Mlockall(unix.MCL_FUTURE | unix.MCL_ONFAULT)
}

// capable tells whether this thread has a capability.
func capable(capability int) bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&header, &data[0]) != nil {
		return false
	}
	return data[capability/32].Effective&(1<<(capability%32)) != 0
}

// keepAwake asks for a latency of 0 for as long as the file is open.
func keepAwake() (*os.File, error) {
	f, err := os.OpenFile("/dev/cpu_dma_latency", os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(make([]byte, 4)); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sleepUntil sleeps until an instant, or a signal; the caller looks at the clock again.
func sleepUntil(_ *clock, t Instant) {
	ts := unix.NsecToTimespec(int64(t))
	_ = unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &ts, nil)
}

// usage is the thread's use of resources before its first cycle.
type usage struct{ minor, major, preempted int64 }

func newUsage(*stats) *usage {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &u)
	return &usage{int64(u.Minflt), int64(u.Majflt), int64(u.Nivcsw)}
}

// record what the thread used since.
func (u *usage) record(s *stats) {
	var now unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &now) != nil {
		return
	}
	s.minor.Store(uint64(int64(now.Minflt) - u.minor))
	s.major.Store(uint64(int64(now.Majflt) - u.major))
	s.preempted.Store(uint64(int64(now.Nivcsw) - u.preempted))
}

// stealTicks is the time that the hypervisor kept this machine waiting since it started,
// in ticks of 10 ms: the eighth number of the first line of /proc/stat.
func stealTicks() uint64 {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	fields := bytes.Fields(first)
	if len(fields) < 9 {
		return 0
	}
	n, _ := strconv.ParseUint(string(fields[8]), 10, 64)
	return n
}

// limitRun lets the kernel end this process when a real-time thread of it has not slept for
// some seconds, as when none of Go's own threads gets to run any more.
func limitRun() {
	us := uint64((2 * longestCycle).Microseconds())
	_ = unix.Setrlimit(unix.RLIMIT_RTTIME, &unix.Rlimit{Cur: us, Max: us + us/4})
}
