// Package protocol holds the process image of a production line, the register
// bank, and the types that its clients see.
//
// A [Bank] is to a line what the process image is to a PLC: devices publish what
// they sense into registers and take their commands from registers; control tasks,
// recorders and gateways see the same registers; nobody calls anybody else. A
// register has a type, a unit, one writer, and with each value the line time at
// which it changed last and a quality. Reads take no lock. A [Writer] may change
// several registers at once, and [Bank.Snapshot] reads several at one instant.
//
//	bank := protocol.NewBank()
//	gate := bank.Writer("gate reject", "line.cue:31:2")
//	open, err := gate.Define(protocol.Def{Name: "reject.open", Type: protocol.Bool, Doc: "the gate is open"})
//	// ... all other registers
//	bank.Seal()
//	in, err := bank.In("reject.open", protocol.Bool)
//	open.SetBool(20*time.Millisecond, true)
//	fmt.Println(in.Bool(), in.Time(), in.Quality())
//
// Time is the line's: nanoseconds since the start of the run, given by the caller
// with each write, and never taken from a clock.
//
// The wire format is in package protocol/wire and explained in README.md;
// protocol/server and protocol/client carry it over TCP.
//
// Readers and writers meet in a pair of slots per register, of which the writer
// fills the one not in use: Simpson, "Four-slot fully asynchronous communication
// mechanism", IEE Proceedings 137 (1990), reduced to two slots and a check after
// the read, as in a sequence lock. Snapshots are the double collect of Afek,
// Attiya, Dolev, Gafni, Merritt and Shavit, "Atomic snapshots of shared memory",
// Journal of the ACM 40 (1993), with a bound on the number of collects.
package protocol
