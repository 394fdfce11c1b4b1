package twin

import (
	"context"
	"errors"
	"sync"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/mes"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
	"linetwin.dev/twin/recording"
	"linetwin.dev/vision/service"
)

// Scenario is a scenario and where it comes from.
type Scenario struct {
	*specs.Scenario
	Dir      string // of the scenario's files
	Resolved []byte // spec.json
	Where    func(path ...string) string
}

// Twin is one assembled scenario. It runs once.
type Twin struct {
	sc   Scenario
	opt  Options
	eng  *engine.Engine
	bank *protocol.Bank
	site *device.Site

	devices  []device.Device
	stations []*inspection
	// inspectors judge the frames of all stations.
	inspectors *service.Pool
	servos     []*servoStation
	operator   *operator
	mes        *mesTask
	watch      *observer
	rec        *recording.Writer
	pictures   pictures // for rec
	ended      time.Duration
	closed     sync.Once
	// life ends with the run, for what waits in real time.
	life context.Context
	end  context.CancelFunc
}

// New assembles a scenario. An error that is the specification's is of type
// specs.Errors, with its place there if Scenario.Where tells it. Nothing has been written
// then but, at most, into Options.Dir.
func New(sc Scenario, opt Options) (*Twin, error) {
	if err := opt.checkKinds(sc.Scenario); err != nil {
		return nil, err
	}
	opt.settle(sc.Scenario)
	t := &Twin{sc: sc, opt: opt, bank: protocol.NewBank()}
	t.life, t.end = context.WithCancel(context.Background())
	t.eng = engine.New(engine.Options{
		Seed: sc.Seed, Realtime: opt.Realtime, Workers: opt.Workers, Shuffle: opt.Shuffle, Sink: t.sink,
	})
	t.watch = newObserver(t)
	t.site = &device.Site{
		Engine: t.eng, Bank: t.bank, Spec: sc.Scenario, Dir: sc.Dir, Where: sc.Where, Listen: t.watch.listen,
	}
	if err := t.assemble(); err != nil {
		return nil, errors.Join(t.placed(err), t.Close())
	}
	return t, nil
}

// assemble puts everything up, in the fixed order, and then starts it.
func (t *Twin) assemble() error {
	if err := t.putUp(); err != nil {
		return err
	}
	if t.opt.Replay != nil {
		if err := load(t.opt.Replay, t.devices...); err != nil {
			return err
		}
	}
	if t.opt.Registers != nil {
		if err := t.opt.Registers(t.bank); err != nil {
			return err
		}
	}
	t.bank.Seal()
	if err := t.watch.bind(); err != nil {
		return err
	}
	for _, d := range t.devices {
		if err := d.Start(); err != nil {
			return err
		}
	}
	if t.opt.Endless {
		return nil // it is neither judged nor recorded
	}
	if err := bench.CheckBounds(t.sc.Expect, t.watch.metrics); err != nil {
		return err
	}
	return t.startRecording()
}

func (t *Twin) putUp() (err error) {
	s := t.sc.Scenario
	if err := t.putUpOperator(); err != nil {
		return err
	}
	if err := t.plant(); err != nil {
		return err
	}
	cameras := map[string]device.Device{}
	for _, c := range []struct {
		class device.Class
		names []string
	}{
		{device.ClassConveyor, specs.Names(s.Conveyors)}, {device.ClassPhotoEye, specs.Names(s.Photoeyes)},
		{device.ClassGate, specs.Names(s.Gates)}, {device.ClassMachine, specs.Names(s.Machines)},
		{device.ClassCamera, specs.Names(s.Cameras)}, {device.ClassMill, specs.Names(s.Mills)},
	} {
		for _, n := range c.names {
			d, err := t.putUpDevice(c.class, n)
			if err != nil {
				return err
			}
			if c.class == device.ClassCamera {
				cameras[n] = d
			}
		}
	}
	t.inspectors = service.NewPool(s.Inspectors.Workers, s.Inspectors.Queue)
	if err := t.putUpStations(cameras); err != nil {
		return err
	}
	if err := t.putUpCNCs(); err != nil {
		return err
	}
	for _, n := range specs.Names(s.PLCs) {
		// A simulated PLC runs its program in a replay, too: it is deterministic.
		kind := t.opt.kindOf(n)
		if kind == device.Replay {
			kind = device.Sim
		}
		d, err := t.opt.Devices.make(kind, device.ClassPLC, t.site, n)
		if err != nil {
			return t.errDevice(err, device.ClassPLC, n)
		}
		t.devices = append(t.devices, d)
	}
	for _, n := range specs.Names(s.Clients) {
		if _, err := t.putUpDevice(device.ClassClients, n); err != nil {
			return err
		}
	}
	if err := t.site.DefineLater(); err != nil {
		return err
	}
	t.mes, err = newMESTask(t)
	return err
}

// putUpOperator puts up who gives commands. In a replay it is the recorded one.
func (t *Twin) putUpOperator() (err error) {
	if t.opt.Replay != nil {
		_, err = t.putUpDevice("operator", "operator")
		return err
	}
	if t.operator, err = newOperator(t.site); err == nil {
		t.site.Submit = t.operator.submit
	}
	return err
}

// plant puts up the simulation's world, if any device is simulated.
func (t *Twin) plant() error {
	if t.opt.Replay != nil {
		_, err := t.putUpDevice(device.ClassPlant, "world")
		return err
	}
	d, err := t.opt.Devices.make(device.Sim, device.ClassPlant, t.site, "world")
	if err != nil {
		return err
	}
	t.devices = append(t.devices, d)
	return nil
}

