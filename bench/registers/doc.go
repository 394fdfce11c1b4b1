// Registers measures the register server beside its peers: a bare echo server in Go,
// Redis, and a server made of libmodbus, all over loopback, all with the same load
// generator, in turns in one run. It prints what each line of the table ran and what
// each peer did, then the table, and writes out/bench-registers.json.
//
//	go run ./bench/registers                            everything, about three minutes
//	go run ./bench/registers -only pipelined -rounds 15 one part, longer
//	go run ./bench/registers -only push -profile p.out  and where our server spent its time
//
// Run it from the module's root, on Linux. The parts, by the names for -only:
//
//   - bytes: what a request and its reply, and a push, put on the wire. Counted, not
//     computed: a packet socket sees each frame on the loopback device, which has
//     Ethernet's header of 14 bytes. TCP's largest segment is set to 1460 bytes, as on
//     an Ethernet. The application's bytes are TCP's payload, the IP level adds the
//     headers of IP and TCP, Ethernet's adds 14 bytes a frame, without preamble and
//     checksum; segments that only acknowledge are counted too. This needs root, or
//     CAP_NET_RAW.
//   - latency: round trips of one connection, one after the other.
//   - cpu: 50 connections with one request each under way; processor time of the
//     server's process for an operation.
//   - pipelined: 50 connections with 16 requests each under way.
//   - many: 5,000 connections.
//   - idle: memory of the server's process for each of 10,000 connections that said
//     something once, soon after and when Redis has given back what it does not need.
//   - push: 1,000 subscribers of 100 registers that the server's process changes.
//   - process: a register read and written in the same process, also beside readers on
//     all other processors that do nothing else.
//
// A server is a process of its own, so that its memory and processor time are its own.
// Rounds of the servers take turns, with another one first each time, and medians
// count, since the machine may have other work. Every reply is checked: identifier,
// status, value. A wrong one ends the benchmark.
//
// The servers run as they come, without threads of Redis beside its one, except that
// libmodbus's sends at once (TCP_NODELAY), like the others.
//
// Redis and libmodbus come from the system: "apt-get install redis-server
// libmodbus-dev gcc pkg-config". A peer that is not there has no figures.
package main
