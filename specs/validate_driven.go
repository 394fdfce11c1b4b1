package specs

// driven checks that each actuator has one to drive it: without, its command register
// has no writer. A PLC drives conveyors, gates and servo stations, a servo station its
// machine and a camera that has no trigger.
func (c *checker) driven() {
	plcs, servos := Names(c.s.PLCs), Names(c.s.Servos)
	byPLC := func(class string, names []string, field string, of func(PLC) string) {
		drivers := map[string]bool{}
		for _, n := range plcs {
			if !c.ok(at("plcs", n, field)) {
				return // what is wrong there has been told
			}
			drivers[of(c.s.PLCs[n])] = true
		}
		for _, n := range names {
			if !drivers[n] {
				c.fail(at(class, n), "no PLC drives %s %q; name it in one, as in plcs: main: %s: %q", singular(class), n, field, n)
			}
		}
	}
	byPLC("conveyors", Names(c.s.Conveyors), "conveyor", func(p PLC) string { return p.Conveyor })
	byPLC("gates", Names(c.s.Gates), "gate", func(p PLC) string { return p.Gate })
	byPLC("servos", servos, "servo", func(p PLC) string { return p.Servo })

	cncs := map[string]bool{}
	for _, n := range Names(c.s.CNCs) {
		if !c.ok(at("cncs", n, "mill")) {
			return
		}
		cncs[c.s.CNCs[n].Mill] = true
	}
	for _, n := range Names(c.s.Mills) {
		if !cncs[n] {
			c.fail(at("mills", n), "no CNC drives mill %q; name it in one, as in cncs: nc: mill: %q", n, n)
		}
	}

	machines, cameras := map[string]bool{}, map[string]bool{}
	for _, n := range Names(c.s.Inspections) {
		cameras[c.s.Inspections[n].Camera] = true // inspection tells what it needs
		for v := range c.s.Inspections[n].Views {
			cameras[v] = true
		}
	}
	for _, n := range servos {
		if !c.ok(at("servos", n, "machine"), at("servos", n, "camera")) {
			return
		}
		machines[c.s.Servos[n].Machine] = true
		cameras[c.s.Servos[n].Camera] = true
	}
	for _, n := range Names(c.s.Machines) {
		if !machines[n] {
			c.fail(at("machines", n), "no servo station drives machine %q; name it in one, as in servos: capping: machine: %q", n, n)
		}
	}
	for _, n := range Names(c.s.Cameras) {
		if c.s.Cameras[n].Trigger == "" && !cameras[n] {
			c.fail(at("cameras", n), "camera %q has no trigger, and no station runs it; name a photo-eye, as in trigger: \"pe_infeed\", a servo station's camera: %q, or an inspection's views: %s: {}", n, n, n)
		}
	}
}
