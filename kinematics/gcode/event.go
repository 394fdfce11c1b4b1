package gcode

// Kind says what an event is. The names of the kinds are those of LinuxCNC's canonical
// functions; README.md has the table.
type Kind uint8

// The kinds of events.
const (
	_ Kind = iota

	// The interpreter's own.
	Reset      // the program starts anew
	Finish     // the second percent sign is reached
	ProgramEnd // M2, M30, M99 of the main program

	// Motion. Event.Motion has it in machine coordinates and SI units.
	Traverse  // straight, at the machine's own speed
	Feed      // straight, at the programmed feed
	ArcFeed   // circle, helix or spiral
	Probe     // straight, until the probe trips
	RigidTap  // to the end and back, synchronised with the spindle
	NURBSFeed // a curve; Event.Curve has it
	Dwell     // Value: seconds

	// Coordinates.
	UseUnits    // Units
	WorkOffset  // Number: 1 to 9; Axes
	LocalOffset // Axes of G92 and G52
	Rotation    // Value: degrees about Z
	ToolOffset  // Axes
	ToolCentre  // On: tool-centre-point control (G43.4)
	SelectPlane // Plane
	FeedRefXYZ  // the feed is that of X, Y and Z
	ToolEntry   // Tool and Number, its place in the table, have been set
	ReloadTools // the tool table is read again
	ControlMode // Number: a Blending; Value: tolerance
	NaiveCAM    // Value: tolerance
	SetFeedRate // Value: units a minute, or a revolution
	SetFeedMode // Number: 1 for feed per revolution; Spindle
	SyncStart   // Value: units a revolution; Spindle
	SyncStop    //
	ProbeOn     //
	ProbeOff    //
	IndexLock   // Number: the axis that is locked after an indexing move
	IndexUnlock // Number: the axis that is about to move

	// The spindle.
	SpindleMode       // Spindle; Value: 0 for speed, else the most for constant surface speed
	SpindleSpeed      // Spindle; Value: revolutions, or surface units, a minute
	SpindleClockwise  // Spindle
	SpindleCounter    // Spindle, counterclockwise
	SpindleStop       // Spindle
	SpindleOrient     // Spindle; Value: degrees; Number: way
	SpindleWaitOrient // Spindle; Value: seconds

	// Tools.
	SelectTool       // Number: tool
	StartChange      //
	ChangeTool       // Number: place in the table
	ChangeToolNumber // Number: place in the table, without a movement

	// Coolant, overrides, outputs, inputs.
	MistOn
	MistOff
	FloodOn
	FloodOff
	FeedOverride  // On
	SpeedOverride // On, Spindle
	AdaptiveFeed  // On
	FeedHold      // On
	MotionBit     // Number, On: with the next motion
	MotionValue   // Number, Value: with the next motion
	OutputBit     // Number, On: at once
	OutputValue   // Number, Value: at once
	WaitInput     // Number; Analog; Wait; Value: seconds

	// The program and its text.
	Stop
	OptionalStop
	PalletShuttle
	Comment // Text
	Message // Text, for the operator
	Print   // Text, for standard output
	Log     // Text
	LogOpen // Text: file
	LogAppend
	LogClose
	CustomM // Number: M code; Value, Value2: P, Q

	kinds
)

// Blending says how one motion goes over into the next.
type Blending int

// The ways of G61, G61.1 and G64.
const (
	ExactPath  Blending = iota // G61: through every point
	ExactStop                  // G61.1: with rest in every point
	Continuous                 // G64: within the tolerance of every point
)

// Event is one thing that a program asks for. A pointer to it, and its Text, Label and
// Curve, hold until the next call of Interpreter.Next.
//
// Kind tells which of the fields count. Lengths in Axes, Centre and Value are in the
// program's units at that moment, angles in degrees; Motion has SI units.
type Event struct {
	Kind    Kind
	Plane   Plane
	Units   Units
	On      bool
	Analog  bool
	Spindle int32
	Number  int32
	Turns   int32 // ArcFeed: whole turns and the begun one; above zero: counterclockwise
	Wait    int32 // WaitInput: M66's L
	Value   float64
	Value2  float64

	Axes   Axes       // the end of a motion in program coordinates, or offsets
	Centre [2]float64 // ArcFeed: along the plane's first and second axis
	Motion Motion
	Curve  []ControlPoint // NURBSFeed, in machine coordinates
	Order  int            // NURBSFeed
	Tool   *Tool          // ToolEntry

	Text  []byte
	Label []byte // the line's N word, with its zeros; empty when it has none
	File  string
	Line  int // from 1
}

// Motion is what a planner needs of a Traverse, a Feed, an ArcFeed, a Probe, a RigidTap
// or a NURBSFeed, in metres, radians and seconds.
type Motion struct {
	// End is where the axes go, in machine coordinates: work offset, rotation, G92 and
	// tool length are in it. With ToolCentre its X, Y and Z are those of the tool's tip
	// along the machine's axes, with no tool length in them; the machine's kinematics
	// find the linear axes.
	End        Axes
	ToolCentre bool
	ToolOffset Axes // of G43 and the like

	Feed     float64 // in the unit that FeedKind says
	FeedKind FeedKind
	Pitch    float64 // m per revolution of Spindle while motion is synchronised, else 0
	Spindle  int32

	// ArcFeed: the axis of the helix goes through Centre along the unit vector Normal.
	// Sweep is the angle about it, by the right hand, with all turns.
	Centre, Normal [3]float64
	Sweep          float64

	Blending  Blending
	Tolerance float64 // of Continuous, in metres; 0: as far as the machine can follow
}

// FeedKind says what a Motion's feed is.
type FeedKind uint8

// The kinds of feeds.
const (
	FeedRapid   FeedKind = iota // as fast as the machine can
	FeedLinear                  // Feed: m/s along X, Y, Z, or U, V, W when those rest
	FeedAngular                 // Feed: rad/s of A, B, C, when no linear axis moves
	FeedTime                    // Feed: seconds that the motion takes (G93)
	FeedPerTurn                 // Feed: m per revolution of Spindle (G95)
	FeedSpindle                 // the motion follows Spindle with Pitch
)

// ControlPoint is one of a NURBS, in the plane of X and Y, in metres.
type ControlPoint struct{ X, Y, Weight float64 }

// Moves tells whether a kind is motion, whose Motion counts.
func (k Kind) Moves() bool { return k >= Traverse && k <= NURBSFeed }
