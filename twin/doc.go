// Package twin assembles a scenario into a running twin: it puts up the devices
// that a registry knows how to make, the control tasks that are the same for
// simulated and real devices (inspection, servo, motion, CNC), the MES and the metrics,
// and runs them on one engine over one register bank.
//
//	t, err := twin.New(scenario, twin.Options{Devices: twin.Registry{device.Sim: sim.Devices()}})
//	if err != nil { ... }
//	defer t.Close()
//	out, err := t.Run(ctx)
//	fmt.Println(out.Summary.Verdict, out.Summary.Hash)
//
// The package does not know where devices come from: main hands the constructors in.
// Components are put up in one fixed order, which breaks ties in the log: operator,
// plant, conveyors, photo-eyes, gates, machines, cameras, mills, inspections, servos, CNCs,
// PLCs, clients, MES; within a class by name.
package twin
