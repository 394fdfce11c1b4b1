package camera

// State of a camera, as its register has it.
type State uint16

const (
	Off      State = 0 // as commanded; nothing runs
	Ready    State = 1 // frames are handed out
	Fault    State = 2 // it cannot run as it is; a command is needed
	Starting State = 3 // the driver was told to start
	Warming  State = 4 // it runs, and drifts; frames are not handed out
	Standby  State = 5 // as commanded; it rests, off or throttled
	Lost     State = 6 // it failed, and is started again after a while
	Stopping State = 7 // the driver was told to stop: for another mode, for standby, or for good
)

var stateNames = [...]string{"off", "ready", "fault", "starting", "warming", "standby", "lost", "stopping"}

// String is the state's name.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// Goal is what a camera is commanded to do, as its command register has it.
type Goal uint16

const (
	Run  Goal = 0 // take pictures
	Doze Goal = 1 // standby
	Down Goal = 2 // off
)

// Cause of a loss.
type Cause uint8

const (
	Silent    Cause = iota // no frame came, for Patience times
	BadFrames              // frames came, but Patience of them in a row were empty or frozen
	Failure                // the driver told of an error
	Unplugged              // the driver told that the camera is gone
	NoStart                // it was told to start, and did not in time
	Unusable               // the driver told that it will not do: Fault
)

var causeNames = [...]string{"silent", "bad frames", "failure", "unplugged", "no start", "unusable"}

// String is the cause's name.
func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return "unknown"
}

// Outcome of a frame. Only a Fresh one is to be handed out.
type Outcome uint8

// The outcomes.
const (
	Fresh   Outcome = iota // to be handed out
	Stale                  // of another session, from before the camera was ready, or older than the last one
	Early                  // taken while the camera warmed up
	Idle                   // taken in standby
	Empty                  // without data
	Frozen                 // the last one once more
	Late                   // older than MaxAge
	Unasked                // for no trigger that waits: lost already, or never given
)

var outcomeNames = [...]string{"fresh", "stale", "early", "idle", "empty", "frozen", "late", "unasked"}

// String is the outcome's name.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown"
}

// Miss is why a trigger was lost.
type Miss uint8

const (
	NotReady   Miss = iota // the camera was not ready when it came
	Unanswered             // no frame came in time
	Aborted                // the camera was lost, stopped or put to rest meanwhile
	Dropped                // the driver told that it has lost the frame
	Spoilt                 // its frame was empty, frozen or too old
)

var missNames = [...]string{"not ready", "unanswered", "aborted", "dropped", "spoilt"}

// String is the reason's name.
func (m Miss) String() string {
	if int(m) < len(missNames) {
		return missNames[m]
	}
	return "unknown"
}

// Counters tell everything that has happened since the manager was made.
type Counters struct {
	Triggers uint64               // = answered + the sum of Missed + those that wait
	Answered uint64               // triggers with a fresh frame
	Missed   [Spoilt + 1]uint64   // triggers without one, by why
	Frames   [Unasked + 1]uint64  // frames that came, by what became of them
	Starts   uint64               // times that the driver was told to start
	Losses   [Unusable + 1]uint64 // by cause; failed starts as well
	Overdue  uint64               // stops that the driver did not acknowledge in time
	Ready    uint64               // times that the camera became ready
	Switches uint64               // modes that were switched to, acknowledged
	Strays   uint64               // answers of the driver that fit nothing it was told
	Drifting uint64               // times that it counted as warm by time while it still drifted
}

// Lost is the number of triggers that got no frame.
func (c *Counters) Lost() (n uint64) {
	for _, m := range c.Missed {
		n += m
	}
	return n
}