func (t *Twin) putUpDevice(c device.Class, name string) (device.Device, error) {
	var d device.Device
	var err error
	if kind := t.opt.kindOf(name); kind == device.Replay {
		d, err = newReplay(t.site, t.opt.Replay, name)
	} else {
		d, err = t.opt.Devices.make(kind, c, t.site, name)
	}
	if err != nil {
		return nil, t.errDevice(err, c, name)
	}
	t.devices = append(t.devices, d)
	return d, nil
}

// putUpStations puts up what looks at the cameras' frames. A replay has none, so
// there the stations are fed from the recording as well.
func (t *Twin) putUpStations(cameras map[string]device.Device) error {
	s := t.sc.Scenario
	for _, n := range specs.Names(s.Inspections) {
		if t.opt.Replay != nil {
			if _, err := t.putUpDevice("inspection", n); err != nil {
				return err
			}
			continue
		}
		st, err := newInspection(t, n, cameras[s.Inspections[n].Camera])
		if err != nil {
			return err
		}
		t.stations = append(t.stations, st)
		t.devices = append(t.devices, st)
		if err := st.addViews(cameras); err != nil {
			return err
		}
	}
	for _, n := range specs.Names(s.Servos) {
		if t.opt.Replay != nil {
			if _, err := t.putUpDevice("servo", n); err != nil {
				return err
			}
			continue
		}
		st, err := newServoStation(t, n, cameras[s.Servos[n].Camera])
		if err != nil {
			return err
		}
		t.servos = append(t.servos, st)
		t.devices = append(t.devices, st)
	}
	return nil
}

// putUpCNCs puts up what runs programs. A replay has no programs, so there they are fed from the
// recording as well.
func (t *Twin) putUpCNCs() error {
	for _, n := range specs.Names(t.sc.CNCs) {
		if t.opt.Replay != nil {
			if _, err := t.putUpDevice("CNC", n); err != nil {
				return err
			}
			continue
		}
		k, err := newCNC(t, n)
		if err != nil {
			return err
		}
		t.devices = append(t.devices, k)
	}
	return nil
}

// Bank is the process image, for the register server.
func (t *Twin) Bank() *protocol.Bank { return t.bank }

// MES is the manufacturing execution system, for its HTTP server.
func (t *Twin) MES() *mes.MES { return t.mes.m }

// MESInbox takes commands for the MES from other goroutines.
func (t *Twin) MESInbox() *mes.Inbox { return t.mes.inbox }

// Now is the line's time, for those outside.
func (t *Twin) Now() time.Duration { return t.eng.Now() }

// Until is the line time at which the run ends.
func (t *Twin) Until() time.Duration { return t.opt.Until }

// Progress says how far a run is.
type Progress struct {
	Now, Until     time.Duration
	Parts, Rejects uint64
}

// Progress of the run. It may be called from any goroutine.
func (t *Twin) Progress() Progress {
	return Progress{Now: t.eng.Now(), Until: t.opt.Until, Parts: t.watch.parts.Load(), Rejects: t.watch.rejects.Load()}
}

// Apply takes a client's transaction to the registers that clients may write, on the
// line's clock: it is a protocol.ApplyFunc. A replay gives the commands that were
// recorded, and refuses others.
func (t *Twin) Apply(tx *protocol.Transaction) bool {
	if t.operator == nil {
		tx.Refuse(protocol.NotWritable, 0)
		return true
	}
	return t.operator.apply(tx)
}

// Close releases the devices and ends the files. A twin that has run is closed by Run.
func (t *Twin) Close() (err error) {
	t.closed.Do(func() {
		t.end()
		if t.mes != nil {
			t.mes.dark.close() // it gives frames back
		}
		for i := len(t.devices) - 1; i >= 0; i-- {
			err = errors.Join(err, t.devices[i].Close())
		}
		if t.mes != nil {
			err = errors.Join(err, t.mes.close())
		}
		if t.rec != nil {
			err = errors.Join(err, t.endRecording(true))
		}
	})
	return err
}

// sink hands the log's pieces to the recording.
func (t *Twin) sink(piece []byte) {
	if t.rec == nil {
		t.eng.Log().Recycle(piece)
		return
	}
	t.rec.Records(piece, t.eng.Log().Recycle)
	if err := t.rec.Err(); err != nil {
		t.eng.Stop(err) // a run that cannot be recorded is not worth its end
	}
}

func (t *Twin) startRecording() error {
	if t.opt.Dir == "" {
		return nil
	}
	regs := make([]recording.Register, t.bank.Len())
	for _, r := range t.bank.Registers() {
		regs[r.Ref] = recording.Register{Name: r.Name, Type: r.Type.String(), Unit: r.Unit, Doc: r.Doc, Owner: r.Owner}
	}
	var err error
	t.rec, err = recording.Create(t.path("events.mcap"), recording.Header{
		Scenario: t.sc.Name, Seed: t.sc.Seed, Build: bench.ReadBuild().String(),
		Components: t.eng.Log().Components(), Registers: regs, Spec: t.sc.Resolved,
	})
	return err
}

func (t *Twin) endRecording(partial bool) error {
	w := t.rec
	t.rec = nil
	return w.Close(recording.Trailer{Hash: t.eng.Log().Sum(), Until: t.ended, Partial: partial})
}
