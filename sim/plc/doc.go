// Package plc is the simulated PLC: the line logic of an inspect, cap and reject line,
// as a program that sees registers only.
//
// [PLC] scans: it reads its inputs as one image, runs the tracking and the PackML
// state machine (ISA-TR88.00.02, with the numbers of PackTags), and writes its outputs
// at once. It knows nothing of the simulation behind the registers.
//
//	p, err := plc.New(site, "main") // defines what it writes
//	...                             // the other devices define theirs
//	err = p.Start()                 // binds what it reads, and scans from then on
//
// Tracking. A bottle is tracked from the photo-eye at the infeed to the one at the
// outfeed by the belt's encoder. Its origin is the position of the belt at which its
// centre was at the start of the conveyor, so its place is the belt's position minus
// its origin. Verdicts are matched to bottles by where they were when the picture was
// taken, never by counting: a camera that misses a trigger must not shift all later
// verdicts by one.
//
// Fate. Each bottle's fate is decided once, and at the latest where the gate needs the
// rest of the way to go out. What is not known to be good and capped by then is pushed
// off, and with it what stands too close to be left standing. Each bottle is reported
// once, in registers that hold one bottle for a scan.
//
// Safe state. What contradicts the tracking (a part that should not be there, one that
// is missing), a device without an answer, a belt or a gate that does not obey: all
// abort. The belt stops, the gate goes out, the register "fault" and a remark in the
// log say why. From then on nothing that is in front of the gate is trusted any more:
// after Clear, Reset and Start the gate stays out until all of it is past, known or
// not, and what has been tracked is reported as rejected. Bottles that had passed the
// gate before are still good, and counted at the outfeed. A bad bottle behind the gate
// can be reached by no device: it is to be taken off by hand before Clear. The gate
// goes out early enough for a bad bottle to be stopped in front of it if it sticks, so
// that only a bottle that the infeed never saw can come there.
//
// A PLC starts in that distrust too: it does not know what stands on its line.
package plc
