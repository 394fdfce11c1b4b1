package specs

import (
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // artwork may be a JPEG
	_ "image/png"  // or a PNG
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
)

// product checks that what is printed on a bottle has room on it.
func (c *checker) product(name string) {
	p := c.s.Products[name]
	base := at("products", name)
	sub := func(parts ...string) []string { return append(base[:2:2], parts...) }
	on := func(what string, width, height, centre Length, wide []string) {
		if !c.ok(sub("body"), sub(what)) {
			return
		}
		if width > p.Body.Width {
			c.fail(wide, "%v is wider than the bottle, which is %v", width, p.Body.Width)
		}
		if centre-height/2 < 0 || centre+height/2 > p.Body.Height {
			c.fail(sub(what, "at"), "the %s reaches from %v to %v above the belt; keep it on the front face, from 0mm to %v",
				map[string]string{"label": "label", "qr": "QR code"}[what], centre-height/2, centre+height/2, p.Body.Height)
		}
	}
	on("label", p.Label.Width, p.Label.Height, p.Label.At, sub("label", "width"))
	on("qr", p.QR.Size, p.QR.Size, p.QR.At, sub("qr", "size"))
	if c.ok(sub("label"), sub("qr")) && math.Abs(float64(p.Label.At-p.QR.At)) < float64(p.Label.Height+p.QR.Size)/2 {
		c.fail(sub("qr", "at"), "the QR code at %v and the label at %v cover each other; put their centres %v apart or more",
			p.QR.At, p.Label.At, (p.Label.Height+p.QR.Size)/2)
	}
	if c.ok(sub("cap")) && float64(p.Cap.Marker.Size)*math.Sqrt2 > 2*float64(p.Cap.Radius) {
		c.fail(sub("cap", "marker", "size"), "%v does not fit on a cap of radius %v; write at most %v",
			p.Cap.Marker.Size, p.Cap.Radius, Length(math.Floor(math.Sqrt2*float64(p.Cap.Radius)*1e4)/1e4))
	}
	c.artwork(sub("label", "artwork"), p.Label.Artwork)
	c.artwork(sub("label", "wrongArtwork"), p.Label.WrongArtwork)
}

// exists checks that a file can be opened, and leaves it open; else it is nil. want says what
// to name.
func (c *checker) exists(path []string, name, want string) *os.File {
	if c.dir == "" || !c.ok(path) {
		return nil
	}
	file := filepath.FromSlash(name)
	if !filepath.IsAbs(file) {
		file = filepath.Join(c.dir, file)
	}
	why := "cannot be read"
	info, err := os.Stat(file) // before it is opened: a pipe that nobody writes to would wait
	switch {
	case errors.Is(err, fs.ErrNotExist):
		why = "does not exist"
	case err == nil && info.IsDir():
		why = "is a folder"
	case err == nil && !info.Mode().IsRegular():
		why = "is not a file"
	case err == nil:
		if f, err := os.Open(file); err == nil {
			return f
		}
	}
	c.fail(path, "%q %s; name %s, relative to the scenario's folder", name, why, want)
	return nil
}

// artwork checks that a file is an image.
func (c *checker) artwork(path []string, name string) {
	f := c.exists(path, name, "a PNG or JPEG file")
	if f == nil {
		return
	}
	defer f.Close()
	size, _, err := image.DecodeConfig(f)
	switch {
	case err != nil:
		c.fail(path, "%q is not an image that can be read; name a PNG or JPEG file", name)
		return
	case size.Width > maxArtwork || size.Height > maxArtwork:
		c.fail(path, "%q has %d x %d pixels; name an image of at most %d x %d", name, size.Width, size.Height, maxArtwork, maxArtwork)
		return
	}
	if _, err = f.Seek(0, io.SeekStart); err == nil {
		_, _, err = image.Decode(f)
	}
	if err != nil {
		c.fail(path, "%q is cut short or damaged; name a PNG or JPEG file that is whole", name)
	}
}

// maxArtwork is the most pixels that artwork may have in a row or a column: more than
// any label printer has, and not more than memory holds.
const maxArtwork = 8192

