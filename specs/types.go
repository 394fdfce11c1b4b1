package specs

// The Go side of schema.cue: the same names, the same order of fields. Values
// are SI: metres, radians, seconds (durations are integer nanoseconds), hertz.
//
// Two more tags hold rules that loading checks: check is the range of a quantity, ref
// the class in which a name must be found (an empty name stands for none).

// Scenario is one line, what happens on it, and what is expected of it.
type Scenario struct {
	Name        string                `json:"name"`
	Title       string                `json:"title"`
	Seed        uint64                `json:"seed"`
	Duration    Duration              `json:"duration" check:">0"`
	Conveyors   map[string]Conveyor   `json:"conveyors"`
	Photoeyes   map[string]PhotoEye   `json:"photoeyes"`
	Gates       map[string]Gate       `json:"gates"`
	Products    map[string]Product    `json:"products"`
	Feeders     map[string]Feeder     `json:"feeders"`
	Cameras     map[string]Camera     `json:"cameras"`
	Inspections map[string]Inspection `json:"inspections"`
	Inspectors  Inspectors            `json:"inspectors"`
	Machines    map[string]Machine    `json:"machines"`
	Servos      map[string]Servo      `json:"servos"`
	PLCs        map[string]PLC        `json:"plcs"`
	Mills       map[string]Mill       `json:"mills"`
	CNCs        map[string]CNC        `json:"cncs"`
	Registers   map[string]Register   `json:"registers"`
	Networks    map[string]Network    `json:"networks"`
	Clients     map[string]Clients    `json:"clients"`
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
	Base   Duration `json:"base" check:">=0"`
	Jitter Duration `json:"jitter" check:">=0"`
}

// Conveyor is a belt that runs along the line's x axis.
type Conveyor struct {
	Length       Length       `json:"length" check:">0"`
	Width        Length       `json:"width" check:">0"`
	Speed        Speed        `json:"speed" check:">0"`
	Acceleration Acceleration `json:"acceleration" check:">0"`
	Encoder      Encoder      `json:"encoder"`
	Sim          ConveyorSim  `json:"sim"`
}

// ConveyorSim is what makes the simulated belt differ from an ideal one.
type ConveyorSim struct {
	Ripple Ratio  `json:"ripple"`
	Drum   Length `json:"drum" check:">0"`
}

// Encoder on the belt.
type Encoder struct {
	Resolution Length   `json:"resolution" check:">0"`
	Period     Duration `json:"period" check:">0"`
}

// PhotoEye is a light barrier across a conveyor.
type PhotoEye struct {
	Conveyor string   `json:"conveyor" ref:"conveyors"`
	At       Length   `json:"at" check:">=0"`
	Response Duration `json:"response" check:">=0"`
	Jitter   Duration `json:"jitter" check:">=0"`
}

// Gate pushes parts off a conveyor.
type Gate struct {
	Conveyor string   `json:"conveyor" ref:"conveyors"`
	At       Length   `json:"at" check:">=0"`
	Reach    Length   `json:"reach" check:">0"`
	Travel   Duration `json:"travel" check:">=0"`
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
	Width  Length `json:"width" check:">0"`
	Depth  Length `json:"depth" check:">0"`
	Height Length `json:"height" check:">0"`
	Color  Color  `json:"color"`
}

// Cap on a bottle: a disc with a fiducial on top.
type Cap struct {
	Radius Length `json:"radius" check:">0"`
	Height Length `json:"height" check:">0"`
	Color  Color  `json:"color"`
	Marker Marker `json:"marker"`
}

// Marker is an ArUco fiducial.
type Marker struct {
	Dictionary string `json:"dictionary"`
	ID         int    `json:"id"`
	Size       Length `json:"size" check:">0"`
}

// Label on the front face. Artwork and WrongArtwork are image files, relative to
// the scenario's folder.
type Label struct {
	Artwork      string `json:"artwork"`
	WrongArtwork string `json:"wrongArtwork"`
	Width        Length `json:"width" check:">0"`
	Height       Length `json:"height" check:">0"`
	At           Length `json:"at" check:">0"`
}

// QR code on the front face: Prefix and the serial number, eight digits.
type QR struct {
	Prefix string `json:"prefix"`
	Size   Length `json:"size" check:">0"`
	At     Length `json:"at" check:">0"`
}

// Feeder puts products onto a conveyor, at random distances.
type Feeder struct {
	Conveyor    string   `json:"conveyor" ref:"conveyors"`
	Product     string   `json:"product" ref:"products"`
	First       Duration `json:"first" check:">=0"`
	Spacing     Spacing  `json:"spacing"`
	Lateral     Length   `json:"lateral" check:">=0"`
	Yaw         Angle    `json:"yaw" check:">=0"`
	Turned      Ratio    `json:"turned"`
	FirstSerial uint64   `json:"firstSerial"`
	Defects     Defects  `json:"defects"`
}

// Spacing from part to part: Min plus an exponential of mean Mean-Min.
type Spacing struct {
	Min  Length `json:"min" check:">0"`
	Mean Length `json:"mean" check:">0"`
}

