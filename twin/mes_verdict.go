package twin

import (
	"math"
	"slices"

	"linetwin.dev/mes"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// traced are the registers of what a station measures, as the MES keeps them with each part.
var traced = []struct {
	signal string
	typ    protocol.Type
	share  bool // 0 to 1; others without a unit are plain numbers
}{
	{"score", protocol.F64, true},
	{"shift", protocol.F64, false},
	{"turn", protocol.F64, false},
	{"damage", protocol.F64, true},
	{"cap_height", protocol.F64, false},
	{"cap_tilt", protocol.F64, false},
	{"dent", protocol.F64, false},
	{"bulge", protocol.F64, false},
	{"relief", protocol.F64, true},
	{"grade", protocol.U16, false},
	{"class_score", protocol.F64, true},
	{"latency", protocol.F64, false},
}

// verdictReader is how the MES reads a station's verdicts. Each is read as of one instant: on the wall
// clock the next one may come meanwhile.
type verdictReader struct {
	bank       *protocol.Bank
	recogniser *specs.Recogniser // nil where the station has none
	refs       []protocol.Ref    // the fixed ones, class if there is a recogniser, and those of measures
	types      []protocol.Type
	measures   []mes.Measure // without values
	last       []protocol.Sample
}

// The places of the registers that each station has.
const (
	atSeq = iota
	atPosition
	atReason
	atScore
	fixedRegisters
)

func newVerdictReader(bank *protocol.Bank, station string, spec specs.Inspection) (*verdictReader, error) {
	r := &verdictReader{bank: bank, recogniser: spec.Recogniser}
	bind := func(signal string, typ protocol.Type) error {
		in, err := bank.In(station+"."+signal, typ)
		if err != nil {
			return err
		}
		r.refs, r.types = append(r.refs, in.Ref()), append(r.types, typ)
		return nil
	}
	type register struct {
		signal string
		typ    protocol.Type
	}
	fixed := []register{atSeq: {"seq", protocol.U32}, atPosition: {"position", protocol.F64}, atReason: {"reason", protocol.U16}, atScore: {"score", protocol.F64}}
	if r.recogniser != nil {
		fixed = append(fixed, register{"class", protocol.U16})
	}
	for _, f := range fixed {
		if err := bind(f.signal, f.typ); err != nil {
			return nil, err
		}
	}
	for _, m := range traced {
		info, err := bank.Lookup(station + "." + m.signal)
		if err != nil {
			continue // the station has none, or the recording that is played again is older
		}
		if err := bind(m.signal, m.typ); err != nil {
			return nil, err
		}
		unit := info.Unit
		if m.share {
			unit = "1"
		}
		r.measures = append(r.measures, mes.Measure{Name: m.signal, Unit: unit})
	}
	r.last = make([]protocol.Sample, len(r.refs))
	return r, nil
}

// read reads the newest verdict, if there is one after the seq-th. It gives false also where
// the registers changed all the while: then the next look will find it.
func (r *verdictReader) read(seq int64) bool {
	if r.bank.At(r.refs[atSeq]).Int() == seq {
		return false
	}
	return r.bank.Snapshot(r.refs, r.last)
}

// seq is the number of the verdict that was read last.
func (r *verdictReader) seq() int64 { return r.last[atSeq].Value.Int() }

// position is where the belt was when the part was seen.
func (r *verdictReader) position() float64 { return r.last[atPosition].Value.Float() }

// verdict is what was found.
func (r *verdictReader) verdict() vision.Verdict {
	v := vision.Verdict{Reason: vision.Reason(r.last[atReason].Value.Int()), Score: r.last[atScore].Value.Float()}
	if r.recogniser != nil {
		v.Class = className(r.recogniser, r.last[fixedRegisters].Value.Uint())
	}
	return v
}

// measured are the measures of that verdict, NaN where a register has no value to go by.
func (r *verdictReader) measured() []mes.Measure {
	ms := slices.Clone(r.measures)
	from := len(r.last) - len(ms)
	for i := range ms {
		ms[i].Value = math.NaN()
		if s := r.last[from+i]; s.Quality != protocol.Bad {
			ms[i].Value = s.Value.Number(r.types[from+i])
		}
	}
	return ms
}
