package qr

import "math"

// How far the corner without a finder is looked for, in modules, and in what steps.
const (
	cornerSteps = 6
	cornerStep  = 0.5
	// cornerModules is the number of modules at most that are looked at for each place of it.
	cornerModules = 200
	// probeReach is how far from a module's middle it is looked at.
	probeReach = 0.3
	// cornerGain is by how much the modules must stand out more for the corner to be moved.
	cornerGain = 1.03
	// cornerDear is the part of that which a move by a module must make up for.
	cornerDear = 0.02
)

// probe is a module with the steps in the image by which it moves with the corner.
type probe struct {
	at   [4]Point // towards the module's own corners
	x, y Point
	mid  float64 // threshold there
}

// farCorner moves the corner of a grid that has no finder to where the modules differ most from
// the thresholds around them. Three finders tell little of it where lens or paper bend the
// code, and without an alignment pattern nothing else does. False leaves the grid as it was.
func (r *relaxer) farCorner(g *grid, s *sampler, p *plane, w *work) bool {
	n := g.n
	r.probes = r.probes[:0]
	stride := 1
	for n*n > 2*cornerModules*stride*stride {
		stride++
	}
	for row := n / 3; row < n; row += stride {
		for col := n / 3; col < n; col += stride {
			u, v := float64(col)+0.5, float64(row)+0.5
			share := cornerShare(g, u, v)
			if share < 0.2 {
				continue
			}
			x, y := g.steps(u, v)
			q := probe{x: x.mul(share), y: y.mul(share), mid: float64(s.mid[row*n+col])}
			for k, d := range [4]Point{{-probeReach, -probeReach}, {probeReach, -probeReach}, {-probeReach, probeReach}, {probeReach, probeReach}} {
				q.at[k] = g.at(u+d.X, v+d.Y)
			}
			r.probes = append(r.probes, q)
		}
	}
	w.spend(len(r.probes) * (2*cornerSteps + 1) * (2*cornerSteps + 1) * 18)
	still, best, at := 0.0, 0.0, Point{}
	for j := -cornerSteps; j <= cornerSteps; j++ {
		for i := -cornerSteps; i <= cornerSteps; i++ {
			d := Point{cornerStep * float64(i), cornerStep * float64(j)}
			sum := 0.0
			for k := range r.probes {
				q := &r.probes[k]
				move := Point{d.X*q.x.X + d.Y*q.y.X, d.X*q.x.Y + d.Y*q.y.Y}
				v := 0.0
				for _, at := range q.at {
					v += p.at(at.add(move))
				}
				sum += math.Abs(v/4 - q.mid)
			}
			sum *= 1 - cornerDear*d.norm()
			if i == 0 && j == 0 {
				still = sum
			}
			if sum > best {
				best, at = sum, d
			}
		}
	}
	if best < cornerGain*still {
		return false
	}
	g.bend()
	last := float64(g.k - 1)
	for j := range g.k {
		for i := range g.k {
			o := &g.off[j*g.k+i]
			*o = o.add(at.mul(cornerShare(g, float64(i)/last*float64(n), float64(j)/last*float64(n))))
		}
	}
	return true
}

// cornerShare is the part of the corner's displacement that a place of the code takes: none at the three
// finders, all of it at the corner.
func cornerShare(g *grid, u, v float64) float64 {
	size := float64(g.n) - 7
	return math.Max(u-3.5, 0) / size * math.Max(v-3.5, 0) / size
}