// Defects are the rates at which they occur, each drawn independently.
type Defects struct {
	UnreadableQR Ratio `json:"unreadableQR"`
	MissingQR    Ratio `json:"missingQR"`
	WrongLabel   Ratio `json:"wrongLabel"`
	ShiftedLabel Ratio `json:"shiftedLabel"`
	MissingCap   Ratio `json:"missingCap"`
	Dent         Ratio `json:"dent"`
	TornLabel    Ratio `json:"tornLabel"`
	SmearedLabel Ratio `json:"smearedLabel"`
	RotatedLabel Ratio `json:"rotatedLabel"`
	ScratchedQR  Ratio `json:"scratchedQR"`
	FaintQR      Ratio `json:"faintQR"`
	CrookedCap   Ratio `json:"crookedCap"`
	Bulge        Ratio `json:"bulge"`
}

// Inspection is a station that judges a product by a camera's frames.
type Inspection struct {
	Camera       string              `json:"camera" ref:"cameras"`
	Views        map[string]View     `json:"views"`
	Product      string              `json:"product" ref:"products"`
	Mode         string              `json:"mode"`
	Latency      Latency             `json:"latency"`
	Priority     int                 `json:"priority"`
	Deadline     Duration            `json:"deadline" check:">0"`
	MinScore     float64             `json:"minScore"`
	MaxShift     Length              `json:"maxShift" check:">0"`
	MaxTurn      Angle               `json:"maxTurn" check:">0"`
	MaxDamage    Ratio               `json:"maxDamage"`
	MaxDent      Length              `json:"maxDent" check:">0"`
	MaxBulge     Length              `json:"maxBulge" check:">0"`
	CapTolerance Length              `json:"capTolerance" check:">0"`
	MaxTilt      Angle               `json:"maxTilt" check:">0"`
	MinGrade     int                 `json:"minGrade"`
	QR           QRParams            `json:"qr"`
	Templates    map[string]Template `json:"templates"`
	Relief       *Relief             `json:"relief,omitempty"`
	Recogniser   *Recogniser         `json:"recogniser,omitempty"`
	Modelled     ModelledInspection  `json:"modelled"`
}

// Inspectors judge the frames of all stations.
type Inspectors struct {
	Workers int `json:"workers"`
	Queue   int `json:"queue"`
}

// Template is a picture that must be found on each part.
type Template struct {
	File     string  `json:"file"`
	Region   *Region `json:"region,omitempty"`
	MinScore float64 `json:"minScore"`
	Rotation Angle   `json:"rotation" check:">=0"`
	Scale    Ratio   `json:"scale" check:">=0"`
}

// Relief is the depth that a part must keep to.
type Relief struct {
	File      string `json:"file"`
	Tolerance Length `json:"tolerance" check:">0"`
	MaxOut    Ratio  `json:"maxOut" check:">=0"`
	MinSeen   Ratio  `json:"minSeen" check:">=0"`
}

// Recogniser is a learned model that is shown a crop of each part. One of Model and Command is
// given.
type Recogniser struct {
	Model    string   `json:"model"`
	Command  []string `json:"command"`
	Device   string   `json:"device"`
	Region   string   `json:"region"`
	Bad      []string `json:"bad"`
	MinScore float64  `json:"minScore"`
	Latency  Latency  `json:"latency"`
	Deadline Duration `json:"deadline" check:">0"`
	Patience Duration `json:"patience" check:">0"`
}

// QRParams tune a reader of QR codes.
type QRParams struct {
	Regions  []Region `json:"regions"`
	Codes    int      `json:"codes"`
	Budget   Duration `json:"budget" check:">0"`
	Contrast float64  `json:"contrast"`
	Blur     float64  `json:"blur"`
	Window   int      `json:"window"`
	Offset   float64  `json:"offset"`
	Close    int      `json:"close"`
	Open     int      `json:"open"`
	Halve    int      `json:"halve"`
	Enlarge  float64  `json:"enlarge"`
	Invert   bool     `json:"invert"`
	Rotation Angle    `json:"rotation"`
}

// Region of an image in pixels.
type Region struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
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
	Cycle  Duration `json:"cycle" check:">0"`
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
	Speed AngularSpeed        `json:"speed" check:">0"`
	Accel AngularAcceleration `json:"accel" check:">0"`
}

// Drive is a closed position loop of second order.
type Drive struct {
	Bandwidth Frequency `json:"bandwidth" check:">0"`
	Damping   float64   `json:"damping"`
}

// Servo is a station that brings a machine's tool over a moving product's cap by
// sight, and then puts the cap tight.
type Servo struct {
	Machine   string   `json:"machine" ref:"machines"`
	Camera    string   `json:"camera" ref:"cameras"`
	Conveyor  string   `json:"conveyor" ref:"conveyors"`
	Product   string   `json:"product" ref:"products"`
	From      Length   `json:"from" check:">=0"`
	To        Length   `json:"to" check:">0"`
	Standoff  Length   `json:"standoff" check:">0"`
	Gain      float64  `json:"gain"`
	Tolerance Length   `json:"tolerance" check:">0"`
	Confirm   int      `json:"confirm"`
	Latency   Latency  `json:"latency"`
	Dwell     Duration `json:"dwell" check:">=0"`
}

