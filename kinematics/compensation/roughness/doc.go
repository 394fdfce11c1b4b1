// Package roughness tells how rough a machined surface comes out: Ra, Rq and Rz of a profile, and
// the profile that a tool leaves which is off its path.
//
// Meter is the main type. It takes the heights of a profile one by one, parts roughness from
// waviness by the Gaussian filter, and gives the parameters. Along and Across make such
// profiles from the residuals of a path, which are how far the tool is off it along the surface's
// normal: the one in the direction of feed, with a mark of each tooth, the other across it, with
// a scallop of each pass. Each mark is an arc of the tool's radius, at the height at which the
// tool was.
//
//	along, err := roughness.NewAlong(roughness.Marks{Radius: 3e-3, Pitch: 0.05e-3}, roughness.Config{Spacing: 2e-6})
//	for _, s := range path {
//		along.Add(s.Position, s.Residual)
//	}
//	along.Break()
//	fmt.Println(along.Result().Ra)
//
// So the same path, with and without compensation, gives two values of Ra that can be compared.
// Cusp and CuspRa are the marks alone, in closed form.
//
// Units are metres. Memory is constant, whatever the length of a profile; nothing that takes
// samples allocates. Values are for one goroutine at a time. Equal arguments give equal bits on
// one binary.
//
// Sources: ISO 21920-2 (2021) and, where it says the same, ISO 4287 (1997) for the parameters; ISO
// 21920-3 and ISO 3274 for cutoffs and section lengths; ISO 16610-21 (2011) for the filter;
// Brammertz (1961) and Shaw, Metal Cutting Principles (2005), for feed marks. README.md of the
// folder above tells the theory in short.
package roughness
