// Package rig puts several cameras on one clock: it estimates how each camera's own clock runs
// against the line's, matches frames of asynchronous streams to common instants, and moves what they
// saw to those instants.
//
// Rig is the main type. It gets the frames of all cameras as they arrive, and gives sets:
//
//	r, err := rig.New(rig.Config{
//		Cameras:   []rig.Camera{{Name: "left", Clock: clock}, {Name: "right", Clock: clock}},
//		Tolerance: 17 * time.Millisecond, Wait: 60 * time.Millisecond, Lead: -1,
//	})
//	r.Push(0, now, frame)        // as it arrives; the rig takes its own reference
//	r.Ask(instant)               // of a trigger, or of a frame of the camera that leads
//	for r.Next(now, &set) {      // in the order in which they were asked for
//		for i, f := range set.Frames { ... } // nil where a camera has none
//		set.Release()
//	}
//
// Clock is the estimator of one camera's clock by itself, Unwrapper what makes a counter that
// overflows into a time. Track and Belt say where a camera or a belt was at an instant; Warp and
// Shift move a depth image and a region of an image by the motion from the exposure to the
// common instant.
//
// Everything is in time that is given: there are no clocks and no goroutines. Equal input gives
// equal output. In steady state nothing is allocated, and frames are never copied, only held.
// The types are for one goroutine at a time.
//
// Sources: Moon, Skelly and Towsley, Estimation and removal of clock skew from network delay
// measurements (INFOCOM 1999), for the line under the cloud of delays; Andrew, Another efficient algorithm for
// convex hulls in two dimensions (1979); Lynch and Park, Modern Robotics (2017), for the screw motion
// between two poses. README.md has the theory in short, and figures.
package rig
