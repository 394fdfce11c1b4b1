package sensor

import (
	"math"
	"math/bits"

	"linetwin.dev/specs"
)

// noise holds what the noise of colour and of aligned depth is drawn from. It is read-only
// after init.
type noise struct {
	color bool
	sigma [256]int32 // of a channel by its level, 1/256 grey levels
	// Of depth, in mm: bias + normal (floor + growth z^2), z in mm.
	bias, floor, growth float32
	near, far           float32 // ends of the range
	steep               float32 // change of depth over two pixels, by depth, that is edge-on
}

// quantiles of the normal distribution at (i + 1/2) / 4096, 1/1024; their variance is 1. There
// is one more, since the kernel reads two at once.
var quantiles = func() (q [quantileCount + 1]int16) {
	var sum float64
	var v [quantileCount]float64
	for i := range v {
		v[i] = math.Sqrt2 * math.Erfinv(2*(float64(i)+0.5)/quantileCount-1)
		sum += v[i] * v[i]
	}
	scale := quantileUnit / math.Sqrt(sum/quantileCount)
	for i := range v {
		q[i] = int16(math.Round(v[i] * scale))
	}
	return q
}()

const (
	quantileBits  = 12
	quantileCount = 1 << quantileBits
	quantileMask  = quantileCount - 1
	quantileUnit  = 1024
	sigmaUnit     = 256
)

// init takes the amplifier's gain, by which the noise of reading grows; that of photons
// grows with its root where the level is the same.
func (n *noise) init(c *specs.Camera, gain, fx float64) {
	s := &c.Sim
	n.color = s.ReadNoise > 0 || s.ShotNoise > 0
	for level := range n.sigma {
		v := math.Hypot(gain*s.ReadNoise, s.ShotNoise*math.Sqrt(gain*float64(level)))
		n.sigma[level] = int32(math.Round(min(v, 255) * sigmaUnit))
	}
	n.bias = float32(s.DepthBias) * 1000
	n.floor = float32(s.DepthFloor) * 1000
	n.growth = float32(s.DepthSigma) * 1000 / 1e6
	n.near, n.far = float32(c.Mode().Near*1000), float32(c.Mode().Far*1000)
	n.steep = float32(math.Inf(1))
	if s.DepthGrazing > 0 {
		n.steep = float32(2 * s.DepthGrazing / fx)
	}
}

const (
	weyl        = 0xa0761d6478bd642f
	fold        = 0xe7037ed1a0b428db
	depthStream = 0x8ebc6af09c88c6e3
)

// draw gives the random number that belongs to a state.
func draw(state uint64) uint64 {
	hi, lo := bits.Mul64(state, state^fold)
	return hi ^ lo
}

// mix spreads a counter over 64 bits (the finaliser of MurmurHash3).
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// stream is the state from which the numbers of a row come.
func stream(seed uint64, y int) uint64 { return mix(seed ^ mix(uint64(y)+1)) }

// colorRow adds noise to row y. A monochrome sensor has one value a pixel, which all
// three channels carry.
func (n *noise) colorRow(px []byte, seed uint64, y int, mono bool) {
	state := stream(seed, y)
	if mono {
		for len(px) >= 3 {
			state += weyl
			// Rec. 601 luma, in 1/256.
			luma := 77*uint32(px[0]) + 150*uint32(px[1]) + 29*uint32(px[2])
			v := n.level(uint8((luma+128)>>8), draw(state))
			px[0], px[1], px[2] = v, v, v
			px = px[3:]
		}
		return
	}
	if !n.color {
		return
	}
	var random [64]uint64
	for len(px) >= 3 {
		piece := random[:min(len(random), len(px)/3)]
		for i := range piece {
			state += weyl
			piece[i] = draw(state)
		}
		n.pixels(px, piece)
		px = px[3*len(piece):]
	}
}

// pixels gives the noise of one random number to each pixel.
func (n *noise) pixels(px []byte, random []uint64) {
	px = px[:3*len(random)]
	first := 0
	if g := len(random) / 8; vector && g > 0 {
		noiseGroups(&px[0], &random[0], &n.sigma[0], g)
		first = 8 * g
	}
	for i, r := range random[first:] {
		p := px[3*(first+i) : 3*(first+i)+3 : 3*(first+i)+3]
		p[0] = n.level(p[0], r)
		p[1] = n.level(p[1], r>>quantileBits)
		p[2] = n.level(p[2], r>>(2*quantileBits))
	}
}

// level is a channel's value v with the noise that the lowest bits of r choose.
func (n *noise) level(v uint8, r uint64) uint8 {
	const shift = 18 // log2(quantileUnit * sigmaUnit)
	d := int32(quantiles[r&quantileMask])*n.sigma[v] + 1<<(shift-1)
	out := int32(v) + d>>shift
	if uint32(out) > 255 { // rarely, so that a branch is faster than min and max
		if out < 0 {
			return 0
		}
		return 255
	}
	return uint8(out)
}

// depthRow adds bias and noise to row y of depth. It drops what is out of range, and
// what changes from pixel to pixel as only a surface seen edge-on, or the gap behind an
// edge, does.
func (n *noise) depthRow(z []float32, seed uint64, y int) {
	if len(z) == 0 {
		return
	}
	state := stream(seed^depthStream, y)
	before, v := z[0], z[0]
	for i := range z {
		after := v
		if i+1 < len(z) {
			after = z[i+1]
		}
		state += weyl
		d := after - before
		if d < 0 {
			d = -d
		}
		var out float32
		if v >= n.near && v <= n.far && d <= n.steep*v {
			g := float32(quantiles[draw(state)>>(64-quantileBits)]) * (1.0 / quantileUnit)
			if out = v + n.bias + g*(n.floor+n.growth*v*v); out < 0 {
				out = 0
			}
		}
		z[i] = out
		before, v = v, after
	}
}
