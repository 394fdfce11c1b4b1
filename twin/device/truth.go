package device

import (
	"fmt"
	"strings"
	"time"
)

// Defect is a set of things that are truly wrong with a part.
type Defect uint16

// The defects.
const (
	UnreadableQR Defect = 1 << iota
	MissingQR
	WrongLabel
	ShiftedLabel
	MissingCap
	Dent
	TornLabel
	SmearedLabel
	RotatedLabel
	ScratchedQR // may still be readable, as may a faint one
	FaintQR
	CrookedCap
	Bulge
)

// Harmless are defects with which a part is good as long as its code can be read.
const Harmless = ScratchedQR | FaintQR

var defectNames = [...]string{"unreadable QR", "missing QR", "wrong label", "shifted label", "missing cap", "dent",
	"torn label", "smeared label", "rotated label", "scratched QR", "faint QR", "crooked cap", "bulge"}

// String lists the defects, or says "none".
func (d Defect) String() string {
	if d == 0 {
		return "none"
	}
	var s []string
	for i, n := range defectNames {
		if d&(1<<i) != 0 {
			s = append(s, n)
		}
	}
	return strings.Join(s, ", ")
}

// Exit is the way by which a part left the line.
type Exit uint8

// The exits.
const (
	OnLine   Exit = iota // has not left
	Passed               // ran off the end of the conveyor: sold as good
	Rejected             // was pushed off by a gate
)

// Part is the truth about one part. Only the simulation knows it, and it tells
// nobody but the metrics.
type Part struct {
	Serial  uint64
	Product string
	Defects Defect
	// Capped tells whether a head put the cap tight, and CapError how far the
	// head's axis was from the cap's when it did, in metres.
	Capped   bool
	CapError float64
	Exit     Exit
	Born     time.Duration
	Left     time.Duration
}

// Sight is the truth about what stood before a camera when a frame was exposed.
type Sight struct {
	Camera  string
	Trigger uint64
	Part    Part
}

// Exposure is the truth about a frame that a camera handed out: the middle of its exposure on the
// line's clock.
type Exposure struct {
	Camera string
	Frame  uint64 // its Seq
	At     time.Duration
}

// Remark is something that happened and is worth a word: a fault, a change of state.
type Remark struct {
	// Kind is "fault", "fault-end", "state", "alarm" or "info".
	Kind string
	Text string
}

// FaultRemark is the remark that a fault begins ("fault") or ends ("fault-end").
func FaultRemark(kind, device, fault string) Remark {
	return Remark{Kind: kind, Text: fmt.Sprintf("%s: %s", device, fault)}
}
