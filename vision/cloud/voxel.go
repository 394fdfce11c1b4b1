package cloud

import (
	"fmt"
	"math"
)

// Voxels thins clouds. The zero value is ready. It keeps its memory from one cloud to the next, so it serves one
// goroutine at a time.
type Voxels struct {
	keys, sortedKeys   []uint64
	order, sortedOrder []uint32
}

// one is 1 in the fixed-point numbers in which what is in a voxel is added up: sums of whole numbers do not depend
// on their order.
const one = 1 << 30

// Thin sets out to c with one point for each cube of side millimetres that has any: the centroid of its points, with the
// mean of their colours and deviations and the direction of the mean of their normals. Cubes lie side by side
// from (0, 0, 0) on; points come in the order of z, y, x of their cubes, whatever their order in c. It takes a
// time that grows with the number of points alone.
//
// It fails, and leaves out alone, when side is not positive, or so small that there are more than two
// million cubes along an axis. out and c are different clouds.
func (v *Voxels) Thin(out, c *Cloud, side float64) error {
	if err := c.Check(); err != nil {
		return err
	}
	if !(side > 0) || math.IsInf(side, 0) {
		return fmt.Errorf("cloud: voxels of %g mm; a positive size is right", side)
	}
	n := c.Len()
	low, high := c.Bounds()
	per := 1 / side
	var first, count [3]float64
	for d := range 3 {
		first[d] = math.Floor(float64(low[d]) * per)
		if count[d] = math.Floor(float64(high[d])*per) - first[d] + 1; !(count[d] <= 1<<21) {
			return fmt.Errorf("cloud: voxels of %.3g mm for a cloud of %.4g mm; from %.3g mm on they are few enough", side, high[d]-low[d], float64(high[d]-low[d])/(1<<20))
		}
	}
	v.keys, v.sortedKeys = resize(v.keys, n), resize(v.sortedKeys, n)
	v.order, v.sortedOrder = resize(v.order, n), resize(v.sortedOrder, n)
	nx, ny := uint64(count[0]), uint64(count[1])
	for i := range n {
		x := uint64(math.Floor(float64(c.X[i])*per) - first[0])
		y := uint64(math.Floor(float64(c.Y[i])*per) - first[1])
		z := uint64(math.Floor(float64(c.Z[i])*per) - first[2])
		v.keys[i], v.order[i] = (z*ny+y)*nx+x, uint32(i)
	}
	v.sort(uint64(count[0] * count[1] * count[2]))
	out.shape(n, c.HasNormals(), c.Color != nil, c.Deviation != nil)
	m := 0
	for i := 0; i < n; m++ {
		end := i + 1
		for end < n && v.keys[end] == v.keys[i] {
			end++
		}
		merge(out, m, c, v.order[i:end], side)
		i = end
	}
	out.cut(m)
	return nil
}

// sort sorts keys below most, and order with them, by their digits from the last on.
func (v *Voxels) sort(most uint64) {
	const digits, bits = 1 << 11, 11
	for shift := 0; shift == 0 || most>>shift > 0; shift += bits {
		var starts [digits]int
		for _, k := range v.keys {
			starts[k>>shift%digits]++
		}
		sum := 0
		for d, n := range starts {
			starts[d] = sum
			sum += n
		}
		for i, k := range v.keys {
			at := &starts[k>>shift%digits]
			v.sortedKeys[*at], v.sortedOrder[*at] = k, v.order[i]
			*at++
		}
		v.keys, v.sortedKeys = v.sortedKeys, v.keys
		v.order, v.sortedOrder = v.sortedOrder, v.order
	}
}

// merge sets point m of out to the points of one voxel.
func merge(out *Cloud, m int, c *Cloud, points []uint32, side float64) {
	n := float64(len(points))
	per := 1 / side
	for d, s := range [3][]float32{c.X, c.Y, c.Z} {
		cube := math.Floor(float64(s[points[0]]) * per)
		var sum int64
		for _, i := range points {
			sum += int64((float64(float64(s[i])*per) - cube) * one)
		}
		value := float32((cube + float64(sum)/n/one) * side)
		switch d {
		case 0:
			out.X[m] = value
		case 1:
			out.Y[m] = value
		case 2:
			out.Z[m] = value
		}
	}
	if c.HasNormals() {
		var sum [3]int64
		for _, i := range points {
			sum[0] += int64(float64(c.NX[i]) * one)
			sum[1] += int64(float64(c.NY[i]) * one)
			sum[2] += int64(float64(c.NZ[i]) * one)
		}
		v := [3]float64{float64(sum[0]), float64(sum[1]), float64(sum[2])}
		if l := norm(v); l > 0 {
			v = scaled(v, 1/l)
		}
		out.NX[m], out.NY[m], out.NZ[m] = float32(v[0]), float32(v[1]), float32(v[2])
	}
	if c.Color != nil {
		for k := range 3 {
			sum := 0
			for _, i := range points {
				sum += int(c.Color[3*int(i)+k])
			}
			out.Color[3*m+k] = byte((sum + len(points)/2) / len(points))
		}
	}
	if c.Deviation != nil {
		const fine = 1 << 20 // a millionth of a millimetre
		var sum, known int64
		for _, i := range points {
			if d := float64(c.Deviation[i]); d == d {
				sum += int64(min(max(d, -1e6), 1e6) * fine)
				known++
			}
		}
		out.Deviation[m] = float32(float64(sum) / float64(known) / fine) // NaN when none is known
	}
}