// PLC runs the line logic.
type PLC struct {
	Scan       Duration `json:"scan" check:">0"`
	Conveyor   string   `json:"conveyor" ref:"conveyors"`
	Infeed     string   `json:"infeed" ref:"photoeyes"`
	Inspection string   `json:"inspection" ref:"inspections"`
	Servo      string   `json:"servo" ref:"servos"`
	Gate       string   `json:"gate" ref:"gates"`
	Outfeed    string   `json:"outfeed" ref:"photoeyes"`
	Tolerance  Length   `json:"tolerance" check:">0"`
	HIL        *PLCHIL  `json:"hil,omitempty"`
}

// PLCHIL says how the real PLC is reached.
type PLCHIL struct {
	Protocol string `json:"protocol"`
	Endpoint string `json:"endpoint"`
}

// Register that clients write, beside those of the devices. Min and Max bound what they
// may write.
type Register struct {
	Type    string   `json:"type"`
	Unit    string   `json:"unit"`
	Doc     string   `json:"doc"`
	Access  string   `json:"access"`
	Initial float64  `json:"initial"`
	Min     *float64 `json:"min,omitempty"`
	Max     *float64 `json:"max,omitempty"`
}

// Network over which simulated clients reach the register server. Cut and HalfOpen are
// mean times until a connection fails, 0 for never.
type Network struct {
	Latency   Latency  `json:"latency"`
	Bandwidth DataRate `json:"bandwidth" check:">0"`
	Loss      Ratio    `json:"loss"`
	Segment   int      `json:"segment"`
	Buffer    int      `json:"buffer"`
	Cut       Duration `json:"cut" check:">=0"`
	HalfOpen  Duration `json:"halfOpen" check:">=0"`
	Refused   Ratio    `json:"refused"`
}

// Clients are simulated programs of one kind that use the register server.
type Clients struct {
	Count    int           `json:"count"`
	Network  string        `json:"network" ref:"networks"`
	Within   Duration      `json:"within" check:">=0"`
	Patience Duration      `json:"patience" check:">0"`
	Watch    ClientWatch   `json:"watch"`
	Read     ClientRead    `json:"read"`
	Write    ClientWrite   `json:"write"`
	Publish  ClientPublish `json:"publish"`
	Clock    ClientClock   `json:"clock"`
	Deaf     Ratio         `json:"deaf"`
}

// ClientWatch is what each client is pushed.
type ClientWatch struct {
	Registers []string `json:"registers"`
	Interval  Duration `json:"interval" check:">=0"`
	Heartbeat Duration `json:"heartbeat" check:">=0"`
	Deadband  float64  `json:"deadband"`
}

// ClientRead is what each client polls, all at one instant.
type ClientRead struct {
	Registers []string `json:"registers"`
	Every     Duration `json:"every" check:">0"`
}

// ClientWrite is what each client writes: at random instants, Every apart in the mean,
// Together registers in one transaction.
type ClientWrite struct {
	Registers []string `json:"registers"`
	Every     Duration `json:"every" check:">0"`
	Together  int      `json:"together"`
}

// ClientPublish is what the clients are the source of; each register has one of them.
type ClientPublish struct {
	Registers []string `json:"registers"`
	Every     Duration `json:"every" check:">0"`
	Hold      Duration `json:"hold" check:">0"`
}

// ClientClock is how wrong the clients' clocks are, at most, and how often each compares
// its own with the line's; 0 for never.
type ClientClock struct {
	Every  Duration `json:"every" check:">=0"`
	Offset Duration `json:"offset" check:">=0"`
	Drift  Ratio    `json:"drift"`
}

// MES holds the orders, and the shape of the history and of the pictures.
type MES struct {
	History  History  `json:"history"`
	Pictures Pictures `json:"pictures"`
	Orders   []Order  `json:"orders"`
}

// Pictures of what inspections saw, kept in the MES: of each part that is not good, and of
// the first good one and every Good-th after it, 0 for none. Keep is how many, the newest; 0
// for no pictures at all. Width is the largest, in pixels; Quality is that of JPEG.
type Pictures struct {
	Good    int `json:"good"`
	Width   int `json:"width"`
	Quality int `json:"quality"`
	Keep    int `json:"keep"`
}

// History of the line's registers in the MES.
type History struct {
	Period Duration `json:"period" check:">0"`
	Keep   int      `json:"keep"`
}

// Order of a quantity of a product.
type Order struct {
	ID       string `json:"id"`
	Product  string `json:"product" ref:"products"`
	Quantity int    `json:"quantity"`
}

// Fault strikes a device at a time for a while.
type Fault struct {
	At     Duration `json:"at" check:">=0"`
	For    Duration `json:"for" check:">0"`
	Device string   `json:"device"`
	Kind   string   `json:"kind"`
}
