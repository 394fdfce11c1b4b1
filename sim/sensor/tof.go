package sensor

import (
	"math"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// tof is a time-of-flight camera: it lights the scene itself, and measures the way of the
// light and how much of it comes back.
type tof struct {
	spec specs.ToFSim
	mode specs.DepthMode
	k    vision.Intrinsics
	lens *lens
	flat render.Target // reflectance and 1/z, before the lens
	// Of the flat image's columns and rows: the tangent of where they look.
	tanX, tanY []float32
	slant      []float32 // depth over range of a pixel
	fixed      []float32 // constant part of the systematic error of a pixel, mm
	wave       [waveSteps + 1]float32
	multi      multipath

	// Constants of the model in mm; signal is 1 for 15 % at the end of the range.
	near, far, scale, perWave  float32
	sigma2, photons, readout   float32
	least, most, full          float32
	perStep                    float32
	sharp, step, turn          float32
	loss                       uint64
	quantise, edges, reflected bool

	team  render.Team
	frame *vision.Frame
	seed  uint64
	rows  func(worker, piece int)
}

const (
	// reference reflectivity of the data sheet.
	reference = 0.15
	// tofPiece is how many rows are worked on at a time.
	tofPiece = 16
	// waveSteps is the resolution of the table of the wiggling error.
	waveSteps = 256
	// mixed is the least share of either side of an edge in a pixel's signal that counts.
	mixed = 0.02
	// confidenceUnit is the confidence at signal 1; it grows with the root of the signal, as
	// the ratio of signal to noise does.
	confidenceUnit = 32
)

func newToF(c specs.Camera, unit uint64) (*tof, error) {
	t := &tof{spec: c.Sim.ToF, mode: c.Mode(), k: device.DepthIntrinsics(c)}
	var f field
	if m := t.mode; m.HFOV > 0 {
		f = field{math.Tan(float64(m.HFOV) / 2), math.Tan(float64(m.VFOV) / 2)}
	}
	var err error
	if t.lens, err = newLens(t.k, f, true); err != nil {
		return nil, err
	}
	p := &t.lens.camera
	t.flat = render.Target{W: p.W, H: p.H, Color: make([]byte, 3*p.W*p.H), Inverse: make([]float32, p.W*p.H), Facing: make([]float32, p.W*p.H), Reflectance: true}
	t.tanX, t.tanY = make([]float32, p.W), make([]float32, p.H)
	for x := range t.tanX {
		t.tanX[x] = float32((float64(x) - p.CX) / p.FX)
	}
	for y := range t.tanY {
		t.tanY[y] = float32((float64(y) - p.CY) / p.FY)
	}
	t.slant = make([]float32, t.k.W*t.k.H)
	for i, a := range t.lens.at {
		if a != unseen {
			u, v := float64(a&0xffff)+float64(t.lens.part[i]&255)/256, float64(a>>16)+float64(t.lens.part[i]>>8)/256
			t.slant[i] = float32(1 / math.Sqrt(1+math.Pow((u-p.CX)/p.FX, 2)+math.Pow((v-p.CY)/p.FY, 2)))
		}
	}
	s := &t.spec
	t.near, t.far = float32(t.mode.Near*1000), float32(t.mode.Far*1000)
	t.sigma2 = float32(s.Sigma * s.Sigma * 1e6)
	t.readout = float32(s.ReadShare)
	t.photons = 1 - t.readout
	t.least = float32(s.LeastSignal)
	t.full = t.far * t.far / reference * 1e-6 // with 1/z in 1/m
	t.most = float32(math.Inf(1))
	if s.Saturation > 0 {
		r := float32(s.Saturation) * t.near
		t.most = t.full * 1e6 / (r * r)
	}
	t.edges = s.Flying > 0
	if t.edges {
		t.sharp = float32(1 / s.Flying)
	}
	t.loss = uint64(float64(s.EdgeLoss) * quantileCount)
	if t.quantise = s.Step > 0; t.quantise {
		t.step, t.perStep = float32(s.Step*1000), float32(1/(s.Step*1000))
	}
	t.reflected = s.Multipath > 0
	if s.WigglePeriod > 0 {
		// A turn of the modulation's phase is four of the wiggle's.
		t.turn = float32(2 * math.Pi / (4 * s.WigglePeriod * 1000))
		t.perWave = float32(waveSteps / (s.WigglePeriod * 1000))
	}
	t.drawSystematic(unit)
	t.multi.init(t)
	t.rows = t.finish
	return t, nil
}

// shoot fills depth and confidence of a frame, from the depth camera's pose.
func (t *tof) shoot(r render.Renderer, scene *render.Scene, pose kinematics.Pose, seed uint64, frame *vision.Frame) error {
	c := t.lens.camera
	c.Pose = pose
	if err := r.Render(scene, c, &t.flat); err != nil {
		return err
	}
	t.frame, t.seed = frame, seed
	defer func() { t.frame = nil }()
	if t.reflected {
		t.multi.gather(t)
	}
	t.team.Do(0, (t.k.H+tofPiece-1)/tofPiece, t.rows)
	return nil
}

func (t *tof) finish(_, piece int) {
	for y := piece * tofPiece; y < min((piece+1)*tofPiece, t.k.H); y++ {
		t.row(y)
	}
}

// row measures a row of pixels.
func (t *tof) row(y int) {
	w, stride := t.k.W, t.flat.W
	at := t.lens.at[y*w : (y+1)*w]
	out, conf := t.frame.Depth.Z[y*w:][:len(at)], t.frame.Confidence[y*w:][:len(at)]
	part, fixed, slants := t.lens.part[y*w:][:len(at)], t.fixed[y*w:][:len(at)], t.slant[y*w:][:len(at)]
	state := stream(t.seed^depthStream, y)
	inverse := t.flat.Inverse
	for x, a := range at {
		out[x], conf[x] = 0, 0
		state += weyl
		if a == unseen {
			continue
		}
		u, v := int(a&0xffff), int(a>>16)
		j := v*stride + u
		r := draw(state)
		p := part[x]
		px, py := float32(p&255)*(1.0/256), float32(p>>8)*(1.0/256)
		up, down := inverse[j:j+2:j+2], inverse[j+stride:j+stride+2:j+stride+2]
		i0, i1, i2, i3 := up[0], up[1], down[0], down[1]
		// What it is like is asked of the nearest pixel.
		u, v = u+int(p>>7&1), v+int(p>>15)

		var iz, signal float32
		// Numbers that are not negative are in the order of their bits.
		b0, b1, b2, b3 := math.Float32bits(i0), math.Float32bits(i1), math.Float32bits(i2), math.Float32bits(i3)
		lo, hi := math.Float32frombits(min(b0, b1, b2, b3)), math.Float32frombits(max(b0, b1, b2, b3))
		if edge := lo <= 0 || hi > lo*apart; edge && t.edges {
			var ok bool
			if iz, signal, ok = t.mix(j, px, py, slants[x], r); !ok {
				continue
			}
		} else {
			n := v*stride + u
			if iz = inverse[n]; !edge {
				top, bottom := i0+(i1-i0)*px, i2+(i3-i2)*px
				iz = top + (bottom-top)*py
			}
			if iz <= 0 {
				continue
			}
			signal = t.reflectance(n, slants[x]) * iz * iz
		}
		signal *= t.full * slants[x] * slants[x]
		if !(signal < t.most) {
			continue
		}
		// Noise, of depth and of how much light there seems to be.
		is := 1 / signal
		sigma := sqrt(t.sigma2 * is * (t.photons + t.readout*is))
		seen := signal * (1 + t.turn*sigma*gauss(r>>quantileBits))
		if !(seen > t.least) {
			continue
		}
		z := 1000 / iz
		m := z + gauss(r)*sigma + fixed[x] + t.scale*z + t.wiggle(z)
		if t.reflected {
			m += t.multi.at(u, v, z)
		}
		if t.quantise {
			m = t.step * float32(int32(m*t.perStep+0.5))
		}
		if !(m >= t.near && m <= t.far) {
			continue
		}
		out[x] = m
		conf[x] = byte(max(1, min(255, int32(confidenceUnit*sqrt(seen)))))
	}
}

func gauss(r uint64) float32 { return float32(quantiles[r&quantileMask]) * (1.0 / quantileUnit) }

func sqrt(v float32) float32 { return float32(math.Sqrt(float64(v))) }

// reflectance is how much light comes back from where a flat pixel looks, over that of
// a white surface at the same range that is seen head-on: after Lambert, with a shiny
// surface's reflection of the camera's own lamp after Blinn and Phong, normalised so that
// a narrower one is as much stronger.
func (t *tof) reflectance(n int, slant float32) float32 {
	p := t.flat.Color[3*n : 3*n+3 : 3*n+3]
	cos := t.flat.Facing[n] * t.flat.Inverse[n] * slant
	back := float32(p[0]) * (1.0 / 255) * cos
	if p[1] != 0 {
		back += float32(p[1]) * (1.0 / 255) * glare(float32(p[2]), cos)
	}
	return back
}

// glare is what a shiny surface gives back beyond what a white one does.
func glare(shine, cos float32) float32 {
	d := max(0, 1-cos)
	x := shine * d * (1 + d*0.5) // -ln cos^shine, as far as that matters
	if x > 8 {
		return 0
	}
	return (shine + 2) * 0.5 * float32(math.Exp(-float64(x)))
}

// mix is what a pixel over an edge sees: the mean of the depths around it, each weighted by
// its area and the light that comes back from there, as 1/z; and that light. It is not ok
// where nothing is there, or the pixel is found inconsistent.
func (t *tof) mix(j int, px, py, slant float32, r uint64) (iz, light float32, ok bool) {
	px = min(max((px-0.5)*t.sharp+0.5, 0), 1)
	py = min(max((py-0.5)*t.sharp+0.5, 0), 1)
	areas := [4]float32{(1 - px) * (1 - py), px * (1 - py), (1 - px) * py, px * py}
	var share, depth [4]float32
	var depths float32
	nearest := float32(math.Inf(1))
	for i := range share {
		n := j + i>>1*t.flat.W + i&1
		in := t.flat.Inverse[n]
		if in <= 0 {
			continue
		}
		share[i] = areas[i] * t.reflectance(n, slant) * in * in
		depth[i] = 1 / in
		light += share[i]
		depths += share[i] * depth[i]
		nearest = min(nearest, depth[i])
	}
	if light <= 0 {
		return 0, 0, false
	}
	var hidden float32
	for i, d := range depth {
		if d > nearest*apart {
			hidden += share[i]
		}
	}
	if hidden > mixed*light && hidden < (1-mixed)*light && r>>(64-quantileBits) < t.loss {
		return 0, 0, false
	}
	return light / depths, light, true
}
