package device

import (
	"encoding/binary"
	"math"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/machine"
)

// Tip is the truth about a mill's tool in the program's frame: where its tip is, in m, from the
// wall that it cuts, and the unit vector along it from tip to spindle.
type Tip struct{ Point, Axis [3]float64 }

// AppendTip appends a TruthTip record's data: six int32, little-endian, the point in nm and the
// axis in 1e-9.
func AppendTip(b []byte, t *Tip) []byte {
	for _, v := range [2]*[3]float64{&t.Point, &t.Axis} {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(x*1e9))))
		}
	}
	return b
}

// ParseTip reads a TruthTip record's data; false where it is none.
func ParseTip(b []byte) (t Tip, ok bool) {
	if len(b) != 6*4 {
		return t, false
	}
	for _, v := range [2]*[3]float64{&t.Point, &t.Axis} {
		for i := range v {
			v[i] = float64(int32(binary.LittleEndian.Uint32(b))) * 1e-9
			b = b[4:]
		}
	}
	return t, true
}

// Stroke is a piece of the programmed path of a tool's tip, in the program's frame: a straight
// line, or an arc or helix that turns by Sweep about the axis through Centre along Normal. The
// rotary axes' angles change in proportion to the way.
type Stroke struct {
	Line               uint32 // of the program
	Cutting            bool   // at a feed, not at the machine's own speed
	From, To           [3]float64
	FromTurns, ToTurns [2]float64 // rad, in the order of the joints
	Centre, Normal     [3]float64
	Sweep              float64 // rad, 0 for a straight line
}

// strokeSize is the length of a stroke in a Programmed record.
const strokeSize = 5 + 17*8

// AppendStroke appends a stroke to a Programmed record's data: line as uint32, cutting as
// uint8, then the numbers in their order as float64, little-endian.
func AppendStroke(b []byte, s *Stroke) []byte {
	b = binary.LittleEndian.AppendUint32(b, s.Line)
	cutting := byte(0)
	if s.Cutting {
		cutting = 1
	}
	b = append(b, cutting)
	for _, v := range [][]float64{s.From[:], s.To[:], s.FromTurns[:], s.ToTurns[:], s.Centre[:], s.Normal[:]} {
		b = appendFloats(b, v...)
	}
	return appendFloats(b, s.Sweep)
}

// EachStroke calls yield with the strokes in a Programmed record.
func EachStroke(b []byte, yield func(s *Stroke)) {
	for ; len(b) >= strokeSize; b = b[strokeSize:] {
		s := Stroke{Line: binary.LittleEndian.Uint32(b), Cutting: b[4] == 1}
		rest := b[5:]
		sweep := [1]float64{}
		for _, v := range [][]float64{s.From[:], s.To[:], s.FromTurns[:], s.ToTurns[:], s.Centre[:], s.Normal[:], sweep[:]} {
			rest = floats(rest, v)
		}
		s.Sweep = sweep[0]
		yield(&s)
	}
}

func appendFloats(b []byte, v ...float64) []byte {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b
}

func floats(b []byte, v []float64) (rest []byte) {
	for i := range v {
		v[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return b[8*len(v):]
}

// Displace moves the tool by a displacement along the machine's axes, in m, and turns it about
// them, in rad, its tip staying where it is. The columns are those of the machine's joints as
// it stands.
func Displace(t *Tip, columns *[machine.MaxAxes]machine.Column, by kinematics.Twist) {
	var turn [3]float64
	for i := range 3 {
		// What X, Y or Z does to the tip is a unit vector along that axis, as the program sees it.
		along := &columns[i].Point
		for k := range 3 {
			t.Point[k] += by[i] * along[k]
			turn[k] += by[3+i] * along[k]
		}
	}
	a := t.Axis
	t.Axis[0] += turn[1]*a[2] - turn[2]*a[1]
	t.Axis[1] += turn[2]*a[0] - turn[0]*a[2]
	t.Axis[2] += turn[0]*a[1] - turn[1]*a[0]
	length := math.Sqrt(t.Axis[0]*t.Axis[0] + t.Axis[1]*t.Axis[1] + t.Axis[2]*t.Axis[2])
	for k := range t.Axis {
		t.Axis[k] /= length
	}
}
