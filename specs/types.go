package specs

// The Go side of schema.cue: the same names, the same order of fields. Values
// are SI: metres, radians, seconds (durations are integer nanoseconds), hertz.

// Scenario is one line, what happens on it, and what is expected of it.
type Scenario struct {
	Name        string                `json:"name"`
	Title       string                `json:"title"`
	Seed        uint64                `json:"seed"`
	Duration    Duration              `json:"duration"`
	Conveyors   map[string]Conveyor   `json:"conveyors"`
	Photoeyes   map[string]PhotoEye   `json:"photoeyes"`
	Gates       map[string]Gate       `json:"gates"`
	Products    map[string]Product    `json:"products"`
	Feeders     map[string]Feeder     `json:"feeders"`
	Cameras     map[string]Camera     `json:"cameras"`
	Inspections map[string]Inspection `json:"inspections"`
	Machines    map[string]Machine    `json:"machines"`
	Servos      map[string]Servo      `json:"servos"`
	PLCs        map[string]PLC        `json:"plcs"`
	MES         MES                   `json:"mes"`
	Faults      []Fault               `json:"faults"`
	Expect      map[string]string     `json:"expect"`
}

// Pose of a frame in its parent: translation in metres and fixed-axis roll,
// pitch, yaw in radians (rotation = Rz(yaw) Ry(pitch) Rx(roll)).
type Pose struct {
	XYZ [3]Length `json:"xyz"`
	RPY [3]Angle  `json:"rpy"`
}

// Latency that a stage takes in simulated time: uniform in [Base, Base+Jitter].
type Latency struct {
	Base   Duration `json:"base"`
	Jitter Duration `json:"jitter"`
}

// Conveyor is a belt that runs along the line's x axis.
type Conveyor struct {
	Length       Length       `json:"length"`
	Width        Length       `json:"width"`
	Speed        Speed        `json:"speed"`
	Acceleration Acceleration `json:"acceleration"`
	Encoder      Encoder      `json:"encoder"`
}

// Encoder on the belt.
type Encoder struct {
	Resolution Length   `json:"resolution"`
	Period     Duration `json:"period"`
}

// PhotoEye is a light barrier across a conveyor.
type PhotoEye struct {
	Conveyor string   `json:"conveyor"`
	At       Length   `json:"at"`
	Response Duration `json:"response"`
	Jitter   Duration `json:"jitter"`
}

// Gate pushes parts off a conveyor.
type Gate struct {
	Conveyor string   `json:"conveyor"`
	At       Length   `json:"at"`
	Reach    Length   `json:"reach"`
	Travel   Duration `json:"travel"`
}

// Product is a bottle with a flat front face, which looks towards -y.
type Product struct {
	Body  Body  `json:"body"`
	Cap   Cap   `json:"cap"`
	Label Label `json:"label"`
	QR    QR    `json:"qr"`
}

// Body of a bottle: a box with rounded edges and a shoulder.
type Body struct {
	Width  Length `json:"width"`
	Depth  Length `json:"depth"`
	Height Length `json:"height"`
	Color  Color  `json:"color"`
}

// Cap on a bottle: a disc with a fiducial on top.
type Cap struct {
	Radius Length `json:"radius"`
	Height Length `json:"height"`
	Color  Color  `json:"color"`
	Marker Marker `json:"marker"`
}

// Marker is an ArUco fiducial.
type Marker struct {
	Dictionary string `json:"dictionary"`
	ID         int    `json:"id"`
	Size       Length `json:"size"`
}

// Label on the front face. Artwork and WrongArtwork are image files, relative to
// the scenario's folder.
type Label struct {
	Artwork      string `json:"artwork"`
	WrongArtwork string `json:"wrongArtwork"`
	Width        Length `json:"width"`
	Height       Length `json:"height"`
	At           Length `json:"at"`
}

// QR code on the front face: Prefix and the serial number, eight digits.
type QR struct {
	Prefix string `json:"prefix"`
	Size   Length `json:"size"`
	At     Length `json:"at"`
}

// Feeder puts products onto a conveyor, at random distances.
type Feeder struct {
	Conveyor    string   `json:"conveyor"`
	Product     string   `json:"product"`
	First       Duration `json:"first"`
	Spacing     Spacing  `json:"spacing"`
	Lateral     Length   `json:"lateral"`
	Yaw         Angle    `json:"yaw"`
	FirstSerial uint64   `json:"firstSerial"`
	Defects     Defects  `json:"defects"`
}

// Spacing from part to part: Min plus an exponential of mean Mean-Min.
type Spacing struct {
	Min  Length `json:"min"`
	Mean Length `json:"mean"`
}

// Defects are the rates at which they occur, each drawn independently.
type Defects struct {
	UnreadableQR Ratio `json:"unreadableQR"`
	MissingQR    Ratio `json:"missingQR"`
	WrongLabel   Ratio `json:"wrongLabel"`
	ShiftedLabel Ratio `json:"shiftedLabel"`
	MissingCap   Ratio `json:"missingCap"`
	Dent         Ratio `json:"dent"`
}

