package specs

// views checks the further cameras of a station: that each can be one, is nobody else's, and that
// there is the time to wait for them.
func (c *checker) views(name string) {
	n := c.s.Inspections[name]
	sub := func(part ...string) []string { return append([]string{"inspections", name}, part...) }
	frames := Duration(1) // that are judged
	for _, v := range Names(n.Views) {
		path, k := sub("views", v), c.s.Cameras[v]
		c.refers(v, path, "cameras", true)
		if !c.ok(path, at("cameras", v)) {
			continue
		}
		frames++
		switch other := c.otherUse(name, v); {
		case v == n.Camera:
			c.fail(path, "%q is the station's own camera; name another one", v)
		case other != "":
			c.fail(path, "camera %q is that of %s; a view needs one of its own", v, other)
		case k.Trigger != "":
			c.fail(path, "camera %q waits for trigger %q; a view needs one that runs freely, without a trigger", v, k.Trigger)
		case k.Mount != "":
			c.fail(path, "camera %q is on machine %q; a view needs one that stands still", v, k.Mount)
		case !k.Depth && n.Views[v].Judges == "all":
			c.fail(path, "camera %q has no depth, by which caps and dents are judged; write judges: \"code\", or name one that has", v)
		}
	}
	if len(n.Views) == 0 || !c.ok(sub("deadline"), sub("latency"), sub("camera"), sub("views"), at("cameras")) {
		return
	}
	own := c.s.Cameras[n.Camera]
	wait := max(c.s.Wait(name), own.Exposure/2+own.Latency.Base+own.Latency.Jitter)
	if need := own.Exposure/2 + wait + frames*(n.Latency.Base+n.Latency.Jitter) + n.Recogniser.longest(); n.Deadline < need {
		c.fail(sub("deadline"), "%v is less than waiting for the views' frames, up to %v, and judging %d of them takes, up to %v; write more",
			n.Deadline, wait, int(frames), need)
	}
}

// otherUse is who else has a camera, besides a station as its view.
func (c *checker) otherUse(inspection, camera string) string {
	for _, n := range Names(c.s.Servos) {
		if c.s.Servos[n].Camera == camera {
			return "servo station \"" + n + "\""
		}
	}
	for _, n := range Names(c.s.Inspections) {
		if n == inspection {
			continue
		}
		if _, view := c.s.Inspections[n].Views[camera]; view || c.s.Inspections[n].Camera == camera {
			return "inspection \"" + n + "\""
		}
	}
	return ""
}
