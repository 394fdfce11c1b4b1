// Package sensor turns a scene into the frame that a simulated RGB-D camera would have
// taken: pinhole, lens distortion, noise of colour and depth, range.
//
// A [Sensor] is made from a camera's specification; [Sensor.Shoot] fills a frame. The
// frame depends on the scene, the camera's pose and the noise seed, and on nothing
// else: neither on earlier frames nor on the number of threads.
//
// Noise. Each row has its own stream of random numbers, seeded by the frame's seed and
// the row, so that rows can be done in any order. Colour gets Gaussian noise with the
// standard deviation sqrt(readNoise^2 + shotNoise^2 level) in grey levels. Depth gets
// depthBias, and Gaussian noise with the standard deviation depthFloor + depthSigma (z/1 m)^2.
// Numbers come from a 64-bit multiply-and-fold generator (the output stage of Wang Yi's
// wyrand), normal deviates from a table of 4096 quantiles.
//
// Depth is 0, as from a time-of-flight camera, out of its range and where a surface is
// seen edge-on from pixel to pixel along a row.
//
// Exposure. What moves while the shutter is open is blurred by the renderer as long as
// it is a pixel or so; beyond that a frame is the mean of up to 8 pictures, spread evenly
// over the exposure.
//
// Lens. With distortion, the scene is rendered through a pinhole that sees enough, and
// then resampled by the inverse of u = f x (1 + k1 r^2 + k2 r^4): colour bilinearly, depth
// bilinearly within a surface and from the nearest pixel across an edge.
package sensor