// Camera of any kind.
type Camera struct {
	Model    string     `json:"model"`
	Pose     Pose       `json:"pose"`
	Mount    string     `json:"mount"`
	Width    int        `json:"width"`
	Height   int        `json:"height"`
	FOV      Angle      `json:"fov"`
	Depth    bool       `json:"depth"`
	Trigger  string     `json:"trigger"`
	Delay    Duration   `json:"delay"`
	Rate     Frequency  `json:"rate"`
	Exposure Duration   `json:"exposure"`
	Latency  Latency    `json:"latency"`
	Fidelity string     `json:"fidelity"`
	Sim      CameraSim  `json:"sim"`
	HIL      *CameraHIL `json:"hil,omitempty"`
}

// CameraSim is what makes the simulated camera differ from an ideal one.
type CameraSim struct {
	ReadNoise  float64 `json:"readNoise"`
	ShotNoise  float64 `json:"shotNoise"`
	DepthSigma Length  `json:"depthSigma"`
	DepthFloor Length  `json:"depthFloor"`
	DepthBias  Length  `json:"depthBias"`
	K1         float64 `json:"k1"`
	K2         float64 `json:"k2"`
	PixelNoise float64 `json:"pixelNoise"`
}

// CameraHIL names the real camera.
type CameraHIL struct {
	Serial string `json:"serial"`
}

// Inspection is a station that judges a product by a camera's frames.
type Inspection struct {
	Camera       string             `json:"camera"`
	Product      string             `json:"product"`
	Latency      Latency            `json:"latency"`
	MinScore     float64            `json:"minScore"`
	MaxShift     Length             `json:"maxShift"`
	MaxDent      Length             `json:"maxDent"`
	CapTolerance Length             `json:"capTolerance"`
	Modelled     ModelledInspection `json:"modelled"`
}

// ModelledInspection holds the error rates at fidelity "modelled".
type ModelledInspection struct {
	MissRate        Ratio `json:"missRate"`
	FalseRejectRate Ratio `json:"falseRejectRate"`
}

// Machine is a serial chain of joints with a drive on each and a tool at the end.
type Machine struct {
	Base   Pose     `json:"base"`
	Joints []Joint  `json:"joints"`
	Tool   Pose     `json:"tool"`
	Cycle  Duration `json:"cycle"`
	Drive  Drive    `json:"drive"`
}

// Joint in Denavit-Hartenberg form (distal), revolute.
type Joint struct {
	A     Length              `json:"a"`
	Alpha Angle               `json:"alpha"`
	D     Length              `json:"d"`
	Theta Angle               `json:"theta"`
	Min   Angle               `json:"min"`
	Max   Angle               `json:"max"`
	Home  Angle               `json:"home"`
	Speed AngularSpeed        `json:"speed"`
	Accel AngularAcceleration `json:"accel"`
}

// Drive is a closed position loop of second order.
type Drive struct {
	Bandwidth Frequency `json:"bandwidth"`
	Damping   float64   `json:"damping"`
}

// Servo is a station that brings a machine's tool over a moving product's cap by
// sight, and then puts the cap tight.
type Servo struct {
	Machine   string   `json:"machine"`
	Camera    string   `json:"camera"`
	Conveyor  string   `json:"conveyor"`
	Product   string   `json:"product"`
	From      Length   `json:"from"`
	To        Length   `json:"to"`
	Standoff  Length   `json:"standoff"`
	Gain      float64  `json:"gain"`
	Tolerance Length   `json:"tolerance"`
	Confirm   int      `json:"confirm"`
	Latency   Latency  `json:"latency"`
	Dwell     Duration `json:"dwell"`
}

// PLC runs the line logic.
type PLC struct {
	Scan       Duration `json:"scan"`
	Conveyor   string   `json:"conveyor"`
	Infeed     string   `json:"infeed"`
	Inspection string   `json:"inspection"`
	Servo      string   `json:"servo"`
	Gate       string   `json:"gate"`
	Outfeed    string   `json:"outfeed"`
	Tolerance  Length   `json:"tolerance"`
	HIL        *PLCHIL  `json:"hil,omitempty"`
}

// PLCHIL says how the real PLC is reached.
type PLCHIL struct {
	Protocol string `json:"protocol"`
	Endpoint string `json:"endpoint"`
}

// MES holds the orders and the history's shape.
type MES struct {
	History History `json:"history"`
	Orders  []Order `json:"orders"`
}

// History of the line's registers in the MES.
type History struct {
	Period Duration `json:"period"`
	Keep   int      `json:"keep"`
}

// Order of a quantity of a product.
type Order struct {
	ID       string `json:"id"`
	Product  string `json:"product"`
	Quantity int    `json:"quantity"`
}

// Fault strikes a device at a time for a while.
type Fault struct {
	At     Duration `json:"at"`
	For    Duration `json:"for"`
	Device string   `json:"device"`
	Kind   string   `json:"kind"`
}
