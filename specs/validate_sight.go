package specs

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// camera checks what its optics and its timing allow.
func (c *checker) camera(name string) {
	k := c.s.Cameras[name]
	sub := func(part ...string) []string { return at(append([]string{"cameras", name}, part...)...) }
	if c.ok(sub("fov")) && k.FOV >= math.Pi {
		c.fail(sub("fov"), "%v is more than a plane image can hold; write an angle below 180deg, as in \"80deg\"", k.FOV)
	}
	if c.ok(sub("model"), sub("depth")) && k.Model == "tool-mono" && k.Depth {
		c.fail(sub("depth"), "a tool-mono has no depth; write depth: false")
	}
	c.depthMode(name)
	if c.ok(sub("rate"), sub("sim", "readout")) && k.Sim.Readout.Seconds()*float64(k.Rate) > 1 {
		c.fail(sub("sim", "readout"), "reading the rows takes %v, longer than a frame at %v; write at most %v", k.Sim.Readout, k.Rate, frameTime(k.Rate))
	}
	if c.ok(sub("trigger"), sub("rate"), sub("exposure")) && k.Trigger == "" && k.Exposure.Seconds()*float64(k.Rate) > 1 {
		c.fail(sub("exposure"), "%v does not fit into a frame at %v; write at most %v", k.Exposure, k.Rate, seconds(1/float64(k.Rate)))
	}
}

// frameTime is how long one takes, rounded down so that it is a rate's own to write.
func frameTime(rate Frequency) Duration { return seconds(1/float64(rate)) / 100_000 * 100_000 }

// depthMode checks that the camera has the mode, and is not asked for more than that can do.
func (c *checker) depthMode(name string) {
	k := c.s.Cameras[name]
	sub := func(part string) []string { return at("cameras", name, part) }
	if !c.ok(sub("depthMode"), sub("depth"), sub("model")) || k.Mode().Name == Aligned {
		return
	}
	m := k.Mode()
	switch {
	case k.Model != "femto-bolt":
		c.fail(sub("depthMode"), "a %s has no depth modes; leave depthMode out", k.Model)
	case !k.Depth:
		c.fail(sub("depthMode"), "%s is asked for, but depth is switched off; write depth: true, or leave depthMode out", m.Name)
	case c.ok(sub("rate")) && k.Rate > m.Rate:
		c.fail(sub("rate"), "%v is more than depth mode %s can do; write at most %v, or take another mode", k.Rate, m.Name, m.Rate)
	}
}

// inspection checks that its camera sees what it judges.
func (c *checker) inspection(name string) {
	n := c.s.Inspections[name]
	sub := func(part string) []string { return at("inspections", name, part) }
	if c.ok(sub("camera")) {
		k := c.s.Cameras[n.Camera]
		if c.ok(at("cameras", n.Camera, "trigger")) && k.Trigger == "" {
			c.fail(sub("camera"), "camera %q has no trigger, so that no frame belongs to a bottle; give it one, as in trigger: %s",
				n.Camera, c.first("photoeyes"))
		}
		if c.ok(at("cameras", n.Camera, "depth"), at("cameras", n.Camera, "model")) && !k.Depth {
			c.fail(sub("camera"), "camera %q has no depth, by which caps and dents are judged; name one that has", n.Camera)
		}
	}
	c.views(name)
	for _, t := range Names(n.Templates) {
		c.template(at("inspections", name, "templates", t), n.Templates[t], n.Camera)
	}
	for i, r := range n.QR.Regions {
		c.region(at("inspections", name, "qr", "regions", strconv.Itoa(i)), r, n.Camera)
	}
	if n.Relief != nil {
		if f := c.exists(at("inspections", name, "relief", "file"), n.Relief.File, "a capture, .npz, as linetwin vision depth --average writes it"); f != nil {
			f.Close()
		}
	}
	if n.Recogniser != nil {
		c.recogniser(at("inspections", name, "recogniser"), n.Recogniser)
	}
	if most := n.Latency.Base + n.Latency.Jitter + n.Recogniser.longest(); c.ok(sub("deadline"), sub("latency"), sub("recogniser")) && len(n.Views) == 0 && n.Deadline < most {
		c.fail(sub("deadline"), "%v is less than judging a frame takes, up to %v; write more", n.Deadline, most)
	}
	if !c.ok(sub("product"), sub("capTolerance"), at("products", n.Product, "cap", "height")) {
		return
	}
	if cap := c.s.Products[n.Product].Cap.Height; n.CapTolerance >= cap {
		c.fail(sub("capTolerance"), "%v would not tell a missing cap, which is %v high; write less", n.CapTolerance, cap)
	}
}

// longest is how long an answer takes at most; 0 where there is no recogniser.
func (r *Recogniser) longest() Duration {
	if r == nil {
		return 0
	}
	return r.Latency.Base + r.Latency.Jitter
}

