package render

// Raster is the Renderer in pure Go. Its zero value works; it keeps its buffers from
// frame to frame, so that rendering settles at no allocation.
type Raster struct {
	// Workers is how many goroutines share a frame; 0 means GOMAXPROCS. The image
	// does not depend on it.
	Workers int

	setup   setup
	scratch []*band
	team    Team
	scene   *Scene
	target  *Target
	draw    func(worker, n int)
}

var _ Renderer = (*Raster)(nil)

// bandRows is the height of the pieces of work. It is small enough for a band's
// buffers to stay in the second-level cache, and large enough for the rows that two
// neighbours both need to cost little.
const bandRows = 24

// Render draws the scene. See [Renderer].
func (r *Raster) Render(s *Scene, c Camera, t *Target) error {
	if err := t.check(&c); err != nil {
		return err
	}
	if err := r.setup.prepare(s, &c, t.Reflectance); err != nil {
		return err
	}
	bands := (c.H + bandRows - 1) / bandRows
	if r.draw == nil {
		r.draw = r.band
	}
	// A worker's scratch is its own: there are as many as may come.
	for len(r.scratch) < bands {
		r.scratch = append(r.scratch, nil)
	}
	r.scene, r.target = s, t
	r.team.Do(r.Workers, bands, r.draw)
	r.scene, r.target = nil, nil
	return nil
}

// band draws the piece n with the scratch of a worker.
func (r *Raster) band(worker, n int) {
	if r.scratch[worker] == nil {
		r.scratch[worker] = new(band)
	}
	y0 := n * bandRows
	y1 := min(y0+bandRows, r.target.H)
	r.scratch[worker].draw(&r.setup, r.scene, r.target, n, y0, y1)
	if r.target.Finish != nil {
		r.target.Finish(y0, y1)
	}
}
