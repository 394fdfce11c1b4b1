// Core measures what the twin's core must reach: engine, register bank, rendering and
// the standard scenario. It runs the benchmarks that stand beside the code, several
// times each, and takes medians: the machine is shared.
//
//	go run ./bench/core
//
// It prints a table and writes out/bench-core.json. Run it from the module's root.
package main
