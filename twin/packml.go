package twin

import "fmt"

// stateNames are the states of PackML by their number in PackTags' StateCurrent
// (ISA-TR88.00.02), as the MES and the timeline show them.
var stateNames = [...]string{
	1: "Clearing", 2: "Stopped", 3: "Starting", 4: "Idle", 5: "Suspended", 6: "Execute", 7: "Stopping",
	8: "Aborting", 9: "Aborted", 10: "Holding", 11: "Held", 12: "Unholding", 13: "Suspending",
	14: "Unsuspending", 15: "Resetting", 16: "Completing", 17: "Complete",
}

// stateName is a state's name; 0 is what a PLC shows before its first scan.
func stateName(n int64) string {
	if n > 0 && n < int64(len(stateNames)) {
		return stateNames[n]
	}
	if n == 0 {
		return "Undefined"
	}
	return fmt.Sprintf("State %d", n)
}
