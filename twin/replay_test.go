package twin

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
	"linetwin.dev/twin/recording"
)

// recordOne runs a site of one component with one register, and returns the recording
// and the log's hash.
func recordOne(t *testing.T, act func(p *device.Port, own *protocol.Out)) (*recording.Recording, [32]byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "events.mcap")
	var w *recording.Writer
	e := engine.New(engine.Options{Sink: func(b []byte) { w.Records(b, func([]byte) {}) }})
	bank := protocol.NewBank()
	site := &device.Site{Engine: e, Bank: bank}
	p := site.Port("lamp", device.LanePlant)
	own, err := p.Out("on", protocol.Bool, "", "the lamp is on")
	if err != nil {
		t.Fatal(err)
	}
	act(p, own)
	var regs []recording.Register
	for _, r := range bank.Registers() {
		regs = append(regs, recording.Register{Name: r.Name, Type: r.Type.String(), Owner: r.Owner})
	}
	if w, err = recording.Create(path, recording.Header{Components: e.Log().Components(), Registers: regs, Spec: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if err := e.Run(context.Background(), time.Second); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(recording.Trailer{Hash: e.Log().Sum(), Until: time.Second}); err != nil {
		t.Fatal(err)
	}
	rec, err := recording.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return rec, e.Log().Sum()
}

func TestAReplaySaysWhatTheComponentSaidAlsoWhereNothingCameOfIt(t *testing.T) {
	rec, want := recordOne(t, func(p *device.Port, on *protocol.Out) {
		p.At(engine.Sense, 0, func(now time.Duration) { on.SetBool(now, false) })
		p.At(engine.Control, 5, func(now time.Duration) {
			on.SetBool(now, true)
			on.SetBool(now, false)
		})
		p.At(engine.Control, 7, func(now time.Duration) { p.Emit(now, device.Note, []byte(`{}`)) })
		p.At(engine.Control, 9, func(now time.Duration) { on.SetQuality(now, protocol.Bad) })
	})
	e := engine.New(engine.Options{})
	d, err := newReplay(&device.Site{Engine: e, Bank: protocol.NewBank()}, rec, "lamp")
	if err != nil {
		t.Fatal(err)
	}
	if err := load(rec, d); err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	if err := e.Run(context.Background(), time.Second); err != nil {
		t.Fatal(err)
	}
	if got := e.Log().Sum(); got != want {
		t.Errorf("hash %x, want %x", got[:6], want[:6])
	}
}
