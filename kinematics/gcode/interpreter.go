package gcode

import (
	"errors"
	"io"
	"math"
)

const (
	sqrt2        = math.Sqrt2
	mostSpindles = 8
)

// feedMode is what F means.
type feedMode uint8

const (
	perMinute feedMode = iota
	inverseTime
	perTurn
)

// turning is a spindle's direction.
type turning int8

const (
	clockwise        turning = 1
	counterclockwise turning = -1
)

type spindle struct {
	turning         turning
	speed           float64
	override        bool
	constantSurface bool
}

// modes are what stays in effect from line to line.
type modes struct {
	motion         int16 // G code, or none
	plane          Plane
	units          Units
	incremental    bool // G91
	centreAbsolute bool // G90.1
	feedMode       feedMode
	feed           float64
	diameter       bool // G7
	retractToR     bool // G99
	blending       Blending
	tolerance      float64
	naive          float64
	mist, flood    bool
	feedOverride   bool
	adaptive       bool
	feedHold       bool
	activeSpindle  int
	spindles       [mostSpindles]spindle
	toolCentre     bool // G43.4
}

// Interpreter reads a program and gives what it asks for, event by event. It allocates
// when it meets names, labels and files for the first time, and for errors.
//
// An Interpreter is not safe for concurrent use. Several have nothing in common.
type Interpreter struct {
	cfg        Config
	standalone *Standalone
	src, main  *source
	sources    []*source

	// The line that is being read.
	raw         []byte
	text        []byte
	textBuf     []byte
	pos, length int
	depth       int
	block       block
	assignments []assignment
	o           oLine
	oText       []byte
	label       []byte

	// Names, labels and calls.
	names        []name
	nameIndex    map[string]int32
	marks        map[label]mark
	frames       [mostCalls]frame
	level        int
	skipping     bool // lines, until one with the label skip
	skip         label
	skipFrom     int
	seekingSub   bool
	defining     bool // a sub
	definingName int32
	branched     bool // the if that was met last has had its turn
	breaking     bool
	continuing   bool
	returned     float64
	hasReturned  bool

	modes
	params Parameters

	// Where the program is, in program coordinates and units, and what is added to that.
	at                  Axes
	programmed          [3]float64 // X, Y, Z without cutter compensation
	system              int        // 1: G54 to 9: G59.3
	systemOffset, local Axes
	toolOffset          Axes
	rotation            float64
	rotationSin         float64
	rotationCos         float64
	tools               tools
	slot, selected      int // places in the tool table
	selectedTool        int
	pitch               float64 // of synchronised motion, program units
	comp                compensation
	arcForbidden        bool // just after cutter compensation
	cycle               cycle
	thread              thread
	curve               curve

	// What the machine has to be asked before the next line.
	asked             bool // where the machine stands at the start
	probing, changing bool
	input             int // -1: nothing
	inputAnalog       bool

	queue   []Event
	head    int
	arena   []byte
	after   func(*Interpreter) error // what is left of the line when its cycle has ended
	percent int8
	begun   bool
	ended   bool // there are no lines left
	idle    int
	err     error
}

// The states of percent signs.
const (
	percentUnknown int8 = iota
	percentNone
	percentOpen
)

// New makes an interpreter of a program. The file's name stands in errors and events. Programs
// with loops or calls that lie further apart than 64 KiB need a reader that is an
// io.Seeker too, such as a file.
func New(file string, program io.Reader, cfg Config) *Interpreter {
	in := &Interpreter{
		cfg:       cfg.withDefaults(),
		nameIndex: map[string]int32{"": 0},
		names:     []name{{}},
		marks:     map[label]mark{},
		queue:     make([]Event, 0, 64),
		system:    1,
		input:     -1,
	}
	in.main = newSource(file, program)
	in.src = in.main
	in.textBuf = make([]byte, 0, in.cfg.MostBytes+tail)
	in.standalone, _ = in.cfg.Machine.(*Standalone)
	in.definePredefined()
	in.modes = modes{motion: g80, units: in.cfg.ProgramUnits, retractToR: true, blending: Continuous, feedOverride: true, feedHold: true}
	for i := range in.spindles {
		in.spindles[i].override = true
	}
	for i := range in.frames {
		in.frames[i].loops = -1
	}
	if cfg.Parameters != nil {
		in.params = *cfg.Parameters
	}
	in.tools.fill(cfg.Tools, in.cfg.RandomToolChanger)
	in.block.coded = true
	in.block.reset()
	in.start()
	return in
}

