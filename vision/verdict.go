package vision

import "strings"

// Reason is a set of findings that make a part bad.
type Reason uint16

// The findings. A part with none of them is good.
const (
	NotJudged    Reason = 1 << iota // no verdict could be reached
	NoQR                            // no code found, or it could not be read
	WrongLabel                      // the label does not match its artwork
	ShiftedLabel                    // the label is not in its place
	NoCap                           // no cap at the height where it must be
	Dent                            // the front face is dented
	NoTemplate                      // a template of the station is not found
	OffRelief                       // the depth does not keep to the station's relief
	RotatedLabel                    // the label is turned
	DamagedLabel                    // the label's print is torn off, wiped or wrong in part
	CrookedCap                      // the cap leans
	Bulge                           // the front face stands out somewhere
	PoorQR                          // the code could be read, but is of too poor a grade
	Learned                         // a recogniser that was shown the part gave it a bad class
)

var reasonNames = [...]string{"not judged", "no QR", "wrong label", "shifted label", "no cap", "dent", "no template", "off relief",
	"rotated label", "damaged label", "crooked cap", "bulge", "poor QR", "learned"}

// String lists the findings, or says "good".
func (r Reason) String() string {
	if r == 0 {
		return "good"
	}
	var s []string
	for i, n := range reasonNames {
		if r&(1<<i) != 0 {
			s = append(s, n)
		}
	}
	return strings.Join(s, ", ")
}

// Verdict on one part.
type Verdict struct {
	Reason Reason // 0: good
	Text   string // of the QR code, empty when none was read
	Serial uint64 // from Text, 0 when none was read
	Grade  int    // of that code, 0 (worst) to 4; 0 when none was read
	// Score of the label against its artwork, from 0 to 1: the share of its area that agrees times
	// the share of the variance there that the artwork explains.
	Score float64
	// Shift of the label from its place in metres, Turn in radians, clockwise as seen, and Damage,
	// the share of its area that differs from the artwork.
	Shift, Turn, Damage float64
	// CapHeight of the cap above the belt in metres, and CapTilt, by how much it leans, in radians.
	CapHeight, CapTilt float64
	// DentDepth and BulgeHeight of the front in metres.
	DentDepth, BulgeHeight float64
	// Relief is the share of the depth that is out of the relief's tolerance.
	Relief float64
	// Class that the station's recogniser gave the part, where it is a bad one, and the highest score
	// of any bad class, from 0 to 1.
	Class      string
	ClassScore float64
	Marks      []Mark // where, for the picture
}

// Findings are the reason in words, with the class that a recogniser gave: "dent, learned: open".
func (v Verdict) Findings() string {
	if v.Class == "" {
		return v.Reason.String()
	}
	text := Learned.String() + ": " + v.Class
	if rest := v.Reason &^ Learned; rest != 0 {
		text = rest.String() + ", " + text
	}
	return text
}

// Good tells whether nothing was found.
func (v Verdict) Good() bool { return v.Reason == 0 }

// Mark is an outline in the frame with what it is.
type Mark struct {
	Label string
	OK    bool
	Poly  []Point
}
