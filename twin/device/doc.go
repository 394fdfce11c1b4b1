// Package device says what a device is to the twin: something with a lifecycle
// that publishes what it senses into registers and takes its commands from them.
// A camera, besides, hands out frames; a simulated plant, besides, knows the truth.
package device
