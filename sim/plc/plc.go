package plc

import (
	"fmt"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// PLC is the controller of one line. It belongs to its own lane of the engine; a scan
// does not allocate.
type PLC struct {
	port    *device.Port
	name    string
	spec    specs.PLC
	geo     geometry
	in      inputs
	out     outputs
	im      image
	outages []outage
	away    bool

	state   State
	since   time.Duration // begin of the state
	fault   Fault
	command Command // as the register had it in the last scan
	pending Command // that was given and has not been carried out
	awake   bool    // a scan has been
	fresh   bool    // the next scan writes all registers, whether they change or not
	slow    time.Duration

	tracks   tracks
	infeeds  uint32 // edges seen so far
	outfeeds uint32
	verdicts uint32
	request  uint32 // track that the capping station is asked for
	place    float64

	// distrust: what stands on the line is not known, or not to be trusted. untrusted is
	// the origin of the last bottle of which that is so: the gate stays out until it
	// would have passed.
	distrust  bool
	untrusted float64
	gateOpen  bool
	gateSince time.Duration

	done      []finished // to be published, one in a scan
	last      finished
	published uint32
	counts    counts
	unjudged  int // bottles in a row
	uncapped  int // bottles in a row
}

// geometry is where things are along the conveyor, in metres, and how long they take.
type geometry struct {
	speed, half, infeed, outfeed float64
	// low and high are the ends of the gate's reach. A bottle's fate is decided when it
	// comes within lead of low: the gate needs that way to go out. It goes out early,
	// if it can, so that a gate that does not move is noticed while the belt can still
	// be stopped. Bottles closer than apart cannot be told apart by the gate.
	low, high, lead, early, apart float64
	from, to                      float64 // window of the capping station
	needsCap                      bool
	ramp, gate                    time.Duration // longest start of the belt, travel of the gate
}

// Limits of the logic.
const (
	// matchTolerance is how far a picture's place may be off a bottle's.
	matchTolerance = 0.02 // m
	// maxInARow bottles that were not judged, or not capped, abort.
	maxInARow = 5
	// approach is how far before its window the capping station is asked.
	approach = 0.25 // m
	// margin for what position, scan and latch may be off by, around the gate.
	margin = 0.01 // m
	// sure is how far inside of the gate's reach a bottle is certainly pushed off.
	sure = 0.002 // m
	// settling of acting states that have nothing to wait for.
	settling = 50 * time.Millisecond
	// patience with devices that are to answer after a reset, and with a belt beyond
	// the time that its ramp takes.
	patience = time.Second
)

// New puts up the PLC. The error says which register cannot be had, and where the
// specification names its other writer.
func New(site *device.Site, name string) (*PLC, error) {
	s, ok := site.Spec.PLCs[name]
	if !ok {
		return nil, fmt.Errorf("plc: there is no PLC %q", name)
	}
	p := &PLC{port: site.Port(name, "control", "plcs", name), spec: s, name: name, state: Stopped, distrust: true, fresh: true}
	p.geo = layout(site.Spec, s)
	for _, f := range site.Spec.Faults {
		if f.Device == name && f.Kind == "offline" {
			p.outages = append(p.outages, outage{f.At.D(), f.At.D() + f.For.D()})
		}
	}
	return p, p.define()
}

// layout works out the geometry of a PLC's line.
func layout(sp *specs.Scenario, s specs.PLC) geometry {
	conveyor, gate := sp.Conveyors[s.Conveyor], sp.Gates[s.Gate]
	product := sp.Products[sp.Inspections[s.Inspection].Product]
	v, a := float64(conveyor.Speed), float64(conveyor.Acceleration)
	g := geometry{
		speed: v, half: float64(product.Body.Width) / 2,
		infeed: float64(sp.Photoeyes[s.Infeed].At), outfeed: float64(sp.Photoeyes[s.Outfeed].At),
		low: float64(gate.At - gate.Reach/2), high: float64(gate.At + gate.Reach/2),
		ramp: time.Duration(v / a * float64(time.Second)), gate: gate.Travel.D()*3/2 + 3*s.Scan.D(),
	}
	g.lead = v*(gate.Travel.D()+2*s.Scan.D()+conveyor.Encoder.Period.D()).Seconds() + margin
	g.early = g.lead + v*(g.gate+s.Scan.D()).Seconds() + v*v/(2*a)
	g.apart = g.high - g.low + g.lead + margin
	if s.Servo != "" {
		sv := sp.Servos[s.Servo]
		g.needsCap, g.from, g.to = true, float64(sv.From), float64(sv.To)
	}
	return g
}

// Start binds the inputs and begins to scan. The error names the register that is not
// there.
func (p *PLC) Start() error {
	if err := p.bind(); err != nil {
		return err
	}
	p.port.Every(engine.Control, p.spec.Scan.D(), 0, p.scan)
	return nil
}

// Close does nothing.
func (p *PLC) Close() error { return nil }

// scan is one cycle of the program.
func (p *PLC) scan(now time.Duration) {
	if len(p.outages) > 0 && p.absent(now) {
		return
	}
	p.read()
	p.supervise(now)
	p.arrive(now)
	p.judge()
	p.takeCaps()
	p.decide()
	p.depart(now)
	p.obey(now)
	p.progress(now)
	p.moveGate(now)
	p.askForCap()
	p.write(now)
}

var _ device.Device = (*PLC)(nil)
