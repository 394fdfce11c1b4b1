// Package realtime gets setpoints to drives on time: a thread that keeps its deadlines, rings
// that hand records from one thread or process to another without locks, and a servo process
// that runs apart from everything that could delay it.
//
// A Thread calls a function in every period, on an operating-system thread of its own, and
// measures always how late it was. A Ring joins one Producer to one Consumer, on the heap or
// in a Memory on huge pages, private or shared with another process. Start starts this program
// once more as a servo process, joined to it by two rings, and supervises it: setpoints go in,
// feedback comes out, and whatever fails on either side brings the axes to rest within their
// limits.
//
//	func main() {
//		realtime.Main(map[string]realtime.Loop{"axes": realtime.FollowSetpoints(newDrives)})
//		servo, err := realtime.Start(realtime.Settings{
//			Loop: "axes", Limits: limits, Thread: realtime.Options{Period: time.Millisecond},
//		}, realtime.Supervision{Restarts: 3, Events: tell})
//		for _, sp := range setpoints { // from servo.Next(20*time.Millisecond) on
//			servo.Setpoints().Push(&sp)
//		}
//		err = servo.Stop(ctx) // at rest
//	}
//
// Allocation in the same process costs such a thread milliseconds, in another one next to
// nothing: that is why the servo loop is a process of its own. A thread may as well run in any
// process; a Follower, a Histogram and a Ring need no thread at all.
//
// Positions are in m or rad, velocities and accelerations per second; an Instant is in
// nanoseconds of the system's monotonic clock. Nothing that a cycle calls allocates, waits or
// locks. This is for Linux; elsewhere a Thread sleeps as Go does and says so, rings are on the
// heap, and there is no servo process.
//
// Sources: Lamport, Specifying Concurrent Program Modules (1983), for the ring with one
// producer and one consumer; Giacomoni, Moseley and Vachharajani, FastForward for Efficient
// Pipeline Parallelism (2008), for telling full from empty by the slots themselves; Tene,
// hdrhistogram.org, for log-linear buckets; Linux manual pages sched(7), clock_nanosleep(2),
// mlockall(2), memfd_create(2), PR_SET_TIMERSLACK(2const), PR_SET_PDEATHSIG(2const). README.md
// has the layout of shared memory, and how to set up a machine.
package realtime
