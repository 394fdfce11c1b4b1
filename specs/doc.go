// Package specs reads what a production line is: its devices, its orders, what
// happens on it and what is expected of it.
//
// A scenario is a CUE package that embeds #Scenario of schema.cue, which is part of
// this package. Load reads one, fills in the defaults and checks it; the result holds
// plain Go values in SI units. Its main type is Scenario. Names goes through its maps
// in order.
//
//	line, err := specs.Load("scenarios/bottling")
//	if err != nil {
//		fmt.Fprintln(os.Stderr, err) // one line for each thing that is wrong
//		os.Exit(2)
//	}
//	for _, name := range specs.Names(line.Cameras) {
//		fmt.Println(name, line.Cameras[name].FOV, line.Where("cameras", name))
//	}
//
// ResolvedJSON and ParseResolved write and read a scenario with every default filled
// in, so that a later change of a default does not change an old run.
//
// The CUE language is specified at https://cuelang.org/docs/reference/spec/.
package specs
