package twin

import "linetwin.dev/specs"

// PackMLStates are the names of the states that the state register of a PLC or CNC holds, by number
// (ISA-TR88.00.02), for gateways that show names.
func PackMLStates() map[int32]string {
	states := map[int32]string{}
	for n, name := range stateNames {
		states[int32(n)] = name
	}
	return states
}

// StateRegisters are the names of the registers that hold a PackML state, in the order of
// the PLCs' names and then the CNCs'.
func (t *Twin) StateRegisters() []string {
	var all []string
	for _, n := range append(specs.Names(t.sc.PLCs), specs.Names(t.sc.CNCs)...) {
		all = append(all, n+".state")
	}
	return all
}