// feeder checks that what it puts on the belt has room there.
func (c *checker) feeder(name string) {
	f := c.s.Feeders[name]
	sub := func(parts ...string) []string { return append(at("feeders", name), parts...) }
	if c.ok(sub("spacing")) && f.Spacing.Min > f.Spacing.Mean {
		c.fail(sub("spacing", "mean"), "a mean spacing of %v is less than the least one of %v; write at least %v", f.Spacing.Mean, f.Spacing.Min, f.Spacing.Min)
	}
	if !c.ok(sub("product"), at("products", f.Product, "body")) {
		return
	}
	body := c.s.Products[f.Product].Body
	if c.ok(sub("spacing", "min")) && f.Spacing.Min < body.Width {
		c.fail(sub("spacing", "min"), "bottles of %v would overlap at a spacing of %v; write at least %v", body.Width, f.Spacing.Min, body.Width)
	}
	if c.ok(sub("conveyor"), at("conveyors", f.Conveyor, "width")) && body.Depth > c.s.Conveyors[f.Conveyor].Width {
		c.fail(sub("product"), "a bottle %v deep does not fit on conveyor %q, which is %v wide", body.Depth, f.Conveyor, c.s.Conveyors[f.Conveyor].Width)
	}
}

// within checks that a place is on its conveyor.
func (c *checker) within(path []string, x Length, conveyor string) {
	base := path[:2]
	if !c.ok(path, append(base[:2:2], "conveyor"), at("conveyors", conveyor, "length")) {
		return
	}
	if long := c.s.Conveyors[conveyor].Length; x > long {
		c.fail(path, "%v is beyond the end of conveyor %q; write at most %v", x, conveyor, long)
	}
}

// gate checks that all that it reaches is belt.
func (c *checker) gate(name string) {
	g := c.s.Gates[name]
	p := at("gates", name, "at")
	c.within(p, g.At, g.Conveyor)
	if !c.ok(p, at("gates", name, "reach"), at("gates", name, "conveyor"), at("conveyors", g.Conveyor, "length")) {
		return
	}
	long := c.s.Conveyors[g.Conveyor].Length
	if from, to := g.At-g.Reach/2, g.At+g.Reach/2; from < 0 || to > long {
		c.fail(p, "the gate reaches from %v to %v, off conveyor %q; write %v to %v", from, to, g.Conveyor, g.Reach/2, long-g.Reach/2)
	}
}

