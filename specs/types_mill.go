package specs

// Mill is a five-axis milling machine.
type Mill struct {
	Type     string     `json:"type"`
	Table    [3]Length  `json:"table"`
	Pivot    [3]Length  `json:"pivot"`
	Offset   [3]Length  `json:"offset"`
	X        LinearAxis `json:"x"`
	Y        LinearAxis `json:"y"`
	Z        LinearAxis `json:"z"`
	Tilt     RotaryAxis `json:"tilt"`
	Turn     RotaryAxis `json:"turn"`
	Cycle    Duration   `json:"cycle" check:">0"`
	Servo    Duration   `json:"servo" check:">0"`
	Feedback Duration   `json:"feedback" check:">0"`
	Spindle  Spindle    `json:"spindle"`
	Tools    string     `json:"tools"`
	Gauge    Gauge      `json:"gauge"`
	Sim      MillSim    `json:"sim"`
}

// LinearAxis of a mill: its range, limits, encoder, drive and screw. Friction is the
// acceleration that it takes away.
type LinearAxis struct {
	Min        Length       `json:"min"`
	Max        Length       `json:"max"`
	Home       Length       `json:"home"`
	Speed      Speed        `json:"speed" check:">0"`
	Accel      Acceleration `json:"accel" check:">0"`
	Jerk       Jerk         `json:"jerk" check:">0"`
	Resolution Length       `json:"resolution" check:">0"`
	Friction   Acceleration `json:"friction" check:">=0"`
	Drive      ServoDrive   `json:"drive"`
	Sim        ScrewSim     `json:"sim"`
}

// RotaryAxis of a mill. Without Min and Max it turns for ever.
type RotaryAxis struct {
	Min        *Angle              `json:"min,omitempty"`
	Max        *Angle              `json:"max,omitempty"`
	Home       Angle               `json:"home"`
	Speed      AngularSpeed        `json:"speed" check:">0"`
	Accel      AngularAcceleration `json:"accel" check:">0"`
	Jerk       AngularJerk         `json:"jerk" check:">0"`
	Resolution Angle               `json:"resolution" check:">0"`
	Friction   AngularAcceleration `json:"friction" check:">=0"`
	Drive      ServoDrive          `json:"drive"`
}

// ServoDrive is the cascade of a position and a velocity loop.
type ServoDrive struct {
	Bandwidth Frequency `json:"bandwidth" check:">0"`
	Lag       Duration  `json:"lag" check:">=0"`
}

// ScrewSim is what makes a simulated ball screw differ from an ideal one.
type ScrewSim struct {
	Lead     Length   `json:"lead" check:">0"`
	Periodic Length   `json:"periodic" check:">=0"`
	Warming  Warming  `json:"warming" check:">=0"`
	Time     Duration `json:"time" check:">0"`
	Fixed    Length   `json:"fixed"`
}

// Spindle of a mill.
type Spindle struct {
	Speed AngularSpeed `json:"speed" check:">0"`
	Ramp  Duration     `json:"ramp" check:">0"`
}

// Gauge sees where the tool is from the workpiece.
type Gauge struct {
	Every    Duration `json:"every" check:">=0"`
	Latency  Duration `json:"latency" check:">=0"`
	Noise    Length   `json:"noise" check:">=0"`
	Tilt     Angle    `json:"tilt" check:">=0"`
	Outliers Ratio    `json:"outliers"`
	Wild     Length   `json:"wild" check:">=0"`
}

// MillSim is what makes the simulated mill differ from an ideal one.
type MillSim struct {
	Ambient   Temperature `json:"ambient"`
	Spindle   SpindleSim  `json:"spindle"`
	Drift     Drift       `json:"drift"`
	Geometric string      `json:"geometric"`
	Give      Give        `json:"give"`
}

// SpindleSim is how a spindle warms up and grows. Growth is for each K.
type SpindleSim struct {
	Warming Warming  `json:"warming" check:">=0"`
	Time    Duration `json:"time" check:">0"`
	Growth  Length   `json:"growth"`
	Lag     Duration `json:"lag" check:">=0"`
}

// Drift is how the spindle's warmth bends the frame.
type Drift struct {
	Shift [3]Length `json:"shift"`
	Time  Duration  `json:"time" check:">0"`
}

// Give is how far tool and wall bend away from each other.
type Give struct {
	Tool   Length `json:"tool" check:">=0"`
	Wall   Length `json:"wall" check:">=0"`
	Foot   Length `json:"foot"`
	Height Length `json:"height" check:">0"`
	Feed   Speed  `json:"feed" check:">0"`
	Side   string `json:"side"`
}

// CNC runs a program on a mill.
type CNC struct {
	Mill         string       `json:"mill" ref:"mills"`
	Program      string       `json:"program"`
	Work         [3]Length    `json:"work"`
	Compensation Compensation `json:"compensation"`
	Surface      Surface      `json:"surface"`
}

// Surface is what the metrics look at of what was cut.
type Surface struct {
	Side   string        `json:"side"`
	Lean   Angle         `json:"lean"`
	Ball   Length        `json:"ball" check:">=0"`
	Step   Length        `json:"step" check:">=0"`
	Cutoff Length        `json:"cutoff" check:">0"`
	Across []SurfaceLine `json:"across"`
}

// SurfaceLine is where the surface is looked at across the passes.
type SurfaceLine struct {
	From      [3]Length  `json:"from"`
	Direction [3]float64 `json:"direction"`
	Feed      [3]float64 `json:"feed"`
	Within    Length     `json:"within" check:">0"`
}

// Compensation of a mill's errors, by tables and by what its gauge sees.
type Compensation struct {
	Axes      AxisTables         `json:"axes"`
	Thermal   LinearTables       `json:"thermal"`
	Volume    string             `json:"volume"`
	Online    OnlineCompensation `json:"online"`
	Reserve   Ratio              `json:"reserve"`
	Smoothing Duration           `json:"smoothing" check:">0"`
}

// AxisTables are the files of an axis each, "" where there is none.
type AxisTables struct {
	X    string `json:"x"`
	Y    string `json:"y"`
	Z    string `json:"z"`
	Tilt string `json:"tilt"`
	Turn string `json:"turn"`
}

// LinearTables are the files of a linear axis each, "" where there is none.
type LinearTables struct {
	X string `json:"x"`
	Y string `json:"y"`
	Z string `json:"z"`
}

// OnlineCompensation follows the opposite of the errors that the gauge sees. Gain is in 1/s.
type OnlineCompensation struct {
	Gain      float64      `json:"gain"`
	Window    int          `json:"window"`
	Trim      Ratio        `json:"trim"`
	Shift     Length       `json:"shift" check:">0"`
	Turn      Angle        `json:"turn" check:">0"`
	ShiftRate Speed        `json:"shiftRate" check:">0"`
	TurnRate  AngularSpeed `json:"turnRate" check:">0"`
}

// Any tells whether there is a correction at all.
func (c Compensation) Any() bool {
	return c.Axes != (AxisTables{}) || c.Thermal != (LinearTables{}) || c.Volume != "" || c.Online.Gain > 0
}
