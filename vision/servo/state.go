package servo

// State of a servo.
type State int

const (
	// Waiting: no image of the target yet.
	Waiting State = iota
	// Tracking: the target is seen, and the error is not yet small.
	Tracking
	// Settled: the error was within the tolerance for the last images, as many as
	// were asked for.
	Settled
	// Leaving: the target is seen, but a corner is about to leave the image.
	Leaving
	// Lost: the target was not seen for too many images; a Step alone is Lost when
	// its corners cannot be those of the marker.
	Lost
	// Diverging: the error grows although the servo acts. A sign of wrong frames or
	// of a machine that does not do what it is told; begin again only after a look.
	Diverging
)

var stateNames = [...]string{"waiting", "tracking", "settled", "leaving", "lost", "diverging"}

// String names the state.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return "unknown"
	}
	return stateNames[s]
}