// plc checks that what it controls stands on its conveyor, in an order and at
// distances that let it do its work.
func (c *checker) plc(name string) {
	p := c.s.PLCs[name]
	sub := func(part string) []string { return at("plcs", name, part) }
	on := func(part, class, device, conveyor string) bool {
		if !c.ok(sub(part), sub("conveyor"), at(class, device, "conveyor")) {
			return false
		}
		if conveyor != p.Conveyor {
			c.fail(sub(part), "%s %q stands on conveyor %q, but the PLC runs %q; name one that stands there", singular(class), device, conveyor, p.Conveyor)
			return false
		}
		return true
	}
	infeed, gate, outfeed := c.s.Photoeyes[p.Infeed], c.s.Gates[p.Gate], c.s.Photoeyes[p.Outfeed]
	a := on("infeed", "photoeyes", p.Infeed, infeed.Conveyor)
	b := on("gate", "gates", p.Gate, gate.Conveyor)
	o := on("outfeed", "photoeyes", p.Outfeed, outfeed.Conveyor)
	gateOK := b && c.ok(at("gates", p.Gate, "at"), at("gates", p.Gate, "reach"))
	start, end := gate.At-gate.Reach/2, gate.At+gate.Reach/2
	ordered := false
	if a && gateOK && c.ok(at("photoeyes", p.Infeed, "at")) {
		if ordered = start > infeed.At; !ordered {
			c.fail(at("gates", p.Gate, "at"), "the gate begins at %v, before the camera's photo-eye %q at %v; put it behind the camera", start, p.Infeed, infeed.At)
		}
	}
	if o && gateOK && c.ok(at("photoeyes", p.Outfeed, "at")) && outfeed.At <= end {
		c.fail(at("photoeyes", p.Outfeed, "at"), "the outfeed at %v cannot check the gate, which ends at %v; put it behind the gate", outfeed.At, end)
	}
	if o && c.ok(at("photoeyes", p.Outfeed, "at"), at("conveyors", p.Conveyor), sub("scan")) {
		v := c.s.Conveyors[p.Conveyor]
		// Two scans until the PLC knows and the belt is told, and the way in which it stops.
		stop := Length(float64(v.Speed)*2*p.Scan.D().Seconds() + float64(v.Speed*v.Speed)/2/float64(v.Acceleration))
		if room := v.Length - outfeed.At; room < stop {
			c.fail(at("photoeyes", p.Outfeed, "at"), "the belt needs %v to stop, but ends %v behind the outfeed: what must not pass would fall off; write at most %v",
				stop, room, v.Length-stop)
		}
	}
	if p.Servo != "" {
		s := c.s.Servos[p.Servo]
		if on("servo", "servos", p.Servo, s.Conveyor) && gateOK && c.ok(at("servos", p.Servo, "to")) && s.To > start {
			c.fail(at("servos", p.Servo, "to"), "the window ends at %v, but the gate begins at %v; end it before the gate", s.To, start)
		}
	}
	if !c.ok(sub("inspection"), sub("infeed"), at("inspections", p.Inspection, "camera"), at("inspections", p.Inspection, "product")) {
		return
	}
	inspection := c.s.Inspections[p.Inspection]
	for _, f := range Names(c.s.Feeders) {
		feeder := c.s.Feeders[f]
		if c.ok(at("feeders", f), sub("conveyor")) && feeder.Conveyor == p.Conveyor && feeder.Product != inspection.Product {
			c.fail(sub("inspection"), "inspection %q judges product %q, but feeder %q puts %q onto the conveyor; make them agree",
				p.Inspection, inspection.Product, f, feeder.Product)
		}
	}
	camera := c.s.Cameras[inspection.Camera]
	trigger := at("cameras", inspection.Camera, "trigger")
	if !c.ok(at("inspections", p.Inspection, "camera"), trigger) {
		return
	}
	if camera.Trigger != p.Infeed {
		c.fail(sub("infeed"), "the PLC tracks bottles from %q, but camera %q of inspection %q is triggered by %q; name one photo-eye in both",
			p.Infeed, inspection.Camera, p.Inspection, camera.Trigger)
		return
	}
	if ordered && c.ok(at("conveyors", p.Conveyor, "speed"), at("cameras", inspection.Camera), at("inspections", p.Inspection),
		at("photoeyes", p.Infeed), at("gates", p.Gate), sub("scan")) {
		way := seconds(float64(start-infeed.At) / float64(c.s.Conveyors[p.Conveyor].Speed))
		frames := Duration(1 + len(inspection.Views))
		need := infeed.Response + infeed.Jitter + camera.Delay + camera.Exposure +
			max(camera.Latency.Base+camera.Latency.Jitter, c.s.Wait(p.Inspection)) +
			frames*(inspection.Latency.Base+inspection.Latency.Jitter) + inspection.Recogniser.longest() + 2*p.Scan + gate.Travel
		if way < need {
			c.fail(at("gates", p.Gate, "at"), "a bottle is at the gate %v after it is seen, but frame, verdict, two scans and the gate's travel take up to %v; put the gate further on, or run slower",
				way, need)
		}
	}
}

// seconds as a duration, to the microsecond.
func seconds(s float64) Duration {
	if s > math.MaxInt64/1e9 {
		return math.MaxInt64
	}
	return Duration(math.Round(s*1e6)) * 1e3
}

// machine checks its joints and its drives.
func (c *checker) machine(name string) {
	m := c.s.Machines[name]
	joints := at("machines", name, "joints")
	if c.ok(joints) && len(m.Joints) == 0 {
		c.fail(joints, "a machine has at least one joint; write one, as in %s", samples["Machine.joints"])
	}
	for i, j := range m.Joints {
		sub := func(part string) []string { return append(joints[:3:3], strconv.Itoa(i), part) }
		if !c.ok(sub("min"), sub("max")) {
			continue
		}
		if j.Min >= j.Max {
			c.fail(sub("max"), "%v is not above the joint's least angle of %v; write more", j.Max, j.Min)
			continue
		}
		if c.ok(sub("home")) && (j.Home < j.Min || j.Home > j.Max) {
			c.fail(sub("home"), "%v is outside the joint's limits; write %v to %v", j.Home, j.Min, j.Max)
		}
	}
	if bandwidth := at("machines", name, "drive", "bandwidth"); c.ok(bandwidth, at("machines", name, "cycle")) {
		if limit := Frequency(1 / (2 * m.Cycle.Seconds())); m.Drive.Bandwidth > limit {
			c.fail(bandwidth, "%v cannot be held with a cycle of %v; write at most %v", m.Drive.Bandwidth, m.Cycle, fmt.Sprint(limit))
		}
	}
}
