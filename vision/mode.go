package vision

import "fmt"

// Mode is what a station looks at, as its register has it.
type Mode uint16

// The modes.
const (
	Standby   Mode = iota // nothing
	Templates             // all but the code
	Codes                 // the code only
	Combined              // everything
)

var modeNames = [...]string{"standby", "template", "code", "combined"}

// String is the mode's name in a specification.
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return fmt.Sprintf("mode %d", uint16(m))
}

// ParseMode reads a mode's name.
func ParseMode(name string) (Mode, error) {
	for i, n := range modeNames {
		if n == name {
			return Mode(i), nil
		}
	}
	return 0, fmt.Errorf("%q is no mode of a station; the modes are standby, template, code and combined", name)
}

// In is what a station in a mode makes of what a statistical camera saw.
func (s *Modelled) In(m Mode) Verdict {
	v := s.Verdict
	switch m {
	case Combined:
	case Codes:
		v.Reason &= NoQR | NotJudged
	case Templates:
		v.Reason &^= NoQR
		v.Text, v.Serial = "", 0
	default:
		return Verdict{Reason: NotJudged}
	}
	return v
}
