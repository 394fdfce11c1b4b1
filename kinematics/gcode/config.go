package gcode

import "io"

// Config is what an interpreter has besides the program. The zero value is a machine in
// millimetres without tools, whose parameters are all zero.
type Config struct {
	// Tools is the tool table; the interpreter keeps a copy. Parameters are copied too.
	Tools      *ToolTable
	Parameters *Parameters

	// MachineUnits are those of the tool table, and of the lengths in Parameters.
	MachineUnits Units

	// ProgramUnits are in effect when a program starts.
	ProgramUnits Units

	// Start is where the machine stands, in machine coordinates, metres and radians.
	Start Axes

	// BlockDelete leaves out lines that begin with a slash.
	BlockDelete bool

	// Find opens the file of a sub that the program does not have; nil without an error
	// means that there is none. Folders has one that does as LinuxCNC.
	Find func(sub string) (file io.ReadCloser, path string, err error)

	// Lookup gives the values of #<_ini[section]name> and #<_hal[pin]>.
	Lookup func(name string) (float64, bool)

	// Machine answers what only the machine knows; nil answers as an ideal one would.
	Machine Machine

	// MCodes are further M codes. A handler is called when the program comes there,
	// which is before the machine has done what is in the queue; the CustomM event goes
	// through the queue. A nil handler leaves it at the event.
	MCodes map[int]func(*MCall) error

	// Spindles is how many there are; 0 means 1.
	Spindles int

	// WrappedRotary are the axes A, B, C that turn the short way to an angle in 0 to 360,
	// or as the angle's sign says.
	WrappedRotary [3]bool

	// Indexer are the axes A, B, C that move alone, with G0, between lock and unlock.
	Indexer [3]bool

	// ArcTolerance is by how much the radii of an arc's start and end may differ, in
	// inches and millimetres; 0 means LinuxCNC's.
	ArcToleranceInch, ArcToleranceMM float64

	OrientOffset            float64 // degrees that M19 adds
	RandomToolChanger       bool    // pockets hold what was put into them
	ToolChangeAtG30         bool    // M6 goes there first
	ToolChangeQuillUp       bool    // M6 goes to machine Z0 first
	ToolChangeWithSpindleOn bool
	RetainG43               bool // M6 takes the new tool's length when G43 is in effect
	CountArguments          bool // subs have #<n_args>
	NoFanucSubs             bool // no M98 and M99
	NoLocalPersistence      bool // G92's offsets end with the program

	// MostBytes is the longest line, and MostIdle how many lines may pass without an
	// event before a loop counts as endless; 0 means 252, as LinuxCNC has it, and ten
	// million.
	MostBytes, MostIdle int
}

// Machine answers what only the machine knows. All positions are in program coordinates,
// program units and degrees.
//
// The interpreter asks when the next line is about to be read. Where answers depend on
// motion, Next is called only when what came before has been done: after Probe,
// ChangeTool and WaitInput.
type Machine interface {
	// Position is where the machine is at the start, after a tool change and after a
	// probe, when the program has it at believed.
	Position(believed Axes) Axes

	// Probed is where the probe tripped, and whether it did, when the program ended at
	// believed.
	Probed(believed Axes) (at Axes, tripped bool)

	// Input is the digital or analog input that M66 waited for; last is what it was.
	Input(number int, analog bool, last float64) float64
}

// MCall is a call of a registered M code.
type MCall struct {
	Code int
	in   *Interpreter
}

// Word gives a word of the line, as P of M123 P4.5.
func (c *MCall) Word(letter byte) (float64, bool) {
	letter |= 'a' - 'A'
	if letter < 'a' || letter > 'z' || !c.in.block.has(letter) {
		return 0, false
	}
	return c.in.block.value(letter), true
}

// Position is where the program is: program coordinates in program units.
func (c *MCall) Position() Axes { return c.in.at }

// Parameter gives #n; 0 when there is no such parameter.
func (c *MCall) Parameter(n int) float64 {
	if n < 1 || n >= mostParameters {
		return 0
	}
	return c.in.params[n]
}

// SetParameter sets #n, where a program may.
func (c *MCall) SetParameter(n int, v float64) {
	if n >= 1 && n < mostParameters && !readOnlyParam(n) {
		c.in.params[n] = v
	}
}

func (c Config) withDefaults() Config {
	if c.Spindles <= 0 {
		c.Spindles = 1
	}
	c.Spindles = min(c.Spindles, mostSpindles)
	if c.ArcToleranceInch <= 0 {
		c.ArcToleranceInch = 2 * 0.001 * sqrt2
	}
	if c.ArcToleranceMM <= 0 {
		c.ArcToleranceMM = 2 * 0.01 * sqrt2
	}
	if c.MostBytes <= 0 {
		c.MostBytes = 252
	}
	c.MostBytes = min(c.MostBytes, bufferSize/2, 1<<15-1)
	if c.MostIdle <= 0 {
		c.MostIdle = 10_000_000
	}
	return c
}
