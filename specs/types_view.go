package specs

// View of a station's parts by a further camera.
type View struct {
	Judges    string   `json:"judges"`
	Needed    bool     `json:"needed"`
	Tolerance Duration `json:"tolerance" check:">=0"`
}

// Within is how far from the exposure of the station's camera a frame of the view's may be
// exposed.
func (v View) Within(c Camera) Duration {
	if v.Tolerance > 0 {
		return v.Tolerance
	}
	return seconds(0.6 / float64(c.Rate))
}

// Wait is how long after that exposure such a frame has arrived at the latest.
func (v View) Wait(c Camera) Duration {
	return v.Within(c) + c.Exposure/2 + c.Latency.Base + c.Latency.Jitter
}

// Wait is how long after the exposure of a station's camera the frames of its views have arrived
// at the latest; 0 where it has none.
func (s *Scenario) Wait(inspection string) (wait Duration) {
	for name, v := range s.Inspections[inspection].Views {
		wait = max(wait, v.Wait(s.Cameras[name]))
	}
	return wait
}
