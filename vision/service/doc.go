// Package service shares workers among inspection stations: frames wait in one queue,
// the most urgent is judged next, and one that cannot be judged in time is given up, so
// that its part is not taken for a good one.
//
// A Pool is made once; stations submit Tasks:
//
//	p := service.NewPool(2, 32)
//	p.Submit(now, service.Request{Priority: 1, Deadline: now + 200*time.Millisecond}, timer, task)
//
// Each task ends exactly once: Judged, Late or Refused. Late comes just after the deadline
// and not when somebody notices, whether the task waits or runs; a worker that is at it
// works on until it is done, and then takes the next.
//
// A pool reads no clock and starts no goroutine: the time is given, and events at a later
// time are asked for by the Timer. All calls come from one goroutine. Equal calls give
// equal outcomes.
//
// Order: higher priority first; among equals the earlier deadline (Liu and Layland,
// Scheduling algorithms for multiprogramming in a hard-real-time environment, 1973);
// among these who came first. Where the queue is full, the least urgent is refused.
package service
