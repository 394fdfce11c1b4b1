// Package camera keeps a camera running: it starts it, warms it up, switches its mode, lets it
// rest, notices when it is lost, and gets it back. It does so for a camera of any kind,
// simulated, real or replayed, behind a [Driver] with three verbs.
//
// Manager is the main type: a state machine that has no clock, no goroutine and no randomness. It is told
// what happens and when, answers at once, and says when it wants to be asked again. So it runs in
// virtual time and on the wall clock alike, and a test can drive it through anything.
//
//	m, err := camera.New(camera.Config{
//		StartTimeout: 5 * time.Second, StopTimeout: time.Second,
//		Answer: 100 * time.Millisecond, Patience: 3, Triggered: true,
//		Retry: camera.Backoff{First: 500 * time.Millisecond, Most: 30 * time.Second},
//	}, driver, camera.Mode{Name: "nfov", Rate: 30})
//	m.Command(now, camera.Run)             // the driver is told to start
//	m.Started(now, session)                // it has
//	if m.Trigger(now, n) { ... }           // this trigger will have a frame, or be counted as lost
//	if m.Frame(now, shot) == camera.Fresh { hand(frame) }
//	if at, ok := m.Next(); ok { ... }      // call m.Tick then
//
// Three things hold whatever happens, in whatever order. A frame that is told to be Fresh was exposed
// in the session that runs, in the mode that was acknowledged, since the camera was ready; it answers a
// trigger that waits, or, of a free camera, is newer than the one before. Every trigger is answered by one
// fresh frame or counted once as lost, with the reason. And a camera that works again is Ready again
// within [Config.Recovery].
//
// README.md has the table of states, and what each number counts.
//
// A Manager is for one goroutine at a time. Its methods allocate nothing.
package camera
