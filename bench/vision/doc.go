// Vision measures what the line's cameras see beside its peers: QR codes, templates, depth, the
// alignment of depth and colour, frames on their way, the simulated camera, the inspection of a
// bottle. Each part prints what it ran, then comes the table, which is also written to
// out/bench-vision.json.
//
//	go run ./bench/vision                      everything, about ten minutes on two processors
//	go run ./bench/vision -only templates      the parts whose names begin so; writes no file
//	go run ./bench/vision -only none -none 10000
//
// Run it from the module's root, on Linux. The parts, by the names for -only:
//
//   - rates: QR codes of "linetwin bench vision", as many as -pictures says, read by ours,
//     gozxing and zbarimg, the same pictures for each. A category counts the same as another.
//   - first: clean codes at 1280x720, modules of 3 to 10 pixels; the first code is asked for.
//   - budget: the whole cascade at 1280x720, with the budget of 600 ms: half of the pictures have no code
//     and much that looks like one, half have one that is blurred, glared at, bent or damaged.
//   - none: pictures without a code, as many as -none says; whatever is read is wrong.
//   - templates: ten of 64 to 200 pixels at 1920x1080, beside OpenCV's correlation everywhere.
//   - depth: a comparison at 1024x1024 with mask, counts, extremes, mean and RMS, beside adding up
//     the same bytes eight at a time.
//   - align: depth of 1024x1024 into colour of 1080p and 4K, beside vision/align/testdata/peer.c; how many
//     pixels that the depth camera sees have a depth then.
//   - frame: a frame from the camera through three holders and back to its pool: copies, allocations.
//   - camera: the simulated RGB-D camera at 1280x720 with all that the data sheet tells, beside Mesa's
//     llvmpipe with the plain picture.
//   - inspect: bottles of the reference line, good and bad, through that camera: alignment, place, QR,
//     label, three templates cut out of a good one, cap and dent.
//
// Times are processor time, of the thread where one works and of the process where several do, so
// that other work on the machine does not lengthen them; wall time where a peer's benchmark tells no
// other. Contenders take turns in one run; medians of the rounds count, or the 99th percentile
// where the table says so. The load of the machine is printed with the table.
//
// Peers come from the system: "apt-get install zbar-tools qrencode gcc libegl-dev libopengl-dev". One that
// is not there has no figures.
package main
