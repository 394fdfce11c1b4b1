package realtime

import "time"

// Command is where the axes have to be, and how they move there.
type Command struct {
	Time         Instant
	Position     Axes // m or rad
	Velocity     Axes // per second, for feed-forward
	Acceleration Axes // per second squared
}

// Actual is what the drives measured.
type Actual struct {
	Position Axes // m or rad
	Velocity Axes // per second
}

// Drives are the drives of all axes of a servo, on whatever bus. Read and Write are called
// once in each cycle, in this order, from the deadline thread: they exchange what the bus
// has and must neither wait nor allocate.
type Drives interface {
	// Enable takes the drives into control, holding where they are. It may take its time.
	Enable(axes int, period time.Duration) error
	// Read what the drives measured last. It is called once before the first cycle, to
	// learn where the axes are, with a zero Cycle.
	Read(c Cycle, a *Actual) error
	// Write what the drives have to do in this cycle.
	Write(c Cycle, cmd *Command) error
	// Disable lets go of the drives. It is called after Enable succeeded, whatever
	// happened since.
	Disable() error
}

// Loopback are drives without a machine: each axis is where it was sent, some cycles
// later. The zero value starts at 0 and follows without delay.
type Loopback struct {
	// Start is where the axes are at first.
	Start Axes
	// Delay in cycles, up to MaxDelay.
	Delay int

	past [MaxDelay + 1]Actual
	at   int
}

// MaxDelay is the longest delay of Loopback drives, in cycles.
const MaxDelay = 15

// Enable puts the axes at their start.
func (d *Loopback) Enable(int, time.Duration) error {
	for i := range d.past {
		d.past[i] = Actual{Position: d.Start}
	}
	return nil
}

// Read gives what was written Delay cycles before the last one.
func (d *Loopback) Read(_ Cycle, a *Actual) error {
	delay := min(max(d.Delay, 0), MaxDelay)
	*a = d.past[(d.at+len(d.past)-delay)%len(d.past)]
	return nil
}

// Write sends the axes somewhere.
func (d *Loopback) Write(_ Cycle, cmd *Command) error {
	d.at = (d.at + 1) % len(d.past)
	d.past[d.at] = Actual{Position: cmd.Position, Velocity: cmd.Velocity}
	return nil
}

// Disable does nothing.
func (d *Loopback) Disable() error { return nil }

var _ Drives = (*Loopback)(nil)