// recogniser checks that there is one model, and something to find.
func (c *checker) recogniser(path []string, r *Recogniser) {
	sub := func(part ...string) []string { return append(slices.Clip(path), part...) }
	if c.ok(sub("model"), sub("command")) {
		switch given := len(r.Command) > 0; {
		case r.Model == "" && !given:
			c.fail(path, "it has neither a model nor a command; write model: \"caps\" for an installed one, or model: \"./caps\" for a folder")
		case r.Model != "" && given:
			c.fail(sub("command"), "there is a model already; leave one of the two out")
		case given && r.Command[0] == "":
			c.fail(sub("command"), "its first word is empty; write the program, as in [\"python3\", \"./look.py\"]")
		}
		for i, word := range r.Command {
			if strings.HasPrefix(word, "./") || strings.HasPrefix(word, "../") {
				if f := c.exists(sub("command", strconv.Itoa(i)), word, "a file"); f != nil {
					f.Close()
				}
			}
		}
	}
	if c.ok(sub("bad")) && (len(r.Bad) == 0 || slices.Contains(r.Bad, "")) {
		c.fail(sub("bad"), "no class of it makes a part bad, or one has no name; write those that do, as in [\"crushed\", \"open\"]")
	}
	if c.ok(sub("deadline"), sub("latency")) && r.Deadline < r.longest() {
		c.fail(sub("deadline"), "%v is less than an answer takes, up to %v; write more", r.Deadline, r.longest())
	}
}

// template checks that a picture can be looked for as it is asked to be.
func (c *checker) template(path []string, t Template, camera string) {
	sub := func(part string) []string { return append(slices.Clip(path), part) }
	c.artwork(sub("file"), t.File)
	if c.ok(sub("rotation")) && t.Rotation > math.Pi {
		c.fail(sub("rotation"), "%v either way is more than a whole turn; write at most 180deg", t.Rotation)
	}
	if t.Region != nil {
		c.region(sub("region"), *t.Region, camera)
	}
}

// region checks that something of it is in the camera's image.
func (c *checker) region(path []string, r Region, camera string) {
	k := c.s.Cameras[camera]
	if c.ok(path, at("cameras", camera, "width"), at("cameras", camera, "height")) && (r.X >= k.Width || r.Y >= k.Height) {
		c.fail(path, "it begins at %d, %d, outside of the image of camera %q, which is %d x %d", r.X, r.Y, camera, k.Width, k.Height)
	}
}

// first is the name of one of a class, for a hint.
func (c *checker) first(class string) string {
	if all := c.classes()[class]; len(all) > 0 {
		return `"` + all[0] + `"`
	}
	return `"pe_infeed"`
}

// servo checks that the station sees what it works on, and has the time and the
// reach to do so.
func (c *checker) servo(name string) {
	s := c.s.Servos[name]
	sub := func(part string) []string { return at("servos", name, part) }
	camera := c.s.Cameras[s.Camera]
	if c.ok(sub("camera"), sub("machine"), at("cameras", s.Camera, "mount")) && camera.Mount != s.Machine {
		c.fail(sub("camera"), "camera %q is not on the tool of machine %q; mount it there with mount: %q, or name one that is", s.Camera, s.Machine, s.Machine)
	}
	if c.ok(sub("camera"), at("cameras", s.Camera, "trigger")) && camera.Trigger != "" {
		c.fail(sub("camera"), "camera %q waits for trigger %q; a servo needs one that runs freely, without a trigger", s.Camera, camera.Trigger)
	}
	c.within(sub("from"), s.From, s.Conveyor)
	c.within(sub("to"), s.To, s.Conveyor)
	if !c.ok(sub("from"), sub("to")) {
		return
	}
	if s.From >= s.To {
		c.fail(sub("to"), "the window ends at %v, before it begins at %v; write more", s.To, s.From)
		return
	}
	if c.ok(sub("conveyor"), at("conveyors", s.Conveyor, "speed"), sub("camera"), at("cameras", s.Camera), sub("latency"), sub("dwell"), sub("confirm")) {
		has := seconds(float64(s.To-s.From) / float64(c.s.Conveyors[s.Conveyor].Speed))
		need := s.Dwell + s.Latency.Base + s.Latency.Jitter + camera.Exposure + camera.Latency.Base + camera.Latency.Jitter +
			seconds(float64(s.Confirm)/float64(camera.Rate))
		if has < need {
			c.fail(sub("to"), "a bottle is in the window for %v, but %d frames, their latency and the dwell take %v; make the window longer, or run slower",
				has, s.Confirm, need)
		}
	}
	c.reach(name)
}

// reach checks that the machine's tool can come to the caps in the window at all:
// no further from its base than the links' lengths together.
func (c *checker) reach(name string) {
	s := c.s.Servos[name]
	if !c.ok(at("servos", name), at("machines", s.Machine), at("products", s.Product, "body", "height"), at("products", s.Product, "cap", "height")) {
		return
	}
	m, product := c.s.Machines[s.Machine], c.s.Products[s.Product]
	length := func(v [3]Length) float64 {
		return math.Hypot(math.Hypot(float64(v[0]), float64(v[1])), float64(v[2]))
	}
	arm := length(m.Tool.XYZ)
	for _, j := range m.Joints {
		arm += math.Hypot(float64(j.A), float64(j.D))
	}
	top := product.Body.Height + product.Cap.Height
	for _, end := range []struct {
		part string
		x    Length
	}{{"from", s.From}, {"to", s.To}} {
		b := m.Base.XYZ
		if far := length([3]Length{end.x - b[0], -b[1], top - b[2]}); far > arm {
			c.fail(at("servos", name, end.part), "a cap at %v is %v from the base of machine %q, which reaches %v; move the machine or the window",
				end.x, Length(math.Ceil(far*1e3)/1e3), s.Machine, Length(math.Floor(arm*1e3)/1e3))
		}
	}
}
