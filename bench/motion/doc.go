// Motion measures the motion core beside its peers: kinematics, dynamics, small solves, sines,
// jerk-limited moves, G-code, the planner, the ring between two threads, and the deadline
// thread. Each part prints what it ran and what each contender did, then comes the table, which
// is also written to out/bench-motion.json.
//
//	go run ./bench/motion                         everything, about two minutes
//	go run ./bench/motion -only inverse           the parts whose names begin so; writes no file
//	go run ./bench/motion -rounds 51 -out my.json longer
//
// Run it from the module's root, on Linux. The parts, by the names for -only:
//
//   - chain: forward kinematics and Jacobian of the reference arms with 6 and 5 revolute joints.
//   - dynamics: inverse dynamics, mass matrix and solve, forward dynamics of the same arms.
//   - solve: a symmetric system of order 6.
//   - inverse: inverse kinematics of 10,000 random poses by search, from random seeds and from
//     seeds near the answer, and of all solutions in closed form.
//   - sincos: time and error of sines and cosines.
//   - jerk: jerk-limited moves from any state to any other, and their laws over a million cases.
//   - gcode: lines per second of the interpreter, its canonical lines written, as rs274 does.
//   - path: short moves of five axes through the planner and the runner.
//   - ring: messages from core to core. It takes both processors for some seconds in all.
//   - thread: the deadline thread of 1 kHz, 20 s alone and 20 s beside a process that allocates,
//     and cyclictest for as long, with what the hypervisor took meanwhile.
//
// Contenders take turns in one run, in another order each round, and medians of the rounds
// count, since the machine may have other work. Times of short operations are processor time of
// the thread that does them, so that other work does not lengthen them; each of inverse
// kinematics is the least wall time of its turns. Where two contenders compute the same, their
// results are compared first, and a difference ends the benchmark. Allocations are counted for
// every figure of ours.
//
// Peers come from the system: "apt-get install liborocos-kdl-dev libeigen3-dev g++
// linuxcnc-uspace rt-tests". KDL and Eigen are compiled at run time with "g++ -O2 -march=x86-64", as
// distributions ship them: without vector instructions beyond SSE2, as Go's compiler does by
// default. A peer that is not there has no figures; Pinocchio and Ruckig are not packaged by
// Debian, so they have none.
package main
