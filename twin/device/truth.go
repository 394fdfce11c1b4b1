package device

import (
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
)

var defectNames = [...]string{"unreadable QR", "missing QR", "wrong label", "shifted label", "missing cap", "dent"}

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

// TruthSource is a trait of simulated plants.
type TruthSource interface {
	// Witness names the functions that learn of each part when it leaves the
	// line, and of the part that stood before a camera when a frame was exposed.
	Witness(left func(now time.Duration, p Part), seen func(now time.Duration, camera string, trigger uint64, p Part))
	// Remaining are the parts that are still on the line.
	Remaining() []Part
}
