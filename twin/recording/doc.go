// Package recording keeps a run's event log as an MCAP file, reads it back without
// losing a bit, and says where two logs part. Its main types are [Writer] and
// [Recording].
//
// For people the file opens in Foxglove or with the mcap program: each component has a
// topic of its own whose protobuf messages have one field a register, so that
// "/belt.position" can be plotted; remarks and truths are JSON on topics beside it;
// frames, if recorded, are compressed images.
//
//	w, err := recording.Create("events.mcap", recording.Header{Scenario: "bottling", ...})
//	w.Records(piece, log.Recycle) // pieces of the engine's log, in order
//	err = w.Close(recording.Trailer{Hash: log.Sum(), Until: time.Minute})
//
//	r, err := recording.Open("events.mcap") // reads, checks and hashes all of it
//	err = r.Each(func(rec engine.Record) error { ... })
//	d, err := recording.Diff(r, other)
//	fmt.Println(d) // event 1,040 differs, at 5.320740968 s, sense, pe_infeed: ...
//
// A run that is not recorded whole is not a recording: a file that is cut, changed,
// of another version, or from another program is one clear error, found before the
// first record is used, whatever its bytes are.
//
// README.md gives the layout. The container is MCAP, version 0
// (https://mcap.dev/spec); messages are protobuf
// (https://protobuf.dev/programming-guides/encoding/).
package recording
