package twin

import (
	"fmt"
	"strings"

	"linetwin.dev/protocol"
	"linetwin.dev/vision"
)

// stateNames are the states of PackML by their number in PackTags' StateCurrent
// (ISA-TR88.00.02), as the MES and the timeline show them.
var stateNames = [...]string{
	0: unheard, 1: "Clearing", 2: "Stopped", 3: "Starting", 4: "Idle", 5: "Suspended", 6: producing, 7: "Stopping",
	8: "Aborting", 9: "Aborted", 10: "Holding", 11: "Held", 12: "Unholding", 13: "Suspending",
	14: "Unsuspending", 15: "Resetting", 16: "Completing", 17: "Complete",
}

// producing is the state of a PLC whose line makes parts.
const producing = "Execute"

// unheard is the state of a PLC that does not answer, or has not scanned yet.
const unheard = "Undefined"

// stateName is the name of the state in a PLC's state register.
func stateName(n int64, q protocol.Quality) string {
	switch {
	case q == protocol.Bad:
		return unheard
	case n >= 0 && n < int64(len(stateNames)):
		return stateNames[n]
	}
	return fmt.Sprintf("State %d", n)
}

// The bits of a PLC's part.reason: the inspection's findings below, the PLC's own above.
const (
	firstFinding   = 13
	allFindings    = 1<<firstFinding - 1 // of the inspection
	defectFindings = allFindings &^ int64(vision.NotJudged)
)

var plcFindings = [...]string{"lost", "swept off", "not capped"}

// reasonText is why a PLC rejected a part.
func reasonText(bits int64) string {
	var why []string
	if r := vision.Reason(bits & allFindings); r != 0 {
		why = append(why, r.String())
	}
	for i, text := range plcFindings {
		if bits>>(firstFinding+i)&1 != 0 {
			why = append(why, text)
		}
	}
	return strings.Join(why, ", ")
}