// start takes offsets from the parameters.
func (in *Interpreter) start() {
	p := &in.params
	if s := int(p[paramSystem] + 0.0001); s >= 1 && s <= 9 {
		in.system = s
	} else {
		p[paramSystem] = 1
	}
	in.systemOffset = in.axesParam(systemParam(in.system))
	if in.cfg.NoLocalPersistence {
		clear(p[paramLocalActive : paramLocal+axisCount])
	}
	if p[paramLocalActive] != 0 {
		in.local = in.axesParam(paramLocal)
	}
	in.setRotation(p[systemRotation(in.system)])
	p[paramDebug] = 1
	in.comp.fresh = true
	machine := in.cfg.Start
	for i := range machine {
		if turns(i) {
			machine[i] /= degree
		} else {
			machine[i] /= in.units.Metres()
		}
	}
	if in.standalone != nil {
		in.slot = 1
	} else {
		in.at = in.toSystem(machine)
	}
	in.publishTool()
}

// Parameters gives the numbered parameters as they are.
func (in *Interpreter) Parameters() *Parameters { return &in.params }

// Tools gives the tool table as it is.
func (in *Interpreter) Tools() []Tool { return in.tools.table() }

// Next gives the next event. At the end of the program the error is io.EOF; all other
// errors are *Error, or of the reader. Whatever came before an error has been given.
// After an error, Next repeats it.
func (in *Interpreter) Next() (*Event, error) {
	for {
		if in.head < len(in.queue) {
			e := &in.queue[in.head]
			in.head++
			in.idle = 0
			if in.standalone != nil {
				in.standalone.observe(e)
			}
			return e, nil
		}
		in.queue, in.head = in.queue[:0], 0
		if in.err != nil {
			return nil, in.err
		}
		in.err = in.advance()
	}
}

// Resume goes on behind the line that Next gave an *Error for, to look for further ones.
// What the line did before its error is done. It tells whether there is anything left.
func (in *Interpreter) Resume() bool {
	var mistake *Error
	if !errors.As(in.err, &mistake) || in.ended {
		return false
	}
	in.err, in.after, in.idle = nil, nil, 0
	in.cycle.active, in.thread.active = false, false
	in.probing, in.changing, in.input = false, false, -1
	return true
}

// advance goes on until there may be something in the queue.
func (in *Interpreter) advance() error {
	if !in.begun {
		in.begin()
		return nil
	}
	switch {
	case in.cycle.active:
		return in.drill()
	case in.thread.active:
		return in.cutThread()
	case in.after != nil:
		rest := in.after
		in.after = nil
		return rest(in)
	}
	if in.idle++; in.idle > in.cfg.MostIdle {
		in.ended = true
		return in.failLine("%d lines have passed without anything for the machine to do: this loop does not end", in.cfg.MostIdle)
	}
	return in.line()
}

// begin tells the state that the program starts in.
func (in *Interpreter) begin() {
	in.begun = true
	in.emit(UseUnits).Units = in.units
	in.emitSystem()
	in.emitLocal()
	in.emit(Rotation).Value = in.rotation
	in.emit(FeedRefXYZ)
	in.emit(Reset)
}

// line reads a line and carries it out.
func (in *Interpreter) line() error {
	if err := in.readInputs(); err != nil {
		return err
	}
	in.publishPosition()
	in.o.start = in.src.offset()
	raw, err := in.src.next(in.cfg.MostBytes)
	if err == io.EOF {
		return in.end()
	}
	if err != nil {
		return err
	}
	for len(raw) > 0 && isSpace(raw[len(raw)-1]) {
		raw = raw[:len(raw)-1]
	}
	in.raw = raw
	in.label = lineLabel(raw)
	if len(in.comp.pending) == 0 {
		in.arena = in.arena[:0]
	}
	if err := in.strip(); err != nil {
		return err
	}
	if in.length == 0 {
		return nil
	}
	if in.text[0] == '%' && in.length == 1 && in.percent != percentNone {
		if in.percent == percentUnknown {
			in.percent = percentOpen
			return nil
		}
		if in.src == in.main {
			in.emit(Finish)
			if in.skipping {
				return in.missing()
			}
			return io.EOF
		}
	}
	if in.percent == percentUnknown {
		in.percent = percentNone
	}
	if in.text[0] == '/' && in.cfg.BlockDelete {
		return nil
	}
	if err := in.execute(); err != nil {
		return err
	}
	if len(in.comp.pending) > mostWaiting {
		return in.failLine("more than %d events between two moves with cutter compensation", mostWaiting)
	}
	return nil
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// lineLabel is the N word that a line begins with, as it is written.
func lineLabel(raw []byte) []byte {
	i := 0
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\t' || raw[i] == '/') {
		i++
	}
	if i == len(raw) || raw[i] != 'N' && raw[i] != 'n' {
		return nil
	}
	end := i + 1
	for end < len(raw) && isDigit(raw[end]) {
		end++
	}
	return raw[i:end]
}

