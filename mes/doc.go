// Package mes is a small manufacturing execution system: it runs the orders of
// one production line, counts what the line makes, keeps a bounded history of
// its registers, the trace of every part with what was measured of it, and
// pictures of what stations saw of it, in one SQLite file.
//
// The main type is [MES]. It lives on the line's clock: every call takes the
// time since the start of the run, and no date of the wall clock gets into the
// data. The same calls in the same order give the same rows.
//
//	m, err := mes.Open("mes.db", mes.Config{
//		Run:       "bottling-1",
//		Orders:    []mes.Order{{ID: "A-1", Product: "still", Quantity: 100}},
//		Registers: []string{"conveyor.speed"},
//	})
//	m.State(0, "Execute")
//	m.Complete(2*time.Second, mes.Part{Track: 1, Serial: 17, Product: "still", Good: true})
//	fmt.Println(m.Snapshot().Total.Good)
//	m.Close()
//
// An order goes Planned -> Released -> Running <-> Held, and ends Completed or
// Aborted; at most one order runs at a time, and the parts that are completed
// while it runs are its parts. Every part is counted once, for an order or as
// unassigned, and [MES.Check] proves it from the tables.
//
// [Handler] serves the HTTP API and a page; [Inbox] brings the commands that
// people give there onto the line's clock. The README lists tables and addresses.
//
// Sources: the state names of the line are those of PackML (ANSI/ISA-TR88.00.02);
// availability, effectiveness, quality ratio and OEE follow ISO 22400-2.
package mes
