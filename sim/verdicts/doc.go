// Package verdicts holds an inspection station against the truth: bottles are stood before
// its simulated camera one by one, as a feeder would have put them, and what the station
// says of each is compared with what is wrong with it.
//
// A Station is made of a loaded scenario, and tells of as many bottles as are asked for:
//
//	s, err := verdicts.New(scenario, "inspect", verdicts.Stress{})
//	if err != nil { ... }
//	shot, err := s.Shoot(1, 42, device.Dent)
//	if err != nil { ... }
//	defer shot.Release()
//	c := shot.Judge()
//	fmt.Println(c.Escaped, c.Verdict.Reason)
//
// ShootFlaw takes the picture of a bottle with a flaw of a certain severity, and Ladder tells how often
// flaws of several severities are found; [Least] is from where on they always are.
//
// Subject makes a subject of package trial of it, with a category for good bottles and one for
// each defect; Sweep does so for light, motion blur and noise of depth, a step at a time, so
// that a report can show how both kinds of error grow with each.
//
// A seed and a number name a bottle. Stations may be used by any number of goroutines at
// once, and what comes of a bottle does not depend on that.
package verdicts
