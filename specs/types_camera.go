package specs

// Camera of any kind.
type Camera struct {
	Model     string       `json:"model"`
	Pose      Pose         `json:"pose"`
	Mount     string       `json:"mount" ref:"machines"`
	Width     int          `json:"width"`
	Height    int          `json:"height"`
	FOV       Angle        `json:"fov" check:">0"`
	Depth     bool         `json:"depth"`
	DepthMode string       `json:"depthMode"`
	DepthPose DepthPose    `json:"depthPose"`
	Trigger   string       `json:"trigger" ref:"photoeyes"`
	Delay     Duration     `json:"delay" check:">=0"`
	Rate      Frequency    `json:"rate" check:">0"`
	Exposure  Duration     `json:"exposure" check:">0"`
	Latency   Latency      `json:"latency"`
	Fidelity  string       `json:"fidelity"`
	StartUp   Duration     `json:"startUp" check:">=0"`
	WarmUp    Duration     `json:"warmUp" check:">=0"`
	Standby   string       `json:"standby"`
	Power     *CameraPower `json:"power,omitempty"`
	Sim       CameraSim    `json:"sim"`
	HIL       *CameraHIL   `json:"hil,omitempty"`
}

// CameraPower is what a camera takes in each state.
type CameraPower struct {
	On        Power `json:"on" check:">=0"`
	Off       Power `json:"off" check:">=0"`
	Throttled Power `json:"throttled" check:">=0"`
}

// DepthPose is the pose of the depth camera in the colour camera's frame.
type DepthPose Pose

// CameraSim is what makes the simulated camera differ from an ideal one, as its zero
// value is.
type CameraSim struct {
	Noise            string    `json:"noise"`
	ReadNoise        float64   `json:"readNoise"`
	ShotNoise        float64   `json:"shotNoise"`
	Light            float64   `json:"light"`
	Gain             float64   `json:"gain"`
	Readout          Duration  `json:"readout" check:">=0"`
	Vignetting       Ratio     `json:"vignetting"`
	Flicker          Ratio     `json:"flicker"`
	FlickerFrequency Frequency `json:"flickerFrequency" check:">0"`
	Drift            Ratio     `json:"drift"`
	DriftPeriod      Duration  `json:"driftPeriod" check:">0"`
	DepthSigma       Length    `json:"depthSigma" check:">=0"`
	DepthFloor       Length    `json:"depthFloor" check:">=0"`
	DepthBias        Length    `json:"depthBias"`
	DepthGrazing     float64   `json:"depthGrazing"`
	ToF              ToFSim    `json:"tof"`
	K1               float64   `json:"k1"`
	K2               float64   `json:"k2"`
	K3               float64   `json:"k3"`
	K4               float64   `json:"k4"`
	K5               float64   `json:"k5"`
	K6               float64   `json:"k6"`
	P1               float64   `json:"p1"`
	P2               float64   `json:"p2"`
	PixelNoise       float64   `json:"pixelNoise"`
	ClockOffset      Duration  `json:"clockOffset"`
	ClockDrift       float64   `json:"clockDrift"`
}

// ToFSim is what makes a simulated time-of-flight camera differ from an ideal one, as its
// zero value is.
type ToFSim struct {
	Noise        string  `json:"noise"`
	Sigma        Length  `json:"sigma" check:">=0"`
	ReadShare    Ratio   `json:"readShare"`
	Bias         Length  `json:"bias" check:">=0"`
	Scale        Ratio   `json:"scale"`
	Wiggle       Length  `json:"wiggle" check:">=0"`
	WigglePeriod Length  `json:"wigglePeriod" check:">0"`
	Pattern      Length  `json:"pattern" check:">=0"`
	Flying       float64 `json:"flying"`
	EdgeLoss     Ratio   `json:"edgeLoss"`
	Multipath    float64 `json:"multipath"`
	LeastSignal  float64 `json:"leastSignal"`
	Saturation   Ratio   `json:"saturation"`
	Step         Length  `json:"step" check:">=0"`
	K1           float64 `json:"k1"`
	K2           float64 `json:"k2"`
	K3           float64 `json:"k3"`
	K4           float64 `json:"k4"`
	K5           float64 `json:"k5"`
	K6           float64 `json:"k6"`
	P1           float64 `json:"p1"`
	P2           float64 `json:"p2"`
}

// CameraHIL names the real camera.
type CameraHIL struct {
	Serial string `json:"serial"`
}
