// Package sensor turns a scene into the frame that a simulated RGB-D camera would have
// taken, with what makes a real one differ from an ideal one: its lens, its shutter, the
// light, the noise of colour, and depth that is either in colour's pixels or that of a
// time-of-flight camera beside it.
//
// A [Sensor] is made from a camera's specification; [Sensor.Shoot] fills a frame. The
// frame depends on the scene, the camera's pose, the instant of the exposure and the noise
// seed, and on nothing else: neither on earlier frames nor on the number of threads. Each
// effect has its line in #CameraSim or #ToFSim of specs/schema.cue, where 0 is none; README.md
// has their theory, their sources, and how large they are in the frames.
//
// Colour. The scene is rendered through a pinhole that sees enough, each moving corner
// where it is when its own row is exposed (rolling shutter), blurred along its way over the
// exposure, and bent by the lens of Brown and Conrady, bilinearly. The light is then changed
// by vignetting, by the lamps' drift and flicker, by the amplifier's gain, and gets the
// noise of EMVA 1288.
//
// Depth. Aligned depth is the true one with noise and a bias. A depth mode is a camera of its
// own, with its pixels, lens and pose: how much light comes back to a pixel decides about
// its noise and whether it has any depth; pixels over edges mix near and far; light that comes
// by way of another surface makes corners round.
//
// Noise. Each row has its own stream of random numbers, seeded by the frame's seed and
// the row, so that rows can be done in any order. Numbers come from a 64-bit
// multiply-and-fold generator (the output stage of Wang Yi's wyrand), normal deviates from a
// table of 4096 quantiles.
package sensor
