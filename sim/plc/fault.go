package plc

import "fmt"

// Fault is why the PLC aborted, as in its register "fault".
type Fault uint16

// The faults. Their numbers are fixed.
const (
	NoFault        Fault = 0
	EncoderBad     Fault = 1
	InfeedBad      Fault = 2
	OutfeedBad     Fault = 3
	BeltStalled    Fault = 4
	UnexpectedPart Fault = 5
	PartLost       Fault = 6
	NotJudged      Fault = 7
	GateStuck      Fault = 8
	InfeedStuck    Fault = 9
	Commanded      Fault = 10
	GateBad        Fault = 11
	InspectionBad  Fault = 12
	CappingBad     Fault = 13
	MachineBad     Fault = 14
	OutfeedStuck   Fault = 15
	BeltRunsOn     Fault = 16
	EdgesLost      Fault = 17
	TooClose       Fault = 18
	NeverCapped    Fault = 19
	Restarted      Fault = 20
)

var faultTexts = [...]string{
	NoFault:        "none",
	EncoderBad:     "the belt does not answer",
	InfeedBad:      "the infeed photo-eye does not answer",
	OutfeedBad:     "the outfeed photo-eye does not answer",
	BeltStalled:    "the belt does not move",
	UnexpectedPart: "a part passed that should not have",
	PartLost:       "a part did not arrive at the outfeed",
	NotJudged:      "too many parts in a row were not judged",
	GateStuck:      "the gate does not move",
	InfeedStuck:    "the infeed photo-eye is blocked for too long",
	Commanded:      "commanded",
	GateBad:        "the gate does not answer",
	InspectionBad:  "the inspection does not answer",
	CappingBad:     "the capping station does not answer",
	MachineBad:     "the capping machine does not answer",
	OutfeedStuck:   "the outfeed photo-eye is blocked for too long",
	BeltRunsOn:     "the belt does not stop",
	EdgesLost:      "a photo-eye counted parts that the PLC did not see",
	TooClose:       "a bad part is too close to a good one to be pushed off alone",
	NeverCapped:    "too many parts in a row were not capped",
	Restarted:      "the PLC was away",
}

// String says what is wrong.
func (f Fault) String() string {
	if int(f) < len(faultTexts) {
		return faultTexts[f]
	}
	return fmt.Sprintf("fault %d", uint16(f))
}
