package twin

import (
	"errors"
	"io"
	"math"
	"os"

	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/specs"
	"linetwin.dev/specs/mistake"
	"linetwin.dev/twin/device"
)

// readStrokes interprets a program from its begin to its end: what its text says of the path of the
// tool's tip, in the table's frame, which nothing has smoothed. All mistakes in it are told, with
// their places.
func readStrokes(path string, cfg gcode.Config, m machine.Machine, home []float64) ([]device.Stroke, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, mistake.Cause(err)
	}
	defer f.Close()
	file := mistake.Short(path)
	in := gcode.New(file, f, cfg)
	defer in.Close()
	r := &strokeReader{file: file, m: m, joints: append([]float64(nil), home...)}
	for len(r.wrong) < mostMistakes {
		e, err := in.Next()
		var bad *gcode.Error
		switch {
		case err == io.EOF:
			return r.done()
		case errors.As(err, &bad):
			r.wrong = append(r.wrong, specs.Error{File: bad.File, Line: bad.Line, Column: bad.Column, Message: bad.What})
			if !in.Resume() {
				return r.done()
			}
		case err != nil:
			return nil, err
		case e.Kind.Moves():
			r.move(e)
		}
	}
	return r.done()
}

// mostMistakes of a program are told at once.
const mostMistakes = 20

// strokeReader follows a program's motion.
type strokeReader struct {
	strokes []device.Stroke
	file    string
	m       machine.Machine
	joints  []float64 // where the program has brought the machine
	wrong   []specs.Error

	stroke device.Stroke // the last one
	turns  [2]float64
	angles [2]float64
}

func (r *strokeReader) done() ([]device.Stroke, error) {
	if len(r.wrong) > 0 {
		return nil, mistake.Collect(r.wrong...)
	}
	if len(r.strokes) == 0 {
		return nil, specs.Errors{{File: r.file, Message: "the program moves nothing; write motion, as in G1 X10 F600"}}
	}
	return r.strokes, nil
}

// move takes the machine to the end of a motion, and adds its strokes.
func (r *strokeReader) move(e *gcode.Event) {
	mo := &e.Motion
	r.m = r.m.WithTool([3]float64{mo.ToolOffset[0], mo.ToolOffset[1], mo.ToolOffset[2]})
	r.stroke = device.Stroke{Line: uint32(e.Line), Cutting: e.Kind != gcode.Traverse}
	r.stroke.To = r.tip(r.joints)
	r.stroke.ToTurns = r.turns
	end := append([]float64(nil), mo.End[:3]...)
	for i := 3; i < len(r.joints); i++ {
		end = append(end, mo.End[gcode.A+int(r.m.AxisName(i)[0]-'A')])
	}
	if !mo.ToolCentre {
		r.axes(e, end)
		return
	}
	tip := [3]float64{end[0], end[1], end[2]}
	switch e.Kind {
	case gcode.ArcFeed:
		r.stroke.Centre, r.stroke.Normal, r.stroke.Sweep = mo.Centre, mo.Normal, mo.Sweep
	case gcode.NURBSFeed:
		z, turns := r.stroke.To[2], r.stroke.ToTurns
		gcode.SampleCurve(e.Curve, e.Order, func(x, y float64) { r.add([3]float64{x, y, z}, turns) })
	}
	var turns [2]float64
	copy(turns[:], end[3:])
	r.add(tip, turns)
	r.m.FromProgram(tip, end[3:], r.joints)
}

// axes adds the strokes of a motion without tool centre point control: what the axes do is a
// line, an arc or a curve, and of the tip's path as many short strokes are made as it takes.
func (r *strokeReader) axes(e *gcode.Event, end []float64) {
	const step = 0.1 * math.Pi / 180
	begin := append([]float64(nil), r.joints...)
	most := math.Abs(e.Motion.Sweep)
	for i := 3; i < len(end); i++ {
		most = max(most, math.Abs(end[i]-begin[i]))
	}
	if e.Kind == gcode.NURBSFeed {
		gcode.SampleCurve(e.Curve, e.Order, func(x, y float64) {
			r.joints[0], r.joints[1] = x, y
			r.add(r.tip(r.joints), r.turns)
		})
		copy(begin, r.joints)
	}
	pieces := min(max(int(math.Ceil(most/step)), 1), mostPieces)
	for i := 1; i <= pieces; i++ {
		part := float64(i) / float64(pieces)
		for k := range r.joints {
			r.joints[k] = begin[k] + part*(end[k]-begin[k])
		}
		if e.Kind == gcode.ArcFeed {
			p := e.Motion.Point([3]float64{begin[0], begin[1], begin[2]}, part)
			copy(r.joints, p[:])
		}
		r.add(r.tip(r.joints), r.turns)
	}
	copy(r.joints, end)
}

// mostPieces is into how many strokes one motion is cut at the most.
const mostPieces = 100_000

// tip is where the joints have the tool's tip; it sets turns to the rotary axes' angles.
func (r *strokeReader) tip(joints []float64) [3]float64 {
	p, angles := r.m.ToProgram(joints, r.angles[:0])
	copy(r.turns[:], angles)
	return p
}

// add adds a stroke from where the last one ended.
func (r *strokeReader) add(to [3]float64, turns [2]float64) {
	s := &r.stroke
	s.From, s.FromTurns = s.To, s.ToTurns
	s.To, s.ToTurns = to, turns
	r.strokes = append(r.strokes, *s)
}
