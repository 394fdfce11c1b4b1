// Package recording keeps a run's event log as an MCAP file, and reads it back
// without losing a bit: the records of a recording hash to the run's hash.
//
// For people the file opens in Foxglove or with the mcap tool: each component has
// a channel of its own whose protobuf messages have one field a register, so that
// "/belt.position" can be plotted; remarks and truths are JSON on channels beside
// it; frames, if recorded, are compressed images.
//
//	w, err := recording.Create("events.mcap", recording.Header{Scenario: "bottling", ...})
//	w.Records(piece)            // pieces of the engine's log, in order
//	err = w.Close(recording.Trailer{Hash: sum, Until: time.Minute})
//
//	r, err := recording.Open("events.mcap")
//	err = r.Each(func(rec engine.Record) error { ... })
//
// README.md gives the layout. The container is MCAP 0
// (https://mcap.dev/spec), messages are protobuf as in
// https://protobuf.dev/programming-guides/encoding/.
package recording