// end is at the end of a file.
func (in *Interpreter) end() error {
	in.ended = true
	if in.skipping {
		return in.missing()
	}
	if in.src != in.main || in.level > 0 {
		return in.failLine("the file ends within O<%s>; endsub is missing", in.names[in.frames[in.level].sub].text)
	}
	if in.percent == percentOpen {
		return in.failLine("the program began with %% and ends without it; write %%, M2 or M30")
	}
	return in.failLine("the program ends without M2, M30 or %%")
}

// execute carries out the line that has been stripped.
func (in *Interpreter) execute() error {
	in.block.reset()
	in.depth = 0
	in.assignments = in.assignments[:0]
	if in.text[0] == '/' {
		in.pos++
	}
	if in.text[in.pos] == 'n' {
		if err := in.readLineNumber(); err != nil {
			return err
		}
	}
	if in.isOLine() {
		if err := in.readOLine(); err != nil {
			return err
		}
		return in.control()
	}
	if in.skipping {
		return nil
	}
	if err := in.items(); err != nil {
		return err
	}
	if err := in.settle(); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	if len(in.assignments) > 0 {
		if err := in.assign(); err != nil {
			return err
		}
	}
	return in.carryOut()
}

// readLineNumber reads N with digits, and a point with digits.
func (in *Interpreter) readLineNumber() error {
	start := in.pos
	for part := 0; ; part++ {
		in.pos++
		from := in.pos
		for isDigit(in.text[in.pos]) {
			in.pos++
		}
		if in.pos == from {
			return in.fail(start, "N without a number")
		}
		if part == 1 || in.text[in.pos] != '.' {
			return nil
		}
	}
}

// readInputs asks the machine what it was not sure of on the last line.
func (in *Interpreter) readInputs() error {
	if !in.asked {
		in.asked = true
		if in.cfg.Machine != nil {
			in.at = in.cfg.Machine.Position(in.at)
		}
	}
	if in.probing {
		in.probing = false
		in.readProbe()
	}
	if in.changing {
		in.changing = false
		if in.cfg.Machine != nil {
			in.at = in.cfg.Machine.Position(in.at)
		}
		in.publishTool()
	}
	if in.input >= 0 {
		if in.cfg.Machine != nil {
			in.params[paramInput] = in.cfg.Machine.Input(in.input, in.inputAnalog, in.params[paramInput])
		}
		in.input = -1
	}
	return nil
}

// carryOut does what the block says, in the order of the language: RS274/NGC section
// 3.8.
func (in *Interpreter) carryOut() error {
	b := &in.block
	if b.comment != nil {
		if err := in.say(b.comment); err != nil {
			return err
		}
	}
	if b.coded {
		if err := in.changeSpindleModes(); err != nil {
			return err
		}
	}
	if b.has('f') && in.feedMode != inverseTime {
		in.feed = b.value('f')
		in.later(SetFeedRate).Value = in.feed
	}
	if b.has('s') {
		if err := in.setSpeed(); err != nil {
			return err
		}
	}
	if b.has('t') {
		if err := in.selectTool(); err != nil {
			return err
		}
	}
	if in.standalone != nil && in.cfg.RetainG43 && b.m[groupTool] == none {
		if err := in.retainLength(); err != nil {
			return err
		}
	}
	if b.coded {
		if b.codes > 0 {
			if err := in.doM(); err != nil {
				return err
			}
		}
		if err := in.doG(); err != nil {
			return err
		}
	}
	if b.motion != none {
		if err := in.move(b.motion); err != nil {
			return err
		}
	}
	if b.m[groupStop] == none {
		return nil
	}
	if in.cycle.active || in.thread.active {
		in.after = (*Interpreter).stop
		return nil
	}
	return in.stop()
}

// emit puts an event into the queue.
func (in *Interpreter) emit(k Kind) *Event {
	in.queue = append(in.queue, Event{Kind: k, Label: in.label, File: in.src.name, Line: in.src.line})
	e := &in.queue[len(in.queue)-1]
	return e
}
