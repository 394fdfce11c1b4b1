package cloud

import "math"

// tree is a balanced k-d tree. Its points lie in the order of its leaves.
type tree struct {
	x, y, z []float32
	from    []int32 // the index of each point in the cloud that the tree was made of
	nodes   []split // of node k, 2k+1 and 2k+2 hang; those from len(nodes) on are leaves
}

// split divides the points of a node: those with a smaller coordinate are in the first child.
type split struct {
	dim byte
	at  float32
}

// leafSize is about how many points are in a leaf.
const leafSize = 8

// newTree makes a tree of the points of a cloud.
func newTree(c *Cloud) *tree {
	n := c.Len()
	t := &tree{x: append([]float32(nil), c.X...), y: append([]float32(nil), c.Y...), z: append([]float32(nil), c.Z...), from: make([]int32, n)}
	for i := range t.from {
		t.from[i] = int32(i)
	}
	inner := 0
	for leaves := 1; n > leafSize*leaves; leaves *= 2 {
		inner = 2*inner + 1
	}
	t.nodes = make([]split, inner)
	t.build(0, 0, n)
	return t
}

func (t *tree) build(node, lo, hi int) {
	if node >= len(t.nodes) {
		return
	}
	dim, widest := byte(0), float32(-1)
	for d, s := range [3][]float32{t.x[lo:hi], t.y[lo:hi], t.z[lo:hi]} {
		low, high := float32(math.Inf(1)), float32(math.Inf(-1))
		for _, v := range s {
			low, high = min(low, v), max(high, v)
		}
		if high-low > widest {
			dim, widest = byte(d), high-low
		}
	}
	mid := (lo + hi) / 2
	t.choose([3][]float32{t.x, t.y, t.z}[dim], lo, hi, mid)
	t.nodes[node] = split{dim, [3][]float32{t.x, t.y, t.z}[dim][mid]}
	t.build(2*node+1, lo, mid)
	t.build(2*node+2, mid, hi)
}

// choose brings the points from lo to hi into such an order that key[mid] is what it were if they were sorted,
// with none greater before and none smaller behind it.
func (t *tree) choose(key []float32, lo, hi, mid int) {
	for hi-lo > 1 {
		// The median of three is the pivot.
		a, b, c := key[lo], key[(lo+hi)/2], key[hi-1]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := lo, hi-1
		for i <= j {
			for key[i] < pivot {
				i++
			}
			for key[j] > pivot {
				j--
			}
			if i <= j {
				t.swap(i, j)
				i++
				j--
			}
		}
		switch {
		case mid <= j:
			hi = j + 1
		case mid >= i:
			lo = i
		default:
			return
		}
	}
}

func (t *tree) swap(i, j int) {
	t.x[i], t.x[j] = t.x[j], t.x[i]
	t.y[i], t.y[j] = t.y[j], t.y[i]
	t.z[i], t.z[j] = t.z[j], t.z[i]
	t.from[i], t.from[j] = t.from[j], t.from[i]
}

// search looks for the points nearest to one. Neighbours are kept from the nearest to the furthest.
type search struct {
	t       *tree
	p       [3]float32
	most    int // how many are wanted, at most mostNeighbours
	n       int // how many were found
	at      [mostNeighbours]int32
	squared [mostNeighbours]float32
	limit   float32 // squared distance below which a point still counts
}

// distance is the squared one between the point that is asked for and point i.
func (s *search) distance(i int32) float32 {
	dx, dy, dz := s.t.x[i]-s.p[0], s.t.y[i]-s.p[1], s.t.z[i]-s.p[2]
	return dx*dx + dy*dy + dz*dz
}

// descend looks through a node whose points are at least off away: off are the distances along the axes, and
// squared is their square.
func (s *search) descend(node, lo, hi int, off [3]float32, squared float32) {
	if node >= len(s.t.nodes) {
		for i := lo; i < hi; i++ {
			if d := s.distance(int32(i)); d < s.limit {
				s.keep(int32(i), d)
			}
		}
		return
	}
	n := s.t.nodes[node]
	mid := (lo + hi) / 2
	along := s.p[n.dim] - n.at
	far := squared - off[n.dim]*off[n.dim] + along*along
	if along < 0 {
		s.descend(2*node+1, lo, mid, off, squared)
		if far < s.limit {
			off[n.dim] = along
			s.descend(2*node+2, mid, hi, off, far)
		}
	} else {
		s.descend(2*node+2, mid, hi, off, squared)
		if far <= s.limit {
			off[n.dim] = along
			s.descend(2*node+1, lo, mid, off, far)
		}
	}
}

func (s *search) keep(i int32, d float32) {
	if s.n < s.most {
		s.n++
	}
	k := s.n - 1
	for ; k > 0 && s.squared[k-1] > d; k-- {
		s.at[k], s.squared[k] = s.at[k-1], s.squared[k-1]
	}
	s.at[k], s.squared[k] = i, d
	if s.n == s.most {
		s.limit = s.squared[s.n-1]
	}
}

// nearest finds the most points nearest to p within a squared distance.
func (s *search) nearest(p [3]float32, most int, limit float32) {
	s.p, s.most, s.n, s.limit = p, most, 0, limit
	s.descend(0, 0, len(s.t.from), [3]float32{}, 0)
}
