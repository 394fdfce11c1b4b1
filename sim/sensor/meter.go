package sensor

import (
	"math"

	"linetwin.dev/specs"
)

// meter is what the depth camera makes of what its pixels see. Lengths are in mm, and a signal
// of 1 is that of 15 % at the end of the range. The kernels know its fields.
type meter struct {
	near, far                float32
	full                     float32 // signal of a white surface at 1 m
	least, most              float32 // signal
	sigma2, photons, readout float32
	turn                     float32 // of phase, in a mm
	scale, perWave           float32
	step, perStep            float32    // step is 0 for none
	multi                    *multipath // nil for none
	wave                     [waveSteps]float32
}

const (
	// reference reflectivity of the data sheet.
	reference = 0.15
	// waveSteps is the resolution of the table of the wiggling error.
	waveSteps = 256
	// confidenceUnit is the confidence at signal 1; it grows with the root of the signal, as
	// the ratio of signal to noise does.
	confidenceUnit = 32
)

// init takes all but what is drawn for each camera.
func (m *meter) init(s *specs.ToFSim, mode specs.DepthMode) {
	m.near, m.far = float32(mode.Near*1000), float32(mode.Far*1000)
	m.sigma2 = float32(s.Sigma * s.Sigma * 1e6)
	m.readout = float32(s.ReadShare)
	m.photons = 1 - m.readout
	m.least = float32(s.LeastSignal)
	m.full = m.far * m.far / reference * 1e-6
	m.most = float32(math.Inf(1))
	if s.Saturation > 0 {
		r := float32(s.Saturation) * m.near
		m.most = m.full * 1e6 / (r * r)
	}
	if s.Step > 0 {
		m.step, m.perStep = float32(s.Step*1000), float32(1/(s.Step*1000))
	}
	if s.WigglePeriod > 0 {
		// A turn of the modulation's phase is four of the wiggle's.
		m.turn = float32(2 * math.Pi / (4 * s.WigglePeriod * 1000))
		m.perWave = float32(waveSteps / (s.WigglePeriod * 1000))
	}
}

// measure gives the row that has been looked at its depth and confidence.
func (m *meter) measure(s *sight) {
	first := 0
	if n := len(s.at) / 8; vector && n > 0 {
		measureGroups(s, m, n)
		first = 8 * n
	}
	for x := first; x < len(s.at); x++ {
		s.z[x], s.conf[x] = m.pixel(s, x)
	}
}

// pixel is the depth and confidence of a pixel, both 0 where it has none.
func (m *meter) pixel(s *sight, x int) (depth float32, confidence uint8) {
	iz, slant := s.iz[x], s.slant[x]
	signal := s.light[x] * (m.full * slant * slant)
	if !(iz > 0 && signal < m.most) {
		return 0, 0
	}
	// Noise, of depth and of how much light there seems to be.
	is := 1 / signal
	sigma := sqrt(m.sigma2 * is * (m.photons + m.readout*is))
	r := s.random[x]
	seen := signal * (1 + m.turn*sigma*gauss(r>>quantileBits))
	if !(seen > m.least) {
		return 0, 0
	}
	z := 1000 / iz
	depth = z + gauss(r)*sigma + s.fixed[x] + m.scale*z + m.wiggle(z)
	if m.multi != nil {
		a, p := s.at[x], s.part[x]
		depth += m.multi.at(int(a&0xffff)+int(p>>7&1), int(a>>16)+int(p>>15), z)
	}
	if m.step > 0 {
		depth = m.step * float32(int32(depth*m.perStep+0.5))
	}
	if !(depth >= m.near && depth <= m.far) {
		return 0, 0
	}
	return depth, uint8(max(1, min(255, int32(confidenceUnit*sqrt(seen)))))
}

// wiggle is the error that is a wave over depth, mm.
func (m *meter) wiggle(z float32) float32 {
	return m.wave[int32(z*m.perWave)&(waveSteps-1)]
}

// gauss is a normal deviate, chosen by the lowest bits of r.
func gauss(r uint32) float32 { return normals[r&quantileMask] }

// normals are the quantiles as they are.
var normals = func() (n [quantileCount]float32) {
	for i := range n {
		n[i] = float32(quantiles[i]) * (1.0 / quantileUnit)
	}
	return n
}()
